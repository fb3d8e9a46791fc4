/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An invented machine with memory on nodes 1 and 3, by the linker's --wrap of the two system calls
 * of util/numa.c. Memory is on the node for which it was last requested; without a request it is on
 * none.
 */
#include "testing.h"

#include "nodes.h"

#include <string.h>

#include "util/os.h"

#define NODES (bit64(1) | bit64(3))
#define AREAS 4096

static struct {
	uintptr_t start;
	size_t size;
	unsigned int node;
} area[AREAS];
static unsigned int area_count;

int __wrap_os_memory_nodes(uint64_t mask[OS_NODE_WORDS]);
int __wrap_os_prefer_node(void *address, size_t size, unsigned int node);

int __wrap_os_memory_nodes(uint64_t mask[OS_NODE_WORDS])
{
	memset(mask, 0, OS_NODE_WORDS * sizeof(mask[0]));
	mask[0] = NODES;
	return 0;
}

int __wrap_os_prefer_node(void *address, size_t size, unsigned int node)
{
	assert_true(area_count < AREAS && node < 64 && NODES & bit64(node));
	area[area_count].start = (uintptr_t)address;
	area[area_count].size = size;
	area[area_count++].node = node;
	return 0;
}

int node_of(const void *address)
{
	for (unsigned int i = area_count; i--;)
		if ((uintptr_t)address - area[i].start < area[i].size)
			return (int)area[i].node;
	return -1;
}
