/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of admin commands, the checks that are common to all of them, and their trace point.
 * Each command's own checks are in the file that implements it.
 */
#include "nvme/admin.h"

#include "nvme/admin_queue.h"
#include "nvme/event.h"
#include "nvme/feature.h"
#include "nvme/identify.h"
#include "nvme/log.h"
#include "util/trace.h"

const struct nvme_opcode nvme_admin_opcodes[NVME_OPCODES] = {
	[NVME_ADMIN_DELETE_SQ] = { nvme_delete_sq, 0 },
	[NVME_ADMIN_CREATE_SQ] = { nvme_create_sq, 0 },
	[NVME_ADMIN_GET_LOG_PAGE] = { nvme_get_log_page, 0 },
	[NVME_ADMIN_DELETE_CQ] = { nvme_delete_cq, 0 },
	[NVME_ADMIN_CREATE_CQ] = { nvme_create_cq, 0 },
	[NVME_ADMIN_IDENTIFY] = { nvme_identify, 0 },
	[NVME_ADMIN_ABORT] = { nvme_abort, 0 },
	[NVME_ADMIN_SET_FEATURES] = { nvme_set_features, 0 },
	[NVME_ADMIN_GET_FEATURES] = { nvme_get_features, 0 },
	[NVME_ADMIN_ASYNC_EVENT] = { nvme_async_event, 0 },
};

static uint16_t run_admin(struct nvme *nvme, struct nvme_request *request)
{
	const struct nvme_command *command = request->command;
	const struct nvme_opcode *opcode = &nvme_admin_opcodes[command->opcode];

	if (!opcode->run)
		return NVME_REFUSED(NVME_INVALID_OPCODE);
	if (command->flags & (NVME_COMMAND_FUSED | NVME_COMMAND_PSDT))
		return NVME_REFUSED(NVME_INVALID_FIELD);
	return opcode->run(nvme, request);
}

uint16_t nvme_admin_command(struct nvme *nvme, struct nvme_request *request)
{
	uint16_t status = run_admin(nvme, request);

	TRACE_IN(trace_of_group(nvme->fn.pe->group), nvme_admin_cmd, nvme->fn.address, le16_get(request->command->cid),
	      request->command->opcode, status);
	return status;
}
