/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A doorbell write sets a tail or head, and then the commands that can now run are run here or left
 * to the worker. An invalid value changes nothing, and is reported as an event [NVMe 1.4 5.2.1].
 */
#include "nvme/doorbell.h"

#include "nvme/event.h"
#include "nvme/serve.h"
#include "nvme/worker.h"
#include "util/os.h"

/* Serves the submission queues in [first, end) that complete into cq_id. */
static void serve_now(struct nvme *nvme, struct nvme_sq *first, struct nvme_sq *end, uint16_t cq_id)
{
	uint64_t start = os_now_ns();

	for (struct nvme_sq *sq = first; sq < end; sq++)
		if (sq->exists && sq->cq_id == cq_id)
			nvme_serve_queue(nvme, sq);
	nvme_worker_learn(nvme, os_now_ns() - start);
}

static void serve_queues(struct nvme *nvme, struct nvme_sq *first, struct nvme_sq *end, uint16_t cq_id)
{
	for (struct nvme_sq *sq = first; sq < end; sq++) {
		if (sq->cq_id != cq_id || !nvme_has_work(nvme, sq))
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

/* A head is good if it lies in the queue and does not pass the tail. */
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
