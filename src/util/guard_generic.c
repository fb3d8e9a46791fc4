/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guarded copy for processors without one of their own: the handler jumps out
 * of memcpy(). A thread may be interrupted in the copy by a handler of the
 * program's that faults itself, so a fault counts as the copy's only if its
 * address belongs to the copy. Saving the mask of signals would cost each copy
 * a system call; the handler finds it in the context.
 */
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include <ucontext.h>

#include "util/guard_arch.h"

struct copy {
	sigjmp_buf end;
	uintptr_t to, from;
	size_t size;
	struct copy *outer;   /* which this one interrupted */
};

static __thread struct copy *volatile current;

bool guard_arch_copy(void *to, const void *from, size_t size)
{
	struct copy copy = { .to = (uintptr_t)to, .from = (uintptr_t)from, .size = size, .outer = current };
	bool is_whole = false;

	if (!sigsetjmp(copy.end, 0)) {
		current = &copy;
		atomic_signal_fence(memory_order_seq_cst);
		memcpy(to, from, size);
		atomic_signal_fence(memory_order_seq_cst);
		is_whole = true;
	}
	current = copy.outer;
	return is_whole;
}

bool guard_arch_catch(const siginfo_t *info, void *context)
{
	struct copy *copy = current;
	uintptr_t at = (uintptr_t)info->si_addr;

	if (!copy || info->si_code <= 0 || (at - copy->to >= copy->size && at - copy->from >= copy->size))
		return false;
	/* A handler of the program's that passed the fault on to ours may have blocked the signal. */
	pthread_sigmask(SIG_SETMASK, &((ucontext_t *)context)->uc_sigmask, NULL);
	siglongjmp(copy->end, 1);
}
