/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves blocks between the backing and host memory, at once or planned. */
#ifndef STCE_NVME_TRANSFER_H
#define STCE_NVME_TRANSFER_H

#include "nvme/ctrl.h"

/*
 * Moves the transfer in hand, whose ranges are set. In the worker it plans the transfer instead and
 * returns NVME_HELD, unless the request must end at once.
 */
uint16_t nvme_transfer_run(struct nvme *nvme, const struct nvme_request *request);
/* Carries out and completes all planned transfers. */
void nvme_transfer_planned(struct nvme *nvme);
/* Translates an error of the backing to a status, and counts media errors. */
uint16_t nvme_backing_status(struct nvme *nvme, int error, bool writing);

#endif
