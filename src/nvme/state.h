/* SPDX-License-Identifier: BSD-2-Clause */
/* Saves and restores the controller's state, as struct function_ops describes it. */
#ifndef STCE_NVME_STATE_H
#define STCE_NVME_STATE_H

#include "nvme/ctrl.h"

void nvme_save(struct function *fn, struct pack *to);
int nvme_judge(struct function *fn, struct unpack *from, void **state);
void nvme_apply(struct function *fn, const void *state);

#endif
