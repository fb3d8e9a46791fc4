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

/* Begins a hold of one range at the first place of the gate of its window. */
static inline void begin(struct dma_hold *hold, struct host_pe *pe, const struct dma_request *request,
			 struct host_window *window, struct ioba ioba)
{
	hold->pe = pe;
	hold->iov_count = 0;
	hold->written_from = 0;
	hold->permission = request->permission;
	hold->iov = request->pieces;
	keep_place(hold, window, ioba, 0);
}

/*
 * Holds the range by several entries, at any place and in any table. This and what follows leave the read lock, as
 * dma_hold_ranges() does.
 */
static __attribute__((noinline)) int hold_pages_anyhow(const struct dma_request *request, struct dma_hold *hold,
						       struct host_window *window, uint64_t index, uint64_t count)
{
	unsigned int place = tce_gate_try_enter(&window->gate, to_index(index), count);

	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(hold->pe, request, hold);
	keep_place(hold, window, request->ranges->ioba, place);
	if (unlikely(dma_translate(hold, window, request->ranges, request->piece_max))) {
		tce_gate_leave_place(hold->place);
		return dma_hold_ranges(hold->pe, request, hold);
	}
	rcu_read_unlock();
	return 0;
}

/* Holds the range by several entries, in one part of a table of one node and at the first place if it can. */
static __attribute__((noinline)) int hold_pages(struct host_pe *pe, const struct dma_request *request,
						struct dma_hold *hold, struct host_window *window, uint64_t index,
						uint64_t offset)
{
	const struct tce_table *table = host_window_table(window, pe->copy);
	uint64_t page = host_window_page_size(window), length = request->ranges->length, count;
	const tce_entry *entry = NULL;

	if (unlikely(length > ((window->geometry.entries - index) << window->geometry.page_shift) - offset))
		return dma_hold_ranges(pe, request, hold);
	count = ((offset + length - 1) >> window->geometry.page_shift) + 1;
	begin(hold, pe, request, window, request->ranges->ioba);
	if (!tce_table_is_flat(table) || unlikely(!tce_gate_claim_first(&window->gate, to_index(index), count)))
		return hold_pages_anyhow(request, hold, window, index, count);
	if (!tce_gate_is_ever_shut(&window->gate))
		entry = tce_table_run_flat(table, to_index(index), count);
	if (unlikely(!entry || !dma_translate_run(hold, request, entry, count, page, offset))) {
		tce_gate_leave_place(hold->place);
		return hold_pages_anyhow(request, hold, window, index, count);
	}
	rcu_read_unlock();
	return 0;
}

/* Ends what the next three begin, with the entry that they have found behind the gate. */
static inline int hold_entry(const struct dma_request *request, struct dma_hold *hold, uint64_t tce, uint64_t offset)
{
	if (unlikely(request->permission & ~tce || !request->piece_max)) {
		tce_gate_leave_place(hold->place);
		return dma_hold_ranges(hold->pe, request, hold);
	}
	hold->iov[0] = (struct iovec){ (void *)(uintptr_t)(tce_address(tce).value + offset), request->ranges->length };
	hold->iov_count = 1;
	rcu_read_unlock();
	return 0;
}

/* Holds the range by one entry, at any place and in any table. */
static __attribute__((noinline)) int hold_page_anyhow(const struct tce_table *table, const struct dma_request *request,
						      struct dma_hold *hold, struct host_window *window,
						      uint64_t index, uint64_t offset)
{
	unsigned int place = tce_gate_try_enter(&window->gate, to_index(index), 1);

	if (unlikely(place == GATE_FULL))
		return dma_hold_ranges(hold->pe, request, hold);
	keep_place(hold, window, request->ranges->ioba, place);
	return hold_entry(request, hold, tce_table_get(table, to_index(index)), offset);
}

/* Continues hold_page() at a gate in which ranges have been shut. */
static __attribute__((noinline)) int hold_page_if_open(const struct tce_table *table, const struct dma_request *request,
						       struct dma_hold *hold, struct host_window *window,
						       uint64_t index, uint64_t offset)
{
	if (likely(!tce_gate_is_shut(&window->gate, to_index(index), 1)))
		return hold_entry(request, hold, tce_table_get_flat(table, to_index(index)), offset);
	tce_gate_leave_place(hold->place);
	return dma_hold_ranges(hold->pe, request, hold);
}

/*
 * Holds the range by one entry, in a table of one node and at the first place if it can. This is a function of its own
 * because gcc would otherwise save registers for the parts of the table's address.
 */
static __attribute__((noinline)) int hold_page(const struct tce_table *table, const struct dma_request *request,
					       struct dma_hold *hold, struct host_window *window, uint64_t index,
					       uint64_t offset)
{
	if (!tce_table_is_flat(table) || unlikely(!tce_gate_claim_first(&window->gate, to_index(index), 1)))
		return hold_page_anyhow(table, request, hold, window, index, offset);
	if (tce_gate_is_ever_shut(&window->gate))
		return hold_page_if_open(table, request, hold, window, index, offset);
	return hold_entry(request, hold, tce_table_get_flat(table, to_index(index)), offset);
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
	uint64_t index, offset;

	if (unlikely(!rcu_try_read_lock()))
		return hold_within(pe, request, hold);
	/* The test is inside the read lock, so that host_pe_stop() waits for a thread that has made it (P2). */
	if (unlikely(request->count != 1 || dma_is_attended(pe)))
		return dma_hold_ranges(pe, request, hold);
	window = host_pe_window(pe, ioba);
	if (unlikely(!window || !host_window_has(window, ioba)))
		return dma_hold_ranges(pe, request, hold);
	index = host_window_index(window, ioba).value;
	offset = (ioba.value - window->start.value) & (host_window_page_size(window) - 1);
	if (range->length > host_window_page_size(window) - offset)
		return hold_pages(pe, request, hold, window, index, offset);
	begin(hold, pe, request, window, ioba);
	return hold_page(host_window_table(window, pe->copy), request, hold, window, index, offset);
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
	/* The thread counts for the PE before it leaves its place, where it is alone. */
	if (permission & TCE_READ) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_read_bytes, moved);
		host_moved_add(hold->moved, TCE_READ, moved);
	}
	if (permission & TCE_WRITE) {
		STATS_RAISE(part, dma_accesses, 1);
		STATS_RAISE(part, dma_write_bytes, moved);
		host_moved_add(hold->moved, TCE_WRITE, moved);
	}
	tce_gate_leave_place(hold->place);
	if (unlikely(permission & TCE_WRITE && hold->pe->phb->written.fn))
		tell_written(hold);
}
