/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIGSEGV and SIGBUS of a program that has mapped registers, or opened a network card. From then on the kernel has
 * our handler for both, and neither is ever blocked, because a load of a register faults. What the
 * program sets is kept here, and the program sees it as it has set it. A fault that is not a
 * register's is delivered as the kernel would: to the program's handler, on the stack and with the
 * mask that it asked for; without a handler, or if the program blocks the signal, it kills.
 *
 * A thread that blocks one of the two has SIGSTKFLT blocked in the kernel, which no kernel sends. So
 * the kernel and libc save and restore with a mask whether there is anything in blocked[] that
 * counts: in sigsetjmp() and siglongjmp(), in the contexts of signals, and in new threads.
 *
 * We do not see masks that are set by raw system calls, sigsuspend() and the like, or by other
 * threads before that.
 */
#include "shim.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define MARK    SHIM_BIT(SIGSTKFLT)
/* Signals that glibc keeps for itself, and lets nobody block. */
#define LIBC    (SHIM_BIT(32) | SHIM_BIT(33))

/* The program's own actions. */
struct own {
	_Atomic(shim_handler_fn) handler;
	_Atomic(int) flags;
	_Atomic(uint64_t) mask;
};

static struct own segv, bus;
static atomic_bool is_taken;

/* Of SHIM_WATCHED and MARK, what the program has blocked in this thread; it counts while MARK is blocked. */
static __thread uint64_t blocked;
/* A signal that was sent to this thread while the program blocked it. */
static __thread struct {
	bool is_there;
	siginfo_t info;
} held[2];

bool shim_faults_are_taken(void)
{
	return atomic_load_explicit(&is_taken, memory_order_relaxed);
}

static struct own *own_of(int number)
{
	return number == SIGSEGV ? &segv : &bus;
}

/* Returns the mask that the program sees for the kernel's. A new thread has its maker's mask. */
static uint64_t shown(uint64_t mask)
{
	return mask & MARK ? (mask & ~MARK) | (blocked ? blocked : SHIM_WATCHED | MARK) : mask;
}

/* Returns the kernel's mask for the program's, and notes the rest. */
static uint64_t hide(uint64_t mask)
{
	blocked = mask & (SHIM_WATCHED | MARK);
	return (mask & ~(SHIM_WATCHED | MARK)) | (blocked ? MARK : 0);
}

static uint64_t exchange(const uint64_t *mask)
{
	uint64_t before = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, &before, sizeof(before));
	return before;
}

static void send_to_self(int number, siginfo_t *info)
{
	syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), number, info);
}

/* Sends what was held, and is not blocked any longer. */
static void let_go(uint64_t mask)
{
	for (int i = 0; i < 2; i++) {
		int number = i ? SIGBUS : SIGSEGV;

		if (!held[i].is_there || mask & SHIM_BIT(number))
			continue;
		held[i].is_there = false;
		send_to_self(number, &held[i].info);
	}
}

int shim_sigmask(int how, const sigset_t *set, sigset_t *before)
{
	uint64_t now, wanted, real_mask;

	if (!shim_faults_are_taken() || shim_is_vfork_child())
		return real()->pthread_sigmask(how, set, before);
	now = shown(exchange(NULL));
	if (set) {
		wanted = shim_bits_of(set) & ~LIBC;
		if (how == SIG_BLOCK)
			wanted |= now;
		else if (how == SIG_UNBLOCK)
			wanted = now & ~wanted;
		else if (how != SIG_SETMASK)
			return EINVAL;
		real_mask = hide(wanted);
		exchange(&real_mask);
		let_go(wanted);
	}
	if (before)
		shim_set_bits(before, now);
	return 0;
}

/* Ends the program as the signal does by default. An instruction that will fault again is repeated. */
static void die(int number, siginfo_t *info, bool is_repeated)
{
	real()->sigaction(number, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	if (!is_repeated)
		send_to_self(number, info);
}

static bool has_function(shim_handler_fn handler)
{
	return handler != (shim_handler_fn)(void *)SIG_DFL && handler != (shim_handler_fn)(void *)SIG_IGN;
}

static void call_own(struct own *own, shim_handler_fn handler, int number, siginfo_t *info, ucontext_t *context)
{
	const int flags = atomic_load(&own->flags);
	uint64_t before = shown(shim_bits_of(&context->uc_sigmask)), mask;

	if (flags & (int)SA_RESETHAND)
		atomic_store(&own->handler, (shim_handler_fn)(void *)SIG_DFL);
	mask = hide((before | atomic_load(&own->mask) | (flags & SA_NODEFER ? 0 : SHIM_BIT(number))) & ~LIBC);
	exchange(&mask);
	shim_set_bits(&context->uc_sigmask, before);
	shim_run_handler(handler, number, info, context);
	/* The handler may have changed the mask to which it returns. */
	before = shim_bits_of(&context->uc_sigmask);
	mask = hide(before);
	shim_set_bits(&context->uc_sigmask, mask);
	exchange(&mask);
	let_go(before);
}

/* `left` is the signal that the program gets for the fault `number`. */
static void deliver(int number, int left, siginfo_t *info, ucontext_t *context)
{
	const bool was_sent = info->si_code <= 0;
	struct own *own = own_of(left);
	shim_handler_fn handler = atomic_load(&own->handler);

	if (was_sent && handler == (shim_handler_fn)(void *)SIG_IGN)
		return;
	if (!(shown(shim_bits_of(&context->uc_sigmask)) & SHIM_BIT(left))) {
		if (has_function(handler))
			call_own(own, handler, left, info, context);
		else
			die(left, info, left == number && !was_sent);
	} else if (was_sent) {
		held[left == SIGBUS].is_there = true;
		held[left == SIGBUS].info = *info;
	} else {
		die(left, info, left == number);
	}
}

/* The kernel blocks all signals but faults for this handler, because the access may use a stack of its own. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	int saved = errno, left;

	shim_enter();
	left = stce_handle_fault(number, info, context);
	shim_leave();
	errno = saved;
	if (left)
		deliver(number, left, info, context);
}

/* Makes the kernel call us as it would call the program's handler. */
static int install(int number)
{
	struct sigaction action = { .sa_sigaction = on_fault };
	struct own *own = own_of(number);

	shim_set_bits(&action.sa_mask, ~SHIM_FAULTS);
	action.sa_flags = SA_SIGINFO | SA_NODEFER | (atomic_load(&own->flags) & (SA_ONSTACK | SA_RESTART));
	return real()->sigaction(number, &action, NULL);
}

static void keep(struct own *own, const struct sigaction *action)
{
	atomic_store(&own->flags, action->sa_flags);
	atomic_store(&own->mask, shim_bits_of(&action->sa_mask));
	atomic_store(&own->handler, action->sa_sigaction);
}

int shim_fault_action(int number, const struct sigaction *action, struct sigaction *before)
{
	struct own *own = own_of(number);
	struct sigaction now = { .sa_sigaction = atomic_load(&own->handler), .sa_flags = atomic_load(&own->flags) };
	int r = 0;

	shim_set_bits(&now.sa_mask, atomic_load(&own->mask));
	if (action) {
		keep(own, action);
		atomic_fetch_and(&own->mask, ~(SHIM_BIT(SIGKILL) | SHIM_BIT(SIGSTOP)));
		r = install(number);
	}
	if (before)
		*before = now;
	return r;
}

void shim_fault_begin(void)
{
	uint64_t mask = hide(exchange(NULL));

	exchange(&mask);
	atomic_store(&is_taken, true);
}
