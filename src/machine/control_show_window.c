/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints windows with their occupancy (control_show.h). Entries are read a few hundred at a time, each
 * time inside a read section of its own, and the window is found anew before: one that goes meanwhile is
 * cut short. So nothing waits for this, and what is printed is no picture of one moment.
 */
#include <inttypes.h>

#include "machine/control_show.h"
#include "util/rcu.h"

/* The parts of a window whose occupancy is told, as of a bar. */
#define CELL_COUNT 32
/* More entries of one part are not read, but holes are crossed whole; the rest is taken to be like them. */
#define CELL_READ_MAX (UINT64_C(1) << 17)

/* A window as it was when it was found. */
struct seen {
	struct host_pe *pe;
	const struct host_window *window;
	unsigned int slot;
	struct tce_geometry geometry;
	uint64_t start;
	uint64_t table_bytes;
	bool is_joined;              /* other windows have the same table */
	bool shares_parts;           /* a part of its table may be another's too */
};

struct cell {
	uint64_t read, valid;        /* entries */
	uint64_t entries;
};

static bool find(struct host_pe *pe, unsigned int slot, struct seen *seen)
{
	const struct host_window *window;
	const struct tce_share *share;

	rcu_read_lock();
	window = rcu_dereference(pe->slot[slot]);
	share = window ? rcu_dereference(window->share) : NULL;
	if (share) {
		*seen = (struct seen){
			.pe = pe,
			.window = window,
			.slot = slot,
			.geometry = window->geometry,
			.start = window->start.value,
			.is_joined = tce_share_flags(share) & TCE_SHARE_JOINED,
			.shares_parts = atomic_load(&share->copy[0].was_offered),
		};
		for (unsigned int i = 0; i < share->copy_count; i++)
			seen->table_bytes += atomic_load(&share->copy[i].bytes);
	}
	rcu_read_unlock();
	return share;
}

/* Reads some entries from an index on. Returns how many were passed; 0: the window has gone. */
static uint64_t read_some(const struct seen *seen, uint64_t index, uint64_t end, struct cell *cell)
{
	uint64_t entry[HOST_WINDOW_READ_MAX], passed = 0;
	unsigned int count = 0, valid = 0;

	rcu_read_lock();
	if (rcu_dereference(seen->pe->slot[seen->slot]) == seen->window && rcu_dereference(seen->window->share))
		passed = host_window_read(seen->window, to_index(index), entry, &count);
	rcu_read_unlock();
	passed = min_u64(passed, end - index);
	for (unsigned int i = 0; i < count && i < passed; i++)
		valid += tce_is_valid(entry[i]);
	cell->read += min_u64(count, passed);
	cell->valid += valid;
	return passed;
}

/* Fills a cell. Returns whether each entry was looked at. */
static bool read_cell(const struct seen *seen, uint64_t first, uint64_t end, struct cell *cell)
{
	uint64_t at = first, passed = 1;

	*cell = (struct cell){ .entries = end - first };
	while (at < end && passed && cell->read < CELL_READ_MAX) {
		passed = read_some(seen, at, end, cell);
		at += passed;
	}
	if (at < end && passed)
		cell->valid += (uint64_t)((double)cell->valid / (double)(at - first) * (double)(end - at));
	return at == end;
}

static void print_cells(const struct seen *seen, struct control_answer *answer)
{
	uint64_t entries = seen->geometry.entries, mapped = 0;
	bool is_exact = true;

	control_print(answer, "\"cells\": [");
	for (unsigned int i = 0; i < CELL_COUNT; i++) {
		uint64_t first = (uint64_t)((unsigned __int128)entries * i / CELL_COUNT);
		uint64_t end = (uint64_t)((unsigned __int128)entries * (i + 1) / CELL_COUNT);
		struct cell cell;

		is_exact = read_cell(seen, first, end, &cell) && is_exact;
		mapped += cell.valid;
		/* A cell is 0 only if nothing is mapped there, and 100 only if all is. */
		control_print(answer, "%s%u", i ? ", " : "", !cell.valid ? 0 : cell.valid == cell.entries ? 100 :
			      (unsigned int)(1 + (double)cell.valid / (double)cell.entries * 98));
	}
	control_print(answer, "], \"mapped\": %" PRIu64 ", \"exact\": %s", mapped, is_exact ? "true" : "false");
}

void control_show_windows(struct host_pe *pe, bool host_owned, struct control_answer *answer, bool *is_first)
{
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		struct seen seen;

		if (!find(pe, slot, &seen))
			continue;
		control_print(answer, "%s{\"group\": %d, \"start\": \"%#" PRIx64 "\", \"size\": %" PRIu64
			      ", \"page_shift\": %u, \"levels\": %u, \"entries\": %" PRIu64 ", \"owner\": \"%s\", "
			      "\"table_bytes\": %" PRIu64 ", \"shared\": \"%s\", ", *is_first ? "" : ",\n  ", pe->group,
			      seen.start, seen.geometry.window_size, seen.geometry.page_shift, seen.geometry.levels,
			      seen.geometry.entries, host_owned ? "host" : "program", seen.table_bytes,
			      seen.is_joined ? "table" : seen.shares_parts ? "parts" : "no");
		print_cells(&seen, answer);
		control_print(answer, "}");
		*is_first = false;
	}
}
