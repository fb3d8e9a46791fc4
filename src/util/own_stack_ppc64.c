/* SPDX-License-Identifier: BSD-2-Clause */
/* The change of stacks on 64-bit POWER [ELFv2 ABI 2.2.3]. own_stack.h says what it must do. */
#include "util/own_stack.h"

/*
 * Registers: r3 is fn, r4 is argument, r5 is top. r31 keeps the caller's stack. The frame on the new
 * stack has the back chain and the areas that a callee may use.
 */
__asm__(".text\n"
	".globl stce_stack_call\n"
	".hidden stce_stack_call\n"
	".type stce_stack_call, @function\n"
	"stce_stack_call:\n"
	"	.cfi_startproc\n"
	"	mflr 0\n"
	"	std 0, 16(1)\n"
	"	std 31, -8(1)\n"
	"	stdu 1, -64(1)\n"
	"	.cfi_def_cfa_offset 64\n"
	"	.cfi_offset 65, 16\n"
	"	.cfi_offset 31, -8\n"
	"	std 2, 24(1)\n"
	"	mr 31, 1\n"
	"	.cfi_def_cfa_register 31\n"
	"	stdu 1, -128(5)\n"
	"	mr 1, 5\n"
	"	mtctr 3\n"
	"	mr 12, 3\n"
	"	mr 3, 4\n"
	"	bctrl\n"
	"	mr 1, 31\n"
	"	.cfi_def_cfa_register 1\n"
	"	ld 2, 24(1)\n"
	"	addi 1, 1, 64\n"
	"	.cfi_def_cfa_offset 0\n"
	"	ld 0, 16(1)\n"
	"	ld 31, -8(1)\n"
	"	mtlr 0\n"
	"	blr\n"
	"	.cfi_endproc\n"
	".size stce_stack_call, . - stce_stack_call\n");

void own_stack_arch_call(void (*fn)(void *argument), void *argument, char *top)
{
	stce_stack_call(fn, argument, top);
}
