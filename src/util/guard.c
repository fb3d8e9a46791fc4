/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copy is a few instructions between two labels. The handler compares
 * the faulting address with them and resumes at a third.
 */
#include "util/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <ucontext.h>

#include "util/fork.h"
#include "util/os.h"

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

#define HANDLER_COUNT 8

/* What a signal did each time when we took it, oldest first. */
struct taken {
	struct sigaction before[HANDLER_COUNT];
	_Atomic(unsigned int) count;
};

static struct taken segv, bus;

/* The fault that this thread has given to a handler of the program's. */
struct passed {
	const void *context;
	uintptr_t frame;
	unsigned int handler;
};

static __thread struct passed passed;

static void call(const struct sigaction *action, int number, siginfo_t *info, void *context)
{
	bool was_sent = info->si_code <= 0;

	if (action->sa_flags & SA_SIGINFO) {
		action->sa_sigaction(number, info, context);
	} else if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN) {
		action->sa_handler(number);
	} else if (!was_sent || action->sa_handler == SIG_DFL) {
		/* The default: returning runs into the fault again, now unhandled. */
		signal(number, SIG_DFL);
		if (was_sent)
			raise(number);
	}
}

/*
 * To the program's handler. One that was set after ours may call ours for
 * what it does not want: that is the same fault, met from inside, and goes to
 * the handler before that one. A handler that was left by a jump is no longer
 * below us on the stack.
 */
static void pass_on(int number, siginfo_t *info, void *context)
{
	const struct taken *taken = number == SIGBUS ? &bus : &segv;
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	bool is_inside = passed.context == context && frame < passed.frame;
	struct passed outer = passed;

	passed.context = context;
	passed.frame = frame;
	if (!is_inside)
		passed.handler = atomic_load(&taken->count);
	if (passed.handler)
		passed.handler--;
	call(&taken->before[passed.handler], number, info, context);
	passed = outer;
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

/* Of more handlers than there is room for the newest counts, and one that comes again counts once. */
static void remember(struct taken *taken, const struct sigaction *action)
{
	unsigned int count = atomic_load(&taken->count);

	if (count && taken->before[count - 1].sa_sigaction == action->sa_sigaction)
		return;
	taken->before[count < HANDLER_COUNT ? count : HANDLER_COUNT - 1] = *action;
	if (count < HANDLER_COUNT)
		atomic_store(&taken->count, count + 1);
}

static int take(int number, struct taken *taken)
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
	remember(taken, &now);
	sigemptyset(&action.sa_mask);
	return sigaction(number, &action, NULL) ? -errno : 0;
}

int guard_install(void)
{
	int r;

	fork_lock();
	r = take(SIGSEGV, &segv);
	if (!r)
		r = take(SIGBUS, &bus);
	fork_unlock();
	return r;
}

/* Whether the thread lets both signals in. One that does not may do so later, so it is asked again. */
static __thread bool lets_in;

void guard_ask(void)
{
	sigset_t blocked;

	lets_in = !pthread_sigmask(SIG_BLOCK, NULL, &blocked) && !sigismember(&blocked, SIGSEGV) &&
		  !sigismember(&blocked, SIGBUS);
}

static bool copy_by_kernel(void *to, const void *from, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	return os_copy_from(&local, 1, &remote, 1) == (ssize_t)size;
}

bool guard_copy(void *to, const void *from, size_t size)
{
	if (unlikely(!lets_in))
		guard_ask();
	if (unlikely(!lets_in))
		return copy_by_kernel(to, from, size);
	return stce_guard_run(to, from, size) == 0;
}
