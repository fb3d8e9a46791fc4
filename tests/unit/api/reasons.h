/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refusals by the public calls, as rows. A row owns nothing: it runs on the world that reasons.c
 * makes for it, and closes everything that it opens.
 */
#ifndef STCE_TESTS_API_REASONS_H
#define STCE_TESTS_API_REASONS_H

#include "testing.h"

#include "unit/papr/firmware.h"
#include "util/alloc.h"

/* A hypercall, in the tier of a row's call. */
struct reason_hcall {
	void (*prepare)(void);     /* NULL: nothing to prepare */
	uint64_t nr, args[5];
	bool is_strict;
	const char *share;         /* the machine's option; NULL: none */
};

struct reason_row {
	const char *call;          /* a symbol of the library */
	const char *title;
	long (*refused)(void);
	long answer;
	const char *text;          /* what stce_last_reason() must contain */
	const struct reason_hcall *hcall;    /* replaces `refused` */
};

#define REFUSED(name, what, function, result, why) \
	{ .call = name, .title = what, .refused = function, .answer = result, .text = why }

/* Each list ends with a row without a call. */
extern const struct reason_row reasons_machine[], reasons_files[], reasons_vm[], reasons_state[], reasons_hcalls[];

/* Undoes the preparations of a hypercall's row. */
void reasons_hcalls_end(void);

/* A VMM with memory, container and group 1, and a bridge of kind power9. */
extern struct firmware world;

/* Makes the call fail at its first allocation. */
#define WITHOUT_MEMORY(call) ({ \
	long without_; \
	alloc_fail_after(0); \
	without_ = (call); \
	alloc_fail_after(-1); \
	without_; \
})

/* Gives this thread a reason that no row expects. */
void plant_reason(void);
/* How often the code in this program has called vsnprintf() and snprintf(). */
extern unsigned int times_formatted;

#endif
