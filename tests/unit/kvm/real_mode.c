/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real-mode tier makes no system call: it runs in a thread under seccomp strict mode, where
 * every call except read, write, exit and sigreturn kills. It takes no lock and allocates nothing
 * either. seccomp does not see these while the lock is free and the heap has room, so the linker's
 * --wrap counts the thread's calls.
 */
#include "testing.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm.h"

#define ROUNDS 10000

static struct vmm v;

/* This thread's calls on locks and memory, and the last function that made one. */
static __thread struct {
	unsigned int count;
	const char *last;
} taken;

#define COUNTED(type, name, parameters, arguments)          \
	type __real_##name parameters;                      \
	type __wrap_##name parameters;                      \
	type __wrap_##name parameters                       \
	{                                                   \
		taken.count++;                              \
		taken.last = #name;                         \
		return __real_##name arguments;             \
	}

COUNTED(int, pthread_mutex_lock, (pthread_mutex_t *lock), (lock))
COUNTED(int, pthread_mutex_trylock, (pthread_mutex_t *lock), (lock))
COUNTED(int, pthread_cond_wait, (pthread_cond_t *cond, pthread_mutex_t *lock), (cond, lock))
COUNTED(void *, malloc, (size_t size), (size))
COUNTED(void *, calloc, (size_t count, size_t size), (count, size))
COUNTED(void *, realloc, (void *memory, size_t size), (memory, size))
COUNTED(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
COUNTED(char *, strdup, (const char *text), (text))
COUNTED(void, free, (void *memory), (memory))

/* One round in virtual mode makes everything that the tier needs. */
static void warm_up(void)
{
	uint64_t tce[16];

	for (unsigned int i = 0; i < 16; i++)
		tce[i] = (GPA + i * PAGE) | 3;
	set_list(&v, LIST, tce, 16);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 16), STCE_H_SUCCESS);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 0, 16), STCE_H_SUCCESS);
}

static void leave(int status)
{
	for (;;)
		syscall(SYS_exit, status);
}

static long real(uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t args[5] = { LIOBN, a, b, c }, ret;

	return stce_vm_hcall_real(v.vm, nr, args, &ret);
}

/*
 * Makes calls that the tier finishes, refuses or leaves to another. Returns whether each gives the
 * right answer.
 */
static bool all_calls(void)
{
	return real(STCE_H_PUT_TCE, 0x1000, GPA | 3, 0) == STCE_H_SUCCESS &&
	       real(STCE_H_PUT_TCE_INDIRECT, 0, LIST, 16) == STCE_H_SUCCESS &&
	       real(STCE_H_GET_TCE, 0x1000, 0, 0) == STCE_H_SUCCESS &&
	       real(STCE_H_STUFF_TCE, 0, 0, 16) == STCE_H_SUCCESS &&
	       real(STCE_H_STUFF_TCE, 0, 4, 16) == STCE_H_SUCCESS &&
	       real(STCE_H_PUT_TCE, 0x1001, 0, 0) == STCE_H_PARAMETER &&
	       real(STCE_H_STUFF_TCE, 0, 3, 1) == STCE_H_PARAMETER &&
	       real(STCE_H_PUT_TCE_INDIRECT, 0, LIST + 8, 1) == STCE_H_PARAMETER &&
	       real(STCE_H_PUT_TCE_INDIRECT, 0, 0x9000000, 1) == STCE_H_TOO_HARD &&
	       real(STCE_H_PUT_TCE, 0x1000, 0x9000003, 0) == STCE_H_TOO_HARD;
}

/* Runs in a child with this thread only. It exits with 0 if all calls were finished. */
static void run_strict(void)
{
	bool good = true;

	stce_vm_enter_thread();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		leave(77);
	for (int i = 0; i < ROUNDS && good; i++)
		good = all_calls();
	leave(!good);
}

static void the_tier_takes_no_lock_and_no_memory(void **state)
{
	bool good;

	vmm_start(&v);
	vmm_link(&v);
	warm_up();
	stce_vm_enter_thread();
	taken.count = 0;
	good = all_calls();
	if (taken.count)
		fail_msg("%u calls, the last of them %s()", taken.count, taken.last);
	assert_true(good);
	/* A call that does both is counted. */
	assert_int_equal(stce_vm_set_memory(v.vm, 0, GPA, RAM_PAGES * PAGE, v.ram), 0);
	assert_true(taken.count > 0);
	vmm_stop(&v);
}

static void the_tier_survives_seccomp_strict_mode(void **state)
{
	pid_t child;
	int status;

	vmm_start(&v);
	vmm_link(&v);
	warm_up();
	child = fork();
	if (!child)
		run_strict();
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		vmm_stop(&v);
		print_message("# the kernel has no seccomp\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	vmm_stop(&v);
}

static void a_list_that_went_away_is_too_hard_and_no_crash(void **state)
{
	vmm_start(&v);
	vmm_link(&v);
	warm_up();
	munmap(list_memory(&v), OWN_PAGE);
	assert_int_equal(real(STCE_H_PUT_TCE_INDIRECT, 0, LIST, 16), STCE_H_TOO_HARD);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 16), STCE_H_TOO_HARD);
	vmm_stop(&v);
}

/* Only populating makes registered pages present in advance. */
static void a_list_in_lazily_pinned_memory_is_for_virtual_mode(void **state)
{
	client_start(&v.c, "pin", "lazy", NULL);
	vmm_start_on(&v);
	vmm_link(&v);
	warm_up();
	assert_int_equal(real(STCE_H_PUT_TCE, 0x1000, GPA | 3, 0), STCE_H_SUCCESS);
	assert_int_equal(real(STCE_H_PUT_TCE_INDIRECT, 0, LIST, 16), STCE_H_TOO_HARD);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 16), STCE_H_SUCCESS);
	assert_int_equal(real(STCE_H_STUFF_TCE, 0, 0, 16), STCE_H_SUCCESS);
	vmm_stop(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tier_survives_seccomp_strict_mode),
		cmocka_unit_test(the_tier_takes_no_lock_and_no_memory),
		cmocka_unit_test(a_list_in_lazily_pinned_memory_is_for_virtual_mode),
		cmocka_unit_test(a_list_that_went_away_is_too_hard_and_no_crash),
	};

	return cmocka_run_group_tests_name("real_mode", tests, NULL, NULL);
}
