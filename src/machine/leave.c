/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes memory from devices before the program unmaps it: first no TCE can be counted on it any
 * longer, then the windows of all PEs are cleared of those that point there. A program unmaps
 * memory of its own all the time, so nothing but a look comes before a range that no device was
 * given. Nothing here calls malloc(), because the program may be inside its own; only a part of a
 * table that several windows share is copied (host/leave.c), and the preload has a heap of its own.
 *
 * A forked child that has not used the machine yet has given devices nothing, whatever its parent
 * has.
 */
#include "machine/machine.h"
#include "mem/gone.h"
#include "util/mm.h"
#include "util/rcu.h"

static struct machine_parts *known_parts(struct stce_machine *machine)
{
	return atomic_load_explicit(&machine->mm, memory_order_acquire) == mm_current() ? machine->parts : NULL;
}

static bool concerns(struct machine_parts *parts, struct range range)
{
	return mem_gone_concerns(&parts->registry, to_vaddr(range.start), range.length) ||
	       unlikely(host_leave_was_noted(parts->leave, range));
}

bool machine_has_given(struct stce_machine *machine, struct range range)
{
	struct machine_parts *parts = known_parts(machine);

	return parts && concerns(parts, range);
}

/* Returns whether a PE before `end` has the window too. */
static bool was_seen(const struct machine_parts *parts, const struct machine_pe *end, unsigned int slot,
		     const struct host_window *window)
{
	for (struct machine_pe *pe = rcu_dereference(parts->pes); pe != end; pe = rcu_dereference(pe->next))
		if (host_pe_container_window(&pe->pe, slot) == window)
			return true;
	return false;
}

static void clear_windows(struct machine_parts *parts, struct range range)
{
	pthread_mutex_lock(&parts->phb.watch_lock);
	for (struct machine_pe *pe = rcu_dereference(parts->pes); pe; pe = rcu_dereference(pe->next)) {
		for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
			struct host_window *window = host_pe_container_window(&pe->pe, slot);

			if (window && !was_seen(parts, pe, slot, window))
				host_leave_clear(window, range);
		}
	}
	pthread_mutex_unlock(&parts->phb.watch_lock);
}

static void take(struct machine_parts *parts, struct range range)
{
	bool may_be_mapped = mem_gone_take(&parts->registry, to_vaddr(range.start), range.length);

	if (may_be_mapped || host_leave_was_noted(parts->leave, range))
		clear_windows(parts, range);
}

static struct range range_of(const struct iovec *piece)
{
	return (struct range){ (uintptr_t)piece->iov_base, piece->iov_len };
}

/* Returns the smallest range that has all of the pieces in it. */
static struct range hull(const struct iovec *piece, unsigned int count)
{
	uint64_t start = UINT64_MAX, end = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct range range = range_of(&piece[i]);

		start = min_u64(start, range.start);
		end = max_u64(end, range.start + range.length);
	}
	return (struct range){ start, end - start };
}

unsigned int machine_leave_begin(struct stce_machine *machine, const struct iovec *piece, unsigned int count)
{
	struct machine_parts *parts = known_parts(machine);
	unsigned int place;

	if (!parts || !count)
		return GATE_FULL;
	place = host_leave_enter(parts->leave, hull(piece, count));
	for (unsigned int i = 0; i < count; i++)
		if (unlikely(concerns(parts, range_of(&piece[i]))))
			take(parts, range_of(&piece[i]));
	return place;
}

void machine_leave_end(struct stce_machine *machine, unsigned int place)
{
	struct machine_parts *parts = known_parts(machine);

	if (parts && place != GATE_FULL)
		host_leave_end(parts->leave, place);
}
