/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attaches the program to its machine. The environment names the run, and the first path of ours
 * attaches to it, so a program that uses none is left alone. A program that has inherited files of
 * ours over an exec attaches before its main(). At most one machine is ever attached.
 */
#include "shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char directory[PATH_MAX];
static atomic_bool directory_known;

static _Atomic(struct stce_machine *) machine;
static atomic_bool attach_failed;
static __thread int attach_error;
static pthread_mutex_t attach_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool attaching;

/* The process that owns this memory. It is in a page that fork() empties and vfork() shares. */
static _Atomic(pid_t) *memory_owner;

/* The name is copied at the first call, because a program may clear its environment later. */
const char *shim_directory(void)
{
	const char *value;

	if (!atomic_load_explicit(&directory_known, memory_order_acquire)) {
		value = getenv(STCE_RUN_VARIABLE);
		if (value && strlen(value) < sizeof(directory))
			strcpy(directory, value);
		atomic_store_explicit(&directory_known, true, memory_order_release);
	}
	return directory[0] ? directory : NULL;
}

static void complain(const char *why)
{
	char line[STCE_WHY_SIZE + 64];
	int length = snprintf(line, sizeof(line), "spapr-tce: this program gets no machine: %s\n", why);

	if (length > 0)
		(void)!real()->write(STDERR_FILENO, line, (size_t)length);
}

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
		complain(why);
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

bool shim_is_vfork_child(void)
{
	pid_t self = getpid(), owner;

	if (!memory_owner)
		return false;
	owner = atomic_load(memory_owner);
	if (!owner)
		atomic_store(memory_owner, self);
	return owner && owner != self;
}

static void learn_memory_owner(void)
{
	void *page = real()->mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	if (madvise(page, (size_t)sysconf(_SC_PAGESIZE), MADV_WIPEONFORK)) {
		munmap(page, (size_t)sysconf(_SC_PAGESIZE));
		return;
	}
	memory_owner = page;
	atomic_store(memory_owner, getpid());
}

static void adopt_inherited(void)
{
	DIR *list = real()->opendir("/proc/self/fd");
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(list))
			shim_arrived(atoi(entry->d_name));
	if (list)
		closedir(list);
}

/*
 * Runs before the library's other fork handlers, because it is registered last. Signals wait until
 * after_fork().
 */
static void before_fork(void)
{
	shim_enter();
	pthread_mutex_lock(&attach_lock);
}

/* A signal that waits was sent to the parent and stays pending there; the child does not get it. */
static void after_fork(void)
{
	pthread_mutex_unlock(&attach_lock);
	shim_leave();
}

__attribute__((constructor)) static void shim_load(void)
{
	int saved = errno;

	real();
	if (shim_directory()) {
		shim_learn_own_path();
		learn_memory_owner();
		stce_on_wait(shim_wait);
		pthread_atfork(before_fork, after_fork, after_fork);
		adopt_inherited();
	}
	errno = saved;
}
