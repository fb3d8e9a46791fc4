/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signal that arrives while its thread is inside the core waits until the thread comes out. A
 * handler may make any system call, so it may call us, and would wait for a lock that the
 * interrupted call holds, or for that call itself as a reader. To block signals would cost two
 * system calls for each call of ours, many times what a MAP takes. Instead the kernel calls a
 * function of ours in place of the program's handler; if the signal must wait, the function blocks
 * all signals and sends it again. A thread that comes out checks one flag. The program sees its own
 * handlers only.
 *
 * Signals of faults never wait, because the core's own copies need them at once. We do not see
 * handlers that are set by raw system calls or by sigset(3).
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
/* We handle these flags ourselves, so the kernel's differ from the program's. */
#define OUR_FLAGS    (SA_SIGINFO | (int)SA_RESETHAND)

typedef void (*handler_fn)(int number, siginfo_t *info, void *context);

__thread volatile unsigned int shim_depth;
__thread volatile bool shim_has_waiting;

/* The signal mask outside the core while signals wait, else all ones. Kernels know 64 signals. */
static __thread uint64_t mask_outside = ~UINT64_C(0);

/* The program's own handlers, and those of its flags that are in OUR_FLAGS. */
static struct {
	_Atomic(handler_fn) handler;
	_Atomic(int) flags;
} actions[SIGNAL_COUNT + 1];

/* The signals for which siginterrupt() lets a handler set by signal() end calls with EINTR. */
static _Atomic(uint64_t) interrupting;

static void set_mask(uint64_t mask)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

/*
 * Makes the thread return to the core with this signal pending and all but faults blocked. If
 * another signal arrives before the thread is back, postpone() runs twice. A handler's mask
 * contains the interrupted mask, so the intersection of the masks seen is the mask outside the
 * core.
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
	/* If too many signals are queued, this one is sent without its siginfo. */
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

/*
 * The core calls this before and after a wait, at any depth. On Linux a handler runs before and
 * during a wait and may end it, so the thread counts as outside the core meanwhile.
 */
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

/* The frame from which this thread called the handler that it runs, or 0. */
static __thread uintptr_t handler_frame;

/*
 * The frame is compared because a handler may be left by a longjmp(). After one that left an
 * alternate stack the answer may stay true; then arguments of calls are copied by the kernel.
 */
bool shim_in_handler(void)
{
	return (uintptr_t)__builtin_frame_address(0) < handler_frame;
}

static void run_handler(handler_fn handler, int number, siginfo_t *info, void *context)
{
	uintptr_t outer = handler_frame;

	handler_frame = (uintptr_t)__builtin_frame_address(0);
	handler(number, info, context);
	handler_frame = outer;
}

/*
 * We pass three arguments to a handler that may take one, which all of Linux's 64-bit ABIs allow.
 */
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
	run_handler(handler, number, info, context);
}

static bool has_function(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN && action->sa_handler != SIG_ERR;
}

/* Replaces our handler and flags in the kernel's answer by the program's own. */
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

	/*
	 * A child of vfork() has signal handlers of its own, but our record of them is its
	 * parent's.
	 */
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
