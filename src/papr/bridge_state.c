/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks that a saved bridge could be this one, and makes its windows. state/ owns the stream and
 * the contents of the tables.
 */
#include "papr/bridge_state.h"

#include <errno.h>

#include "papr/bridge_window.h"
#include "util/reason.h"

static bool has_policies(const struct papr_bridge *bridge, const struct papr_bridge_state *state)
{
	const struct stce_phb_config *c = &bridge->config;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (c->liobn[n] != state->window[n].liobn ||
		    c->start[n] != state->window[n].bridge_start ||
		    c->limited_start[n] != state->window[n].bridge_limited_start)
			return false;
	return c->default_size == state->default_size;
}

static bool is_as_new(const struct papr_bridge *bridge)
{
	return !bridge->is_limited && bridge->window[0].is_default && !bridge->window[1].table &&
	       kvm_table_is_empty(bridge->window[0].table);
}

/* Returns whether the bridge could have made the window. */
static bool is_possible(const struct papr_bridge_state *state, unsigned int n)
{
	const struct papr_window_state *w = &state->window[n];
	uint64_t start = state->is_limited && !w->is_default ? w->bridge_limited_start : w->bridge_start;

	if (!w->serial)
		return !w->is_default;
	if (w->is_default && (n || w->page_shift != PAPR_DEFAULT_PAGE_SHIFT ||
			      w->size != state->default_size >> PAPR_DEFAULT_PAGE_SHIFT))
		return false;
	return start != STCE_PHB_NOWHERE && w->offset << w->page_shift == start;
}

int papr_bridge_judge(struct papr_vm *vm, const struct papr_bridge_state *state)
{
	const struct papr_bridge *bridge = papr_bridge_find(vm, state->buid);

	if (!bridge)
		return REASON(-ENOENT, "no bridge has BUID %#llx", (unsigned long long)state->buid);
	if (!has_policies(bridge, state))
		return REASON(-EINVAL, "the bridge with BUID %#llx has other LIOBNs or other starts of windows",
			      (unsigned long long)state->buid);
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (!is_possible(state, n))
			return REASON(-EPROTO, "window %u cannot be the bridge's", n);
	if (!is_as_new(bridge))
		return REASON(-EEXIST, "the bridge with BUID %#llx is not as after a reset",
			      (unsigned long long)state->buid);
	return 0;
}

static unsigned int count_windows(const struct papr_bridge_state *state)
{
	unsigned int count = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		count += state->window[n].serial != 0;
	return count;
}

/* Returns whether the guest could have associated the window (W3). */
static bool can_associate(const struct papr_vm *vm, const struct papr_bridge *bridge,
			  const struct papr_bridge_state *state, const struct papr_association_state *a)
{
	uint64_t start;

	if (!a->serial || a->slot >= STCE_PHB_WINDOWS || state->window[a->slot].serial ||
	    count_windows(state) >= bridge->config.window_count)
		return false;
	start = state->is_limited ? bridge->config.limited_start[a->slot] : bridge->config.start[a->slot];
	return start != STCE_PHB_NOWHERE && a->offset << a->page_shift == start &&
	       a->liobn != bridge->config.liobn[a->slot] && !papr_bridge_is_default_liobn(vm, a->liobn);
}

int papr_association_judge(struct papr_vm *vm, const struct papr_bridge_state *state,
			   const struct papr_association_state *a)
{
	const struct papr_bridge *bridge = papr_bridge_find(vm, state->buid);

	if (bridge->config.no_ddw || !atomic_load(&vm->has_associate))
		return REASON(-EINVAL, "the bridge with BUID %#llx associates no windows here",
			      (unsigned long long)state->buid);
	if (!can_associate(vm, bridge, state, a))
		return REASON(-EPROTO, "the window with LIOBN %#x cannot be in slot %u of the bridge with BUID %#llx",
			      a->liobn, a->slot, (unsigned long long)state->buid);
	return 0;
}

static int open_one(struct papr_bridge *bridge, unsigned int n, const struct papr_window_state *w)
{
	struct kvm_table_args args = { w->liobn, w->page_shift, w->offset, w->size };

	return papr_bridge_open_window(bridge, n, &args);
}

/*
 * Makes the high window first: the hardware fills its lowest slot, which the default window
 * occupies until then.
 */
int papr_bridge_apply(struct papr_bridge *bridge, const struct papr_bridge_state *state)
{
	int r = 0;

	bridge->is_limited = state->is_limited;
	if (state->window[1].serial)
		r = open_one(bridge, 1, &state->window[1]);
	if (r || state->window[0].is_default)
		return r;
	papr_bridge_close_window(bridge, &bridge->window[0]);
	return state->window[0].serial ? open_one(bridge, 0, &state->window[0]) : 0;
}
