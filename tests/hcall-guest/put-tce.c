/* SPDX-License-Identifier: BSD-2-Clause */
/* H_PUT_TCE and H_GET_TCE on the default window. */
#include "hcall.h"
#include "tables.h"

const struct window default_window = { .liobn = DEFAULT_LIOBN, .start = 0, .size = DEFAULT_SIZE, .shift = 12 };

#define PAGE UINT64_C(0x1000)
#define HERE UINT64_C(0x100000)
#define GOOD (UINT64_C(0x700000) | TCE_RW)

#define PUT(situation, ...) \
	{ .name = "put-tce." situation, .call = H_PUT_TCE, .liobn = DEFAULT_LIOBN, .ioba = HERE, .value = GOOD, __VA_ARGS__ }
#define GET(situation, ...) \
	{ .name = "get-tce." situation, .call = H_GET_TCE, .liobn = DEFAULT_LIOBN, .ioba = HERE, __VA_ARGS__ }

static const struct situation put_tce[] = {
	PUT("read-write"),
	PUT("read-only", .value = 0x700000 | TCE_READ),
	PUT("write-only", .value = 0x700000 | TCE_WRITE),
	PUT("clear", .value = 0),
	PUT("first-entry", .ioba = 0),
	PUT("last-entry", .ioba = DEFAULT_SIZE - PAGE),

	PUT("unknown-liobn", .liobn = UNKNOWN_LIOBN),
	PUT("unknown-liobn-and-bad-ioba", .liobn = UNKNOWN_LIOBN, .ioba = HERE + 1),
	PUT("window-not-made", .liobn = SECOND_LIOBN),
	PUT("liobn-0", .liobn = 0),
	PUT("liobn-with-high-bits", .liobn = DEFAULT_LIOBN | UINT64_C(1) << 32),
	PUT("liobn-sign-extended", .liobn = (uint64_t)(int32_t)DEFAULT_LIOBN),
	PUT("liobn-all-ones", .liobn = MAX),

	PUT("ioba-plus-1", .ioba = HERE + 1),
	PUT("ioba-plus-half-a-page", .ioba = HERE + 0x800),
	PUT("ioba-with-permission-bits", .ioba = HERE | TCE_RW),
	PUT("ioba-past-the-end", .ioba = DEFAULT_SIZE),
	PUT("ioba-past-the-end-and-plus-1", .ioba = DEFAULT_SIZE + 1),
	PUT("ioba-2^32", .ioba = UINT64_C(1) << 32),
	PUT("ioba-2^44", .ioba = UINT64_C(1) << 44),
	PUT("ioba-2^63", .ioba = UINT64_C(1) << 63),
	PUT("ioba-last-page", .ioba = MAX - PAGE + 1),
	PUT("ioba-all-ones", .ioba = MAX),

	PUT("value-with-bit-2", .value = GOOD | 4),
	PUT("value-with-bit-11", .value = GOOD | 0x800),
	PUT("value-with-all-low-bits", .value = GOOD | 0xfff),
	PUT("value-at-the-last-page-of-memory", .value = (RAM_END - PAGE) | TCE_RW),
	PUT("value-past-the-end-of-memory", .value = RAM_END | TCE_RW),
	PUT("value-in-the-hole", .value = (RAM_END + 0x1000000) | TCE_RW),
	PUT("value-at-the-last-page-of-the-hole", .value = (SECOND_RAM - PAGE) | TCE_RW),
	PUT("value-in-the-second-memory", .value = SECOND_RAM | TCE_RW),
	PUT("value-at-its-last-page", .value = (SECOND_RAM_END - PAGE) | TCE_RW),
	PUT("value-past-its-end", .value = SECOND_RAM_END | TCE_RW),
	PUT("value-2^52", .value = UINT64_C(1) << 52 | TCE_READ),
	PUT("value-2^63", .value = UINT64_C(1) << 63 | TCE_READ),
	PUT("value-at-the-last-page-of-all", .value = (MAX - PAGE + 1) | TCE_RW),
	PUT("value-all-ones", .value = MAX),

	PUT("poison-in-memory", .value = 0x700000),
	PUT("poison-outside-memory", .value = UINT64_C(0xdead0000000)),
	PUT("poison-with-low-bits", .value = 0x700ffc),
	PUT("poison-all-but-permissions", .value = MAX & ~TCE_RW),
	PUT("poison-4", .value = 4),
};

static const struct situation get_tce[] = {
	GET("never-written", .ioba = 0x3fff0000),
	GET("first-entry", .ioba = 0),
	GET("last-entry", .ioba = DEFAULT_SIZE - PAGE),
	GET("poison"),
	GET("unknown-liobn", .liobn = UNKNOWN_LIOBN),
	GET("window-not-made", .liobn = SECOND_LIOBN),
	GET("liobn-0", .liobn = 0),
	GET("liobn-with-high-bits", .liobn = DEFAULT_LIOBN | UINT64_C(1) << 32),
	GET("liobn-all-ones", .liobn = MAX),
	GET("ioba-plus-1", .ioba = HERE + 1),
	GET("ioba-plus-half-a-page", .ioba = HERE + 0x800),
	GET("ioba-past-the-end", .ioba = DEFAULT_SIZE),
	GET("ioba-2^44", .ioba = UINT64_C(1) << 44),
	GET("ioba-last-page", .ioba = MAX - PAGE + 1),
	GET("ioba-all-ones", .ioba = MAX),
};

void ask_put_tce(void)
{
	for (unsigned i = 0; i < sizeof(put_tce) / sizeof(put_tce[0]); i++)
		situation_try(&default_window, &put_tce[i]);
}

void ask_get_tce(void)
{
	for (unsigned i = 0; i < sizeof(get_tce) / sizeof(get_tce[0]); i++)
		situation_try(&default_window, &get_tce[i]);
}
