/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RTAS calls for dynamic windows [LoPAR 7.3.10]: the checks of their arguments while only the
 * default window exists, and the effect of a reset on each possible set of windows.
 */
#include "rtas.h"

#include "console.h"
#include "tables.h"

void rtas_try(const struct rtas_situation *situations, unsigned count)
{
	for (const struct rtas_situation *situation = situations; situation < situations + count; situation++) {
		print("rtas.");
		print(situation->name);
		if (situation->danger & ~survived_dangers) {
			print(" not-asked\n");
			flush();
			continue;
		}
		struct rtas_answer answer =
			rtas(situation->function, situation->inputs, situation->outputs, situation->input);

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

static void ask_query(void)
{
	TRY_RTAS({ "query-5-outputs", QUERY, 3, 5, { THE_PE } },
		 { "query-6-outputs", QUERY, 3, 6, { THE_PE } },
		 { "query-4-outputs", QUERY, 3, 4, { THE_PE } },
		 { "query-7-outputs", QUERY, 3, 7, { THE_PE } },
		 { "query-2-inputs", QUERY, 2, 5, { THE_PE } },
		 { "query-4-inputs", QUERY, 4, 5, { THE_PE } },
		 { "query-unknown-bridge", QUERY, 3, 5, { NO_PE } },
		 { "query-bridge-0", QUERY, 3, 5, { 0 } },
		 { "query-unknown-config-address", QUERY, 3, 5, { 0xff00, BUID } },
		 { "query-config-address-on-another-bus", QUERY, 3, 5, { 0x10000, BUID } },
		 { "query-config-address-with-a-register", QUERY, 3, 5, { 0x10, BUID } },
		 { "query-config-address-with-bit-24", QUERY, 3, 5, { 0x1000000, BUID } },
		 { "query-config-address-all-ones", QUERY, 3, 5, { 0xffffffff, BUID } });
}

static void ask_create(void)
{
	TRY_RTAS({ "create-page-shift-0", CREATE, 5, 4, { THE_PE, 0, 30 } },
		 { "create-page-shift-11", CREATE, 5, 4, { THE_PE, 11, 30 } },
		 { "create-page-shift-13", CREATE, 5, 4, { THE_PE, 13, 30 } },
		 { "create-page-shift-25", CREATE, 5, 4, { THE_PE, 25, 30 } },
		 { "create-page-shift-34", CREATE, 5, 4, { THE_PE, 34, 40 } },
		 { "create-page-shift-64", CREATE, 5, 4, { THE_PE, 64, 70 } },
		 { "create-page-shift-all-ones", CREATE, 5, 4, { THE_PE, 0xffffffff, 0xffffffff } },
		 { "create-window-shift-0", CREATE, 5, 4, { THE_PE, 16, 0 } },
		 { "create-window-smaller-than-a-page", CREATE, 5, 4, { THE_PE, 16, 15 } },
		 { "create-window-shift-63", CREATE, 5, 4, { THE_PE, 16, 63 }, COUNT_OF_2_32 },
		 { "create-window-shift-64", CREATE, 5, 4, { THE_PE, 16, 64 }, COUNT_OF_2_32 },
		 { "create-3-outputs", CREATE, 5, 3, { THE_PE, 16, 20 } },
		 { "create-5-outputs", CREATE, 5, 5, { THE_PE, 16, 20 } },
		 { "create-4-inputs", CREATE, 4, 4, { THE_PE, 16 } },
		 { "create-6-inputs", CREATE, 6, 4, { THE_PE, 16, 20, 0 } },
		 { "create-unknown-bridge", CREATE, 5, 4, { NO_PE, 16, 20 } });
}

void ask_rtas_arguments(void)
{
	ask_query();
	ask_create();
	TRY_RTAS({ "remove-unknown-liobn", REMOVE, 1, 1, { UNKNOWN_LIOBN } },
		 { "remove-liobn-0", REMOVE, 1, 1, { 0 } },
		 { "remove-window-not-made", REMOVE, 1, 1, { SECOND_LIOBN } },
		 { "remove-0-inputs", REMOVE, 0, 1, { 0 } },
		 { "remove-2-inputs", REMOVE, 2, 1, { SECOND_LIOBN } },
		 { "remove-2-outputs", REMOVE, 1, 2, { DEFAULT_LIOBN } },
		 { "reset-unknown-bridge", RESET, 3, 1, { NO_PE } },
		 { "reset-2-inputs", RESET, 2, 1, { THE_PE } },
		 { "reset-2-outputs", RESET, 3, 2, { THE_PE } });
}

#define RESET_WITH(state) \
	{ "reset-with-" state, RESET, 3, 1, { THE_PE } }, \
	{ "query-after-reset-with-" state, QUERY, 3, 5, { THE_PE } }

void ask_rtas_resets(void)
{
	TRY_RTAS(RESET_WITH("the-default-only"),
		 { "reset-unknown-config-address", RESET, 3, 1, { 0xff00, BUID } },
		 { "create-beside-the-default", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 RESET_WITH("two-windows"),
		 { "create-beside-the-default-again", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 { "remove-the-default-beside-it", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 RESET_WITH("the-second-only"),
		 { "remove-the-default-only", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 RESET_WITH("no-window"),
		 { "remove-the-default-once-more", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "create-a-low-window", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 RESET_WITH("a-low-window"),
		 { "remove-the-default-at-last", REMOVE, 1, 1, { DEFAULT_LIOBN } },
		 { "create-the-first-of-two", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 { "create-the-second-of-two", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 RESET_WITH("two-new-windows"));
	/* Limited-address mode [LoPAR 2.13], if the bridge has one. */
	TRY_RTAS({ "reset-4-inputs-mode-2", RESET, 4, 1, { THE_PE, 2 } },
		 { "reset-4-inputs-mode-1", RESET, 4, 1, { THE_PE, 1 } },
		 { "query-in-mode-1", QUERY, 3, 5, { THE_PE } },
		 { "create-in-mode-1", CREATE, 5, 4, { THE_PE, 16, 20 } },
		 { "reset-4-inputs-mode-0", RESET, 4, 1, { THE_PE, 0 } },
		 RESET_WITH("mode-1-behind"));
}
