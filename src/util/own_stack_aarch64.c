/* SPDX-License-Identifier: BSD-2-Clause */
/* The change of stacks on 64-bit ARM. own_stack.h says what it must do. */
#include "util/own_stack.h"

/* Registers: x0 is fn, x1 is argument, x2 is top. x29 keeps the caller's stack. */
__asm__(".text\n"
	".globl stce_stack_call\n"
	".hidden stce_stack_call\n"
	".type stce_stack_call, %function\n"
	"stce_stack_call:\n"
	"	.cfi_startproc\n"
	"	stp x29, x30, [sp, #-16]!\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset 29, -16\n"
	"	.cfi_offset 30, -8\n"
	"	mov x29, sp\n"
	"	.cfi_def_cfa_register 29\n"
	"	mov sp, x2\n"
	"	mov x3, x0\n"
	"	mov x0, x1\n"
	"	blr x3\n"
	"	mov sp, x29\n"
	"	.cfi_def_cfa_register 31\n"
	"	ldp x29, x30, [sp], #16\n"
	"	.cfi_def_cfa_offset 0\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size stce_stack_call, . - stce_stack_call\n");

void own_stack_arch_call(void (*fn)(void *argument), void *argument, char *top)
{
	stce_stack_call(fn, argument, top);
}
