/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that serves the queues in place of the thread that rings a doorbell, if that pays. */
#ifndef STCE_NVME_WORKER_H
#define STCE_NVME_WORKER_H

#include "nvme/ctrl.h"

void nvme_worker_init(struct nvme *nvme);
void nvme_worker_fini(struct nvme *nvme);
/* Hands the queues to the worker. If it returns false, the caller must serve them. */
bool nvme_worker_takes(struct nvme *nvme);
/* Adds the time of one served doorbell to the average. */
void nvme_worker_learn(struct nvme *nvme, uint64_t ns);
/* Waits until the worker is not busy. It drops the lock while it waits. */
void nvme_quiesce(struct function *fn);
/* Waits until the worker has done all its work. It drops the lock while it waits. */
void nvme_worker_finish(struct nvme *nvme);

#endif
