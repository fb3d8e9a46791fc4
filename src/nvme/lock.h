/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker drops the function's lock around system calls that may take long. Any other thread
 * that serves a queue keeps the lock, so both functions do nothing for it.
 */
#ifndef STCE_NVME_LOCK_H
#define STCE_NVME_LOCK_H

#include "nvme/ctrl.h"

static inline void nvme_leave_lock(struct nvme *nvme)
{
	if (nvme->worker.busy)
		pthread_mutex_unlock(&nvme->fn.lock);
}

static inline void nvme_retake_lock(struct nvme *nvme)
{
	if (nvme->worker.busy)
		pthread_mutex_lock(&nvme->fn.lock);
}

#endif
