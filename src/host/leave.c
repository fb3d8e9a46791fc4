/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements leave.h. The gate of a window serves for ranges of addresses as well, in units that are
 * so large that the longest registration is not taken for one of all memory.
 */
#include "host/leave.h"

#include "host/update.h"
#include "util/alloc.h"
#include "util/history.h"
#include "util/os.h"

#define UNIT_SHIFT 21
#define NAP_US     20

struct host_leave *host_leave_new(void)
{
	struct host_leave *leave = alloc_line(sizeof(*leave));

	if (leave)
		atomic_init(&leave->low, UINT64_MAX);
	return leave;
}

static struct tce_index first_unit(struct range range)
{
	return to_index(range.start >> UNIT_SHIFT);
}

static uint64_t unit_count(struct range range)
{
	return range.length ? ((range.start + range.length - 1) >> UNIT_SHIFT) - first_unit(range).value + 1 : 1;
}

unsigned int host_leave_enter(struct host_leave *leave, struct range range)
{
	return tce_gate_enter(&leave->gate, first_unit(range), unit_count(range));
}

void host_leave_end(struct host_leave *leave, unsigned int place)
{
	tce_gate_leave(&leave->gate, place);
}

unsigned int host_leave_shut(struct host_leave *leave, struct range range)
{
	for (;;) {
		unsigned int slot = tce_gate_try_shut(&leave->gate, first_unit(range), unit_count(range));

		if (likely(slot != GATE_FULL))
			return slot;
		os_sleep_us(NAP_US);
	}
}

void host_leave_open(struct host_leave *leave, unsigned int slot)
{
	tce_gate_open(&leave->gate, slot);
}

static void lower_to(_Atomic(uint64_t) *number, uint64_t to)
{
	uint64_t seen = atomic_load(number);

	while (to < seen && !atomic_compare_exchange_weak(number, &seen, to))
		;
}

static void raise_to(_Atomic(uint64_t) *number, uint64_t to)
{
	uint64_t seen = atomic_load(number);

	while (to > seen && !atomic_compare_exchange_weak(number, &seen, to))
		;
}

void host_leave_note(struct host_leave *leave, struct range range)
{
	lower_to(&leave->low, range.start);
	raise_to(&leave->high, range.start + range.length);
}

bool host_leave_was_noted(const struct host_leave *leave, struct range range)
{
	return range.start < atomic_load(&leave->high) && range.start + range.length > atomic_load(&leave->low);
}

static bool points_into(const struct host_window *window, uint64_t tce, struct range range)
{
	return tce_is_valid(tce) && ranges_overlap(tce_address(tce).value, host_window_page_size(window),
						   range.start, range.length);
}

/* A run of entries, side by side, whose pages have a byte of the range. */
struct run {
	uint64_t first, count;
};

/*
 * Looks for such entries from index `at` on. Stops behind the first run, which may go on there.
 * Returns the index at which to look next.
 */
static uint64_t find_run(const struct host_window *window, uint64_t at, struct range range, struct run *run)
{
	uint64_t entry[HOST_WINDOW_READ_MAX];

	run->count = 0;
	while (at < window->geometry.entries && !run->count) {
		unsigned int count, i = 0;
		uint64_t passed = host_window_read(window, to_index(at), entry, &count);

		while (i < count && !points_into(window, entry[i], range))
			i++;
		run->first = at + i;
		while (i < count && points_into(window, entry[i], range))
			i++;
		run->count = i > run->first - at ? at + i - run->first : 0;
		at += run->count ? i : passed;
	}
	return at;
}

/* Clears all runs from an index on. */
static void clear_runs(struct host_window *window, struct range range, uint64_t from)
{
	struct run run;
	uint64_t next = find_run(window, from, range, &run);

	while (run.count) {
		rcu_read_lock();
		history_note_always(HISTORY_MEMORY_GONE, window,
				    to_ioba(window->start.value + (run.first << window->geometry.page_shift)),
				    run.count << window->geometry.page_shift, 0);
		host_update_clear_range(window, to_index(run.first), run.count);
		rcu_read_unlock();
		next = find_run(window, next, range, &run);
	}
}

void host_leave_clear(struct host_window *window, struct range range)
{
	struct run run;

	find_run(window, 0, range, &run);
	if (run.count) {
		/* No other writer changes an entry between the look at it and its clearing. */
		tce_share_suspend(window->share);
		clear_runs(window, range, run.first);
		tce_share_resume(window->share);
	}
	/* Another thread may have cleared entries, and may not have drained them yet. */
	host_window_drain(window, window->share, to_index(0), UINT64_MAX);
}
