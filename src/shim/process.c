/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two facts about the process: the run that it is below, which its environment names, and whether
 * it runs in its own memory. Both can be asked for at any time, also in a child of vfork().
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char directory[PATH_MAX];
static atomic_bool directory_known;

/* The process that owns this memory. It is in a page that fork() empties and vfork() shares. */
static _Atomic(pid_t) *memory_owner;

/* The name is copied at the first call, because a program may clear its environment later. */
const char *shim_directory(void)
{
	const char *value;

	if (!atomic_load_explicit(&directory_known, memory_order_acquire)) {
		value = getenv(STCE_RUN_VARIABLE);
		if (value && strlen(value) < sizeof(directory))
			memcpy(directory, value, strlen(value) + 1);
		atomic_store_explicit(&directory_known, true, memory_order_release);
	}
	return directory[0] ? directory : NULL;
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

void shim_take_memory(void)
{
	if (memory_owner)
		atomic_store(memory_owner, getpid());
}

void shim_learn_memory_owner(void)
{
	void *page = real()->mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	if (madvise(page, (size_t)sysconf(_SC_PAGESIZE), MADV_WIPEONFORK)) {
		real()->munmap(page, (size_t)sysconf(_SC_PAGESIZE));
		return;
	}
	memory_owner = page;
	atomic_store(memory_owner, getpid());
}
