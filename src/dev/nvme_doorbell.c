/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells, and what they set going: fetching commands in batches as long as
 * their completion queue has room, and running them. A value that makes no
 * sense changes nothing and is told as an event [NVMe 1.4 5.2.1].
 */
#include "dev/nvme_ctrl.h"
#include "util/os.h"

static void run_command(struct nvme *nvme, struct nvme_sq *sq, const struct nvme_command *command)
{
	struct nvme_request request = { .command = command, .sq = sq };
	uint16_t status = sq->id ? nvme_io_command(nvme, &request) :
				   nvme_admin_command(nvme, &request);

	if (status == NVME_HELD)
		return;
	if (status)
		nvme_log_error(nvme, &request, status);
	nvme_complete(nvme, sq, le16_get(command->cid), status, request.result);
}

/* Commands side by side, as many as there are completions to be had for. */
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

static void run_queue(struct nvme *nvme, struct nvme_sq *sq)
{
	uint32_t n;

	while (nvme_is_ready(nvme) && (n = batch_size(nvme, sq))) {
		uint64_t ioba = sq->base + ((uint64_t)sq->head << NVME_SQE_SHIFT);

		if (function_dma_read(&nvme->fn, ioba, nvme->fetched,
				      (size_t)n << NVME_SQE_SHIFT)) {
			nvme_fail(nvme);
			return;
		}
		for (uint32_t i = 0; i < n && nvme_is_ready(nvme); i++) {
			sq->head = sq->head + 1 == sq->size ? 0 : sq->head + 1;
			run_command(nvme, sq, &nvme->fetched[i]);
		}
	}
}

static void refuse(struct nvme *nvme, uint8_t info)
{
	nvme_event_report(nvme, NVME_EVENT_ERROR, info, NVME_LOG_ERROR);
}

static void sq_doorbell(struct nvme *nvme, struct nvme_sq *sq, uint32_t tail)
{
	if (!sq->exists) {
		refuse(nvme, NVME_EVENT_INVALID_DOORBELL);
	} else if (tail >= sq->size) {
		refuse(nvme, NVME_EVENT_INVALID_DOORBELL_VALUE);
	} else {
		sq->tail = tail;
		run_queue(nvme, sq);
	}
}

/* The host may take completions that are there, no more. */
static bool cq_head_is_good(const struct nvme_cq *cq, uint32_t head)
{
	uint32_t there = (cq->tail + cq->size - cq->head) % cq->size;

	return head < cq->size && (head + cq->size - cq->head) % cq->size <= there;
}

static void cq_doorbell(struct nvme *nvme, struct nvme_cq *cq, uint32_t head)
{
	if (!cq->exists) {
		refuse(nvme, NVME_EVENT_INVALID_DOORBELL);
		return;
	}
	if (!cq_head_is_good(cq, head)) {
		refuse(nvme, NVME_EVENT_INVALID_DOORBELL_VALUE);
		return;
	}
	cq->head = head;
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++)
		if (nvme->sq[i].exists && nvme->sq[i].cq_id == cq->id)
			run_queue(nvme, &nvme->sq[i]);
}

void nvme_doorbell(struct nvme *nvme, uint32_t index, uint32_t value)
{
	uint32_t id = index / 2;
	uint64_t start;

	if (!nvme_is_ready(nvme))
		return;
	start = os_now_ns();
	if (id >= NVME_QUEUE_SLOTS)
		refuse(nvme, NVME_EVENT_INVALID_DOORBELL);
	else if (index & 1)
		cq_doorbell(nvme, &nvme->cq[id], value & 0xffff);
	else
		sq_doorbell(nvme, &nvme->sq[id], value & 0xffff);
	nvme->health.busy_ns += os_now_ns() - start;
}
