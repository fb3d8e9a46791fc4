/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads physical region pages, by which a command names host memory [NVMe 1.4 4.3]. */
#ifndef STCE_NVME_PRP_H
#define STCE_NVME_PRP_H

#include "nvme/ctrl.h"

/*
 * Turns the PRPs of a command into the ranges of the transfer in hand. Length is at most
 * NVME_TRANSFER_SIZE.
 */
uint16_t nvme_map_prps(struct nvme *nvme, const struct nvme_command *command, uint64_t length);

#endif
