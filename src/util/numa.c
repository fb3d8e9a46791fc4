/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the kernel by raw system calls. libnuma's calls would go through the names that the preload
 * interposes.
 */
#include "util/numa.h"

#include <stdio.h>
#include <sys/mman.h>

#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"

int numa_nodes(int *node, unsigned int limit)
{
	uint64_t mask[OS_NODE_WORDS];
	unsigned int count = 0;
	int r = os_memory_nodes(mask);

	if (r)
		return REASON(r, "the kernel does not say which NUMA nodes have memory");
	for (int n = 0; n < OS_NODE_WORDS * 64; n++) {
		if (!(mask[n / 64] & bit64(n % 64)))
			continue;
		if (count < limit)
			node[count] = n;
		count++;
	}
	return (int)count;
}

static bool exists(const char *path)
{
	unsigned int mode;

	return !os_path_mode(path, &mode);
}

bool numa_is_node(int node)
{
	uint64_t mask[OS_NODE_WORDS];
	char path[64];

	if (node < 0 || node >= OS_NODE_WORDS * 64)
		return false;
	if (!os_memory_nodes(mask) && mask[node / 64] & bit64(node % 64))
		return true;
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
	return exists(path) || !exists("/sys/devices/system/node");
}

void *numa_memory(int node, size_t size)
{
	void *memory;

	if (node == NUMA_ANYWHERE)
		return alloc_zero(1, size);
	memory = os_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (os_is_error(memory))
		return NULL;
	/*
	 * An error is ignored: a node that has gone meanwhile is like a node without a free page.
	 */
	(void)os_prefer_node(memory, size, (unsigned int)node);
	return memory;
}

void numa_memory_free(int node, void *memory, size_t size)
{
	if (node == NUMA_ANYWHERE)
		free(memory);
	else
		os_munmap(memory, size);
}
