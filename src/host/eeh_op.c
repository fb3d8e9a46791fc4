/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements eeh_op.h: each operation checks that the bridge above the PE is there, and changes the
 * state with the PE's functions.
 */
#include "host/eeh_op.h"

#include <errno.h>

#include "util/os.h"
#include "util/reason.h"

/* [linux eeh_pe_get_state] A PE below a bridge that the host recovers is left alone. */
static int check_bridge(struct host_pe *pe)
{
	/* This ends an absence whose time is over. */
	host_eeh_state(&pe->eeh);
	if (host_eeh_word(&pe->eeh) & HOST_EEH_AWAY)
		return REASON(-EIO, "the bridge above group %d is not available", pe->group);
	return 0;
}

int host_eeh_change_owner(struct host_pe *pe)
{
	int r = check_bridge(pe);

	if (!r)
		host_pe_thaw(pe, HOST_EEH_FROZEN | HOST_EEH_IN_RESET);
	return r;
}

int host_eeh_enable(struct host_pe *pe)
{
	int r = host_eeh_change_owner(pe);

	if (!r)
		host_eeh_set(&pe->eeh, HOST_EEH_ENABLED);
	return r;
}

int host_eeh_unfreeze(struct host_pe *pe, uint32_t bit)
{
	int r = check_bridge(pe);

	if (!r)
		host_pe_thaw(pe, bit);
	return r;
}

int host_eeh_assert_reset(struct host_pe *pe)
{
	int r = check_bridge(pe);

	if (r)
		return r;
	host_eeh_set(&pe->eeh, HOST_EEH_FROZEN | HOST_EEH_IN_RESET);
	host_pe_stop(pe);
	for (struct host_member *m = rcu_dereference(pe->members); m; m = m->next)
		m->ops->reset(m);
	return 0;
}

int host_eeh_deassert_reset(struct host_pe *pe)
{
	return host_eeh_change_owner(pe);
}

void host_eeh_force_freeze(struct host_pe *pe)
{
	host_pe_freeze(pe, &(struct host_eeh_cause){ .reason = STCE_EEH_CALL });
	host_pe_stop(pe);
}

void host_eeh_force_thaw(struct host_pe *pe)
{
	host_pe_thaw(pe, HOST_EEH_FROZEN | HOST_EEH_AWAY);
}

void host_eeh_force_away(struct host_pe *pe, uint32_t milliseconds)
{
	const uint64_t until = os_now_ns() + milliseconds * UINT64_C(1000000);

	host_eeh_take_away(&pe->eeh, milliseconds ? until : 0);
	host_eeh_force_freeze(pe);
}
