/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarded copy of 64-bit POWER moves doublewords, then bytes. guard_arch.h says what it must
 * do.
 */
#include <ucontext.h>

#include "util/guard_arch.h"

/* Registers: r3 is to, r4 is from, r5 is size. */
__asm__(".text\n"
	".globl stce_guard_run\n"
	".hidden stce_guard_run, stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".globl stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".type stce_guard_run, @function\n"
	"stce_guard_run:\n"
	"	addi 3, 3, -8\n"
	"	addi 4, 4, -8\n"
	"	srdi. 6, 5, 3\n"
	"stce_guard_begin:\n"
	"	beq 2f\n"
	"	mtctr 6\n"
	"1:	ldu 7, 8(4)\n"
	"	stdu 7, 8(3)\n"
	"	bdnz 1b\n"
	"2:	addi 3, 3, 7\n"
	"	addi 4, 4, 7\n"
	"	andi. 6, 5, 7\n"
	"	beq 4f\n"
	"	mtctr 6\n"
	"3:	lbzu 7, 1(4)\n"
	"	stbu 7, 1(3)\n"
	"	bdnz 3b\n"
	"4:\n"
	"stce_guard_end:\n"
	"	li 3, 0\n"
	"	blr\n"
	"stce_guard_fault:\n"
	"	li 3, 1\n"
	"	blr\n"
	".size stce_guard_run, . - stce_guard_run\n");

bool guard_arch_copy(void *to, const void *from, size_t size)
{
	return stce_guard_run(to, from, size) == 0;
}

bool guard_arch_catch(const siginfo_t *info, void *context)
{
	unsigned long *pc = &((ucontext_t *)context)->uc_mcontext.gp_regs[32];
	uintptr_t next = guard_resume((uintptr_t)*pc);

	if (next)
		*pc = (unsigned long)next;
	return next;
}

uintptr_t guard_arch_pc(const void *context)
{
	return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gp_regs[32];
}
