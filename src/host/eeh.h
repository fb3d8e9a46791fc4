/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enhanced error handling of one PE: whether its MMIO and DMA are frozen, and what state a client
 * reads [PAPR 7.3.11]. A fault freezes a PE only after a client has enabled EEH on it and has
 * thereby promised to recover it; host/pe.c sees to that.
 */
#ifndef STCE_HOST_EEH_H
#define STCE_HOST_EEH_H

#include <stdatomic.h>

#include "spapr-tce/news.h"
#include "util/types.h"

/* These are the values of VFIO_EEH_PE_GET_STATE [linux vfio.h]. */
enum host_eeh_state {
	HOST_EEH_NORMAL = 0,
	HOST_EEH_RESET = 1,
	HOST_EEH_STOPPED = 2,
	HOST_EEH_STOPPED_DMA = 4,
	HOST_EEH_UNAVAILABLE = 5,
};

struct host_eeh {
	_Atomic(bool) enabled;
	_Atomic(bool) mmio_frozen;
	_Atomic(bool) dma_frozen;
	_Atomic(bool) in_reset;
};

enum host_eeh_state host_eeh_state(const struct host_eeh *eeh);
void host_eeh_freeze(struct host_eeh *eeh);
void host_eeh_clear(struct host_eeh *eeh);

#endif
