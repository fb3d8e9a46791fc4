/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nodes and their memory, compared with two other sources of the kernel: sysfs and move_pages(2).
 */
#include "testing.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/numa.h"

#define NODES 8
#define SIZE  (4 * MIB)
#define STEP  (64 * KIB)               /* the largest page of any machine, except huge ones */

/* Returns "0-1,3" as bits; 0 if there is no such file. */
static uint64_t nodes_with_memory(void)
{
	FILE *file = fopen("/sys/devices/system/node/has_memory", "re");
	unsigned int first, last;
	uint64_t mask = 0;
	int separator;

	while (file && fscanf(file, "%u", &first) == 1) {
		last = first;
		separator = fgetc(file);
		if (separator == '-') {
			assert_int_equal(fscanf(file, "%u", &last), 1);
			separator = fgetc(file);
		}
		for (unsigned int n = first; n <= last && n < 64; n++)
			mask |= bit64(n);
		if (separator != ',')
			break;
	}
	if (file)
		fclose(file);
	return mask;
}

static void the_nodes_are_those_that_have_memory(void **state)
{
	int node[NODES], count = numa_nodes(node, NODES);
	uint64_t mask = 0;

	if (count < 0) {
		print_message("# the kernel does not say which nodes have memory\n");
		skip();
	}
	assert_true(count >= 1);
	for (int i = 0; i < count && i < NODES; i++)
		mask |= bit64(node[i]);
	assert_int_equal(mask, nodes_with_memory());
	assert_int_equal(numa_nodes(NULL, 0), count);
}

static void memory_is_zero_and_lies_on_its_node(void **state)
{
	int node[NODES], count = numa_nodes(node, NODES);

	if (count < 0) {
		print_message("# the kernel does not say which nodes have memory\n");
		skip();
	}
	for (int i = 0; i < count && i < NODES; i++) {
		char *memory = numa_memory(node[i], SIZE);

		assert_non_null(memory);
		for (size_t at = 0; at < SIZE; at += STEP) {
			void *page = memory + at;
			int place = -1;

			assert_int_equal(memory[at], 0);
			memory[at] = 1;
			assert_int_equal(syscall(SYS_move_pages, 0, 1ul, &page, NULL, &place, 0), 0);
			assert_int_equal(place, node[i]);
		}
		numa_memory_free(node[i], memory, SIZE);
	}
}

static void a_node_that_is_not_there_is_no_failure(void **state)
{
	char *memory = numa_memory(1000, STEP), *anywhere = numa_memory(NUMA_ANYWHERE, STEP);

	assert_non_null(memory);
	assert_non_null(anywhere);
	memory[STEP - 1] = anywhere[STEP - 1] = 1;
	numa_memory_free(1000, memory, STEP);
	numa_memory_free(NUMA_ANYWHERE, anywhere, STEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nodes_are_those_that_have_memory),
		cmocka_unit_test(memory_is_zero_and_lies_on_its_node),
		cmocka_unit_test(a_node_that_is_not_there_is_no_failure),
	};

	return cmocka_run_group_tests_name("util/numa", tests, NULL, NULL);
}
