/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes the Identify command [NVMe 1.4 5.15]. */
#ifndef STCE_NVME_IDENTIFY_H
#define STCE_NVME_IDENTIFY_H

#include "nvme/ctrl.h"

/* Makes the namespace's UUID. */
void nvme_identify_init(struct nvme *nvme);
uint16_t nvme_identify(struct nvme *nvme, struct nvme_request *request);

#endif
