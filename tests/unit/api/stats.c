/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters for programs that were compiled with fewer fields than the library has, or with more. */
#include "testing.h"

#include <string.h>

#include "unit/vfio/client.h"

#define UNTOUCHED 0x77
/* The size in a program that was compiled when there were only the first dozen fields. */
#define OLD_SIZE offsetof(struct stce_stats, refused_calls)

struct newer {
	struct stce_stats known;
	uint64_t unknown[3];
};

static struct client c;
static struct stce_run *run;

static int start(void **state)
{
	struct stce_config *config;
	char why[STCE_WHY_SIZE];

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(client_configure(config, "dmatest"), 0);
	assert_int_equal(stce_run_new(config, &run, why), 0);
	stce_config_free(config);
	return 0;
}

static int stop(void **state)
{
	stce_run_free(run);
	client_stop(&c);
	return 0;
}

static void of_machine(struct stce_stats *stats, size_t size) { stce_machine_stats(c.machine, stats, size); }
static void of_run(struct stce_stats *stats, size_t size) { stce_run_stats(run, stats, size); }

static void check(void (*give)(struct stce_stats *stats, size_t size))
{
	struct newer newer, old;

	memset(&newer, UNTOUCHED, sizeof(newer));
	memset(&old, UNTOUCHED, sizeof(old));
	give(&newer.known, sizeof(newer));
	give(&old.known, OLD_SIZE);
	assert_memory_equal(&old, &newer, OLD_SIZE);
	for (const unsigned char *p = (const unsigned char *)&old + OLD_SIZE; p < (const unsigned char *)(&old + 1); p++)
		assert_int_equal(*p, UNTOUCHED);
	for (unsigned int i = 0; i < ARRAY_COUNT(newer.unknown); i++)
		assert_int_equal(newer.unknown[i], 0);
}

static void a_machine_fills_what_there_is_room_for(void **state)
{
	struct stce_stats stats;

	check(of_machine);
	of_machine(&stats, sizeof(stats));
	assert_int_equal(stats.groups_opened, 1);
	assert_int_equal(stats.opens, 2);
}

static void a_run_fills_what_there_is_room_for(void **state)
{
	check(of_run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_fills_what_there_is_room_for),
		cmocka_unit_test(a_run_fills_what_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
