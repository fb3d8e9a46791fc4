/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The number of copies of a table and their nodes, on machines that the test invents by the
 * linker's --wrap.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "machine/config.h"
#include "util/os.h"

static uint64_t nodes;         /* with memory, as bits; 0: the kernel does not tell */

int __wrap_os_memory_nodes(uint64_t mask[OS_NODE_WORDS]);

int __wrap_os_memory_nodes(uint64_t mask[OS_NODE_WORDS])
{
	memset(mask, 0, OS_NODE_WORDS * sizeof(mask[0]));
	mask[0] = nodes;
	return nodes ? 0 : -ENOSYS;
}

static int place(const char *share, struct tce_placement *placement)
{
	char why[STCE_WHY_SIZE];
	struct stce_config *config;
	int r;

	assert_int_equal(stce_config_new(&config), 0);
	assert_int_equal(stce_config_set(config, "share", share, why), 0);
	r = config_placement(config, placement, why);
	stce_config_free(config);
	return r;
}

static void expect(const char *share, uint64_t nodes_with_memory, unsigned int count, const int *node)
{
	struct tce_placement placement;

	nodes = nodes_with_memory;
	assert_int_equal(place(share, &placement), 0);
	assert_int_equal(placement.count, count);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(placement.node[i], node[i]);
}

static void there_is_one_copy_unless_each_node_shall_have_its_own(void **state)
{
	expect("on", 0xa, 1, (int[]){ NUMA_ANYWHERE });
	expect("off", 0xa, 1, (int[]){ NUMA_ANYWHERE });
}

static void each_node_that_has_memory_gets_a_copy(void **state)
{
	expect("node", 0x1, 1, (int[]){ 0 });
	expect("node", 0x8000000000000112, 4, (int[]){ 1, 4, 8, 63 });
}

static void a_number_makes_so_many_copies_on_the_first_nodes_and_then_anywhere(void **state)
{
	expect("node:1", 0xa, 1, (int[]){ 1 });
	expect("node:3", 0xa, 3, (int[]){ 1, 3, NUMA_ANYWHERE });
	/* The result is as if the kernel did not tell. */
	expect("node:2", 0, 2, (int[]){ NUMA_ANYWHERE, NUMA_ANYWHERE });
}

static void more_nodes_than_copies_use_the_first(void **state)
{
	expect("node", 0xfff0, TCE_COPY_MAX, (int[]){ 4, 5, 6, 7, 8, 9, 10, 11 });
}

static void nodes_that_the_kernel_does_not_tell_are_refused(void **state)
{
	struct tce_placement placement;

	nodes = 0;
	assert_int_equal(place("node", &placement), -ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_one_copy_unless_each_node_shall_have_its_own),
		cmocka_unit_test(each_node_that_has_memory_gets_a_copy),
		cmocka_unit_test(a_number_makes_so_many_copies_on_the_first_nodes_and_then_anywhere),
		cmocka_unit_test(more_nodes_than_copies_use_the_first),
		cmocka_unit_test(nodes_that_the_kernel_does_not_tell_are_refused),
	};

	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
