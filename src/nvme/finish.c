/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a command, with success or an error: see finish.h. */
#include "nvme/finish.h"

#include "nvme/health.h"
#include "nvme/queue.h"
#include "util/trace.h"

static void trace_io(struct nvme *nvme, const struct nvme_request *request, uint16_t status)
{
	const struct nvme_command *command = request->command;

	TRACE_IN(trace_of_group(nvme->fn.pe->group), nvme_io_cmd, nvme->fn.address, request->sq->id, le16_get(command->cid),
	      command->opcode,
	      le32_get(command->cdw10) | (uint64_t)le32_get(command->cdw11) << 32,
	      (le32_get(command->cdw12) & 0xffff) + 1, status);
}

void nvme_finish(struct nvme *nvme, const struct nvme_sq *sq, const struct nvme_command *command,
		 uint16_t status, uint32_t result)
{
	struct nvme_request request = { .command = command, .sq = sq };

	if (sq->id)
		trace_io(nvme, &request, status);
	if (status)
		nvme_log_error(nvme, &request, status);
	nvme_complete(nvme, sq, le16_get(command->cid), status, result);
}
