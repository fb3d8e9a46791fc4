/* SPDX-License-Identifier: BSD-2-Clause */
/* H_PUT_TCE_INDIRECT on the default window. */
#include "hcall.h"
#include "tables.h"

#define PAGE UINT64_C(0x1000)
#define HERE UINT64_C(0x200000)

#define IND(situation, ...) \
	{ .name = "put-tce-indirect." situation, .call = H_PUT_TCE_INDIRECT, .liobn = DEFAULT_LIOBN, .ioba = HERE, \
	  .value = LIST, .count = 4, __VA_ARGS__ }
#define ODD(index, entry) .has_odd = true, .odd_at = (index), .odd = (entry)

static const struct situation put_tce_indirect[] = {
	IND("count-1", .count = 1),
	IND("count-4", .watch = { 4 }),
	IND("count-512", .count = 512, .watch = { 511, 512 }),
	IND("count-0", .count = 0),
	IND("count-513", .count = 513, .watch = { 511, 512 }),
	IND("count-2^32-plus-1", .count = (UINT64_C(1) << 32) + 1),
	IND("count-2^63", .count = UINT64_C(1) << 63),
	IND("count-all-ones", .count = MAX),
	IND("count-512-up-to-the-end", .ioba = DEFAULT_SIZE - 512 * PAGE, .count = 512, .watch = { 511 }),
	IND("count-2-at-the-last-entry", .ioba = DEFAULT_SIZE - PAGE, .count = 2, .danger = OVERRUN),
	IND("count-4-across-the-end", .ioba = DEFAULT_SIZE - 2 * PAGE, .danger = OVERRUN),

	IND("unknown-liobn", .liobn = UNKNOWN_LIOBN),
	IND("unknown-liobn-and-count-513", .liobn = UNKNOWN_LIOBN, .count = 513),
	IND("unknown-liobn-and-count-0", .liobn = UNKNOWN_LIOBN, .count = 0),
	IND("window-not-made", .liobn = SECOND_LIOBN),
	IND("liobn-with-high-bits", .liobn = DEFAULT_LIOBN | UINT64_C(1) << 32),
	IND("liobn-all-ones", .liobn = MAX),

	IND("ioba-plus-1", .ioba = HERE + 1),
	IND("ioba-plus-half-a-page", .ioba = HERE + 0x800),
	IND("ioba-plus-1-and-count-0", .ioba = HERE + 1, .count = 0),
	IND("ioba-past-the-end", .ioba = DEFAULT_SIZE),
	IND("ioba-past-the-end-and-count-0", .ioba = DEFAULT_SIZE, .count = 0),
	IND("ioba-2^44", .ioba = UINT64_C(1) << 44),
	IND("ioba-last-page-of-all", .ioba = MAX - PAGE + 1),

	IND("list-plus-1", .value = LIST + 1),
	IND("list-with-permission-bits", .value = LIST | TCE_RW),
	IND("list-plus-8", .value = LIST + 8),
	IND("list-plus-half-a-page", .value = LIST + 0x800),
	IND("list-crosses-a-page", .value = LIST + 0x800, .count = 512, .watch = { 255, 256, 511 }),
	IND("list-plus-8-and-count-0", .value = LIST + 8, .count = 0),
	IND("list-at-0", .value = 0, .count = 0),
	IND("list-at-the-last-page-of-memory", .value = RAM_END - PAGE),
	IND("list-past-the-end-of-memory", .value = RAM_END),
	IND("list-past-the-end-of-memory-and-count-0", .value = RAM_END, .count = 0),
	IND("list-in-the-hole", .value = RAM_END + 0x1000000),
	IND("list-in-the-second-memory", .value = SECOND_RAM),
	IND("list-at-its-last-page", .value = SECOND_RAM_END - PAGE),
	IND("list-past-its-end", .value = SECOND_RAM_END),
	IND("list-at-2^60", .value = UINT64_C(1) << 60),
	IND("list-at-2^63", .value = UINT64_C(1) << 63),
	IND("list-at-the-last-page-of-all", .value = MAX - PAGE + 1),
	IND("list-all-ones", .value = MAX),

	IND("first-entry-outside-memory", ODD(0, RAM_END | TCE_RW)),
	IND("third-entry-outside-memory", ODD(2, RAM_END | TCE_RW)),
	IND("third-entry-in-the-hole", ODD(2, (RAM_END + 0x1000000) | TCE_RW)),
	IND("third-entry-in-the-second-memory", ODD(2, SECOND_RAM | TCE_RW)),
	IND("third-entry-at-2^63", ODD(2, UINT64_C(1) << 63 | TCE_RW)),
	IND("third-entry-with-bit-2", ODD(2, 0x700000 | TCE_RW | 4)),
	IND("third-entry-all-ones", ODD(2, MAX)),
	IND("third-entry-read-only", ODD(2, 0x700000 | TCE_READ)),
	IND("third-entry-write-only", ODD(2, 0x700000 | TCE_WRITE)),
	IND("third-entry-0", ODD(2, 0)),
	IND("third-entry-poison-in-memory", ODD(2, 0x700000)),
	IND("third-entry-poison-with-low-bits", ODD(2, 0x700ffc), .danger = LINKED_CRASH),
	IND("third-entry-poison-outside-memory", ODD(2, UINT64_C(0xdead0000000))),
	IND("third-entry-poison-in-the-hole", ODD(2, RAM_END)),
	IND("third-entry-all-but-permissions", ODD(2, MAX & ~TCE_RW), .danger = LINKED_CRASH),
	IND("last-of-512-outside-memory", ODD(511, RAM_END | TCE_RW), .count = 512, .watch = { 510, 511 }),
	IND("last-of-512-poison-outside-memory", ODD(511, RAM_END), .count = 512, .watch = { 510, 511 }),
};

void ask_put_tce_indirect(void)
{
	for (unsigned i = 0; i < sizeof(put_tce_indirect) / sizeof(put_tce_indirect[0]); i++)
		situation_try(&default_window, &put_tce_indirect[i]);
}
