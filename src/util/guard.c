/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the handlers of SIGSEGV and SIGBUS. A fault in the guarded copy ends that copy. Every other
 * fault goes to the hook, and if that does not want it, to the handler that the program had set. How
 * a copy is made and ended depends on the processor (guard_arch.h).
 */
#include "util/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "util/fork.h"
#include "util/guard_arch.h"
#include "util/os_copy.h"

#define HANDLER_COUNT 8

/* The actions that we replaced, one for each time that we took the signal, oldest first. */
struct taken {
	struct sigaction before[HANDLER_COUNT];
	_Atomic(unsigned int) count;
};

static struct taken segv, bus;

/* The fault that this thread has passed to a handler of the program. */
struct passed {
	const void *context;
	uintptr_t frame;
	unsigned int handler;
};

static __thread struct passed passed;

/* The fault is repeated by the interrupted instruction, unless it is the hook's. */
static void call(const struct sigaction *action, int number, siginfo_t *info, void *context, bool is_repeated)
{
	bool was_sent = info->si_code <= 0;

	if (action->sa_flags & SA_SIGINFO) {
		action->sa_sigaction(number, info, context);
	} else if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN) {
		action->sa_handler(number);
	} else if (!was_sent || action->sa_handler == SIG_DFL) {
		/*
		 * The default action ends the program. Returning repeats the faulting instruction,
		 * now without a handler; any other signal is raised again, because no instruction
		 * repeats it.
		 */
		signal(number, SIG_DFL);
		if (was_sent || !is_repeated)
			raise(number);
	}
}

/*
 * Passes a fault on to the program's handler. A handler that was set after ours may call ours for a
 * fault that it does not handle. Then we see the same context from deeper on the stack, and pass
 * the fault to the next older handler. The frame is compared because a handler may be left by a
 * longjmp(): it is then no longer one of our callers.
 */
static void pass_on(int number, siginfo_t *info, void *context, bool is_repeated)
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
	call(&taken->before[passed.handler], number, info, context, is_repeated);
	passed = outer;
}

static _Atomic(int (*)(int number, siginfo_t *info, void *context)) hook;
static _Atomic(int (*)(void)) taker;
static atomic_bool is_taken;

void guard_set_hook(int (*fn)(int number, siginfo_t *info, void *context))
{
	atomic_store(&hook, fn);
}

void guard_set_taker(int (*fn)(void))
{
	atomic_store(&taker, fn);
}

bool guard_has_taker(void)
{
	return atomic_load(&taker);
}

static int ask_hook(int number, siginfo_t *info, void *context)
{
	int (*ask)(int number, siginfo_t *info, void *context) = atomic_load(&hook);
	int saved = errno, left = ask ? ask(number, info, context) : number;

	errno = saved;
	return left;
}

int guard_fault(int number, siginfo_t *info, void *context)
{
	return guard_arch_catch(info, context) ? 0 : ask_hook(number, info, context);
}

/* The kernel kills a thread that faults while it blocks the signal. */
static void block_all_but_faults(sigset_t *before)
{
	static const int faults[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS };
	sigset_t rest;

	sigfillset(&rest);
	for (size_t i = 0; i < ARRAY_COUNT(faults); i++)
		sigdelset(&rest, faults[i]);
	pthread_sigmask(SIG_BLOCK, &rest, before);
}

/* The hook may run on a stack of its own, on which no handler of the program must interrupt it. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	sigset_t before;
	int left = number;

	if (guard_arch_catch(info, context))
		return;
	if (atomic_load(&hook)) {
		block_all_but_faults(&before);
		left = ask_hook(number, info, context);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (left)
		pass_on(left, info, context, left == number);
}

/*
 * Remembers an action. The one that is already the newest is not stored again. When all
 * HANDLER_COUNT places are used, the new one replaces the newest.
 */
static void remember(struct taken *taken, const struct sigaction *action)
{
	unsigned int count = atomic_load(&taken->count);

	if (count && taken->before[count - 1].sa_sigaction == action->sa_sigaction)
		return;
	taken->before[count < HANDLER_COUNT ? count : HANDLER_COUNT - 1] = *action;
	if (count < HANDLER_COUNT)
		atomic_store(&taken->count, count + 1);
}

static int take_signal(int number, struct taken *taken)
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
	r = take_signal(SIGSEGV, &segv);
	if (!r)
		r = take_signal(SIGBUS, &bus);
	fork_unlock();
	return r;
}

int guard_take(void)
{
	int (*take)(void) = atomic_load(&taker);
	int r = take ? take() : guard_install();

	if (!r)
		atomic_store(&is_taken, true);
	return r;
}

bool guard_is_taken(void)
{
	return atomic_load_explicit(&is_taken, memory_order_relaxed);
}

/*
 * True once this thread was found to block neither signal. While it is false each copy asks again.
 */
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
	return guard_arch_copy(to, from, size);
}
