/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that may serve the queues. */
#ifndef STCE_NVME_WORKER_H
#define STCE_NVME_WORKER_H

#include "nvme/ctrl.h"

void nvme_worker_init(struct nvme *nvme);
void nvme_worker_fini(struct nvme *nvme);
/* Whether the worker sees to what the queues hold; else the caller has to. */
bool nvme_worker_takes(struct nvme *nvme);
/* The caller has served a doorbell itself, in that time. */
void nvme_worker_learn(struct nvme *nvme, uint64_t ns);
void nvme_quiesce(struct function *fn);
/* Waits until the worker has done all that it was given. Lets go of the lock meanwhile. */
void nvme_worker_finish(struct nvme *nvme);

#endif
