/* SPDX-License-Identifier: BSD-2-Clause */
/* Charges against one limit: a fixed one, or the present RLIMIT_MEMLOCK. */
#include "testing.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "counters.h"
#include "mem/ledger.h"
#include "util/os.h"

static struct counters counters;

static void a_charge_may_reach_the_limit_and_not_pass_it(void **state)
{
	struct mem_ledger ledger;

	mem_ledger_init(&ledger, 100, counters_stats(&counters));
	assert_int_equal(mem_ledger_charge(&ledger, 60), 0);
	assert_int_equal(mem_ledger_charge(&ledger, 41), -ENOMEM);
	assert_int_equal(COUNTED(&counters, locked_bytes), 60);
	assert_int_equal(mem_ledger_charge(&ledger, 40), 0);
	assert_int_equal(mem_ledger_charge(&ledger, 1), -ENOMEM);
	assert_int_equal(mem_ledger_charge(&ledger, 0), 0);
	mem_ledger_return(&ledger, 100);
	assert_int_equal(COUNTED(&counters, locked_bytes), 0);
	assert_int_equal(COUNTED(&counters, locked_bytes_peak), 100);
}

static void a_huge_charge_does_not_wrap(void **state)
{
	struct mem_ledger ledger;

	mem_ledger_init(&ledger, 100, counters_stats(&counters));
	assert_int_equal(mem_ledger_charge(&ledger, 60), 0);
	assert_int_equal(mem_ledger_charge(&ledger, UINT64_MAX), -ENOMEM);
	assert_int_equal(mem_ledger_charge(&ledger, UINT64_MAX - 59), -ENOMEM);
	mem_ledger_return(&ledger, 60);
	assert_int_equal(COUNTED(&counters, locked_bytes), 0);
}

/* Drops CAP_IPC_LOCK, or restores it: root has it, and no limit applies to root. */
static void may_lock(bool any)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	if (any)
		data[0].effective |= data[0].permitted & 1u << CAP_IPC_LOCK;
	else
		data[0].effective &= ~(1u << CAP_IPC_LOCK);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static struct rlimit before;

static int lower_the_limit(void **state)
{
	struct rlimit tight;

	getrlimit(RLIMIT_MEMLOCK, &before);
	tight = before;
	tight.rlim_cur = 8192;
	return setrlimit(RLIMIT_MEMLOCK, &tight);
}

static int raise_the_limit(void **state)
{
	may_lock(true);
	return setrlimit(RLIMIT_MEMLOCK, &before);
}

static void without_a_fixed_limit_the_kernel_s_counts_now(void **state)
{
	struct rlimit lower = { 4096, before.rlim_max };
	struct mem_ledger ledger;

	mem_ledger_init(&ledger, 0, counters_stats(&counters));
	may_lock(false);
	assert_int_equal(mem_ledger_left(&ledger), 8192);
	assert_int_equal(mem_ledger_charge(&ledger, 8193), -ENOMEM);
	assert_int_equal(mem_ledger_charge(&ledger, 8192), 0);
	assert_int_equal(mem_ledger_left(&ledger), 0);
	/*
	 * The limit is read for each charge. Memory that is charged stays so when the limit becomes
	 * lower.
	 */
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &lower), 0);
	assert_int_equal(mem_ledger_charge(&ledger, 0), -ENOMEM);
	assert_int_equal(mem_ledger_left(&ledger), 0);
	mem_ledger_return(&ledger, 8192);
	assert_int_equal(mem_ledger_left(&ledger), 4096);
	assert_int_equal(COUNTED(&counters, locked_bytes), 0);
}

static void cap_ipc_lock_lifts_the_kernel_s_limit_and_no_fixed_one(void **state)
{
	struct mem_ledger kernels, fixed;

	may_lock(true);
	if (!os_may_lock_any()) {
		print_message("# this user cannot have CAP_IPC_LOCK\n");
		skip();
	}
	mem_ledger_init(&kernels, 0, counters_stats(&counters));
	mem_ledger_init(&fixed, 4096, counters_stats(&counters));
	assert_int_equal(mem_ledger_charge(&kernels, 1 * GIB), 0);
	mem_ledger_return(&kernels, 1 * GIB);
	assert_int_equal(mem_ledger_charge(&fixed, 4097), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_charge_may_reach_the_limit_and_not_pass_it),
		cmocka_unit_test(a_huge_charge_does_not_wrap),
		cmocka_unit_test_setup_teardown(without_a_fixed_limit_the_kernel_s_counts_now, lower_the_limit, raise_the_limit),
		cmocka_unit_test_setup_teardown(cap_ipc_lock_lifts_the_kernel_s_limit_and_no_fixed_one, lower_the_limit,
						raise_the_limit),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
