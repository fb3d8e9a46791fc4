/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes hardware windows through struct papr_hardware. A window is made in every container or in
 * none, and only at the bridge's start; bridge_limits.c chooses its geometry.
 */
#include "papr/bridge_hardware.h"

#include <errno.h>

#include "papr/bridge_limits.h"
#include "util/reason.h"

/* Makes one window in one container, at `start` or not at all. */
static int create_one(struct papr_bridge *bridge, void *container, uint64_t start,
		      const struct tce_geometry *geometry)
{
	uint64_t got;
	int r = bridge->hardware->create_window(container, geometry, &got);

	if (r || got == start)
		return r;
	bridge->hardware->remove_window(container, got);
	return REASON(-EINVAL, "the hardware's window starts at %#llx, not at %#llx",
		      (unsigned long long)got, (unsigned long long)start);
}

/*
 * The hardware fills its lowest slot first. If the window is the high one and the bridge has no low
 * one, a window of one page occupies the low slot until the high one is made.
 */
static int create_in_place(struct papr_bridge *bridge, void *container, uint64_t start,
			   const struct tce_geometry *geometry)
{
	bool is_kept = start != HOST_LOW_START && !bridge->window[0].table;
	struct tce_geometry page;
	int r = 0;

	if (is_kept)
		r = papr_limits_geometry(bridge, PAPR_DEFAULT_PAGE_SHIFT, bit64(PAPR_DEFAULT_PAGE_SHIFT), &page);
	if (is_kept && !r)
		r = create_one(bridge, container, HOST_LOW_START, &page);
	if (r)
		return r;
	r = create_one(bridge, container, start, geometry);
	if (is_kept)
		bridge->hardware->remove_window(container, HOST_LOW_START);
	return r;
}

/* Removes the window from every container before `end`. */
static void remove_until(struct papr_bridge *bridge, const struct papr_member *end, uint64_t start)
{
	for (struct papr_member *m = bridge->members; m != end; m = m->next)
		if (papr_member_is_first(bridge, m))
			bridge->hardware->remove_window(m->container, start);
}

int papr_hardware_create(struct papr_bridge *bridge, uint64_t start, unsigned int page_shift,
			 uint64_t size)
{
	struct tce_geometry geometry;
	int r = bridge->members ? papr_limits_geometry(bridge, page_shift, size, &geometry) : 0;

	for (struct papr_member *m = bridge->members; m && !r; m = m->next) {
		if (!papr_member_is_first(bridge, m))
			continue;
		r = create_in_place(bridge, m->container, start, &geometry);
		if (r)
			remove_until(bridge, m, start);
	}
	return r;
}

void papr_hardware_remove(struct papr_bridge *bridge, uint64_t start)
{
	remove_until(bridge, NULL, start);
}

static int geometry_like(const struct papr_bridge *bridge, const struct papr_window *window,
			 struct tce_geometry *geometry)
{
	const struct kvm_table *table = window->table;

	return papr_limits_geometry(bridge, table->page_shift, table->size << table->page_shift, geometry);
}

static int create_like(struct papr_bridge *bridge, void *container, const struct papr_window *window)
{
	struct tce_geometry geometry;
	int r = geometry_like(bridge, window, &geometry);

	return r ? r : create_in_place(bridge, container, window->start, &geometry);
}

/* Checks everything that can be known before the container loses its own window. */
static int check_windows(const struct papr_bridge *bridge)
{
	struct tce_geometry geometry;
	int r = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++) {
		if (!bridge->window[n].table)
			continue;
		r = geometry_like(bridge, &bridge->window[n], &geometry);
		if (!r && bridge->window[n].start != papr_hardware_start(n))
			r = REASON(-EINVAL, "the bridge's window is at %#llx, the hardware has none there",
				   (unsigned long long)bridge->window[n].start);
	}
	return r;
}

void papr_hardware_empty(struct papr_bridge *bridge, void *container)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (bridge->window[n].table)
			bridge->hardware->remove_window(container, bridge->window[n].start);
}

int papr_hardware_fill(struct papr_bridge *bridge, void *container)
{
	int r = check_windows(bridge);

	if (r)
		return r;
	r = bridge->hardware->remove_window(container, HOST_LOW_START);
	/* -EINVAL says that the container had no window there. */
	if (r == -EINVAL)
		r = 0;
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++) {
		if (!bridge->window[n].table)
			continue;
		r = create_like(bridge, container, &bridge->window[n]);
		if (r && n && bridge->window[0].table)
			bridge->hardware->remove_window(container, HOST_LOW_START);
	}
	return r;
}
