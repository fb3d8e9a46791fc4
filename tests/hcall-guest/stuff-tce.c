/* SPDX-License-Identifier: BSD-2-Clause */
/* H_STUFF_TCE on the default window. The last situation clears the whole window. */
#include "hcall.h"
#include "tables.h"

#define PAGE UINT64_C(0x1000)
#define HERE UINT64_C(0x800000)
#define ALL  (DEFAULT_SIZE / PAGE)

#define STUFF(situation, ...) \
	{ .name = "stuff-tce." situation, .call = H_STUFF_TCE, .liobn = DEFAULT_LIOBN, .ioba = HERE, .value = 0, \
	  .count = 3, __VA_ARGS__ }

static const struct situation stuff_tce[] = {
	STUFF("value-0"),
	STUFF("value-poison-in-memory", .value = 0x700000),
	STUFF("value-poison-outside-memory", .value = UINT64_C(0xdead0000000)),
	STUFF("value-4", .value = 4),
	STUFF("value-all-but-permissions", .value = MAX & ~TCE_RW),
	STUFF("value-read", .value = 0x700000 | TCE_READ),
	STUFF("value-write", .value = 0x700000 | TCE_WRITE),
	STUFF("value-read-write", .value = 0x700000 | TCE_RW),
	STUFF("value-all-ones", .value = MAX),
	STUFF("value-read-and-count-0", .value = TCE_READ, .count = 0),

	STUFF("count-0", .count = 0),
	STUFF("count-1", .count = 1),
	STUFF("count-512", .count = 512, .watch = { 511, 512 }),
	STUFF("count-513", .count = 513, .watch = { 512, 513 }),
	STUFF("count-4096", .count = 4096, .watch = { 4095, 4096 }),
	STUFF("count-up-to-the-end", .ioba = DEFAULT_SIZE - 600 * PAGE, .count = 600, .watch = { 599 }),
	STUFF("count-2-at-the-last-entry", .ioba = DEFAULT_SIZE - PAGE, .count = 2, .danger = OVERRUN),
	STUFF("count-4-across-the-end", .ioba = DEFAULT_SIZE - 2 * PAGE, .count = 4, .danger = OVERRUN),
	STUFF("count-one-more-than-the-window", .ioba = 0, .count = ALL + 1, .danger = OVERRUN),
	STUFF("count-of-the-window-across-the-end", .count = ALL, .danger = OVERRUN),
	STUFF("count-2^32-plus-1", .count = (UINT64_C(1) << 32) + 1, .danger = OVERRUN),
	STUFF("count-2^52-wraps", .ioba = 0, .count = UINT64_C(1) << 52, .danger = OVERRUN),
	STUFF("count-2^52-plus-1-wraps", .ioba = 0, .count = (UINT64_C(1) << 52) + 1, .danger = OVERRUN),
	STUFF("count-2^63", .count = UINT64_C(1) << 63, .danger = OVERRUN),
	STUFF("count-all-ones", .count = MAX, .danger = OVERRUN),

	STUFF("unknown-liobn", .liobn = UNKNOWN_LIOBN),
	STUFF("unknown-liobn-and-value-read", .liobn = UNKNOWN_LIOBN, .value = TCE_READ),
	STUFF("unknown-liobn-and-count-all-ones", .liobn = UNKNOWN_LIOBN, .count = MAX),
	STUFF("window-not-made", .liobn = SECOND_LIOBN),
	STUFF("liobn-with-high-bits", .liobn = DEFAULT_LIOBN | UINT64_C(1) << 32),
	STUFF("liobn-all-ones", .liobn = MAX),

	STUFF("ioba-plus-1", .ioba = HERE + 1),
	STUFF("ioba-plus-half-a-page", .ioba = HERE + 0x800),
	STUFF("ioba-plus-1-and-count-0", .ioba = HERE + 1, .count = 0),
	STUFF("ioba-past-the-end", .ioba = DEFAULT_SIZE),
	STUFF("ioba-past-the-end-and-count-0", .ioba = DEFAULT_SIZE, .count = 0),
	STUFF("ioba-past-the-end-and-count-all-ones", .ioba = DEFAULT_SIZE, .count = MAX),
	STUFF("ioba-2^44", .ioba = UINT64_C(1) << 44),
	STUFF("ioba-last-page-of-all", .ioba = MAX - PAGE + 1),

	STUFF("the-whole-window", .ioba = 0, .count = ALL, .watch = { 4095 }),
};

void ask_stuff_tce(void)
{
	for (unsigned i = 0; i < sizeof(stuff_tce) / sizeof(stuff_tce[0]); i++)
		situation_try(&default_window, &stuff_tce[i]);
}
