/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of a chosen NUMA node, by libnuma, which is loaded when it is asked
 * for: most machines have one node, and most runs need no choice.
 */
#ifndef STCE_UTIL_NUMA_H
#define STCE_UTIL_NUMA_H

#include <stddef.h>

#define NUMA_ANYWHERE (-1)

/* How many nodes have memory, and the first `limit` of them; -ENOSYS: no libnuma, or it cannot say. */
int numa_nodes(int *node, unsigned int limit);

/* Zeroed memory of a node of numa_nodes(), or NULL. NUMA_ANYWHERE: alloc_zero()'s. */
void *numa_memory(int node, size_t size);
/* The same node and size. */
void numa_memory_free(int node, void *memory, size_t size);

#endif
