/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Triggers: errors that wait for an access of a PE, and freeze the PE when it comes. One is injected by
 * a client (VFIO_EEH_PE_INJECT_ERR) and replaced by its next injection, as the bridge has one register
 * for it; the others are rules of the user. Each acts once. While a PE has none, an access pays for
 * nothing: HOST_EEH_WATCHED shares the test of the bits that stop it.
 */
#ifndef STCE_HOST_EEH_TRIGGER_H
#define STCE_HOST_EEH_TRIGGER_H

#include "host/pe.h"

struct host_eeh_visit {
	uint32_t kind;               /* a bit of enum stce_eeh_access */
	/*
	 * DMA: a bus address. A register: the address in its BAR, plus the BAR's. Config space: the offset, plus the
	 * function's bus, device and function number from bit HOST_EEH_BDF_SHIFT on. An interrupt: its vector.
	 */
	uint64_t address;
	uint64_t length;
};

#define HOST_EEH_BDF_SHIFT 44        /* as the bridge's register has it [skiboot phb3-regs.h] */

/* Replaces the injected error if the rule's number is 0. -ENOSPC: there are too many rules. */
int host_eeh_arm(struct host_pe *pe, const struct host_eeh_trigger *trigger);
/* Removes the injected error. */
void host_eeh_disarm(struct host_pe *pe);
/* Lets the time of rules with a time begin, unless it has. */
void host_eeh_start_clock(struct host_pe *pe);

/*
 * Counts an access that the PE would carry out. true: a trigger has frozen the PE, and the access must
 * be refused. Only for a PE that is watched.
 */
bool host_eeh_visit(struct host_pe *pe, const struct host_eeh_visit *visit);
/*
 * Returns whether the PE refuses an access: it is stopped for accesses of this kind, or a trigger stops it now.
 */
static inline bool host_eeh_stops(struct host_pe *pe, uint32_t stopped, uint32_t kind, uint64_t address,
				  uint64_t length)
{
	const uint32_t word = host_eeh_word(&pe->eeh);

	if (likely(!(word & (stopped | HOST_EEH_WATCHED))))
		return false;
	return word & stopped || host_eeh_visit(pe, &(struct host_eeh_visit){ kind, address, length });
}

/* Lets rules act whose time is over. */
void host_eeh_tick(struct host_pe *pe);

/*
 * Injects an error as VFIO_EEH_PE_INJECT_ERR does [linux eeh_pe_inject_err, pnv_eeh_err_inject; skiboot
 * phb3_err_inject]. An address that the PE does not have stands for any. -EINVAL, -ERANGE: no such
 * function or type; -EIO: functions have no I/O space, or the bridge above the PE is away.
 */
int host_eeh_inject(struct host_pe *pe, uint32_t type, uint32_t function, uint64_t address, uint64_t mask);

/* Returns whether [start, start + length) has an address whose bits of `mask` are those of `address`. */
bool host_eeh_matches(uint64_t start, uint64_t length, uint64_t address, uint64_t mask);

#endif
