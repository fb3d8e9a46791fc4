/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attaches the program to its machine. The first path of ours attaches to the run, so a program
 * that uses none is left alone. At most one machine is ever attached.
 */
#include "shim.h"

#include <pthread.h>

static _Atomic(struct stce_machine *) machine;
static atomic_bool attach_failed;
static __thread int attach_error;
static pthread_mutex_t attach_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool attaching;

/*
 * These say that too many files are open; the same call succeeds after the program has closed some.
 */
static bool is_temporary(int r)
{
	return r == -EMFILE || r == -ENFILE;
}

static struct stce_machine *attach_locked(void)
{
	struct stce_machine *made = atomic_load(&machine);
	char why[STCE_WHY_SIZE] = "";
	int r;

	if (made || atomic_load(&attach_failed))
		return made;
	attaching = true;
	r = stce_run_attach(shim_directory(), &made, why);
	if (is_temporary(r)) {
		attach_error = r;
		made = NULL;
	} else if (r) {
		atomic_store(&attach_failed, true);
		shim_complain(why);
		made = NULL;
	} else {
		shim_qemu_watch(made);
		atomic_store(&machine, made);
	}
	attaching = false;
	return made;
}

struct stce_machine *shim_machine(void)
{
	struct stce_machine *known = atomic_load_explicit(&machine, memory_order_acquire);
	int saved = errno;

	attach_error = 0;
	/*
	 * A thread that attaches opens real files by the same paths; a child of vfork() would
	 * attach its parent.
	 */
	if (known || attaching || !shim_directory() || atomic_load(&attach_failed) || shim_is_vfork_child())
		return known;
	shim_enter();
	pthread_mutex_lock(&attach_lock);
	known = attach_locked();
	pthread_mutex_unlock(&attach_lock);
	shim_leave();
	errno = saved;
	return known;
}

int shim_machine_error(void)
{
	return attach_error;
}

struct stce_machine *shim_machine_known(void)
{
	return atomic_load_explicit(&machine, memory_order_acquire);
}

/*
 * Runs before the library's other fork handlers, because it is registered last. Signals wait until
 * after_fork().
 */
static void before_fork(void)
{
	struct stce_machine *known = shim_machine_known();

	shim_enter();
	/* The child has all descriptors. The lock is not held, because a thread may be started. */
	if (known && !shim_is_vfork_child())
		stce_lend(known, -1);
	pthread_mutex_lock(&attach_lock);
}

/* A signal that waits was sent to the parent and stays pending there; the child does not get it. */
static void after_fork(void)
{
	pthread_mutex_unlock(&attach_lock);
	shim_leave();
}

static void after_fork_in_child(void)
{
	shim_take_memory();
	after_fork();
}

void shim_attach_at_fork(void)
{
	pthread_atfork(before_fork, after_fork, after_fork_in_child);
}
