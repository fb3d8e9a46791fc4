/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the commands that the queues hold. */
#ifndef STCE_NVME_SERVE_H
#define STCE_NVME_SERVE_H

#include "nvme/ctrl.h"

/* Runs all commands of one queue that its completion queue has room for. */
void nvme_serve_queue(struct nvme *nvme, struct nvme_sq *sq);
bool nvme_has_work(const struct nvme *nvme, const struct nvme_sq *sq);
/* For the worker: runs what all queues hold, until somebody wants it to pause. */
void nvme_serve(struct nvme *nvme);
/* Tells events, writes the completions that are staged and raises interrupts. */
void nvme_settle(struct nvme *nvme);

#endif
