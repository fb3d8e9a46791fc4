/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fetches commands in batches and runs them in order. A batch is never larger than the room in its
 * completion queue, so that every command can complete. Completions are staged, and nvme_post()
 * shows them to the host.
 */
#include "nvme/serve.h"

#include "nvme/admin.h"
#include "nvme/event.h"
#include "nvme/finish.h"
#include "nvme/io.h"
#include "nvme/queue.h"
#include "nvme/transfer.h"

static void run_command(struct nvme *nvme, struct nvme_sq *sq, const struct nvme_command *command)
{
	struct nvme_request request = { .command = command, .sq = sq };
	uint16_t status = sq->id ? nvme_io_command(nvme, &request) :
				   nvme_admin_command(nvme, &request);

	if (status != NVME_HELD)
		nvme_finish(nvme, sq, command, status, request.result);
}

/*
 * Counts the consecutive entries that can be fetched now: at most NVME_BATCH, and at most one for
 * each free completion.
 */
static uint32_t batch_size(const struct nvme *nvme, const struct nvme_sq *sq)
{
	uint32_t end = sq->tail > sq->head ? sq->tail : sq->size;
	uint32_t n = end - sq->head;
	uint32_t room = nvme_cq_room(&nvme->cq[sq->cq_id]);

	if (sq->head == sq->tail)
		return 0;
	n = n < NVME_BATCH ? n : NVME_BATCH;
	return n < room ? n : room;
}

static void run_batch(struct nvme *nvme, struct nvme_sq *sq, uint32_t n)
{
	uint64_t ioba = sq->base + ((uint64_t)sq->head << NVME_SQE_SHIFT);

	if (function_dma_read(&nvme->fn, to_ioba(ioba), nvme->fetched, (size_t)n << NVME_SQE_SHIFT)) {
		nvme_fail(nvme);
		return;
	}
	for (uint32_t i = 0; i < n && nvme_is_ready(nvme); i++) {
		sq->head = sq->head + 1 == sq->size ? 0 : sq->head + 1;
		run_command(nvme, sq, &nvme->fetched[i]);
	}
}

void nvme_serve_queue(struct nvme *nvme, struct nvme_sq *sq)
{
	uint32_t n;

	while (nvme_is_ready(nvme) && (n = batch_size(nvme, sq)))
		run_batch(nvme, sq, n);
}

bool nvme_has_work(const struct nvme *nvme, const struct nvme_sq *sq)
{
	return sq->exists && nvme_is_ready(nvme) && batch_size(nvme, sq);
}

void nvme_post(struct nvme *nvme)
{
	nvme_events_tell(nvme);
	nvme_queue_flush(nvme);
}

/* Each round runs a batch of every queue, carries out the transfers together, and posts. */
void nvme_serve(struct nvme *nvme)
{
	bool more;

	do {
		more = false;
		for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++) {
			struct nvme_sq *sq = &nvme->sq[i];

			if (!nvme_has_work(nvme, sq))
				continue;
			run_batch(nvme, sq, batch_size(nvme, sq));
			more = true;
		}
		nvme_transfer_planned(nvme);
		nvme_post(nvme);
	} while (more && !nvme->worker.quiescers);
	nvme->worker.pending |= more;
}
