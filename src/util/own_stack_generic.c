/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processors without a version in assembly stay on the stack that they are on. own_stack.h says what
 * a version must do.
 */
#include "util/own_stack.h"

void own_stack_arch_call(void (*fn)(void *argument), void *argument, char *top)
{
	fn(argument);
}
