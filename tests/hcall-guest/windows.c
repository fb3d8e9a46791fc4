/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RTAS calls of dynamic windows [LoPAR 7.3.11], and the TCE calls on a window that they made: 16 pages of 64K at
 * 1 << 59. Its table is smaller than a page, so that a range past its end meets slack in every implementation.
 *
 *	rtas.NAME STATUS OUTPUT...
 */
#include "console.h"
#include "hcall.h"
#include "platform.h"
#include "tables.h"

#define PAGE UINT64_C(0x10000)
#define HERE (SECOND_START + 4 * PAGE)
#define END  (SECOND_START + 16 * PAGE)

#define QUERY  "ibm,query-pe-dma-window"
#define CREATE "ibm,create-pe-dma-window"
#define REMOVE "ibm,remove-pe-dma-window"
#define RESET  "ibm,reset-pe-dma-window"

/* The bridge's BUID, and configuration address 0: the bridge itself stands for its PE. */
#define BUID      0x08000000, 0x20000000
#define NO_BUID   0x08000000, 0x2000ffff
#define THE_PE    0, BUID
#define NO_PE     0, NO_BUID

static const struct window second_window = {
	.liobn = SECOND_LIOBN, .start = SECOND_START, .size = 16 * PAGE, .shift = 16
};
static const struct window low_window = { .liobn = DEFAULT_LIOBN, .start = 0, .size = 16 * PAGE, .shift = 16 };

struct rtas_situation {
	const char *name, *function;
	uint8_t inputs, outputs;
	uint32_t input[RTAS_ARGUMENTS];
};

static void rtas_try(const struct rtas_situation *situations, unsigned count)
{
	for (const struct rtas_situation *situation = situations; situation < situations + count; situation++) {
		struct rtas_answer answer =
			rtas(situation->function, situation->inputs, situation->outputs, situation->input);

		print("rtas.");
		print(situation->name);
		print(answer.status < 0 ? " -" : " ");
		print_decimal(answer.status < 0 ? -(uint64_t)answer.status : (uint64_t)answer.status);
		for (unsigned i = 0; !answer.status && i + 1 < situation->outputs; i++) {
			print(" ");
			print_hex(answer.output[i]);
		}
		print("\n");
		flush();
	}
}

#define TRY_RTAS(...)                                                                        \
	do {                                                                                 \
		static const struct rtas_situation situations[] = { __VA_ARGS__ };           \
		rtas_try(situations, sizeof(situations) / sizeof(situations[0]));            \
	} while (0)

#define TRY(window, ...)                                                                     \
	do {                                                                                 \
		static const struct situation situations[] = { __VA_ARGS__ };                \
		for (unsigned i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)    \
			situation_try(window, &situations[i]);                               \
	} while (0)

static void ask_before_there_is_a_second(void)
{
	TRY_RTAS({ "query-5-outputs", QUERY, 3, 5, { THE_PE } },
		 { "query-6-outputs", QUERY, 3, 6, { THE_PE } },
		 { "query-4-outputs", QUERY, 3, 4, { THE_PE } },
		 { "query-2-inputs", QUERY, 2, 5, { THE_PE } },
		 { "query-unknown-bridge", QUERY, 3, 5, { NO_PE } },
		 { "create-page-shift-0", CREATE, 5, 4, { THE_PE, 0, 30 } },
		 { "create-page-shift-11", CREATE, 5, 4, { THE_PE, 11, 30 } },
		 { "create-page-shift-13", CREATE, 5, 4, { THE_PE, 13, 30 } },
		 { "create-page-shift-34", CREATE, 5, 4, { THE_PE, 34, 40 } },
		 { "create-page-shift-64", CREATE, 5, 4, { THE_PE, 64, 70 } },
		 { "create-window-shift-0", CREATE, 5, 4, { THE_PE, 16, 0 } },
		 { "create-window-smaller-than-a-page", CREATE, 5, 4, { THE_PE, 16, 15 } },
		 { "create-3-outputs", CREATE, 5, 3, { THE_PE, 16, 20 } },
		 { "create-4-inputs", CREATE, 4, 4, { THE_PE, 16 } },
		 { "create-unknown-bridge", CREATE, 5, 4, { NO_PE, 16, 20 } },
		 { "remove-unknown-liobn", REMOVE, 1, 1, { UNKNOWN_LIOBN } },
		 { "remove-window-not-made", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "remove-2-inputs", REMOVE, 2, 1, { SECOND_LIOBN } },
		 { "reset-unknown-bridge", RESET, 3, 1, { NO_PE } },
		 { "reset-4-inputs", RESET, 4, 1, { THE_PE, 1 } });
}

#define CALL(nr, situation, ...) \
	{ .name = "64k." situation, .call = (nr), .liobn = SECOND_LIOBN, .ioba = HERE, __VA_ARGS__ }
#define PUT(situation, ...) CALL(H_PUT_TCE, "put-tce." situation, .value = 0x700000 | TCE_RW, __VA_ARGS__)
#define GET(situation, ...) CALL(H_GET_TCE, "get-tce." situation, __VA_ARGS__)
#define IND(situation, ...) CALL(H_PUT_TCE_INDIRECT, "put-tce-indirect." situation, .value = LIST, .count = 4, __VA_ARGS__)
#define STUFF(situation, ...) CALL(H_STUFF_TCE, "stuff-tce." situation, .count = 3, __VA_ARGS__)

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
		 { "create-a-third", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 { "remove", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "remove-again", REMOVE, 1, 1, { SECOND_LIOBN } });
	TRY(&second_window, PUT("window-removed"), GET("window-removed"), IND("window-removed"),
	    STUFF("window-removed"));
	TRY_RTAS({ "create-4k", CREATE, 5, 4, { THE_PE, 12, 30 } },
		 { "remove-the-default", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "remove-the-last", REMOVE, 1, 1, { SECOND_LIOBN } });
	TRY_RTAS({ "query-after-the-last", QUERY, 3, 5, { THE_PE } },
		 { "remove-the-restored-default", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "create-with-no-window", CREATE, 5, 4, { THE_PE, 16, 20 } });
}

#undef CALL
#define CALL(nr, situation, ...) \
	{ .name = "low." situation, .call = (nr), .liobn = DEFAULT_LIOBN, .ioba = 4 * PAGE, __VA_ARGS__ }

static void ask_after_reset(void)
{
	TRY(&low_window, PUT("good"), PUT("ioba-plus-4k", .ioba = 4 * PAGE + 0x1000),
	    PUT("ioba-past-the-end", .ioba = 16 * PAGE));
	TRY_RTAS({ "reset", RESET, 3, 1, { THE_PE } }, { "query-after-reset", QUERY, 3, 5, { THE_PE } });
	TRY(&default_window, GET("empty-after-reset"), PUT("good-after-reset", .ioba = DEFAULT_SIZE - 4 * 0x1000));
}

void ask_windows(void)
{
	ask_before_there_is_a_second();
	TRY_RTAS({ "create-64k", CREATE, 5, 4, { THE_PE, 16, 20 } });
	ask_second_window();
	ask_when_windows_go();
	ask_after_reset();
}
