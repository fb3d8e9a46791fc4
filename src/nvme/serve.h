/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the commands in the queues. The caller holds the function's lock. */
#ifndef STCE_NVME_SERVE_H
#define STCE_NVME_SERVE_H

#include "nvme/ctrl.h"

/* Runs the commands of one queue until it is empty or its completion queue is full. */
void nvme_serve_queue(struct nvme *nvme, struct nvme_sq *sq);
bool nvme_has_work(const struct nvme *nvme, const struct nvme_sq *sq);
/* The worker calls this: it runs the commands of all queues, until a thread wants it to quiesce. */
void nvme_serve(struct nvme *nvme);
/* Posts the staged completions, those of events too, and raises interrupts. */
void nvme_post(struct nvme *nvme);

#endif
