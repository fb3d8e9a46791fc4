/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarded copy of processors that have no version in assembly: the signal handler jumps out of
 * memcpy(). A handler of the program may interrupt the copy and fault itself, so a fault belongs to
 * the copy only if its address does. Saving the signal mask would cost each copy a system call, so
 * the handler takes it from the context.
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
	struct copy *outer;   /* the copy that this one interrupted */
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
	/*
	 * If a handler of the program passed the fault on to ours, the kernel may have blocked the
	 * signal for it.
	 */
	pthread_sigmask(SIG_SETMASK, &((ucontext_t *)context)->uc_sigmask, NULL);
	siglongjmp(copy->end, 1);
}

uintptr_t guard_arch_pc(const void *context)
{
	return 0;
}
