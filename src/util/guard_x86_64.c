/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarded copy of x86. Up to some hundred bytes, and where the memory is far, vectors are quicker
 * than a string instruction, because the processor goes on behind them; long copies are a string
 * instruction's. No byte is stored twice, and a size of 8, 4, 2 or 1 is one store. guard_arch.h says
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
	"	cmpq $2048, %rcx\n"
	"	ja 8f\n"
	"	shrl $6, %edx\n"
	"	jz 2f\n"
	"1:	movups (%rsi), %xmm0\n"
	"	movups 16(%rsi), %xmm1\n"
	"	movups 32(%rsi), %xmm2\n"
	"	movups 48(%rsi), %xmm3\n"
	"	movups %xmm0, (%rdi)\n"
	"	movups %xmm1, 16(%rdi)\n"
	"	movups %xmm2, 32(%rdi)\n"
	"	movups %xmm3, 48(%rdi)\n"
	"	addq $64, %rsi\n"
	"	addq $64, %rdi\n"
	"	decl %edx\n"
	"	jnz 1b\n"
	"2:	andl $63, %ecx\n"
	"	subl $16, %ecx\n"
	"	jb 4f\n"
	"3:	movups (%rsi), %xmm0\n"
	"	movups %xmm0, (%rdi)\n"
	"	addq $16, %rsi\n"
	"	addq $16, %rdi\n"
	"	subl $16, %ecx\n"
	"	jae 3b\n"
	/* From here on the lower four bits of the size count. */
	"4:	testb $8, %cl\n"
	"	jz 5f\n"
	"	movq (%rsi), %rax\n"
	"	movq %rax, (%rdi)\n"
	"	addq $8, %rsi\n"
	"	addq $8, %rdi\n"
	"5:	testb $4, %cl\n"
	"	jz 6f\n"
	"	movl (%rsi), %eax\n"
	"	movl %eax, (%rdi)\n"
	"	addq $4, %rsi\n"
	"	addq $4, %rdi\n"
	"6:	testb $2, %cl\n"
	"	jz 7f\n"
	"	movw (%rsi), %ax\n"
	"	movw %ax, (%rdi)\n"
	"	addq $2, %rsi\n"
	"	addq $2, %rdi\n"
	"7:	testb $1, %cl\n"
	"	jz 9f\n"
	"	movb (%rsi), %al\n"
	"	movb %al, (%rdi)\n"
	"	jmp 9f\n"
	"8:	rep movsb\n"
	"9:\n"
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
