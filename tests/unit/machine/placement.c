/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The number of copies of a table, their nodes and their readers, on machines that the test invents
 * by the linker's --wrap.
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

/* The machine's functions: values of "device", ended by NULL. */
static const char *functions[20];
static struct stce_config *config;
static char why[STCE_WHY_SIZE];

static int place(const char *share, struct tce_placement *placement)
{
	int r;

	stce_config_free(config);
	assert_int_equal(stce_config_new(&config), 0);
	for (unsigned int i = 0; functions[i]; i++)
		assert_int_equal(stce_config_set(config, "device", functions[i], why), 0);
	assert_int_equal(stce_config_set(config, "share", share, why), 0);
	why[0] = 0;
	r = config_check_nodes(config, why);
	return r ? r : config_placement(config, placement, why);
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

/* Checks which copy each function reads, after expect(). */
static void expect_copies(const char *share, const unsigned int *copy)
{
	struct tce_placement placement;

	assert_int_equal(place(share, &placement), 0);
	for (unsigned int i = 0; functions[i]; i++)
		assert_int_equal(config_copy(config, &placement, &config->function[i]), copy[i]);
}

static void set_functions(const char *const *device)
{
	unsigned int n = 0;

	while (device[n]) {
		functions[n] = device[n];
		n++;
	}
	functions[n] = NULL;
}
#define FUNCTIONS(...) set_functions((const char *const[]){ __VA_ARGS__, NULL })

static int stop(void **state)
{
	stce_config_free(config);
	config = NULL;
	functions[0] = NULL;
	return 0;
}

static void there_is_one_copy_unless_each_node_shall_have_its_own(void **state)
{
	FUNCTIONS("dmatest,node=1", "dmatest,node=3");
	expect("on", 0xa, 1, (int[]){ NUMA_ANYWHERE });
	expect("off", 0xa, 1, (int[]){ NUMA_ANYWHERE });
	expect_copies("on", (unsigned int[]){ 0, 0 });
}

static void each_node_that_has_memory_and_functions_gets_a_copy(void **state)
{
	FUNCTIONS("dmatest,node=8", "dmatest,node=1", "dmatest,node=63", "dmatest,node=8", "dmatest");
	expect("node", 0x8000000000000112, 3, (int[]){ 1, 8, 63 });
	expect_copies("node", (unsigned int[]){ 1, 0, 2, 1, 1 });
}

static void functions_on_no_node_have_one_copy_anywhere(void **state)
{
	FUNCTIONS("dmatest", "dmatest");
	expect("node", 0xa, 1, (int[]){ NUMA_ANYWHERE });
	expect_copies("node", (unsigned int[]){ 0, 0 });
}

/* Each machine that tells of its nodes has node 0; here it has no memory. */
static void a_node_without_memory_reads_the_first_copy(void **state)
{
	FUNCTIONS("dmatest,node=0", "dmatest,node=3", "dmatest,node=1");
	expect("node", 0xa, 2, (int[]){ 1, 3 });
	expect_copies("node", (unsigned int[]){ 0, 1, 0 });
}

static void a_number_plays_so_many_nodes(void **state)
{
	FUNCTIONS("dmatest,node=2", "dmatest,node=1", "dmatest,node=0", "dmatest,addr=0009:01:00.0");
	expect("node:3", 0xa, 3, (int[]){ NUMA_ANYWHERE, 1, NUMA_ANYWHERE });
	expect_copies("node:3", (unsigned int[]){ 2, 1, 0, 0 });
	/* The result is as if the kernel did not tell. */
	expect("node:3", 0, 3, (int[]){ NUMA_ANYWHERE, NUMA_ANYWHERE, NUMA_ANYWHERE });
}

static void more_nodes_than_copies_use_the_first(void **state)
{
	FUNCTIONS("dmatest,node=4", "dmatest,node=5", "dmatest,node=6", "dmatest,node=7", "dmatest,node=8",
		  "dmatest,node=9", "dmatest,node=10", "dmatest,node=11", "dmatest,node=15");
	expect("node", 0xfff0, TCE_COPY_MAX, (int[]){ 4, 5, 6, 7, 8, 9, 10, 11 });
	expect_copies("node", (unsigned int[]){ 0, 1, 2, 3, 4, 5, 6, 7, 0 });
}

static void a_node_that_is_not_there_is_refused(void **state)
{
	struct tce_placement placement;

	nodes = 0xa;
	FUNCTIONS("dmatest", "nvme,node=1000");
	assert_int_equal(place("on", &placement), -EINVAL);
	assert_string_equal(why, "device nvme: node 1000: this machine has no such NUMA node");
	FUNCTIONS("dmatest,node=1", "dmatest,node=2");
	assert_int_equal(place("node:2", &placement), -EINVAL);
	assert_string_equal(why, "device dmatest: node 2: share node:2 has nodes 0 to 1 only");
}

static void nodes_that_the_kernel_does_not_tell_are_refused(void **state)
{
	struct tce_placement placement;

	nodes = 0;
	assert_int_equal(place("node", &placement), -ENOSYS);
	assert_string_equal(why, "share node: the kernel does not say which NUMA nodes have memory");
}

#define TEST(f) cmocka_unit_test_teardown(f, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_is_one_copy_unless_each_node_shall_have_its_own),
		TEST(each_node_that_has_memory_and_functions_gets_a_copy),
		TEST(functions_on_no_node_have_one_copy_anywhere),
		TEST(a_node_without_memory_reads_the_first_copy),
		TEST(a_number_plays_so_many_nodes),
		TEST(more_nodes_than_copies_use_the_first),
		TEST(a_node_that_is_not_there_is_refused),
		TEST(nodes_that_the_kernel_does_not_tell_are_refused),
	};

	return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
