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

/* Notes in which place the hold's thread is, and where it counts for the PE there. */
static inline void keep_place(struct dma_hold *hold, struct host_window *window, struct ioba ioba, unsigned int place)
{
	hold->place = &window->gate.place[place];
	hold->moved = &hold->pe->moved[host_slot_of(ioba)][place];
}

/* Begins a hold of one range at the first place of the gate of its window. Its pieces are set when they are known. */
static inline void begin(struct dma_hold *hold, struct host_pe *pe, const struct dma_request *request,
			 struct host_window *window, struct ioba ioba)
{
	hold->pe = pe;
	hold->permission = request->permission;
	keep_place(hold, window, ioba, 0);
}

/*
 * Holds the range by several entries, at any place and in any table. This and what follows leave the read lock, as
 * dma_hold_ranges() does.
 */
static __attribute__((noinline)) int hold_pages_anyhow(const struct dma_request *request, struct dma_hold *hold,
						       struct host_window *window, uint64_t index, uint64_t count)
{
	unsigned int place;

	if (unlikely(index + count > window->geometry.entries))
		return dma_hold_ranges(hold->pe, request, hold);
	place = tce_gate_try_enter(&window->gate, to_index(index), count);
	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(hold->pe, request, hold);
	keep_place(hold, window, request->ranges->ioba, place);
	hold->iov_count = hold->written_from = 0;
	hold->iov = request->pieces;
	if (unlikely(dma_translate(hold, window, request->ranges, request->piece_max))) {
		tce_gate_leave_place(hold->place);
		return dma_hold_ranges(hold->pe, request, hold);
	}
	rcu_read_unlock();
	return 0;
}

/* Ends the next with the entries that it has found behind the gate, which are all of the range. */
static __attribute__((noinline)) int hold_run(const tce_entry *entry, const struct dma_request *request,
					      struct dma_hold *hold, uint64_t page_mask, uint64_t count, uint64_t at)
{
	if (unlikely(!dma_translate_run(hold, request, entry, count, page_mask, at))) {
		tce_gate_leave_place(hold->place);
		return dma_hold_ranges(hold->pe, request, hold);
	}
	rcu_read_unlock();
	return 0;
}

_Static_assert(bit64(TCE_PART_BITS_MAX) < GATE_COUNT_ALL, "tce_gate_claim_first() takes the entries of a part");

/*
 * Holds the range by several entries, in one part of a table of one node, at the first place and without counting pieces
 * if it can. `at` is where the range begins in the window.
 */
static __attribute__((noinline)) int hold_pages(const struct tce_table *table, const struct dma_request *request,
						struct dma_hold *hold, struct host_window *window, uint64_t index,
						uint64_t at)
{
	uint64_t last = at + request->ranges->length - 1, last_index = last >> window->geometry.page_shift;
	uint64_t count = last_index - index + 1;
	const tce_entry *entry = NULL;

	if (unlikely(last < at))
		return dma_hold_ranges(hold->pe, request, hold);
	/* What lies behind the window in a part is clear, and a range that goes on there is refused by that. */
	if (!tce_table_is_flat(table) || !tce_table_part_has_both(table, to_index(index), to_index(last_index)) ||
	    unlikely(count > request->piece_max || !tce_gate_claim_first(&window->gate, to_index(index), count)))
		return hold_pages_anyhow(request, hold, window, index, count);
	if (!tce_gate_is_ever_shut(&window->gate))
		entry = tce_table_entry_flat(table, to_index(index));
	if (unlikely(!entry)) {
		tce_gate_leave_place(hold->place);
		return hold_pages_anyhow(request, hold, window, index, count);
	}
	return hold_run(entry, request, hold, window->page_mask, count, at);
}

/* Ends what the next three begin, with the entry that they have found behind the gate. */
static inline int hold_entry(const struct dma_request *request, struct dma_hold *hold, uint64_t tce, uint64_t offset)
{
	struct iovec *piece = request->pieces;

	if (unlikely(request->permission & ~tce || !request->piece_max)) {
		tce_gate_leave_place(hold->place);
		return dma_hold_ranges(hold->pe, request, hold);
	}
	*piece = (struct iovec){ (void *)(uintptr_t)(tce_address(tce).value + offset), request->ranges->length };
	hold->iov = piece;
	hold->iov_count = 1;
	rcu_read_unlock();
	return 0;
}

/* Holds the range by one entry, at any place and in any table. */
static __attribute__((noinline)) int hold_page_anyhow(const struct tce_table *table, const struct dma_request *request,
						      struct dma_hold *hold, struct host_window *window,
						      uint64_t index, uint64_t at)
{
	unsigned int place = tce_gate_try_enter(&window->gate, to_index(index), 1);

	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(hold->pe, request, hold);
	keep_place(hold, window, request->ranges->ioba, place);
	return hold_entry(request, hold, tce_table_get(table, to_index(index)), at & window->page_mask);
}

/* Continues hold_page() at a gate in which ranges have been shut. */
static __attribute__((noinline)) int hold_page_if_open(const struct tce_table *table, const struct dma_request *request,
						       struct dma_hold *hold, struct host_window *window,
						       uint64_t index, uint64_t at)
{
	if (likely(!tce_gate_is_shut(&window->gate, to_index(index), 1)))
		return hold_entry(request, hold, tce_table_get_flat(table, to_index(index)), at & window->page_mask);
	tce_gate_leave_place(hold->place);
	return dma_hold_ranges(hold->pe, request, hold);
}

/*
 * Holds the range by one entry, in a table of one node and at the first place if it can. This is a function of its own
 * because gcc would otherwise save registers for the parts of the table's address.
 */
static __attribute__((noinline)) int hold_page(const struct tce_table *table, const struct dma_request *request,
					       struct dma_hold *hold, struct host_window *window, uint64_t index,
					       uint64_t at)
{
	if (!tce_table_is_flat(table) || unlikely(!tce_gate_claim_first(&window->gate, to_index(index), 1)))
		return hold_page_anyhow(table, request, hold, window, index, at);
	if (tce_gate_is_ever_shut(&window->gate))
		return hold_page_if_open(table, request, hold, window, index, at);
	return hold_entry(request, hold, tce_table_get_flat(table, to_index(index)), at & window->page_mask);
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
	const struct ioba ioba = range->ioba;
	struct host_window *window;
	uint64_t at, index;

	if (unlikely(!rcu_try_read_lock()))
		return hold_within(pe, request, hold);
	/* The test is inside the read lock, so that host_pe_stop() waits for a thread that has made it (P2). */
	if (unlikely(request->count != 1 || dma_is_attended(pe)))
		return dma_hold_ranges(pe, request, hold);
	window = host_pe_window(pe, ioba);
	if (unlikely(!window || !host_window_has(window, ioba)))
		return dma_hold_ranges(pe, request, hold);
	begin(hold, pe, request, window, ioba);
	index = host_window_index(window, ioba).value;
	at = ioba.value - window->start.value;
	/* The bytes behind the first one, against those that its page has behind it. */
	if (range->length - 1 > (window->page_mask & ~at))
		return hold_pages(host_window_table(window, pe->copy), request, hold, window, index, at);
	return hold_page(host_window_table(window, pe->copy), request, hold, window, index, at);
}

static __attribute__((cold, noinline)) void tell_written(const struct dma_hold *hold)
{
	const struct host_write_hook *written = &hold->pe->phb->written;
	unsigned int first = hold->permission & DMA_HOLD_OF_RANGES ? hold->written_from : 0;

	for (unsigned int i = first; i < hold->iov_count; i++)
		written->fn(written->context, hold->iov[i].iov_base, hold->iov[i].iov_len);
}

/* Releases a hold of any kind, of any thread. */
static __attribute__((noinline)) void release_any(struct dma_hold *hold, uint64_t moved)
{
	struct stats *stats = hold->pe->stats;

	if (hold->permission & TCE_READ)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_read_bytes), moved);
	if (hold->permission & TCE_WRITE)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_write_bytes), moved);
	if (hold->permission & DMA_HOLD_OF_RANGES) {
		dma_release_ranges(hold, moved);
	} else {
		host_moved_add(hold->moved, hold->permission, moved);
		tce_gate_leave_place(hold->place);
	}
	if (hold->permission & TCE_WRITE && hold->pe->phb->written.fn)
		tell_written(hold);
}

/* A thread counts for the PE before it leaves its place, where it is alone. */
void dma_release(struct dma_hold *hold, uint64_t moved)
{
	struct stats_part *part = stats_own_part(hold->pe->stats);

	if (likely(part) && hold->permission == TCE_READ) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_read_bytes, moved);
		own_word_add(&hold->moved->read, moved);
		tce_gate_leave_place(hold->place);
	} else if (likely(part && hold->permission == TCE_WRITE)) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_write_bytes, moved);
		own_word_add(&hold->moved->written, moved);
		tce_gate_leave_place(hold->place);
		if (unlikely(hold->pe->phb->written.fn))
			tell_written(hold);
	} else {
		release_any(hold, moved);
	}
}
