/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests windows of every page size of a bridge and every number of levels, and so shows their
 * starts, their charges and the refusals. CREATE allocates only the first nodes of a table, so even
 * windows far larger than the machine's memory can be made.
 */
#include "conformance.h"

/* log2 of the entries of the largest window that is made, and of such a one where removal is slow */
#define MOST_ENTRIES_SHIFT      28
#define MOST_ENTRIES_SHIFT_SLOW 19
#define LARGEST_NODE_SHIFT      21 /* log2 of the entries in the largest block that can be allocated */

static bool is_refused(uint32_t entries_shift, uint32_t levels)
{
	return (entries_shift + levels - 1) / levels > LARGEST_NODE_SHIFT;
}

/*
 * When Linux removes a window, it visits each node, even missing ones, and reports each entry to a
 * PHB3 or to a partition's firmware, so large windows stop a processor for minutes. Such windows
 * are requested only if they are refused.
 */
static bool is_tried(uint32_t entries_shift, uint32_t levels)
{
	if (on_phb3() || in_partition())
		return entries_shift <= MOST_ENTRIES_SHIFT_SLOW || (on_phb3() && is_refused(entries_shift, levels));
	return entries_shift <= MOST_ENTRIES_SHIFT || is_refused(entries_shift, levels);
}

/*
 * Makes and removes windows of ever larger sizes. It begins below the smallest that can be made, or
 * in a partition with one page, because a smaller window can stay there after its removal (C166c).
 */
static void every_size(uint32_t shift, uint32_t levels)
{
	uint64_t start;

	v2();
	remove_window(0);
	for (uint32_t order = in_partition() ? shift : shift - 5; order < 64; order++)
		if ((order <= shift || is_tried(order - shift, levels)) &&
		    create_raw(40, 0, shift, 1ULL << order, levels, &start) == 0)
			remove_window(start);
}

/* Makes and removes the second window, then asks to remove what lies just behind it: no window. */
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
