/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations by which a client recovers its PE, with the answers that Linux gives for them
 * [linux arch/powerpc/kernel/eeh.c, platforms/powernv/eeh-powernv.c]. VFIO_EEH_PE_OP and RTAS are two
 * doors to them. All answer -EIO while the PE is unavailable, unless it says otherwise. The PE's
 * functions may be busy meanwhile; a reset waits for them, so the caller must hold no function's lock.
 */
#ifndef STCE_HOST_EEH_OP_H
#define STCE_HOST_EEH_OP_H

#include "host/pe.h"

/*
 * Thaws the PE, because it has a new owner, and ends a reset that the one before has left: opening and closing a
 * device does so [linux eeh_dev_open, eeh_dev_release, eeh_pe_change_owner].
 */
int host_eeh_change_owner(struct host_pe *pe);
/* The same, and from now on a fault freezes the PE. */
int host_eeh_enable(struct host_pe *pe);
/* Thaws one of HOST_EEH_MMIO_FROZEN and HOST_EEH_DMA_FROZEN; 0 also if it is not frozen [linux eeh_pci_enable]. */
int host_eeh_unfreeze(struct host_pe *pe, uint32_t bit);
/* Freezes the PE, resets its functions, and stays in reset [linux eeh_pe_reset]. */
int host_eeh_assert_reset(struct host_pe *pe);
/* Ends the reset and thaws the PE [linux eeh_pe_reset, eeh_pe_reenable_devices]. */
int host_eeh_deassert_reset(struct host_pe *pe);

/* These are for people, not for clients: they answer nothing, and work always. */
void host_eeh_force_freeze(struct host_pe *pe);
void host_eeh_force_thaw(struct host_pe *pe);
/* Makes the PE unavailable for so many milliseconds; 0: for ever. */
void host_eeh_force_away(struct host_pe *pe, uint32_t milliseconds);

#endif
