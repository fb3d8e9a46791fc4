/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements hold.h in three steps: it finds the window of each range, enters the gate of each
 * window with the span of all ranges in it, and only then reads the entries. tce/gate.h says why
 * the order must be this.
 */
#include "dma/hold.h"

#include <errno.h>

#include "host/eeh_trigger.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/stats.h"

struct span {
	struct host_window *window;
	uint64_t first;
	uint64_t last;
};

typedef unsigned int (*gate_enter_fn)(struct tce_gate *gate, struct tce_index first, uint64_t count);

/* Sets the first and the last index of a range; false: a byte of it lies outside of the window. */
static inline bool find_entries(const struct host_window *window, const struct dma_range *range, uint64_t *first,
				uint64_t *last)
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

static enum stce_fault entry_fault(uint64_t tce, uint64_t permission)
{
	uint64_t missing = permission & ~tce;

	if (!tce_is_valid(tce))
		return STCE_FAULT_UNMAPPED;
	return missing & TCE_WRITE ? STCE_FAULT_NO_WRITE : STCE_FAULT_NO_READ;
}

/* The pieces of a hold while they are written. */
struct pieces {
	struct iovec *next, *end;
	uint64_t adjacent;             /* the address at which a range would extend the last piece; 1 if there is none */
};

/* Continues with the pieces that the device accesses in the same way. */
static struct pieces pieces_of(const struct dma_hold *hold, unsigned int iov_size)
{
	struct pieces p = { hold->iov + hold->iov_count, hold->iov + iov_size, 1 };

	if (hold->iov_count > hold->written_from)
		p.adjacent = (uint64_t)(uintptr_t)p.next[-1].iov_base + p.next[-1].iov_len;
	return p;
}

/* Appends a piece, or extends the last one. false: the array is full. */
static inline bool add_piece(struct pieces *p, uint64_t address, uint64_t length)
{
	if (address == p->adjacent)
		p->next[-1].iov_len += length;
	else if (unlikely(p->next == p->end))
		return false;
	else
		*p->next++ = (struct iovec){ (void *)(uintptr_t)address, length };
	p->adjacent = address + length;
	return true;
}

/* What is left of a range. */
struct rest {
	uint64_t length;
	uint64_t offset;               /* of its first byte in its page */
};

/* Translates by entries that lie side by side. Returns 0, -E2BIG, or a fault > 0. */
static inline int translate_entries(struct pieces *pieces, tce_entry *entry, uint64_t count, uint64_t permission,
				    uint64_t page, struct rest *rest)
{
	for (const tce_entry *end = entry + count; entry < end; entry++) {
		uint64_t tce = atomic_load_explicit(entry, memory_order_acquire);
		uint64_t length = min_u64(rest->length, page - rest->offset);

		if (unlikely(permission & ~tce))
			return (int)entry_fault(tce, permission);
		if (unlikely(!add_piece(pieces, tce_address(tce).value + rest->offset, length)))
			return -E2BIG;
		rest->length -= length;
		rest->offset = 0;
	}
	return 0;
}

/*
 * Translates one range through a window whose gate has been entered. Returns 0, -E2BIG, or a fault
 * > 0.
 */
static int translate(struct dma_hold *hold, struct host_window *window,
		     const struct dma_range *range, unsigned int iov_size)
{
	const struct tce_table *table = host_window_table(window, hold->pe->copy);
	uint64_t page = host_window_page_size(window), index = host_window_index(window, range->ioba).value;
	struct rest rest = { range->length, (range->ioba.value - window->start.value) & (page - 1) };
	struct pieces pieces = pieces_of(hold, iov_size);
	int r = 0;

	while (rest.length && !r) {
		uint64_t pages = (rest.offset + rest.length + page - 1) >> window->geometry.page_shift, count;
		tce_entry *entry = tce_table_span(table, to_index(index), pages, &count);

		index += count;
		r = entry ? translate_entries(&pieces, entry, count, hold->permission, page, &rest) :
			    STCE_FAULT_UNMAPPED;
	}
	hold->iov_count = (unsigned int)(pieces.next - hold->iov);
	hold->translated = range->length - rest.length;
	return r;
}

/* Does the same with a range in one page, as the only one of a hold. false: it does not say why not. */
static inline bool translate_page(struct dma_hold *hold, const struct host_window *window,
				  const struct dma_range *range, struct tce_index index, unsigned int iov_size)
{
	uint64_t tce = tce_table_get(host_window_table(window, hold->pe->copy), index);
	uint64_t offset = (range->ioba.value - window->start.value) & (host_window_page_size(window) - 1);

	if (unlikely(hold->permission & ~tce || !iov_size))
		return false;
	hold->iov[0] = (struct iovec){ (void *)(uintptr_t)(tce_address(tce).value + offset), range->length };
	hold->iov_count = 1;
	return true;
}

static void leave_gates(struct dma_hold *hold)
{
	for (unsigned int i = 0; i < HOST_WINDOW_SLOTS; i++)
		if (hold->slot[i].gate)
			tce_gate_leave(hold->slot[i].gate, hold->slot[i].place);
	if (hold->in_bypass)
		rcu_read_unlock();
}

/*
 * Counts a fault and gives its reason. The text is formatted only if it is asked for, because a
 * device may meet many faults.
 */
static int fault(struct host_pe *pe, const struct host_access *access, enum stce_fault cause)
{
	static const char *const reasons[] = {
		[STCE_FAULT_NO_WINDOW] = "no window is at bus address %#llx",
		[STCE_FAULT_BEYOND_WINDOW] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "lies outside the window"),
		[STCE_FAULT_UNMAPPED] = "bus address %#llx, or one in the %llu bytes from there, has no valid TCE",
		[STCE_FAULT_NO_READ] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "has a TCE that forbids reading"),
		[STCE_FAULT_NO_WRITE] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "has a TCE that forbids writing"),
		[STCE_FAULT_MEMORY_GONE] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "has memory that is gone or read-only"),
		[STCE_FAULT_FROZEN] = "the PE is frozen: no access at bus address %#llx",
	};

	host_pe_fault(pe, access, cause);
	return reason_note(-EFAULT, __func__, reasons[cause], access->ioba.value, access->length, 0);
}

static uint32_t kind_of(uint64_t permission)
{
	return (permission & TCE_READ ? STCE_EEH_DMA_READ : 0) | (permission & TCE_WRITE ? STCE_EEH_DMA_WRITE : 0);
}

static int refuse(const struct dma_hold *hold, const struct dma_range *range, enum stce_fault cause)
{
	const struct host_access access = {
		.ioba = range->ioba,
		.length = range->length,
		.failed = to_ioba(range->ioba.value + hold->translated),
		.kind = kind_of(hold->permission),
	};

	return fault(hold->pe, &access, cause);
}

/* Enters the gates of all windows that have a span. false: one of them is full. */
static bool enter_gates(struct dma_hold *hold, gate_enter_fn gate_enter,
			const struct span span[HOST_WINDOW_SLOTS])
{
	for (unsigned int s = 0; s < HOST_WINDOW_SLOTS; s++) {
		unsigned int place;

		if (!span[s].window)
			continue;
		place = gate_enter(&span[s].window->gate, to_index(span[s].first),
				   span[s].last - span[s].first + 1);
		if (place == GATE_FULL)
			return false;
		hold->slot[s].gate = &span[s].window->gate;
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
		 gate_enter_fn gate_enter, struct span span[HOST_WINDOW_SLOTS])
{
	enum stce_fault cause = STCE_FAULT_NONE;
	unsigned int i;
	bool entered;

	for (i = 0; i < n && !cause; i++)
		cause = find_window(hold->pe, &ranges[i], span, &hold->in_bypass);
	if (cause) {
		rcu_read_unlock();
		return refuse(hold, &ranges[i - 1], cause);
	}
	entered = enter_gates(hold, gate_enter, span);
	if (entered)
		return 0;
	leave_gates(hold);
	leave_read_lock(hold);
	return SLOWER;
}

/* Does what translate() does where the bypass takes the place of a window. */
static int pass(struct dma_hold *hold, const struct dma_range *range, unsigned int iov_size)
{
	struct pieces pieces = pieces_of(hold, iov_size);

	if (!add_piece(&pieces, range->ioba.value - HOST_HIGH_START, range->length))
		return -E2BIG;
	hold->iov_count = (unsigned int)(pieces.next - hold->iov);
	return 0;
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
		r = translate(hold, window, range, iov_size);
	else
		r = pass(hold, range, iov_size);
	if (!r)
		return 0;
	leave_gates(hold);
	leave_read_lock(hold);
	return r > 0 ? refuse(hold, range, (enum stce_fault)r) : r;
}

/*
 * Lets triggers of the PE see a hold, which the caller has made, range by range; the target of a copy is written. After
 * a failure nothing is held any longer.
 */
static int meet_triggers(struct dma_hold *hold, const struct dma_range *ranges, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const uint32_t copied = i ? STCE_EEH_DMA_WRITE : STCE_EEH_DMA_READ;
		const struct host_eeh_visit visit = {
			hold->copies ? copied : kind_of(hold->permission), ranges[i].ioba.value, ranges[i].length,
		};

		if (!host_eeh_visit(hold->pe, &visit))
			continue;
		leave_gates(hold);
		return refuse(hold, &ranges[i], STCE_FAULT_FROZEN);
	}
	return 0;
}

static bool is_attended(const struct dma_hold *hold)
{
	return host_eeh_word(&hold->pe->eeh) & (HOST_EEH_NO_DMA | HOST_EEH_WATCHED);
}

/* Leaves the read lock if the PE is stopped. */
static int refuse_stopped(const struct dma_hold *hold, const struct dma_range *range)
{
	if (!(host_eeh_word(&hold->pe->eeh) & HOST_EEH_NO_DMA))
		return 0;
	rcu_read_unlock();
	return refuse(hold, range, STCE_FAULT_FROZEN);
}

/*
 * Holds one range in a window whose gate has a place free, which is nearly every access, inside the
 * read lock, which it leaves. false: nothing is held, the lock is kept, and hold_ranges() finds out why.
 */
static inline bool hold_one(const struct dma_request *request, struct dma_hold *hold)
{
	const struct dma_range *range = request->ranges;
	unsigned int slot = host_slot_of(range->ioba), place;
	struct host_window *window = host_pe_window(hold->pe, range->ioba);
	uint64_t first, last;

	if (unlikely(!window || !find_entries(window, range, &first, &last)))
		return false;
	place = tce_gate_try_enter(&window->gate, to_index(first), last - first + 1);
	if (unlikely(place == GATE_FULL))
		return false;
	if (unlikely(first == last ? !translate_page(hold, window, range, to_index(first), request->piece_max) :
				     translate(hold, window, range, request->piece_max))) {
		tce_gate_leave(&window->gate, place);
		hold->iov_count = 0;
		return false;
	}
	hold->slot[slot].gate = &window->gate;
	hold->slot[slot].place = place;
	rcu_read_unlock();
	return true;
}

/*
 * Makes a hold inside the read lock, which it leaves. It is apart, so that hold_one() saves no more
 * registers than it uses.
 */
static __attribute__((noinline)) int hold_ranges(const struct dma_request *request, struct dma_hold *hold)
{
	struct span span[HOST_WINDOW_SLOTS] = { 0 };
	int r = enter(hold, request->ranges, request->count, request->may_wait ? tce_gate_enter : tce_gate_try_enter,
		      span);

	if (r)
		return r;
	for (unsigned int i = 0; i < request->count; i++) {
		r = translate_range(hold, &request->ranges[i], span, request->piece_max);
		if (r)
			return r;
	}
	leave_read_lock(hold);
	return 0;
}

static int hold_attended(const struct dma_request *request, struct dma_hold *hold)
{
	int r = refuse_stopped(hold, &request->ranges[0]);

	if (!r)
		r = hold_ranges(request, hold);
	return r ? r : meet_triggers(hold, request->ranges, request->count);
}

int dma_hold(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold)
{
	*hold = (struct dma_hold){ .pe = pe, .iov = request->pieces, .permission = request->permission };
	/* The test is inside the read lock, so that host_pe_stop() waits for a thread that has made it (P2). */
	rcu_read_lock();
	if (unlikely(is_attended(hold)))
		return hold_attended(request, hold);
	return likely(request->count == 1 && hold_one(request, hold)) ? 0 : hold_ranges(request, hold);
}

/* Makes the hold of a copy inside the read lock, which it leaves. */
static int hold_both(const struct dma_range ranges[2], unsigned int iov_size, struct dma_hold *hold)
{
	struct span span[HOST_WINDOW_SLOTS] = { 0 };
	int r = enter(hold, ranges, 2, tce_gate_enter, span);

	hold->permission = TCE_READ;
	if (!r)
		r = translate_range(hold, &ranges[0], span, iov_size);
	hold->written_from = hold->iov_count;
	hold->permission = TCE_WRITE;
	if (!r)
		r = translate_range(hold, &ranges[1], span, iov_size);
	if (!r)
		leave_read_lock(hold);
	hold->permission = TCE_READ | TCE_WRITE;
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
	attended = is_attended(hold);
	if (unlikely(attended))
		r = refuse_stopped(hold, &ranges[0]);
	if (!r)
		r = hold_both(ranges, iov_size, hold);
	return unlikely(attended) && !r ? meet_triggers(hold, ranges, ARRAY_COUNT(ranges)) : r;
}

static void count_access(struct stats *stats, uint64_t permission, uint64_t moved)
{
	if (permission & TCE_READ)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_read_bytes), moved);
	if (permission & TCE_WRITE)
		stats_add_both(stats, offsetof(struct stce_stats, dma_accesses), 1,
			       offsetof(struct stce_stats, dma_write_bytes), moved);
}

/* The thread counts before it leaves its places, where it is alone. */
static void count_for_pe(const struct dma_hold *hold, uint64_t moved)
{
	struct host_pe *pe = hold->pe;

	if (hold->slot[0].gate)
		host_moved_add(&pe->moved[0][hold->slot[0].place], hold->permission, moved);
	else if (hold->slot[1].gate)
		host_moved_add(&pe->moved[1][hold->slot[1].place], hold->permission, moved);
	else
		host_moved_add_shared(&pe->moved_by_bypass, hold->permission, moved);
}

void dma_release(struct dma_hold *hold, uint64_t moved)
{
	struct host_phb *phb = hold->pe->phb;

	count_for_pe(hold, moved);
	leave_gates(hold);
	count_access(phb->stats, hold->permission, moved);
	if (!(hold->permission & TCE_WRITE) || !phb->written.fn)
		return;
	for (unsigned int i = hold->written_from; i < hold->iov_count; i++)
		phb->written.fn(phb->written.context, hold->iov[i].iov_base,
				hold->iov[i].iov_len);
}

int dma_memory_gone(struct host_pe *pe, struct ioba ioba, uint64_t length)
{
	const struct host_access access = { .ioba = ioba, .length = length, .failed = ioba };

	return fault(pe, &access, STCE_FAULT_MEMORY_GONE);
}
