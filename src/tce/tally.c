/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements tally.h for one entry and for four at a time. A page and its permissions lie on the same
 * side of a page's end, so the permissions need not be taken off.
 */
#include "tce/tally.h"

#include "util/lanes.h"

struct tce_tally tce_tally_scalar(const uint64_t *entry, unsigned int count, struct vaddr start, uint64_t length)
{
	struct tce_tally tally = { 0, 0 };

	for (unsigned int i = 0; i < count; i++) {
		tally.valid += entry[i] != 0;
		tally.inside += entry[i] - start.value < length;
	}
	return tally;
}

struct counts {
	lanes clear, inside;
};

/* What lanes_below() compares is lower by 2^63, because what is subtracted is higher by that. */
LANES_INLINE void count_lanes(struct counts *counts, const lanes *entry, size_t n, uint64_t start, uint64_t length)
{
	for (size_t i = 0; i < n; i++) {
		counts->clear -= (lanes)(entry[i] == 0);
		counts->inside -= lanes_below(entry[i] - lanes_lowered(start), lanes_lowered(length));
	}
}

LANES_TARGET static struct tce_tally tally_lanes(const uint64_t *entry, unsigned int count, struct vaddr start,
						 uint64_t length)
{
	unsigned int rest = count % LANES;
	struct tce_tally tally = tce_tally_scalar(entry + count - rest, rest, start, length);
	const lanes *vector = (const lanes *)entry;
	struct counts counts = { { 0 }, { 0 } };
	size_t n = count / LANES;

	for (; n >= LANES_TURN; n -= LANES_TURN, vector += LANES_TURN)
		count_lanes(&counts, vector, LANES_TURN, start.value, length);
	count_lanes(&counts, vector, n, start.value, length);
	tally.valid += count - rest - lanes_sum(counts.clear);
	tally.inside += lanes_sum(counts.inside);
	return tally;
}

struct tce_tally tce_tally(const uint64_t *entry, unsigned int count, struct vaddr start, uint64_t length)
{
	return count >= LANES && HAS_LANES ? tally_lanes(entry, count, start, length) :
					     tce_tally_scalar(entry, count, start, length);
}
