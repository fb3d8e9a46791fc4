/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells, and what they set going, at once or in the worker: fetching
 * commands in batches as long as their completion queue has room, and running
 * them. A value that makes no
 * sense changes nothing and is told as an event [NVMe 1.4 5.2.1].
 */
#include "dev/nvme_ctrl.h"
#include "util/os.h"

void nvme_finish(struct nvme *nvme, const struct nvme_sq *sq, const struct nvme_command *command,
		 uint16_t status, uint32_t result)
{
	struct nvme_request request = { .command = command, .sq = sq };

	if (sq->id)
		nvme_io_trace(nvme, &request, status);
	if (status)
		nvme_log_error(nvme, &request, status);
	nvme_complete(nvme, sq, le16_get(command->cid), status, result);
}

static void run_command(struct nvme *nvme, struct nvme_sq *sq, const struct nvme_command *command)
{
	struct nvme_request request = { .command = command, .sq = sq };
	uint16_t status = sq->id ? nvme_io_command(nvme, &request) :
				   nvme_admin_command(nvme, &request);

	if (status != NVME_HELD)
		nvme_finish(nvme, sq, command, status, request.result);
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

static void run_batch(struct nvme *nvme, struct nvme_sq *sq, uint32_t n)
{
	uint64_t ioba = sq->base + ((uint64_t)sq->head << NVME_SQE_SHIFT);

	if (function_dma_read(&nvme->fn, ioba, nvme->fetched, (size_t)n << NVME_SQE_SHIFT)) {
		nvme_fail(nvme);
		return;
	}
	for (uint32_t i = 0; i < n && nvme_is_ready(nvme); i++) {
		sq->head = sq->head + 1 == sq->size ? 0 : sq->head + 1;
		run_command(nvme, sq, &nvme->fetched[i]);
	}
}

static void run_queue(struct nvme *nvme, struct nvme_sq *sq)
{
	uint32_t n;

	while (nvme_is_ready(nvme) && (n = batch_size(nvme, sq)))
		run_batch(nvme, sq, n);
}

static bool has_work(const struct nvme *nvme, const struct nvme_sq *sq)
{
	return sq->exists && nvme_is_ready(nvme) && batch_size(nvme, sq);
}

/* A batch of each queue, their transfers together, and then the host hears of them. */
void nvme_serve(struct nvme *nvme)
{
	bool more;

	do {
		more = false;
		for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++) {
			struct nvme_sq *sq = &nvme->sq[i];

			if (!has_work(nvme, sq))
				continue;
			run_batch(nvme, sq, batch_size(nvme, sq));
			more = true;
		}
		nvme_transfer_planned(nvme);
		nvme_settle(nvme);
	} while (more && !nvme->worker.quiescers);
	nvme->worker.pending |= more;
}

/* Work has come into queues of one completion queue, or into one queue. */
static void serve_now(struct nvme *nvme, struct nvme_sq *first, struct nvme_sq *end, uint16_t cq_id)
{
	uint64_t start = os_now_ns();

	for (struct nvme_sq *sq = first; sq < end; sq++)
		if (sq->exists && sq->cq_id == cq_id)
			run_queue(nvme, sq);
	nvme_worker_learn(nvme, os_now_ns() - start);
}

static void serve_queues(struct nvme *nvme, struct nvme_sq *first, struct nvme_sq *end, uint16_t cq_id)
{
	for (struct nvme_sq *sq = first; sq < end; sq++) {
		if (sq->cq_id != cq_id || !has_work(nvme, sq))
			continue;
		if (!nvme_worker_takes(nvme))
			serve_now(nvme, first, end, cq_id);
		return;
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
		serve_queues(nvme, sq, sq + 1, sq->cq_id);
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
	serve_queues(nvme, nvme->sq, nvme->sq + NVME_QUEUE_SLOTS, cq->id);
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
