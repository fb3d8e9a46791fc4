/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refusals by the public calls, as rows. A row owns nothing: it runs on the
 * world that reasons.c makes for it, and puts back what it opens.
 */
#ifndef STCE_TESTS_API_REASONS_H
#define STCE_TESTS_API_REASONS_H

#include "testing.h"

#include "unit/papr/firmware.h"
#include "util/alloc.h"

/* A hypercall, in the tier that a row's call is. */
struct reason_hcall {
	void (*prepare)(void);     /* NULL: nothing */
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
	const struct reason_hcall *hcall;    /* in place of `refused` */
};

#define REFUSED(name, what, function, result, why) \
	{ .call = name, .title = what, .refused = function, .answer = result, .text = why }

/* Each list ends with a row without a call. */
extern const struct reason_row reasons_machine[], reasons_files[], reasons_vm[], reasons_state[], reasons_hcalls[];

/* Gives back what a hypercall's row has taken. */
void reasons_hcalls_end(void);

/* A VMM with memory, container and group 1, and a bridge of kind power9. */
extern struct firmware world;

/* The call without the memory that it asks for first. */
#define WITHOUT_MEMORY(call) ({ \
	long without_; \
	alloc_fail_after(0); \
	without_ = (call); \
	alloc_fail_after(-1); \
	without_; \
})

/* Gives this thread a reason that no row expects. */
void plant_reason(void);
/* Calls of vsnprintf() and snprintf() so far by what this program is linked of. */
extern unsigned int times_formatted;

#endif
