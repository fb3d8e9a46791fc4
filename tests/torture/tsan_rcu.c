/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * liburcu is not built with TSAN, so TSAN cannot see what it orders. These
 * wrappers, which stand before the library's functions in a test program,
 * tell it the two promises of RCU and nothing else:
 *
 *  - what was written before a pointer is published is seen by who
 *    dereferences it;
 *  - what a reader did before it unlocked comes before what follows a
 *    synchronize_rcu() that waited for it.
 *
 * The second is told more generously than it is: an unlock comes before every
 * later synchronize_rcu(), waited for or not, which it in fact does.
 */
#ifdef __SANITIZE_THREAD__

#include <dlfcn.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>

void urcu_bp_read_unlock(void);
void urcu_bp_synchronize_rcu(void);
void *rcu_dereference_sym(void *p);
void *rcu_set_pointer_sym(void **p, void *v);

static char readers;
static void (*real_unlock)(void);
static void (*real_synchronize)(void);
static void *(*real_set)(void **p, void *v);

__attribute__((constructor))
static void find_real(void)
{
	real_unlock = (void (*)(void))dlsym(RTLD_NEXT, "urcu_bp_read_unlock");
	real_synchronize = (void (*)(void))dlsym(RTLD_NEXT, "urcu_bp_synchronize_rcu");
	real_set = (void *(*)(void **, void *))dlsym(RTLD_NEXT, "rcu_set_pointer_sym");
}

void urcu_bp_read_unlock(void)
{
	__tsan_release(&readers);
	real_unlock();
}

void urcu_bp_synchronize_rcu(void)
{
	real_synchronize();
	__tsan_acquire(&readers);
}

void *rcu_dereference_sym(void *p)
{
	if (p)
		__tsan_acquire(p);
	return p;
}

void *rcu_set_pointer_sym(void **p, void *v)
{
	if (v)
		__tsan_release(v);
	return real_set(p, v);
}

#else

/* Nothing to do: an empty translation unit is not C. */
typedef int tsan_rcu_is_not_needed;

#endif
