/* SPDX-License-Identifier: BSD-2-Clause */
/* What a write to a doorbell register does. */
#ifndef STCE_NVME_DOORBELL_H
#define STCE_NVME_DOORBELL_H

#include "nvme/ctrl.h"

/* Doorbell `index` in units of the stride: tails of submission queues are even, heads of completion queues odd. */
void nvme_doorbell(struct nvme *nvme, uint32_t index, uint32_t value);

#endif
