/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatches the commands of the admin queue [NVMe 1.4 5]. */
#ifndef STCE_NVME_ADMIN_H
#define STCE_NVME_ADMIN_H

#include "nvme/ctrl.h"

extern const struct nvme_opcode nvme_admin_opcodes[NVME_OPCODES];

uint16_t nvme_admin_command(struct nvme *nvme, struct nvme_request *request);

#endif
