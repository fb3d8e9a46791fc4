/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements hold.h for one range in one window whose gate has a place free, which is nearly every access. A range in
 * one page is held without a call, so that no registers need be saved. hold_ranges.c makes all other holds, and finds
 * out why one cannot be made.
 */
#include "dma/hold.h"

#include "dma/hold_ranges.h"
#include "dma/translate.h"
#include "util/stats.h"

static inline void keep_place(struct dma_hold *hold, struct host_window *window, struct ioba ioba, unsigned int place)
{
	unsigned int slot = host_slot_of(ioba);

	hold->slot[slot].gate = &window->gate;
	hold->slot[slot].place = place;
}

/*
 * Holds the request's range by the entries that it has in the window. This and hold_page() leave the read lock, as
 * dma_hold_ranges() does.
 */
static __attribute__((noinline)) int hold_pages(const struct dma_request *request, struct dma_hold *hold,
						struct host_window *window, uint64_t first, uint64_t last)
{
	const struct dma_range *range = request->ranges;
	unsigned int place = tce_gate_try_enter(&window->gate, to_index(first), last - first + 1);

	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(request, hold);
	if (unlikely(dma_translate(hold, window, range, request->piece_max))) {
		tce_gate_leave(&window->gate, place);
		hold->iov_count = 0;
		return dma_hold_ranges(request, hold);
	}
	keep_place(hold, window, range->ioba, place);
	rcu_read_unlock();
	return 0;
}

static inline int hold_page(const struct dma_request *request, struct dma_hold *hold, struct host_window *window,
			    struct tce_index index)
{
	const struct tce_table *table = host_window_table(window, hold->pe->copy);
	const struct dma_range *range = request->ranges;
	unsigned int place;
	uint64_t tce, offset;

	place = tce_gate_try_enter(&window->gate, index, 1);
	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(request, hold);
	tce = tce_table_get(table, index);
	if (unlikely(request->permission & ~tce || !request->piece_max)) {
		tce_gate_leave(&window->gate, place);
		return dma_hold_ranges(request, hold);
	}
	offset = (range->ioba.value - window->start.value) & (host_window_page_size(window) - 1);
	request->pieces[0] = (struct iovec){ (void *)(uintptr_t)(tce_address(tce).value + offset), range->length };
	hold->iov_count = 1;
	keep_place(hold, window, range->ioba, place);
	rcu_read_unlock();
	return 0;
}

/* Begins a hold by a thread that has no RCU record yet, or is inside a read section. */
static __attribute__((cold, noinline)) int hold_within(const struct dma_request *request, struct dma_hold *hold)
{
	rcu_read_lock();
	return dma_hold_ranges(request, hold);
}

int dma_hold(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold)
{
	const struct dma_range *range = request->ranges;
	struct host_window *window;
	uint64_t first, last;

	*hold = (struct dma_hold){ .pe = pe, .iov = request->pieces, .permission = request->permission };
	if (unlikely(!rcu_try_read_lock()))
		return hold_within(request, hold);
	/* The test is inside the read lock, so that host_pe_stop() waits for a thread that has made it (P2). */
	if (unlikely(request->count != 1 || dma_is_attended(pe)))
		return dma_hold_ranges(request, hold);
	window = host_pe_window(pe, range->ioba);
	if (unlikely(!window || !dma_find_entries(window, range, &first, &last)))
		return dma_hold_ranges(request, hold);
	return first == last ? hold_page(request, hold, window, to_index(first)) :
			       hold_pages(request, hold, window, first, last);
}

static void tell_written(const struct dma_hold *hold)
{
	const struct host_write_hook *written = &hold->pe->phb->written;

	for (unsigned int i = hold->written_from; i < hold->iov_count; i++)
		written->fn(written->context, hold->iov[i].iov_base, hold->iov[i].iov_len);
}

/* Ends a hold whose bytes the machine has counted. */
static inline void release(struct dma_hold *hold, uint64_t moved)
{
	/* A thread counts for the PE before it leaves its place, where it is alone. */
	if (likely(hold->slot[0].gate))
		host_moved_add(&hold->pe->moved[0][hold->slot[0].place], hold->permission, moved);
	else if (hold->slot[1].gate)
		host_moved_add(&hold->pe->moved[1][hold->slot[1].place], hold->permission, moved);
	else
		host_moved_add_shared(&hold->pe->moved_by_bypass, hold->permission, moved);
	dma_leave_gates(hold);
	if (unlikely(hold->permission & TCE_WRITE && hold->pe->phb->written.fn))
		tell_written(hold);
}

/* Releases a hold of a thread that has counted nothing yet, or has no counters of its own. */
static __attribute__((cold, noinline)) void release_uncounted(struct dma_hold *hold, uint64_t moved)
{
	struct stats *stats = hold->pe->phb->stats;

	if (hold->permission & TCE_READ)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_read_bytes), moved);
	if (hold->permission & TCE_WRITE)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_write_bytes), moved);
	release(hold, moved);
}

void dma_release(struct dma_hold *hold, uint64_t moved)
{
	struct stats_part *part = stats_own_part(hold->pe->phb->stats);

	if (unlikely(!part)) {
		release_uncounted(hold, moved);
		return;
	}
	if (hold->permission & TCE_READ) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_read_bytes, moved);
	}
	if (hold->permission & TCE_WRITE) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_write_bytes, moved);
	}
	release(hold, moved);
}
