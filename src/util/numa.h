/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of a chosen NUMA node. The node is a wish: where it has no page left, another one gives it. */
#ifndef STCE_UTIL_NUMA_H
#define STCE_UTIL_NUMA_H

#include "util/types.h"

#define NUMA_ANYWHERE (-1)

/*
 * How many nodes have memory that this thread may take, and the first `limit`
 * of them. -ENOSYS: the kernel has no NUMA; -EPERM: a sandbox forbids to ask.
 */
int numa_nodes(int *node, unsigned int limit);

/* Zeroed memory of a node of numa_nodes(), or NULL. NUMA_ANYWHERE: alloc_zero()'s. */
void *numa_memory(int node, size_t size);
/* Of the same node and size. */
void numa_memory_free(int node, void *memory, size_t size);

#endif
