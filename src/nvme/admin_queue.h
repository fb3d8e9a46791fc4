/* SPDX-License-Identifier: BSD-2-Clause */
/* Admin commands that create and delete I/O queues [NVMe 1.4 5.3 to 5.6]. */
#ifndef STCE_NVME_ADMIN_QUEUE_H
#define STCE_NVME_ADMIN_QUEUE_H

#include "nvme/ctrl.h"

uint16_t nvme_create_cq(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_create_sq(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_delete_cq(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_delete_sq(struct nvme *nvme, struct nvme_request *request);

#endif
