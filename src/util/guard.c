/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who gets a fault: the copy, if it was the copy that faulted, else the program.
 * How the copy is made and ended depends on the processor (guard_arch.h).
 */
#include "util/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "util/fork.h"
#include "util/guard_arch.h"
#include "util/os_copy.h"

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
	if (!guard_arch_catch(info, context))
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
	return guard_arch_copy(to, from, size);
}
