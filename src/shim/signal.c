/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that set signal handlers. The kernel calls a function of ours in place of each of the
 * program's handlers, so that a signal inside the core can wait (postpone.c); the program sees its
 * own handlers only. Signals of faults never wait, because the core's own copies need them at once.
 * When the program has mapped registers, SIGSEGV and SIGBUS are fault.c's. We do not see handlers
 * that are set by raw system calls or by sigset(3).
 */
#include "shim.h"

#include <pthread.h>

#define SIGNAL_COUNT (8 * sizeof(uint64_t))
/* We handle these flags ourselves, so the kernel's differ from the program's. */
#define OUR_FLAGS    (SA_SIGINFO | (int)SA_RESETHAND)

/* The program's own handlers, and those of its flags that are in OUR_FLAGS. */
static struct {
	_Atomic(shim_handler_fn) handler;
	_Atomic(int) flags;
	_Atomic(uint64_t) unmasked;    /* the part of the mask that the kernel does not have */
} actions[SIGNAL_COUNT + 1];

/* The signals for which siginterrupt() lets a handler set by signal() end calls with EINTR. */
static _Atomic(uint64_t) interrupting;

/*
 * We pass three arguments to a handler that may take one, which all of Linux's 64-bit ABIs allow.
 */
static void on_signal(int number, siginfo_t *info, void *context)
{
	shim_handler_fn handler;

	if (shim_depth && !(SHIM_BIT(number) & SHIM_FAULTS)) {
		shim_postpone(number, info, context);
		return;
	}
	handler = atomic_load(&actions[number].handler);
	if (atomic_load(&actions[number].flags) & (int)SA_RESETHAND)
		real()->sigaction(number, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	shim_run_handler(handler, number, info, context);
}

static bool has_function(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN && action->sa_handler != SIG_ERR;
}

/* The signals that no mask of a handler has in the kernel (fault.c). */
static _Atomic(uint64_t) unmaskable;

/* Takes the unmaskable signals out of a handler's mask, and returns those that it had. */
static uint64_t take_out(struct sigaction *action)
{
	uint64_t mask = shim_bits_of(&action->sa_mask), out = mask & atomic_load(&unmaskable);

	shim_set_bits(&action->sa_mask, mask & ~out);
	return out;
}

static void unblock_in_handlers(uint64_t signals)
{
	struct sigaction action;
	uint64_t out;

	atomic_store(&unmaskable, signals);
	for (int number = 1; number <= (int)SIGNAL_COUNT; number++) {
		if (real()->sigaction(number, NULL, &action) || action.sa_sigaction != on_signal)
			continue;
		out = take_out(&action);
		atomic_fetch_or(&actions[number].unmasked, out);
		if (out)
			real()->sigaction(number, &action, NULL);
	}
}

/* Replaces our handler, flags and mask in the kernel's answer by the program's own. */
static void show_own(struct sigaction *action, shim_handler_fn handler, int flags, uint64_t unmasked)
{
	if (action->sa_sigaction != on_signal)
		return;
	action->sa_sigaction = handler;
	shim_set_bits(&action->sa_mask, shim_bits_of(&action->sa_mask) | unmasked);
	action->sa_flags = (action->sa_flags & ~OUR_FLAGS) | flags;
}

int shim_sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
	struct sigaction ours, former;
	shim_handler_fn handler;
	uint64_t unmasked;
	int flags, r;

	/*
	 * A child of vfork() has signal handlers of its own, but our record of them is its
	 * parent's.
	 */
	if (number < 1 || number > (int)SIGNAL_COUNT || !shim_directory() || shim_is_vfork_child())
		return real()->sigaction(number, action, before);
	if (SHIM_BIT(number) & SHIM_WATCHED && shim_faults_are_taken())
		return shim_fault_action(number, action, before);
	handler = atomic_load(&actions[number].handler);
	flags = atomic_load(&actions[number].flags);
	unmasked = atomic_load(&actions[number].unmasked);
	if (action && has_function(action)) {
		ours = *action;
		ours.sa_sigaction = on_signal;
		ours.sa_flags = (ours.sa_flags & ~OUR_FLAGS) | SA_SIGINFO;
		atomic_store(&actions[number].unmasked, take_out(&ours));
		atomic_store(&actions[number].flags, action->sa_flags & OUR_FLAGS);
		atomic_store(&actions[number].handler, action->sa_sigaction);
		action = &ours;
	}
	r = real()->sigaction(number, action, &former);
	if (!r) {
		show_own(&former, handler, flags, unmasked);
		if (before)
			*before = former;
	} else if (action == &ours) {
		atomic_store(&actions[number].unmasked, unmasked);
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
	bool interrupts = number > 0 && number <= (int)SIGNAL_COUNT && atomic_load(&interrupting) & SHIM_BIT(number);

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
		atomic_fetch_or(&interrupting, SHIM_BIT(number));
		action.sa_flags &= ~SA_RESTART;
	} else {
		atomic_fetch_and(&interrupting, ~SHIM_BIT(number));
		action.sa_flags |= SA_RESTART;
	}
	return shim_sigaction(number, &action, NULL);
}

static int take_faults(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (shim_sigaction(numbers[i], NULL, &action) || shim_fault_action(numbers[i], &action, NULL))
			return -errno;
	unblock_in_handlers(SHIM_WATCHED);
	shim_fault_begin();
	return 0;
}

int shim_take_faults(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int r;

	if (shim_faults_are_taken())
		return 0;
	pthread_mutex_lock(&lock);
	r = shim_faults_are_taken() ? 0 : take_faults();
	pthread_mutex_unlock(&lock);
	return r;
}
