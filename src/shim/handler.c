/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls the program's signal handlers, and knows whether this thread is in one. */
#include "shim.h"

/* The frame from which this thread called the handler that it runs, or 0. */
static __thread uintptr_t handler_frame;

/*
 * The frame is compared because a handler may be left by a longjmp(). After one that left an
 * alternate stack the answer may stay true; then arguments of calls are copied by the kernel.
 */
bool shim_in_handler(void)
{
	return (uintptr_t)__builtin_frame_address(0) < handler_frame;
}

void shim_run_handler(shim_handler_fn handler, int number, siginfo_t *info, void *context)
{
	uintptr_t outer = handler_frame;

	handler_frame = (uintptr_t)__builtin_frame_address(0);
	handler(number, info, context);
	handler_frame = outer;
}
