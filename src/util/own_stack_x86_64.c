/* SPDX-License-Identifier: BSD-2-Clause */
/* The change of stacks on x86. own_stack.h says what it must do. */
#include "util/own_stack.h"

/* Registers: rdi is fn, rsi is argument, rdx is top. rbp keeps the caller's stack. */
__asm__(".text\n"
	".globl stce_stack_call\n"
	".hidden stce_stack_call\n"
	".type stce_stack_call, @function\n"
	"stce_stack_call:\n"
	"	.cfi_startproc\n"
	"	pushq %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset %rbp, -16\n"
	"	movq %rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"	movq %rdx, %rsp\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	call *%rax\n"
	"	movq %rbp, %rsp\n"
	"	popq %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size stce_stack_call, . - stce_stack_call\n");

void own_stack_arch_call(void (*fn)(void *argument), void *argument, char *top)
{
	stce_stack_call(fn, argument, top);
}
