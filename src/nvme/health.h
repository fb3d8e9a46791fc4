/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller's health: the error log and the critical warning. */
#ifndef STCE_NVME_HEALTH_H
#define STCE_NVME_HEALTH_H

#include "nvme/ctrl.h"

#define NVME_TEMPERATURE_KELVIN 310   /* the controller never gets warm */

void nvme_log_error(struct nvme *nvme, const struct nvme_request *request, uint16_t status);
/* Returns the critical warning bits of the SMART log. */
uint8_t nvme_critical_warning(const struct nvme *nvme);

#endif
