/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signal that arrives while its thread is inside the core waits until the
 * thread comes out. A handler may make any system call, so ours too, which
 * wait for locks, and for readers, that the interrupted call holds or is.
 * Blocking signals would cost each call two system calls, many times what a
 * MAP takes; so the kernel calls a function of ours instead of the program's,
 * which sends the signal again, blocked, where it must wait. Coming out takes
 * one look at a flag. Programs see their own handlers only.
 *
 * Signals of faults never wait: the core's own copies need them at once.
 * Handlers that are set by raw system calls, or by sigset(3), are not seen.
 */
#include "shim.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define SIGNAL_COUNT (8 * sizeof(uint64_t))
#define BIT(number)  (UINT64_C(1) << ((number) - 1))
#define FAULTS       (BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGSEGV) | BIT(SIGSYS))
/* What the kernel is told otherwise than the program said. */
#define OUR_FLAGS    (SA_SIGINFO | (int)SA_RESETHAND)

typedef void (*handler_fn)(int number, siginfo_t *info, void *context);

__thread volatile unsigned int shim_depth;
__thread volatile bool shim_has_waiting;

/* What the thread blocks when it is not inside; kernels know 64 signals. */
static __thread uint64_t mask_outside = ~UINT64_C(0);

/* What the program has said, of OUR_FLAGS only. */
static struct {
	_Atomic(handler_fn) handler;
	_Atomic(int) flags;
} actions[SIGNAL_COUNT + 1];

/* Those whose handlers set by signal() let calls end with EINTR. */
static _Atomic(uint64_t) interrupting;

static void set_mask(uint64_t mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

/*
 * The thread goes back to the core with all blocked, and the signal pending.
 * Another one may arrive before that: the mask of a handler has all that the
 * interrupted mask has, so what both have is the outer one.
 */
static void postpone(int number, siginfo_t *info, ucontext_t *context)
{
	const uint64_t all = ~FAULTS;
	int saved = errno;
	uint64_t before;

	set_mask(all);
	memcpy(&before, &context->uc_sigmask, sizeof(before));
	mask_outside &= before;
	memcpy(&context->uc_sigmask, &all, sizeof(all));
	shim_has_waiting = true;
	/* too many are pending: without what came with it */
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), number, info))
		syscall(SYS_tgkill, getpid(), gettid(), number);
	errno = saved;
}

void shim_let_in(void)
{
	uint64_t mask = mask_outside;
	int saved = errno;

	shim_has_waiting = false;
	mask_outside = ~UINT64_C(0);
	set_mask(mask);
	errno = saved;
}

/* On Linux a handler runs before and during a wait, which it may tell to end. The core calls it at any depth. */
void shim_wait(bool waits)
{
	static __thread unsigned int depth;

	if (!waits) {
		shim_depth = depth;
		return;
	}
	depth = shim_depth;
	shim_depth = 0;
	if (shim_has_waiting)
		shim_let_in();
}

/* All of Linux's 64-bit ABIs allow more arguments than a function takes. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	handler_fn handler;

	if (shim_depth && !(BIT(number) & FAULTS)) {
		postpone(number, info, context);
		return;
	}
	handler = atomic_load(&actions[number].handler);
	if (atomic_load(&actions[number].flags) & (int)SA_RESETHAND)
		real()->sigaction(number, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	handler(number, info, context);
}

static bool has_function(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN && action->sa_handler != SIG_ERR;
}

/* What the kernel has said becomes what the program had said. */
static void show_own(struct sigaction *action, handler_fn handler, int flags)
{
	if (action->sa_sigaction != on_signal)
		return;
	action->sa_sigaction = handler;
	action->sa_flags = (action->sa_flags & ~OUR_FLAGS) | flags;
}

int shim_sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
	struct sigaction ours, former;
	handler_fn handler;
	int flags, r;

	/* the memory of a child of vfork() is its parent's, and its signals are not */
	if (number < 1 || number > (int)SIGNAL_COUNT || !shim_directory() || shim_is_vfork_child())
		return real()->sigaction(number, action, before);
	handler = atomic_load(&actions[number].handler);
	flags = atomic_load(&actions[number].flags);
	if (action && has_function(action)) {
		ours = *action;
		ours.sa_sigaction = on_signal;
		ours.sa_flags = (ours.sa_flags & ~OUR_FLAGS) | SA_SIGINFO;
		atomic_store(&actions[number].flags, action->sa_flags & OUR_FLAGS);
		atomic_store(&actions[number].handler, action->sa_sigaction);
		action = &ours;
	}
	r = real()->sigaction(number, action, &former);
	if (!r) {
		show_own(&former, handler, flags);
		if (before)
			*before = former;
	} else if (action == &ours) {
		atomic_store(&actions[number].flags, flags);
		atomic_store(&actions[number].handler, handler);
	}
	return r;
}

static sighandler_t set_handler(int number, sighandler_t handler, int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags }, before;

	if (handler == SIG_ERR) {
		errno = EINVAL;
		return SIG_ERR;
	}
	if (!(flags & (int)SA_NODEFER))
		sigaddset(&action.sa_mask, number);
	return shim_sigaction(number, &action, &before) ? SIG_ERR : before.sa_handler;
}

sighandler_t shim_signal(int number, sighandler_t handler)
{
	bool interrupts = number > 0 && number <= (int)SIGNAL_COUNT && atomic_load(&interrupting) & BIT(number);

	return set_handler(number, handler, interrupts ? 0 : SA_RESTART);
}

sighandler_t shim_sysv_signal(int number, sighandler_t handler)
{
	return set_handler(number, handler, (int)(SA_RESETHAND | SA_NODEFER));
}

int shim_siginterrupt(int number, int interrupts)
{
	struct sigaction action;

	if (shim_sigaction(number, NULL, &action))
		return -1;
	if (interrupts) {
		atomic_fetch_or(&interrupting, BIT(number));
		action.sa_flags &= ~SA_RESTART;
	} else {
		atomic_fetch_and(&interrupting, ~BIT(number));
		action.sa_flags |= SA_RESTART;
	}
	return shim_sigaction(number, &action, NULL);
}
