/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements share.h. A join or a split changes a window's share while writers are kept away. It
 * then waits for the readers that found the old share, and for the devices inside the window's
 * gate.
 */
#include "host/share.h"

#include <errno.h>

#include "util/range.h"
#include "util/reason.h"
#include "util/stats.h"

typedef void (*run_fn)(struct mem_region *region, uint64_t count);

static void count_run(struct mem_region *region, uint64_t count)
{
	/* This succeeds, because the old table's entries, which are equal, keep the region. */
	(void)mem_region_try_get(region, count);
}

/* Calls fn for the region of each run of entries; returns the number of valid entries. */
static uint64_t for_each_run(struct mem_registry *registry, const struct tce_table *table, run_fn fn)
{
	uint64_t entries = table->geometry.entries, valid = 0, run = 0;
	struct mem_region *region = NULL;

	rcu_read_lock();
	for (uint64_t at = 0, n; at < entries; at += n) {
		const tce_entry *entry = tce_table_span(table, to_index(at), entries - at, &n);

		for (uint64_t i = 0; entry && i < n; i++) {
			uint64_t tce = atomic_load_explicit(&entry[i], memory_order_relaxed);

			if (!tce_is_valid(tce))
				continue;
			valid++;
			if (!region || !range_has(region->start.value, region->length, tce_address(tce).value)) {
				if (region)
					fn(region, run);
				region = mem_region_of(registry, tce_address(tce));
				run = 0;
			}
			run++;
		}
	}
	if (region)
		fn(region, run);
	rcu_read_unlock();
	return valid;
}

static void change_share(struct host_window *window, struct tce_share *share)
{
	rcu_assign_pointer(window->share, share);
	rcu_synchronize();
	tce_gate_drain(&window->gate, to_index(0), UINT64_MAX);
}

static bool can_join(const struct host_window *a, const struct host_window *b)
{
	const struct tce_geometry *g = &a->geometry, *h = &b->geometry;

	return a->share != b->share && a->registry && a->registry == b->registry &&
	       g->page_shift == h->page_shift && g->levels == h->levels &&
	       g->digit_bits == h->digit_bits && g->entries == h->entries;
}

/* Makes the window use the other's share and frees its own table, which has the same entries. */
static void use_other(struct host_window *window, struct host_window *with)
{
	struct tce_share *old = window->share;

	change_share(window, with->share);
	stats_map(window->stats, -for_each_run(window->registry, &old->copy[0], mem_region_put));
	tce_share_free(old);
}

bool host_share_join(struct host_window *window, struct host_window *with)
{
	struct tce_share *own = window->share, *other = with->share;
	bool joined;

	if (!can_join(window, with) || tce_share_flags(own))
		return false;
	tce_share_suspend(own);
	tce_share_suspend(other);
	joined = tce_share_is_equal(own, other);
	if (joined) {
		tce_share_add_user(other, &window->gate);
		use_other(window, with);
	} else {
		tce_share_resume(own);
	}
	tce_share_resume(other);
	return joined;
}

static int copy_of(const struct host_phb *phb, struct host_window *window, const struct host_window *with,
		   struct tce_share **copy)
{
	int r = tce_share_new(&window->geometry, &phb->placement, window->stats, copy);

	if (r)
		return r;
	r = tce_share_copy(*copy, with->share);
	if (r)
		tce_share_free(*copy);
	return r;
}

int host_share_split(const struct host_phb *phb, struct host_window *window)
{
	struct tce_share *old = window->share, *own;
	uint64_t valid;
	int r;

	if (!tce_share_flags(old))
		return 0;
	tce_share_suspend(old);
	r = copy_of(phb, window, window, &own);
	if (!r) {
		valid = for_each_run(window->registry, &own->copy[0], count_run);
		stats_map(window->stats, valid);
		change_share(window, own);
		tce_share_remove_user(old, &window->gate);
		tce_share_add_user(own, &window->gate);
	}
	tce_share_resume(old);
	return r;
}

int host_share_copy(const struct host_phb *phb, struct host_window *window, const struct host_window *with)
{
	struct tce_share *old = window->share, *own;
	int r;

	if (!can_join(window, with) || tce_share_flags(old))
		return REASON(-EINVAL, "the tables of two windows differ in shape");
	r = copy_of(phb, window, with, &own);
	if (r)
		return r;
	tce_share_suspend(old);
	tce_share_suspend(own);
	stats_map(window->stats, for_each_run(window->registry, &own->copy[0], count_run));
	change_share(window, own);
	stats_map(window->stats, -for_each_run(window->registry, &old->copy[0], mem_region_put));
	tce_share_remove_user(old, &window->gate);
	tce_share_add_user(own, &window->gate);
	tce_share_free(old);
	return 0;
}

bool host_share_leave(struct host_window *window)
{
	if (!tce_share_flags(window->share))
		return true;
	tce_share_remove_user(window->share, &window->gate);
	window->share = NULL;
	return false;
}

void host_share_wait(struct host_phb *phb)
{
	pthread_mutex_lock(&phb->watch_lock);
	pthread_mutex_unlock(&phb->watch_lock);
}

int host_share_compare(const struct host_window *window, struct tce_index index, uint64_t count,
		       uint64_t value, uint64_t step)
{
	const struct tce_table *table = host_window_table(window, 0);

	for (uint64_t at = index.value, span; count; at += span, count -= span) {
		tce_entry *entry = tce_table_span(table, to_index(at), count, &span);

		if (!entry && value)
			return SLOWER;
		for (uint64_t i = 0; entry && i < span; i++)
			if (atomic_load_explicit(&entry[i], memory_order_relaxed) != value + i * step)
				return SLOWER;
		value += span * step;
	}
	return 0;
}
