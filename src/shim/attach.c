/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a program gets its machine: the environment names the run, the first
 * path of ours attaches to it. A program that never asks is left alone. One
 * that inherited files of ours over an exec asks at once, before its main().
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

/* A page that fork() empties and vfork() shares: whose memory this is. */
static _Atomic(pid_t) *memory_owner;

/* Copied once, because a program may clear its environment. */
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
	int length = snprintf(line, sizeof(line), "spapr-tce: no machine for this program: %s\n", why);

	if (length > 0)
		(void)!real()->write(STDERR_FILENO, line, (size_t)length);
}

/* The program has too much open: on Linux the same call works when it has closed some. */
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
	/* while it attaches, the thread itself means the real system; a child of vfork() would attach its parent */
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

/* The outermost of the library's: from here to after_fork() signals wait. */
static void before_fork(void)
{
	shim_enter();
	pthread_mutex_lock(&attach_lock);
}

/* What waits was sent to the parent, to whom it stays pending. */
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
