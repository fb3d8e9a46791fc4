/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The real-mode tier makes no system call: it runs on a thread under seccomp
 * strict mode, where any but read, write, exit and sigreturn kills.
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

/* Everything the tier needs is there after one round in virtual mode. */
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

/* In a child, whose only thread this is: exit status 0 when all calls were finished. */
static void run_strict(void)
{
	int bad = 0;

	stce_vm_enter_thread();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		leave(77);
	for (int i = 0; i < ROUNDS && !bad; i++) {
		bad |= real(STCE_H_PUT_TCE, 0x1000, GPA | 3, 0) != STCE_H_SUCCESS;
		bad |= real(STCE_H_PUT_TCE_INDIRECT, 0, LIST, 16) != STCE_H_SUCCESS;
		bad |= real(STCE_H_GET_TCE, 0x1000, 0, 0) != STCE_H_SUCCESS;
		bad |= real(STCE_H_STUFF_TCE, 0, 0, 16) != STCE_H_SUCCESS;
		bad |= real(STCE_H_PUT_TCE, 0x1001, 0, 0) != STCE_H_PARAMETER;
		bad |= real(STCE_H_PUT_TCE, 0x1000, 0x9000003, 0) != STCE_H_TOO_HARD;
	}
	leave(bad);
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

/* Only populating brings registered pages in beforehand. */
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
		cmocka_unit_test(a_list_in_lazily_pinned_memory_is_for_virtual_mode),
		cmocka_unit_test(a_list_that_went_away_is_too_hard_and_no_crash),
	};

	return cmocka_run_group_tests_name("real_mode", tests, NULL, NULL);
}
