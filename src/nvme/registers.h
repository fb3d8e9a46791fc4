/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses to BAR 0 of the controller: registers, doorbells and MSI-X table. */
#ifndef STCE_NVME_REGISTERS_H
#define STCE_NVME_REGISTERS_H

#include "nvme/ctrl.h"

uint64_t nvme_bar_read(struct function *fn, unsigned int bar, uint64_t offset,
		       unsigned int size);
void nvme_bar_write(struct function *fn, unsigned int bar, uint64_t offset,
		    unsigned int size, uint64_t value);
/*
 * Does what clearing CC.EN does: it resets queues, events and features, and leaves AQA, ASQ and
 * ACQ.
 */
void nvme_reset_controller(struct nvme *nvme);

#endif
