/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles writes to the doorbell registers [NVMe 1.4 3.1.16, 3.1.17]. */
#ifndef STCE_NVME_DOORBELL_H
#define STCE_NVME_DOORBELL_H

#include "nvme/ctrl.h"

/*
 * The index counts doorbells from the first: submission queue tails have even numbers, completion
 * queue heads odd ones.
 */
void nvme_doorbell(struct nvme *nvme, uint32_t index, uint32_t value);

#endif
