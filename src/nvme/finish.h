/* SPDX-License-Identifier: BSD-2-Clause */
/* The one path on which a command ends, whether it ran at once or its transfer was planned. */
#ifndef STCE_NVME_FINISH_H
#define STCE_NVME_FINISH_H

#include "nvme/ctrl.h"

/* Traces an I/O command, logs a status other than success, and stages the completion. */
void nvme_finish(struct nvme *nvme, const struct nvme_sq *sq, const struct nvme_command *command,
		 uint16_t status, uint32_t result);

#endif
