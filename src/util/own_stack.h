/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a function on a stack that the calling thread has for that purpose. A signal handler may have
 * only a few hundred bytes left on the stack of the code that it has interrupted, or on the program's
 * alternate stack. A thread's stack is made at its first use and freed when the thread ends.
 */
#ifndef STCE_UTIL_OWN_STACK_H
#define STCE_UTIL_OWN_STACK_H

#include <signal.h>

#include "util/types.h"

#define OWN_STACK_SIZE (64 * KIB)

/*
 * Runs fn(argument). A thread that is on its own stack already stays there. `alternate` is the
 * thread's alternate stack, as the signal's context has it. If the caller is on it, it is off while
 * fn runs, because the kernel would give it to the handler of the next signal. Returns false if there
 * is no memory for a stack; then nothing was run.
 */
bool own_stack_run(void (*fn)(void *argument), void *argument, const stack_t *alternate);

/* own_stack_ARCH.c: calls fn(argument) on the stack that ends at `top`, which is 16-byte aligned. */
void own_stack_arch_call(void (*fn)(void *argument), void *argument, char *top);
/* The same, in assembly. A linker that optimizes finds a file by its functions in C only. */
void stce_stack_call(void (*fn)(void *argument), void *argument, char *top);

#endif
