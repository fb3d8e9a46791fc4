/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copy is a few instructions between two labels. The handler compares
 * the faulting address with them and resumes at a third.
 */
#include "util/guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#if defined(__x86_64__)
#define PROGRAM_COUNTER(uc) ((uc)->uc_mcontext.gregs[REG_RIP])
__asm__(".text\n"
	".globl stce_guard_run\n"
	".hidden stce_guard_run, stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".globl stce_guard_begin, stce_guard_end, stce_guard_fault\n"
	".type stce_guard_run, @function\n"
	"stce_guard_run:\n"
	"	movq %rdx, %rcx\n"
	"stce_guard_begin:\n"
	"	rep movsb\n"
	"stce_guard_end:\n"
	"	xorl %eax, %eax\n"
	"	ret\n"
	"stce_guard_fault:\n"
	"	movl $1, %eax\n"
	"	ret\n"
	".size stce_guard_run, . - stce_guard_run\n");
#elif defined(__powerpc64__)
#define PROGRAM_COUNTER(uc) ((uc)->uc_mcontext.gp_regs[32])
/* r3 to, r4 from, r5 size: doublewords, then bytes. */
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
#else
#error "guard_copy() wants a few lines of assembly for this architecture"
#endif

int stce_guard_run(void *to, const void *from, size_t size);
extern const char stce_guard_begin[], stce_guard_end[], stce_guard_fault[];

static struct sigaction before_segv, before_bus;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The program's own handling of the signal. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	const struct sigaction *before = number == SIGBUS ? &before_bus : &before_segv;
	bool was_sent = info->si_code <= 0;

	if (before->sa_flags & SA_SIGINFO) {
		before->sa_sigaction(number, info, context);
	} else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
		before->sa_handler(number);
	} else if (!was_sent || before->sa_handler == SIG_DFL) {
		/* The default: returning runs into the fault again, now unhandled. */
		signal(number, SIG_DFL);
		if (was_sent)
			raise(number);
	}
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uintptr_t at = (uintptr_t)PROGRAM_COUNTER(uc);

	if (at >= (uintptr_t)stce_guard_begin && at < (uintptr_t)stce_guard_end)
		PROGRAM_COUNTER(uc) = (intptr_t)stce_guard_fault;
	else
		pass_on(number, info, context);
}

static int take(int number, struct sigaction *before)
{
	struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};
	struct sigaction now;

	if (sigaction(number, NULL, &now))
		return -errno;
	if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == on_fault)
		return 0;
	*before = now;
	sigemptyset(&action.sa_mask);
	return sigaction(number, &action, NULL) ? -errno : 0;
}

int guard_install(void)
{
	int r;

	pthread_mutex_lock(&lock);
	r = take(SIGSEGV, &before_segv);
	if (!r)
		r = take(SIGBUS, &before_bus);
	pthread_mutex_unlock(&lock);
	return r;
}

bool guard_copy(void *to, const void *from, size_t size)
{
	return stce_guard_run(to, from, size) == 0;
}
