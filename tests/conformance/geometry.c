/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of every page size a bridge has, with every number of levels: where
 * they begin, what they charge, which are refused. A table's top is all that
 * is allocated here, so that windows far larger than the machine's memory are
 * made, too.
 */
#include "conformance.h"

#define MOST_ENTRIES_SHIFT      28
#define MOST_ENTRIES_SHIFT_PHB3 19
#define LARGEST_NODE_SHIFT      21 /* entries in the largest block that can be allocated */

/*
 * Linux looks at each node of a window that it removes, also at those that are
 * not there, and tells a PHB3 of each entry: large windows stop a processor
 * for minutes. Those are asked for only where they are refused.
 */
static bool is_tried(uint32_t entries_shift, uint32_t levels, uint32_t most)
{
	return entries_shift <= most || (entries_shift + levels - 1) / levels > LARGEST_NODE_SHIFT;
}

/* From less than the smallest window on. */
static void every_size(uint32_t shift, uint32_t levels)
{
	uint32_t most;

	v2();
	most = on_phb3() ? MOST_ENTRIES_SHIFT_PHB3 : MOST_ENTRIES_SHIFT;
	remove_window(0);
	for (uint32_t order = shift - 5; order < 64; order++)
		if ((order <= shift || is_tried(order - shift, levels, most)) && create(shift, 1ULL << order, levels) == 0)
			remove_window(0);
}

static void second_window(uint32_t shift)
{
	uint64_t start;

	v2_registered();
	for (uint32_t levels = 1; levels <= 5; levels++) {
		if (create_raw(40, 0, shift, 1ULL << (shift + 12), levels, &start) != 0)
			continue;
		remove_window(start);
		remove_window(start + (1ULL << (shift + 12)));
	}
}

#define LEVELS(id, shift, levels) \
	CASE(id, "every size of window with pages of 2^" #shift " bytes, levels: " #levels) { every_size(shift, levels); }

#define GEOMETRY(id, shift)                                                                          \
	LEVELS("G" id "1", shift, 1)                                                                 \
	LEVELS("G" id "2", shift, 2)                                                                 \
	LEVELS("G" id "3", shift, 3)                                                                 \
	LEVELS("G" id "4", shift, 4)                                                                 \
	LEVELS("G" id "5", shift, 5)                                                                 \
	CASE("G" id "9", "the second window with pages of 2^" #shift " bytes") { second_window(shift); }

GEOMETRY("12", 12)
GEOMETRY("16", 16)
GEOMETRY("21", 21)
GEOMETRY("24", 24)
GEOMETRY("28", 28)
GEOMETRY("30", 30)
