/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes the Get and Set Features commands [NVMe 1.4 5.14, 5.21]; other files read the values. */
#ifndef STCE_NVME_FEATURE_H
#define STCE_NVME_FEATURE_H

#include "nvme/ctrl.h"

/* Sets every feature to its default. */
void nvme_features_reset(struct nvme *nvme);
uint16_t nvme_set_features(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_get_features(struct nvme *nvme, struct nvme_request *request);

#endif
