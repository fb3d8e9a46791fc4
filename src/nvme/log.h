/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes the Get Log Page command [NVMe 1.4 5.14]. */
#ifndef STCE_NVME_LOG_H
#define STCE_NVME_LOG_H

#include "nvme/ctrl.h"

uint16_t nvme_get_log_page(struct nvme *nvme, struct nvme_request *request);

#endif
