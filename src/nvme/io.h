/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatches the commands of the I/O queues [NVMe 1.4 6]. */
#ifndef STCE_NVME_IO_H
#define STCE_NVME_IO_H

#include "nvme/ctrl.h"

extern const struct nvme_opcode nvme_io_opcodes[NVME_OPCODES];

uint16_t nvme_io_command(struct nvme *nvme, struct nvme_request *request);

#endif
