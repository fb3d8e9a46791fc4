/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the handlers of SIGSEGV and SIGBUS. A fault in the guarded copy ends that copy; every other
 * fault goes to the handler that the program had set. How a copy is made and ended depends on the
 * processor (guard_arch.h).
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

static void call(const struct sigaction *action, int number, siginfo_t *info, void *context)
{
	bool was_sent = info->si_code <= 0;

	if (action->sa_flags & SA_SIGINFO) {
		action->sa_sigaction(number, info, context);
	} else if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN) {
		action->sa_handler(number);
	} else if (!was_sent || action->sa_handler == SIG_DFL) {
		/*
		 * The default action ends the program. Returning repeats the faulting instruction,
		 * now without a handler; a signal that was sent is raised again, because no
		 * instruction repeats it.
		 */
		signal(number, SIG_DFL);
		if (was_sent)
			raise(number);
	}
}

/*
 * Passes a fault on to the program's handler. A handler that was set after ours may call ours for a
 * fault that it does not handle. Then we see the same context from deeper on the stack, and pass
 * the fault to the next older handler. The frame is compared because a handler may be left by a
 * longjmp(): it is then no longer one of our callers.
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
	if (!guard_arch_catch(info, context))
		pass_on(number, info, context);
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
