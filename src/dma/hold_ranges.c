/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements hold_ranges.h and dma_hold_copy() in three steps: it finds the window of each range, enters the gate of
 * each window with the span of all ranges in it, and only then reads the entries. tce/gate.h says why the order must be
 * this.
 */
#include "dma/hold_ranges.h"

#include <string.h>

#include "dma/fault.h"
#include "dma/translate.h"
#include "util/range.h"

struct span {
	struct host_window *window;
	uint64_t first;
	uint64_t last;
};

static void leave_places(struct dma_hold *hold)
{
	for (unsigned int i = 0; i < HOST_WINDOW_SLOTS; i++) {
		if (hold->slot[i].gate)
			tce_gate_leave(hold->slot[i].gate, hold->slot[i].place);
		hold->slot[i].gate = NULL;
	}
}

static void leave_gates(struct dma_hold *hold)
{
	leave_places(hold);
	if (hold->in_bypass)
		rcu_read_unlock();
}

/* Sets the first and the last index of a range; false: a byte of it lies outside of the window. */
static bool find_entries(const struct host_window *window, const struct dma_range *range,
			 uint64_t *first, uint64_t *last)
{
	uint64_t offset = range->ioba.value - window->start.value, end = offset + range->length - 1;

	*first = offset >> window->geometry.page_shift;
	*last = end >> window->geometry.page_shift;
	/* An address before the window gives an offset beyond it, and a range that wraps an end before its offset. */
	return offset <= end && *last < window->geometry.entries;
}

/*
 * Finds the window of a range and widens the window's span by it. Returns the fault, if there is
 * one. The caller must be inside the RCU read lock.
 */
static enum stce_fault find_window(struct host_pe *pe, const struct dma_range *range,
				   struct span span[HOST_WINDOW_SLOTS], bool *in_bypass)
{
	struct span *s = &span[host_slot_of(range->ioba)];
	struct host_window *window = host_pe_window(pe, range->ioba);
	uint64_t first, last;

	if (!window) {
		if (!host_slot_of(range->ioba) || !atomic_load(&pe->bypass))
			return STCE_FAULT_NO_WINDOW;
		*in_bypass = true;
		return STCE_FAULT_NONE;
	}
	if (!find_entries(window, range, &first, &last))
		return STCE_FAULT_BEYOND_WINDOW;
	if (!s->window)
		*s = (struct span){ window, first, last };
	s->first = min_u64(s->first, first);
	s->last = max_u64(s->last, last);
	return STCE_FAULT_NONE;
}

/* Does so for all ranges. *at is the first of them that has a fault. */
static enum stce_fault find_windows(struct dma_hold *hold, const struct dma_range *ranges, unsigned int n,
				    struct span span[HOST_WINDOW_SLOTS], unsigned int *at)
{
	enum stce_fault cause = STCE_FAULT_NONE;

	memset(span, 0, HOST_WINDOW_SLOTS * sizeof(span[0]));
	hold->in_bypass = false;
	for (*at = 0; *at < n; ++*at) {
		cause = find_window(hold->pe, &ranges[*at], span, &hold->in_bypass);
		if (cause)
			break;
	}
	return cause;
}

/* Returns how the device accesses the n-th range: a copy reads the first one and writes the other. */
static uint64_t permission_of(const struct dma_hold *hold, unsigned int n)
{
	if (!hold->copies)
		return hold->permission;
	return n ? TCE_WRITE : TCE_READ;
}

/* Enters the gates of all windows that have a span. false: one of them is closed or, if the caller may not wait, full. */
static bool enter_gates(struct dma_hold *hold, bool may_wait, const struct span span[HOST_WINDOW_SLOTS])
{
	for (unsigned int s = 0; s < HOST_WINDOW_SLOTS; s++) {
		struct tce_index first = to_index(span[s].first);
		struct tce_gate *gate;
		unsigned int place;

		if (!span[s].window)
			continue;
		gate = &span[s].window->gate;
		place = may_wait ? tce_gate_enter(gate, first, span[s].last - span[s].first + 1) :
				   tce_gate_try_enter(gate, first, span[s].last - span[s].first + 1);
		if (place == GATE_FULL)
			return false;
		hold->slot[s].gate = gate;
		hold->slot[s].place = place;
	}
	return true;
}

/*
 * Leaves the read lock, inside which entries are read, because parts of tables change places. The
 * bypass has no gate, so there the thread stays inside until the release.
 */
static void leave_read_lock(const struct dma_hold *hold)
{
	if (!hold->in_bypass)
		rcu_read_unlock();
}

/*
 * Finds the windows of all ranges and enters their gates. The caller must be inside the read lock, and is so after 0
 * only.
 */
static int enter(struct dma_hold *hold, const struct dma_range *ranges, unsigned int n,
		 bool may_wait, struct span span[HOST_WINDOW_SLOTS])
{
	enum stce_fault cause;
	unsigned int at;

	do {
		cause = find_windows(hold, ranges, n, span, &at);
		if (cause) {
			rcu_read_unlock();
			return dma_refuse(hold, &ranges[at], permission_of(hold, at), cause);
		}
		if (enter_gates(hold, may_wait, span))
			return 0;
		leave_places(hold);
		/* A window whose gate is closed has left the PE before, so the next search does not find it. */
	} while (may_wait);
	rcu_read_unlock();
	return SLOWER;
}

/*
 * Translates one range of a hold whose gates have been entered, inside the read lock. After a
 * failure nothing is held any longer.
 */
static int translate_range(struct dma_hold *hold, const struct dma_range *range,
			   const struct span span[HOST_WINDOW_SLOTS], unsigned int iov_size)
{
	struct host_window *window = span[host_slot_of(range->ioba)].window;
	int r = 0;

	if (window)
		r = dma_translate(hold, window, range, iov_size);
	else
		r = dma_pass(hold, range, iov_size);
	if (!r)
		return 0;
	leave_gates(hold);
	leave_read_lock(hold);
	return r > 0 ? dma_refuse(hold, range, hold->permission, (enum stce_fault)r) : r;
}

/*
 * Lets triggers of the PE see a hold, which the caller has made, range by range. A range that is refused fails with its
 * first byte, because a trigger stops an access as a whole. After a failure nothing is held any longer.
 */
static int meet_triggers(struct dma_hold *hold, const struct dma_range *ranges, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t permission = permission_of(hold, i);

		if (!host_eeh_visit(hold->pe, &(struct host_eeh_visit){ dma_kind_of(permission), ranges[i].ioba.value,
									ranges[i].length }))
			continue;
		leave_gates(hold);
		hold->translated = 0;
		return dma_refuse(hold, &ranges[i], permission, STCE_FAULT_FROZEN);
	}
	return 0;
}

/* Leaves the read lock if the PE is stopped. */
static int refuse_stopped(const struct dma_hold *hold, const struct dma_range *range)
{
	if (!(host_eeh_word(&hold->pe->eeh) & HOST_EEH_NO_DMA))
		return 0;
	rcu_read_unlock();
	return dma_refuse(hold, range, permission_of(hold, 0), STCE_FAULT_FROZEN);
}

/* Makes a hold inside the read lock, which it leaves. */
static int hold_all(const struct dma_request *request, struct dma_hold *hold)
{
	struct span span[HOST_WINDOW_SLOTS];
	int r = enter(hold, request->ranges, request->count, request->may_wait, span);

	if (r)
		return r;
	for (unsigned int i = 0; i < request->count; i++) {
		r = translate_range(hold, &request->ranges[i], span, request->piece_max);
		if (r)
			return r;
	}
	hold->permission |= DMA_HOLD_OF_RANGES;
	leave_read_lock(hold);
	return 0;
}

int dma_hold_ranges(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold)
{
	bool attended = dma_is_attended(pe);
	int r = 0;

	*hold = (struct dma_hold){ .pe = pe, .iov = request->pieces, .permission = request->permission };
	if (unlikely(attended))
		r = refuse_stopped(hold, &request->ranges[0]);
	if (!r)
		r = hold_all(request, hold);
	return unlikely(attended) && !r ? meet_triggers(hold, request->ranges, request->count) : r;
}

void dma_release_ranges(struct dma_hold *hold, uint64_t moved)
{
	struct host_pe *pe = hold->pe;

	/* A thread counts for the PE before it leaves its place, where it is alone. */
	if (hold->slot[0].gate)
		host_moved_add(&pe->moved[0][hold->slot[0].place], hold->permission, moved);
	else if (hold->slot[1].gate)
		host_moved_add(&pe->moved[1][hold->slot[1].place], hold->permission, moved);
	else
		host_moved_add_shared(&pe->moved_by_bypass, hold->permission, moved);
	leave_gates(hold);
}

/* Makes the hold of a copy inside the read lock, which it leaves. */
static int hold_both(const struct dma_range ranges[2], unsigned int iov_size, struct dma_hold *hold)
{
	struct span span[HOST_WINDOW_SLOTS];
	int r = enter(hold, ranges, 2, true, span);

	hold->permission = TCE_READ;
	if (!r)
		r = translate_range(hold, &ranges[0], span, iov_size);
	hold->written_from = hold->iov_count;
	hold->permission = TCE_WRITE;
	if (!r)
		r = translate_range(hold, &ranges[1], span, iov_size);
	if (!r)
		leave_read_lock(hold);
	hold->permission = TCE_READ | TCE_WRITE | DMA_HOLD_OF_RANGES;
	return r;
}

int dma_hold_copy(struct host_pe *pe, struct ioba to, struct ioba from, uint64_t length,
		  struct iovec *iov, unsigned int iov_size, struct dma_hold *hold)
{
	const struct dma_range ranges[] = { { from, length }, { to, length } };
	bool attended;
	int r = 0;

	*hold = (struct dma_hold){ .pe = pe, .iov = iov, .permission = TCE_READ | TCE_WRITE, .copies = true };
	rcu_read_lock();
	attended = dma_is_attended(hold->pe);
	if (unlikely(attended))
		r = refuse_stopped(hold, &ranges[0]);
	if (!r)
		r = hold_both(ranges, iov_size, hold);
	return unlikely(attended) && !r ? meet_triggers(hold, ranges, ARRAY_COUNT(ranges)) : r;
}
