/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves blocks between the backing and the host's pages. */
#ifndef STCE_NVME_TRANSFER_H
#define STCE_NVME_TRANSFER_H

#include "nvme/ctrl.h"

/*
 * Moves the transfer in hand, whose ranges are known, or plans it and answers
 * NVME_HELD where the worker has better do several at once.
 */
uint16_t nvme_transfer_run(struct nvme *nvme, const struct nvme_request *request);
/* Carries out and completes all transfers that are planned. */
void nvme_transfer_planned(struct nvme *nvme);
/* The status that fits an error of the backing. */
uint16_t nvme_backing_status(struct nvme *nvme, int error, bool writing);

#endif
