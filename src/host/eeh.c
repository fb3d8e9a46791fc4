/* SPDX-License-Identifier: BSD-2-Clause */
/* Derives the state that a client reads from the reset and the two freezes. */
#include "host/eeh.h"

enum host_eeh_state host_eeh_state(const struct host_eeh *eeh)
{
	bool mmio = atomic_load(&eeh->mmio_frozen);
	bool dma = atomic_load(&eeh->dma_frozen);

	if (atomic_load(&eeh->in_reset))
		return HOST_EEH_RESET;
	if (mmio && dma)
		return HOST_EEH_STOPPED;
	if (dma)
		return HOST_EEH_STOPPED_DMA;
	return mmio ? HOST_EEH_UNAVAILABLE : HOST_EEH_NORMAL;
}

void host_eeh_freeze(struct host_eeh *eeh)
{
	atomic_store(&eeh->dma_frozen, true);
	atomic_store(&eeh->mmio_frozen, true);
}

void host_eeh_clear(struct host_eeh *eeh)
{
	atomic_store(&eeh->in_reset, false);
	atomic_store(&eeh->mmio_frozen, false);
	atomic_store(&eeh->dma_frozen, false);
}
