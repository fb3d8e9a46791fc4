/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Creates and removes queues, writes completions and raises interrupts. The host polls the phase
 * bit of the entry that it expects next. Therefore a run of completions is written with the first
 * phase bit inverted, and that entry's last word is written again, correctly, when the rest is in
 * place.
 */
#include "nvme/queue.h"

void nvme_cq_create(struct nvme *nvme, uint16_t id, uint64_t base, uint32_t size,
		    uint16_t vector, bool interrupts)
{
	nvme->cq[id] = (struct nvme_cq){
		.exists = true,
		.interrupts = interrupts,
		.phase = true,
		.id = id,
		.vector = vector,
		.size = size,
		.base = base,
	};
}

void nvme_sq_create(struct nvme *nvme, uint16_t id, uint64_t base, uint32_t size,
		    uint16_t cq_id)
{
	nvme->sq[id] = (struct nvme_sq){
		.exists = true,
		.id = id,
		.cq_id = cq_id,
		.size = size,
		.base = base,
	};
	nvme->cq[cq_id].users++;
}

void nvme_cq_remove(struct nvme *nvme, uint16_t id)
{
	nvme->cq[id].exists = false;
}

void nvme_sq_remove(struct nvme *nvme, uint16_t id)
{
	nvme->sq[id].exists = false;
	nvme->cq[nvme->sq[id].cq_id].users--;
}

uint32_t nvme_cq_room(const struct nvme_cq *cq)
{
	return (cq->head + cq->size - cq->tail - 1) % cq->size - cq->planned;
}

void nvme_fail(struct nvme *nvme)
{
	nvme->csts |= NVME_CSTS_CFS;
	nvme->staged.count = 0;
}

static int write_run(struct nvme *nvme, struct nvme_staged *staged)
{
	const size_t last = offsetof(struct nvme_completion, cid);
	uint64_t ioba = staged->cq->base + ((uint64_t)staged->first << NVME_CQE_SHIFT);
	struct nvme_completion *first = &staged->entry[0];
	struct le16 status = first->status;
	int r;

	first->status = le16_make(le16_get(status) ^ 1);
	r = function_dma_write(&nvme->fn, to_ioba(ioba), staged->entry,
			       (size_t)staged->count << NVME_CQE_SHIFT);
	first->status = status;
	return r ? r : function_dma_write(&nvme->fn, to_ioba(ioba + last), (char *)first + last,
					  sizeof(*first) - last);
}

static void write_staged(struct nvme *nvme)
{
	struct nvme_staged *staged = &nvme->staged;

	if (!staged->count)
		return;
	if (write_run(nvme, staged))
		nvme_fail(nvme);
	else
		staged->cq->ring = true;
	staged->count = 0;
}

static void stage(struct nvme *nvme, struct nvme_cq *cq, const struct nvme_completion *entry)
{
	struct nvme_staged *staged = &nvme->staged;

	if (staged->cq != cq || staged->count == NVME_BATCH || cq->tail == 0)
		write_staged(nvme);
	if (!staged->count) {
		staged->cq = cq;
		staged->first = cq->tail;
	}
	staged->entry[staged->count++] = *entry;
	if (++cq->tail == cq->size) {
		cq->tail = 0;
		cq->phase = !cq->phase;
	}
}

void nvme_complete(struct nvme *nvme, const struct nvme_sq *sq, uint16_t cid,
		   uint16_t status, uint32_t result)
{
	struct nvme_cq *cq = &nvme->cq[sq->cq_id];
	struct nvme_completion entry = {
		.result = le32_make(result),
		.sq_head = le16_make((uint16_t)sq->head),
		.sq_id = le16_make(sq->id),
		.cid = le16_make(cid),
		.status = le16_make((uint16_t)(status << 1 | cq->phase)),
	};

	if (nvme_is_ready(nvme))
		stage(nvme, cq, &entry);
}

/*
 * Without MSI-X, INTx stays asserted while any queue has completions that the host has not taken;
 * bit 0 of INTMS masks it [NVMe 1.4 7.5.1.1].
 */
void nvme_update_intx(struct nvme *nvme)
{
	bool waiting = false;

	if (!irq_is_enabled(&nvme->fn.irqs, IRQ_MSIX) && !(nvme->intms & 1))
		for (unsigned int i = 0; i < NVME_QUEUE_SLOTS && !waiting; i++)
			waiting = nvme->cq[i].exists && nvme->cq[i].interrupts &&
				  nvme->cq[i].head != nvme->cq[i].tail;
	function_set_intx(&nvme->fn, waiting);
}

void nvme_queue_flush(struct nvme *nvme)
{
	write_staged(nvme);
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++) {
		struct nvme_cq *cq = &nvme->cq[i];

		if (cq->ring && cq->interrupts)
			irq_raise(&nvme->fn.irqs, IRQ_MSIX, cq->vector);
		cq->ring = false;
	}
	nvme_update_intx(nvme);
}
