/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues, and the way of completions and interrupts out of the controller. */
#ifndef STCE_NVME_QUEUE_H
#define STCE_NVME_QUEUE_H

#include "nvme/ctrl.h"

void nvme_cq_create(struct nvme *nvme, uint16_t id, uint64_t base, uint32_t size,
		    uint16_t vector, bool interrupts);
void nvme_sq_create(struct nvme *nvme, uint16_t id, uint64_t base, uint32_t size,
		    uint16_t cq_id);
void nvme_cq_remove(struct nvme *nvme, uint16_t id);
void nvme_sq_remove(struct nvme *nvme, uint16_t id);
/* Returns how many completions may still be staged. */
uint32_t nvme_cq_room(const struct nvme_cq *cq);
/* Stages a completion. The caller knows that the queue has room. */
void nvme_complete(struct nvme *nvme, const struct nvme_sq *sq, uint16_t cid,
		   uint16_t status, uint32_t result);
/* Writes the staged completions, and raises the interrupts of the queues that received some. */
void nvme_queue_flush(struct nvme *nvme);
void nvme_update_intx(struct nvme *nvme);
/* Stops the controller (CSTS.CFS) because a queue cannot be reached. Only a reset ends this. */
void nvme_fail(struct nvme *nvme);

#endif
