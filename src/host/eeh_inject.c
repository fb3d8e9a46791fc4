/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges an error that a client injects, in the order of [linux eeh_pe_inject_err] and
 * [linux pnv_eeh_err_inject], and arms it as firmware does [skiboot phb3_err_inject].
 */
#include <errno.h>

#include "host/eeh_op.h"
#include "host/eeh_trigger.h"
#include "util/reason.h"

#define TYPE_MAX 1   /* 0: a 32-bit error, 1: a 64-bit error */

/* The kind of access that each function of OPAL_PCI_ERR_INJECT waits for; 0: of I/O space, which no function has. */
static const uint8_t kinds[] = {
	STCE_EEH_LOAD, STCE_EEH_LOAD, 0, 0, STCE_EEH_CONFIG_READ, STCE_EEH_CONFIG_READ,
	STCE_EEH_STORE, STCE_EEH_STORE, 0, 0, STCE_EEH_CONFIG_WRITE, STCE_EEH_CONFIG_WRITE,
	STCE_EEH_DMA_READ, STCE_EEH_DMA_READ, STCE_EEH_DMA_READ, STCE_EEH_DMA_READ,
	STCE_EEH_DMA_WRITE, STCE_EEH_DMA_WRITE, STCE_EEH_DMA_WRITE, STCE_EEH_DMA_WRITE,
};

static bool is_dma(uint32_t kind)
{
	return kind & (STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE);
}

/* Returns whether the PE has the address, so that firmware takes it instead of one of its own choice. */
static bool has_address(struct host_pe *pe, uint32_t kind, unsigned int slot, uint64_t address)
{
	const struct host_window *window;
	bool has = false;

	if (!is_dma(kind)) {
		for (struct host_member *m = rcu_dereference(pe->members); m && !has; m = m->next)
			has = m->ops->has(m, kind, address);
		return has;
	}
	if (host_slot_of(to_ioba(address)) != slot)
		return false;
	rcu_read_lock();
	window = host_pe_window(pe, to_ioba(address));
	has = window && host_window_has(window, to_ioba(address));
	rcu_read_unlock();
	return has;
}

int host_eeh_inject(struct host_pe *pe, uint32_t type, uint32_t function, uint64_t address, uint64_t mask)
{
	struct host_eeh_trigger trigger = { .left = 1 };

	if (function >= ARRAY_COUNT(kinds))
		return REASON(-EINVAL, "there is no error function %u", function);
	if (type > TYPE_MAX)
		return REASON(-ERANGE, "there is no error type %u", type);
	if (host_eeh_state(&pe->eeh) == STCE_EEH_UNAVAILABLE && host_eeh_word(&pe->eeh) & HOST_EEH_AWAY)
		return REASON(-EIO, "the bridge above group %d is not available", pe->group);
	trigger.kinds = kinds[function];
	if (!trigger.kinds)
		return REASON(-EIO, "group %d has no I/O space for error function %u", pe->group, function);
	if (has_address(pe, trigger.kinds, type, address)) {
		trigger.address = address;
		trigger.mask = mask;
	}
	/* A 32-bit error is one of the window below bit 59, a 64-bit error of the other. */
	if (is_dma(trigger.kinds)) {
		trigger.address |= type * HOST_HIGH_START;
		trigger.mask |= HOST_HIGH_START;
	}
	return host_eeh_arm(pe, &trigger);
}
