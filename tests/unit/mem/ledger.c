/* SPDX-License-Identifier: BSD-2-Clause */
/* Charges against one limit: the fixed one, or RLIMIT_MEMLOCK as it stands. */
#include "testing.h"

#include <errno.h>
#include <sys/resource.h>

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

static void without_a_fixed_limit_the_kernel_s_counts_now(void **state)
{
	struct rlimit before, tight;
	struct mem_ledger ledger;

	mem_ledger_init(&ledger, 0, counters_stats(&counters));
	getrlimit(RLIMIT_MEMLOCK, &before);
	tight = before;
	tight.rlim_cur = 8192;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &tight), 0);
	/* CAP_IPC_LOCK lifts it. */
	assert_int_equal(mem_ledger_charge(&ledger, 8193), os_may_lock_any() ? 0 : -ENOMEM);
	if (os_may_lock_any())
		mem_ledger_return(&ledger, 8193);
	assert_int_equal(mem_ledger_charge(&ledger, 8192), 0);
	mem_ledger_return(&ledger, 8192);
	setrlimit(RLIMIT_MEMLOCK, &before);
	assert_int_equal(COUNTED(&counters, locked_bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_charge_may_reach_the_limit_and_not_pass_it),
		cmocka_unit_test(a_huge_charge_does_not_wrap),
		cmocka_unit_test(without_a_fixed_limit_the_kernel_s_counts_now),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
