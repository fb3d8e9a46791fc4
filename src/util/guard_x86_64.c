/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarded copy of x86 is one string instruction, or one store of eight bytes. guard_arch.h says
 * what it must do.
 */
#include <ucontext.h>

#include "util/guard_arch.h"

__asm__(".text\n"
	".globl stce_guard_run\n"
	".hidden stce_guard_run, stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".globl stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".type stce_guard_run, @function\n"
	"stce_guard_run:\n"
	"	movq %rdx, %rcx\n"
	"stce_guard_begin:\n"
	"	cmpq $8, %rcx\n"
	"	je 1f\n"
	"	rep movsb\n"
	"	jmp 2f\n"
	"1:	movq (%rsi), %rax\n"
	"	movq %rax, (%rdi)\n"
	"2:\n"
	"stce_guard_end:\n"
	"	xorl %eax, %eax\n"
	"	ret\n"
	"stce_guard_fault:\n"
	"	movl $1, %eax\n"
	"	ret\n"
	".size stce_guard_run, . - stce_guard_run\n");

bool guard_arch_copy(void *to, const void *from, size_t size)
{
	return stce_guard_run(to, from, size) == 0;
}

bool guard_arch_catch(const siginfo_t *info, void *context)
{
	greg_t *pc = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	uintptr_t next = guard_resume((uintptr_t)*pc);

	if (next)
		*pc = (greg_t)next;
	return next;
}

uintptr_t guard_arch_pc(const void *context)
{
	return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}
