/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and removes the windows of a bridge. A window takes the lowest free slot [DIFF-49], as the
 * hardware does, so that both agree on its start. bridge_hardware.c makes the hardware windows, and
 * kvm/table.h makes the tables.
 */
#include "papr/bridge_window.h"

#include <errno.h>

#include "papr/bridge_hardware.h"
#include "util/reason.h"

static const uint64_t *starts(const struct papr_bridge *bridge)
{
	return bridge->is_limited ? bridge->config.limited_start : bridge->config.start;
}

/*
 * Returns whether the slot is empty and a window may start there. With PEs on the bus, the start
 * must be where their hardware has it.
 */
static bool is_free(const struct papr_bridge *bridge, unsigned int n)
{
	uint64_t start = starts(bridge)[n];

	return !bridge->window[n].table && start != STCE_PHB_NOWHERE &&
	       (!bridge->members || start == papr_hardware_start(n));
}

/* Returns whether the bridge can make a window there: another bridge may still use the LIOBN. */
static bool is_available(const struct papr_bridge *bridge, unsigned int n)
{
	struct papr_bridge *user;

	return is_free(bridge, n) && !papr_bridge_find_liobn(bridge->vm, bridge->config.liobn[n], &user);
}

/* Returns how many more windows the VMM's policy allows. */
static unsigned int allowed(const struct papr_bridge *bridge)
{
	unsigned int active = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		active += bridge->window[n].table != NULL;
	return active < bridge->config.window_count ? bridge->config.window_count - active : 0;
}

unsigned int papr_bridge_available(const struct papr_bridge *bridge)
{
	unsigned int left = 0, most = allowed(bridge);

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		left += is_available(bridge, n);
	return left < most ? left : most;
}

static int link_members(struct papr_bridge *bridge, struct kvm_table *table)
{
	int r = 0;

	for (struct papr_member *m = bridge->members; m && !r; m = m->next)
		r = kvm_table_link(table, m->pe);
	return r;
}

/*
 * (W1) Makes the table that of an empty slot. Its entries reach the hardware with the links, which
 * go with the hardware windows.
 */
static int enter_table(struct papr_bridge *bridge, unsigned int n, struct kvm_table *table)
{
	uint64_t start = table->offset << table->page_shift;
	int r = papr_hardware_create(bridge, start, table->page_shift, table->size << table->page_shift);

	if (r)
		return r;
	r = link_members(bridge, table);
	if (r)
		papr_hardware_remove(bridge, start);
	else
		bridge->window[n] = (struct papr_window){ .table = table, .start = start };
	return r;
}

int papr_bridge_open_window(struct papr_bridge *bridge, unsigned int n, const struct kvm_table_args *args)
{
	struct kvm_table *table;
	int r = kvm_table_create_internal(bridge->vm->kvm, args, &table);

	if (r)
		return r;
	r = enter_table(bridge, n, table);
	if (r)
		kvm_table_destroy(table);
	return r;
}

int papr_bridge_associate(struct papr_bridge *bridge, struct kvm_table *table)
{
	uint64_t start = table->offset << table->page_shift;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && allowed(bridge); n++)
		if (is_free(bridge, n) && starts(bridge)[n] == start)
			return enter_table(bridge, n, table);
	return REASON(-ENOSPC, "the bridge has no window left that starts at %#llx", (unsigned long long)start);
}

/* (W3) Links go with their hardware windows, so that a table which stays is left alone. */
void papr_bridge_close_window(struct papr_bridge *bridge, struct papr_window *window)
{
	struct papr_window closed = *window;

	*window = (struct papr_window){ 0 };
	if (!papr_bridge_has_table(bridge->vm, closed.table))
		kvm_table_destroy(closed.table);
	papr_hardware_remove(bridge, closed.start);
}

void papr_bridge_close_windows(struct papr_bridge *bridge)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (bridge->window[n].table)
			papr_bridge_close_window(bridge, &bridge->window[n]);
}

int papr_bridge_open_default(struct papr_bridge *bridge)
{
	struct kvm_table_args args = {
		.liobn = bridge->config.liobn[0],
		.page_shift = PAPR_DEFAULT_PAGE_SHIFT,
		.offset = bridge->config.start[0] >> PAPR_DEFAULT_PAGE_SHIFT,
		.size = bridge->config.default_size >> PAPR_DEFAULT_PAGE_SHIFT,
	};
	int r = papr_bridge_open_window(bridge, 0, &args);

	bridge->window[0].is_default = !r;
	return r;
}

int papr_bridge_create(struct papr_bridge *bridge, unsigned int page_shift, uint64_t size,
		    struct papr_window **window)
{
	struct kvm_table_args args = { .page_shift = page_shift, .size = size >> page_shift };
	unsigned int n = 0;
	int r;

	if (!papr_bridge_available(bridge))
		return REASON(-ENOSPC, "no window is left");
	while (!is_available(bridge, n))
		n++;
	args.liobn = bridge->config.liobn[n];
	args.offset = starts(bridge)[n] >> page_shift;
	if (!is_aligned(starts(bridge)[n], bit64(page_shift)))
		return REASON(-EINVAL, "a window cannot start inside a page of 2^%u", page_shift);
	r = papr_bridge_open_window(bridge, n, &args);
	*window = &bridge->window[n];
	return r;
}

int papr_bridge_remove(struct papr_bridge *bridge, struct papr_window *window)
{
	bool was_default = window->is_default;

	papr_bridge_close_window(bridge, window);
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (bridge->window[n].table)
			return 0;
	/* (W2) [LoPAR] [DIFF-48] The default window comes back, unless it was the one removed. */
	return was_default ? 0 : papr_bridge_open_default(bridge);
}

/*
 * A bridge has one window with the table. The default window that comes back has a new table, which
 * no later bridge has.
 */
int papr_bridge_remove_from_all(struct papr_vm *vm, const struct kvm_table *table)
{
	int r = 0;

	for (struct papr_bridge *bridge = vm->bridges; bridge; bridge = bridge->next) {
		struct papr_window *window = papr_bridge_find_table(bridge, table);
		int error = window ? papr_bridge_remove(bridge, window) : 0;

		r = r ? r : error;
	}
	return r;
}

int papr_bridge_reset(struct papr_bridge *bridge, bool limited)
{
	papr_bridge_close_windows(bridge);
	bridge->is_limited = limited;
	return papr_bridge_open_default(bridge);
}
