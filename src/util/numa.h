/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocates memory on a chosen NUMA node. The node is a preference: if it has no free page, another
 * node gives the memory. util/alloc.h allocates all other memory.
 */
#ifndef STCE_UTIL_NUMA_H
#define STCE_UTIL_NUMA_H

#include "util/types.h"

#define NUMA_ANYWHERE (-1)

/*
 * Returns how many nodes have memory that this thread may use, and stores the first `limit` of
 * them. -ENOSYS: the kernel has no NUMA; -EPERM: a sandbox forbids the question.
 */
int numa_nodes(int *node, unsigned int limit);

/* Returns whether the machine has the node, with or without memory; true if the kernel does not say. */
bool numa_is_node(int node);

/*
 * Returns zeroed memory or NULL. The node comes from numa_nodes(); NUMA_ANYWHERE allocates by
 * alloc_zero().
 */
void *numa_memory(int node, size_t size);
/* Node and size must be those of the allocation. */
void numa_memory_free(int node, void *memory, size_t size);

#endif
