/* SPDX-License-Identifier: BSD-2-Clause */
/* How every command ends. */
#ifndef STCE_NVME_FINISH_H
#define STCE_NVME_FINISH_H

#include "nvme/ctrl.h"

/* Traces the command, logs an error and stages the completion. */
void nvme_finish(struct nvme *nvme, const struct nvme_sq *sq, const struct nvme_command *command,
		 uint16_t status, uint32_t result);

#endif
