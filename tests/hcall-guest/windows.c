/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows that RTAS makes and removes [LoPAR 7.3.11], and the TCE calls on one of them: 16 pages of
 * 64K at 1 << 59. Its table is smaller than a page, so that a range beyond its end meets unused
 * memory in every implementation.
 */
#include "hcall.h"
#include "rtas.h"
#include "tables.h"

#define PAGE UINT64_C(0x10000)
#define HERE (SECOND_START + 4 * PAGE)
#define END  (SECOND_START + 16 * PAGE)

static const struct window second_window = {
	.liobn = SECOND_LIOBN, .start = SECOND_START, .size = 16 * PAGE, .shift = 16
};
static const struct window low_window = { .liobn = DEFAULT_LIOBN, .start = 0, .size = 16 * PAGE, .shift = 16 };

#define TRY(window, ...)                                                                     \
	do {                                                                                 \
		static const struct situation situations[] = { __VA_ARGS__ };                \
		for (unsigned i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)    \
			situation_try(window, &situations[i]);                               \
	} while (0)

#define CALL(nr, situation, ...) \
	{ .name = "64k." situation, .call = (nr), .liobn = SECOND_LIOBN, .ioba = HERE, __VA_ARGS__ }
#define PUT(situation, ...) CALL(H_PUT_TCE, "put-tce." situation, .value = 0x700000 | TCE_RW, __VA_ARGS__)
#define GET(situation, ...) CALL(H_GET_TCE, "get-tce." situation, __VA_ARGS__)
#define IND(situation, ...) CALL(H_PUT_TCE_INDIRECT, "put-tce-indirect." situation, .value = LIST, .count = 4, __VA_ARGS__)
#define STUFF(situation, ...) CALL(H_STUFF_TCE, "stuff-tce." situation, .count = 3, __VA_ARGS__)

/* The last pages of the default window distinguish it from a low window with the same LIOBN. */
#define IN_DEFAULT .liobn = DEFAULT_LIOBN, .ioba = DEFAULT_SIZE - 4 * 0x1000
#define PUT_DEFAULT(situation) \
	{ .name = "default.put-tce." situation, .call = H_PUT_TCE, .value = 0x700000 | TCE_RW, IN_DEFAULT }
#define GET_DEFAULT(situation) { .name = "default.get-tce." situation, .call = H_GET_TCE, IN_DEFAULT }
#define LOW(situation, ...) \
	{ .name = "low.put-tce." situation, .call = H_PUT_TCE, .liobn = DEFAULT_LIOBN, .ioba = 4 * PAGE, \
	  .value = 0x700000 | TCE_RW, __VA_ARGS__ }

static void ask_second_window(void)
{
	TRY(&second_window,
	    PUT("good"),
	    PUT("first-entry", .ioba = SECOND_START),
	    PUT("last-entry", .ioba = END - PAGE),
	    PUT("ioba-below-the-window", .ioba = SECOND_START - PAGE),
	    PUT("ioba-0", .ioba = 0),
	    PUT("ioba-past-the-end", .ioba = END),
	    PUT("ioba-in-the-slack", .ioba = END + 8 * PAGE),
	    PUT("ioba-plus-4k", .ioba = HERE + 0x1000),
	    PUT("value-plus-4k", .value = 0x701000 | TCE_RW),
	    PUT("value-with-bit-15", .value = 0x708000 | TCE_READ),
	    PUT("value-at-the-last-page-of-memory", .value = (RAM_END - PAGE) | TCE_RW),
	    PUT("value-past-the-end-of-memory", .value = RAM_END | TCE_RW),
	    PUT("poison-with-bit-15", .value = 0x708000),
	    GET("never-written", .ioba = SECOND_START + 9 * PAGE),
	    GET("ioba-below-the-window", .ioba = SECOND_START - PAGE),
	    GET("ioba-past-the-end", .ioba = END),
	    GET("ioba-plus-4k", .ioba = HERE + 0x1000),
	    IND("count-4"),
	    IND("count-2-at-the-last-entry", .ioba = END - PAGE, .count = 2),
	    IND("count-4-across-the-end", .ioba = END - 2 * PAGE),
	    IND("count-512", .ioba = SECOND_START, .count = 512, .watch = { 15 }, .danger = LINKED_CRASH),
	    IND("count-4-below-the-window", .ioba = SECOND_START - 2 * PAGE),
	    IND("ioba-plus-4k", .ioba = HERE + 0x1000),
	    IND("list-plus-4k", .value = LIST + 0x1000),
	    IND("third-entry-plus-4k", .has_odd = true, .odd_at = 2, .odd = 0x701000 | TCE_RW),
	    IND("third-entry-poison-outside-memory", .has_odd = true, .odd_at = 2, .odd = RAM_END),
	    STUFF("count-3"),
	    STUFF("count-16", .ioba = SECOND_START, .count = 16, .watch = { 15 }),
	    STUFF("count-17", .ioba = SECOND_START, .count = 17, .watch = { 15 }),
	    STUFF("count-513", .ioba = SECOND_START, .count = 513, .watch = { 15 }, .danger = OVERRUN),
	    STUFF("count-all-ones", .ioba = SECOND_START, .count = MAX, .watch = { 15 }, .danger = OVERRUN),
	    STUFF("count-2-at-the-last-entry", .ioba = END - PAGE, .count = 2),
	    STUFF("count-4-across-the-end", .ioba = END - 2 * PAGE, .count = 4),
	    STUFF("count-4-below-the-window", .ioba = SECOND_START - 2 * PAGE, .count = 4),
	    STUFF("ioba-plus-4k", .ioba = HERE + 0x1000),
	    STUFF("value-with-bit-15", .value = 0x708000));
}

static void ask_when_windows_go(void)
{
	TRY_RTAS({ "query-with-two-windows", QUERY, 3, 5, { THE_PE } },
		 { "query-with-two-windows-6-outputs", QUERY, 3, 6, { THE_PE } },
		 { "create-a-third", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 { "create-a-third-with-page-shift-13", CREATE, 5, 4, { THE_PE, 13, 20 } },
		 { "remove", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "remove-again", REMOVE, 1, 1, { SECOND_LIOBN } });
	TRY(&second_window, PUT("window-removed"), GET("window-removed"), IND("window-removed"),
	    STUFF("window-removed"));
	TRY_RTAS({ "create-one-page", CREATE, 5, 4, { THE_PE, 16, 16 } },
		 { "remove-one-page", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "create-2m", CREATE, 5, 4, { THE_PE, 21, 28 } },
		 { "remove-2m", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "create-16m", CREATE, 5, 4, { THE_PE, 24, 28 } },
		 { "remove-16m", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "create-unknown-config-address", CREATE, 5, 4, { 0xff00, BUID, 16, 20 } },
		 { "remove-its-window", REMOVE, 1, 1, { SECOND_LIOBN } });
}

static void ask_when_the_default_goes(void)
{
	TRY_RTAS({ "create-4k", CREATE, 5, 4, { THE_PE, 12, 30 } },
		 { "remove-the-default", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "query-with-the-second-only", QUERY, 3, 5, { THE_PE } },
		 { "create-beside-the-second", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 { "remove-the-one-beside", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "remove-the-last", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "query-after-the-last", QUERY, 3, 5, { THE_PE } });
	TRY(&default_window, PUT_DEFAULT("restored-default"));
	TRY_RTAS({ "remove-the-restored-default", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "query-with-no-window", QUERY, 3, 5, { THE_PE } },
		 { "remove-with-no-window", REMOVE, 1, 1, { DEFAULT_LIOBN } });
	TRY(&default_window, PUT_DEFAULT("no-window"));
	TRY_RTAS({ "create-with-no-window", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 { "query-with-a-low-window", QUERY, 3, 5, { THE_PE } });
	TRY(&low_window, LOW("good"), LOW("ioba-plus-4k", .ioba = 4 * PAGE + 0x1000),
	    LOW("ioba-past-the-end", .ioba = 16 * PAGE));
	TRY_RTAS({ "remove-the-low-window", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "query-after-the-low-window", QUERY, 3, 5, { THE_PE } });
	TRY(&default_window, PUT_DEFAULT("default-after-a-low-window"));
}

static void ask_after_reset(void)
{
	TRY_RTAS({ "reset", RESET, 3, 1, { THE_PE } });
	TRY(&default_window, GET_DEFAULT("after-reset"), PUT_DEFAULT("after-reset"));
}

void ask_windows(void)
{
	ask_rtas_arguments();
	TRY_RTAS({ "create-64k", CREATE, 5, 4, { THE_PE, 16, 20 } });
	ask_second_window();
	ask_when_windows_go();
	ask_when_the_default_goes();
	ask_after_reset();
	ask_rtas_resets();
}
