/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements hold.h for one range in one window whose gate has a place free, which is nearly every access. A range in
 * one page of a table of one node is held and released without a call, so that no registers need be saved.
 * hold_ranges.c makes all other holds, and finds out why one cannot be made.
 */
#include "dma/hold.h"

#include "dma/hold_ranges.h"
#include "dma/translate.h"
#include "util/stats.h"

/* Begins a hold whose range has a place in the gate of its window. */
static inline void begin(struct dma_hold *hold, struct host_pe *pe, const struct dma_request *request,
			 struct host_window *window, unsigned int place)
{
	hold->pe = pe;
	hold->iov = request->pieces;
	hold->iov_count = 0;
	hold->written_from = 0;
	hold->permission = request->permission;
	hold->place = &window->gate.place[place];
	hold->moved = &pe->moved[host_slot_of(request->ranges->ioba)][place];
}

/*
 * Holds the request's range by the entries that it has in the window. This and what follows leave the read lock, as
 * dma_hold_ranges() does.
 */
static __attribute__((noinline)) int hold_pages(struct host_pe *pe, const struct dma_request *request,
						struct dma_hold *hold, struct host_window *window, uint64_t first,
						uint64_t last)
{
	unsigned int place = tce_gate_try_enter(&window->gate, to_index(first), last - first + 1);

	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(pe, request, hold);
	begin(hold, pe, request, window, place);
	if (unlikely(dma_translate(hold, window, request->ranges, request->piece_max))) {
		tce_gate_leave_place(hold->place);
		return dma_hold_ranges(pe, request, hold);
	}
	rcu_read_unlock();
	return 0;
}

/* Ends what the next three begin, with the entry that they have found behind the gate. */
static inline int hold_entry(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold,
			     struct host_window *window, unsigned int place, uint64_t index, uint64_t tce)
{
	const struct dma_range *range = request->ranges;
	uint64_t page;

	if (unlikely(request->permission & ~tce || !request->piece_max)) {
		tce_gate_leave(&window->gate, place);
		return dma_hold_ranges(pe, request, hold);
	}
	begin(hold, pe, request, window, place);
	page = window->start.value + (index << window->geometry.page_shift);
	hold->iov[0] = (struct iovec){
		(void *)(uintptr_t)(tce_address(tce).value + range->ioba.value - page), range->length,
	};
	hold->iov_count = 1;
	rcu_read_unlock();
	return 0;
}

/* Holds the range by one entry, at any place and in any table. */
static __attribute__((noinline)) int hold_page_anyhow(struct host_pe *pe, const struct dma_request *request,
						      struct dma_hold *hold, struct host_window *window,
						      uint64_t index)
{
	unsigned int place = tce_gate_try_enter(&window->gate, to_index(index), 1);

	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(pe, request, hold);
	return hold_entry(pe, request, hold, window, place, index,
			  tce_table_get(host_window_table(window, pe->copy), to_index(index)));
}

/* Continues hold_page() at a gate in which ranges have been shut. */
static __attribute__((noinline)) int hold_page_if_open(struct host_pe *pe, const struct dma_request *request,
						       struct dma_hold *hold, struct host_window *window,
						       const struct tce_table *table, uint64_t index)
{
	if (likely(!tce_gate_is_shut(&window->gate, to_index(index), 1)))
		return hold_entry(pe, request, hold, window, 0, index, tce_table_get_flat(table, to_index(index)));
	tce_gate_leave(&window->gate, 0);
	return dma_hold_ranges(pe, request, hold);
}

/* Holds the range by one entry of a table of one node, at the first place. */
static __attribute__((noinline)) int hold_page(struct host_pe *pe, const struct dma_request *request,
					       struct dma_hold *hold, struct host_window *window,
					       const struct tce_table *table, uint64_t index)
{
	if (unlikely(!tce_gate_claim_first(&window->gate, to_index(index), 1)))
		return hold_page_anyhow(pe, request, hold, window, index);
	if (tce_gate_is_ever_shut(&window->gate))
		return hold_page_if_open(pe, request, hold, window, table, index);
	return hold_entry(pe, request, hold, window, 0, index, tce_table_get_flat(table, to_index(index)));
}

/* Begins a hold by a thread that has no RCU record yet, or is inside a read section. */
static __attribute__((cold, noinline)) int hold_within(struct host_pe *pe, const struct dma_request *request,
						       struct dma_hold *hold)
{
	rcu_read_lock();
	return dma_hold_ranges(pe, request, hold);
}

int dma_hold(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold)
{
	const struct dma_range *range = request->ranges;
	const struct tce_table *table;
	struct host_window *window;
	uint64_t first, last;

	if (unlikely(!rcu_try_read_lock()))
		return hold_within(pe, request, hold);
	/* The test is inside the read lock, so that host_pe_stop() waits for a thread that has made it (P2). */
	if (unlikely(request->count != 1 || dma_is_attended(pe)))
		return dma_hold_ranges(pe, request, hold);
	window = host_pe_window(pe, range->ioba);
	if (unlikely(!window || !dma_find_entries(window, range, &first, &last)))
		return dma_hold_ranges(pe, request, hold);
	table = host_window_table(window, pe->copy);
	if (first != last)
		return hold_pages(pe, request, hold, window, first, last);
	return tce_table_is_flat(table) ? hold_page(pe, request, hold, window, table, first) :
					  hold_page_anyhow(pe, request, hold, window, first);
}

static __attribute__((cold, noinline)) void tell_written(const struct dma_hold *hold)
{
	const struct host_write_hook *written = &hold->pe->phb->written;

	for (unsigned int i = hold->written_from; i < hold->iov_count; i++)
		written->fn(written->context, hold->iov[i].iov_base, hold->iov[i].iov_len);
}

/* Releases a hold of several ranges, or of a thread that has counted nothing yet or has no counters of its own. */
static __attribute__((noinline)) void release_any(struct dma_hold *hold, uint64_t moved)
{
	struct stats *stats = hold->pe->phb->stats;

	if (hold->permission & TCE_READ)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_read_bytes), moved);
	if (hold->permission & TCE_WRITE)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_write_bytes), moved);
	if (hold->place) {
		host_moved_add(hold->moved, hold->permission, moved);
		tce_gate_leave_place(hold->place);
	} else {
		dma_release_ranges(hold, moved);
	}
	if (hold->permission & TCE_WRITE && hold->pe->phb->written.fn)
		tell_written(hold);
}

void dma_release(struct dma_hold *hold, uint64_t moved)
{
	struct stats_part *part = stats_own_part(hold->pe->phb->stats);
	uint64_t permission = hold->permission;

	if (unlikely(!part || !hold->place)) {
		release_any(hold, moved);
		return;
	}
	if (permission & TCE_READ) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_read_bytes, moved);
	}
	if (permission & TCE_WRITE) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_write_bytes, moved);
	}
	/* The thread counts for the PE before it leaves its place, where it is alone. */
	host_moved_add(hold->moved, permission, moved);
	tce_gate_leave_place(hold->place);
	if (unlikely(permission & TCE_WRITE && hold->pe->phb->written.fn))
		tell_written(hold);
}
