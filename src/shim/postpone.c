/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signal that arrives while its thread is inside the core waits until the thread comes out. A
 * handler may make any system call, so it may call us, and would wait for a lock that the
 * interrupted call holds, or for that call itself as a reader. To block signals would cost two
 * system calls for each call of ours, many times what a MAP takes. Instead signal.c sends a signal
 * that must wait here, where all signals are blocked and it is sent again. A thread that comes out
 * checks one flag.
 */
#include "shim.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

__thread volatile unsigned int shim_depth;
__thread volatile bool shim_has_waiting;

/* The signal mask outside the core while signals wait, else all ones. Kernels know 64 signals. */
static __thread uint64_t mask_outside = ~UINT64_C(0);

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
void shim_postpone(int number, siginfo_t *info, void *interrupted)
{
	ucontext_t *context = interrupted;
	const uint64_t all = ~SHIM_FAULTS;
	int saved = errno;

	set_mask(all);
	mask_outside &= shim_bits_of(&context->uc_sigmask);
	shim_set_bits(&context->uc_sigmask, all);
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
