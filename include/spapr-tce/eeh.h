/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: enhanced error handling
 *
 * A frozen PE answers no load, does no DMA and raises no interrupt until its
 * client thaws or resets it. These calls are the trigger that a real bridge does
 * not have: they freeze a PE, arm an error that the next matching access meets,
 * and tell in which state a PE is and why. spapr-tce-eeh(7) has the states.
 *
 * Thread rule: any thread but that of a listener.
 *
 * @group: number of the VFIO group, which is one PE. It must have been attached to
 *	a container in this process for the calls to be of use.
 */
#ifndef SPAPR_TCE_EEH_H
#define SPAPR_TCE_EEH_H

#include <stddef.h>
#include <stdint.h>

#include <spapr-tce/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** enum stce_eeh_state - the states that VFIO_EEH_PE_GET_STATE reads [linux vfio.h, LoPAR 7.3.11.2]. */
enum stce_eeh_state {
	STCE_EEH_NORMAL = 0,         /* registers and DMA work */
	STCE_EEH_RESET = 1,          /* a reset is asserted */
	STCE_EEH_STOPPED = 2,        /* registers and DMA are frozen */
	STCE_EEH_STOPPED_DMA = 4,    /* DMA is frozen, registers work */
	STCE_EEH_UNAVAILABLE = 5,    /* the bridge above is being recovered or is gone, or only registers are frozen */
};

/** enum stce_eeh_reason - why a PE was frozen last. */
enum stce_eeh_reason {
	STCE_EEH_NEVER,              /* it never was */
	STCE_EEH_FAULT,              /* by a DMA fault, after a client had enabled EEH */
	STCE_EEH_INJECTED,           /* by an access that an injected error matched */
	STCE_EEH_RULE,               /* by a rule */
	STCE_EEH_CALL,               /* by stce_eeh_freeze() or stce_eeh_unavailable() */
	STCE_EEH_REASON_COUNT,       /* the number of reasons */
};

/** enum stce_eeh_access - the kinds of accesses, as bits. */
enum stce_eeh_access {
	STCE_EEH_LOAD = 1,           /* of a register */
	STCE_EEH_STORE = 2,          /* to a register */
	STCE_EEH_CONFIG_READ = 4,    /* of config space */
	STCE_EEH_CONFIG_WRITE = 8,   /* to config space */
	STCE_EEH_DMA_READ = 16,      /* the device reads memory */
	STCE_EEH_DMA_WRITE = 32,     /* the device writes memory */
	STCE_EEH_INTERRUPT = 64,     /* the device raises an interrupt */
};

/**
 * struct stce_eeh - the state of a PE, and what froze it last.
 * @state: enum stce_eeh_state.
 * @wait: milliseconds until an unavailable PE can be recovered; 0 if it never can, or is not unavailable.
 * @enabled: 1 if a client has enabled EEH, so that DMA faults freeze the PE.
 * @armed: errors and rules that have not acted yet.
 * @reason: enum stce_eeh_reason; the fields below describe that freeze.
 * @fault: enum stce_fault, if @reason is STCE_EEH_FAULT.
 * @access: the access that met it, as a bit of enum stce_eeh_access; 0 if none did.
 * @rule: the number of the rule, from 1, in the order in which they were given; 0 if no rule did it.
 * @address: its first byte that was refused: a bus address for DMA, else see stce_eeh_inject().
 * @length: bytes of the access.
 * @window: where the window starts in which @address lies.
 * @entry: index of the TCE that translates @address.
 * @page_shift: log2 of the window's pages; 0 if @address lies in no window.
 * @freezes_hour: freezes as Linux counts them towards eeh_max_freezes: those since the first one that came
 *	more than an hour after the one with which it began to count before.
 * @freezes: all freezes in this process.
 */
struct stce_eeh {
	uint32_t state;
	uint32_t wait;
	uint32_t enabled;
	uint32_t armed;
	uint32_t reason;
	uint32_t fault;
	uint32_t access;
	uint32_t rule;
	uint64_t address;
	uint64_t length;
	uint64_t window;
	uint64_t entry;
	uint32_t page_shift;
	uint32_t freezes_hour;
	uint64_t freezes;
};

/**
 * stce_eeh_get() - tells the state of a PE.
 * @eeh: receives it; fields beyond @size are not written, those that the library does not know are 0.
 * @size: sizeof(struct stce_eeh) as the caller knows it.
 *
 * Return: 0; -ENODEV no such group, or the platform has no EEH.
 */
int stce_eeh_get(struct stce_machine *machine, int group, struct stce_eeh *eeh, size_t size);

/**
 * stce_eeh_freeze() - freezes a PE, as if its bridge had seen an error. When the call returns, no access of
 * the device to memory is in progress.
 *
 * Return: 0, also if it is frozen already; -ENODEV no such group, or the platform has no EEH.
 */
int stce_eeh_freeze(struct stce_machine *machine, int group);
/**
 * stce_eeh_thaw() - thaws a PE without a reset, and makes an unavailable one available. A reset that its client
 * has asserted stays.
 *
 * Return: 0; -ENODEV no such group, or the platform has no EEH.
 */
int stce_eeh_thaw(struct stce_machine *machine, int group);
/**
 * stce_eeh_unavailable() - freezes a PE, and makes it unavailable as while the host recovers the bridge above it
 * [linux eeh_pe_get_state]. Calls that would thaw or reset it answer -EIO meanwhile; afterwards it is frozen.
 * @milliseconds: how long; 0: for ever, as below a dead bridge.
 *
 * Return: 0; -ENODEV no such group, or the platform has no EEH.
 */
int stce_eeh_unavailable(struct stce_machine *machine, int group, uint32_t milliseconds);

/**
 * stce_eeh_rule() - adds a rule to those of the option "eeh", which it reads alike: freeze:group=1,after=1000dma.
 * Its number is that of the rules before it, plus 1. It acts once.
 * @why: room for STCE_WHY_SIZE bytes, which get one line of English on failure; or NULL.
 *
 * Return: 0; -EINVAL @rule is none; -ENODEV no such group, or the platform has no EEH; -ENOSPC the group has 16
 * rules that have not acted yet.
 */
int stce_eeh_rule(struct stce_machine *machine, const char *rule, char *why);

/**
 * struct stce_eeh_error - an error to inject, as struct vfio_eeh_pe_err has it [linux vfio.h].
 * @type: 0 a 32-bit, 1 a 64-bit error; of DMA: of the window below bus address 1 << 59, or of the other.
 * @function: 0 and 1 a load, 4 and 5 a read of config space, 6 and 7 a store, 10 and 11 a write to config space,
 *	12 to 15 the device reads memory, 16 to 19 it writes memory. 2, 3, 8 and 9 are of I/O space, which
 *	functions do not have.
 * @address: of memory: a bus address; of a register: the offset in its BAR plus what config space has as the
 *	BAR's address; of config space: the offset, plus bus, device and function number from bit 44 on. If the
 *	PE has no such address, any will do, as with firmware's own choice.
 * @mask: the bits of @address that count; 0: none, so that any address will do.
 */
struct stce_eeh_error {
	uint32_t type;
	uint32_t function;
	uint64_t address;
	uint64_t mask;
};

/**
 * stce_eeh_inject() - arms an error that the next matching access of the PE meets: it is refused, and the PE is
 * frozen, whether EEH is enabled or not. The error acts once, and replaces one that has not acted yet.
 *
 * Return: 0; -ENODEV no such group, or the platform has no EEH; -EINVAL no such function; -ERANGE no such type;
 * -EIO a function of I/O space, or the PE is unavailable.
 */
int stce_eeh_inject(struct stce_machine *machine, int group, const struct stce_eeh_error *error);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
