/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarded copy of 64-bit ARM moves doublewords, then bytes. guard_arch.h says what it must do.
 */
#include <ucontext.h>

#include "util/guard_arch.h"

/* Registers: x0 is to, x1 is from, x2 is size. */
__asm__(".text\n"
	".globl stce_guard_run\n"
	".hidden stce_guard_run, stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".globl stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".type stce_guard_run, %function\n"
	"stce_guard_run:\n"
	"	lsr x3, x2, #3\n"
	"	and x2, x2, #7\n"
	"stce_guard_begin:\n"
	"	cbz x3, 2f\n"
	"1:	ldr x4, [x1], #8\n"
	"	str x4, [x0], #8\n"
	"	subs x3, x3, #1\n"
	"	b.ne 1b\n"
	"2:	cbz x2, 4f\n"
	"3:	ldrb w4, [x1], #1\n"
	"	strb w4, [x0], #1\n"
	"	subs x2, x2, #1\n"
	"	b.ne 3b\n"
	"4:\n"
	"stce_guard_end:\n"
	"	mov w0, #0\n"
	"	ret\n"
	"stce_guard_fault:\n"
	"	mov w0, #1\n"
	"	ret\n"
	".size stce_guard_run, . - stce_guard_run\n");

bool guard_arch_copy(void *to, const void *from, size_t size)
{
	return stce_guard_run(to, from, size) == 0;
}

bool guard_arch_catch(const siginfo_t *info, void *context)
{
	unsigned long long *pc = &((ucontext_t *)context)->uc_mcontext.pc;
	uintptr_t next = guard_resume((uintptr_t)*pc);

	if (next)
		*pc = (unsigned long long)next;
	return next;
}

uintptr_t guard_arch_pc(const void *context)
{
	return (uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
}
