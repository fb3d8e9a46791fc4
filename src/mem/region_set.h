/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of regions is a tree of small nodes, sorted by start (a B+ tree). Searching takes no lock
 * and runs under RCU. A change copies the nodes that it concerns, mostly one leaf, and publishes
 * them by one store of a pointer, so a search finds the set before the change or after it. The
 * caller sees to it that one thread changes a set at a time, and that regions in it do not overlap.
 *
 *  (Q1) A search finds each region that is in the set from before the search until after it.
 *  (Q2) A change that is refused for want of memory leaves the set as it was.
 *  (Q3) The keys of a node ascend. An inner node's key is at most every key below that child, and
 *       above every key below the child before; its first key is not looked at.
 *  (Q4) Only the first node of a set can be empty.
 *
 * Nodes that have left the set wait in it until the caller takes and frees them, once no reader can
 * be inside. When that is, and which regions live, is left to the caller.
 */
#ifndef STCE_MEM_REGION_SET_H
#define STCE_MEM_REGION_SET_H

#include "util/types.h"

struct mem_region;
struct region_node;

struct mem_region_set {
	struct region_node *root;       /* RCU */
	size_t count;
	/* Nodes that readers may still be in. */
	struct region_node *retired;
	unsigned int retired_count;
};

/* Makes an empty set; that needs no memory. */
void region_set_init(struct mem_region_set *set);
/* Frees all nodes and none of the regions. No reader may be left. The set is empty again. */
void region_set_fini(struct mem_region_set *set);

/* Returns the region that contains the whole range, or NULL. */
struct mem_region *region_set_find(const struct mem_region_set *set, uint64_t start, uint64_t length);
/* Returns the region of exactly this range, or NULL. */
struct mem_region *region_set_find_exact(const struct mem_region_set *set, uint64_t start, uint64_t length);
/* Returns the last region that shares a byte with the range, or NULL. */
struct mem_region *region_set_overlapping(const struct mem_region_set *set, uint64_t start, uint64_t length);
/* Returns the first region that starts at or above the address, or NULL. */
struct mem_region *region_set_from(const struct mem_region_set *set, uint64_t address);

/* Adds a region, which must overlap none. -ENOMEM. */
int region_set_add(struct mem_region_set *set, struct mem_region *region);
/* Takes the region that starts there out; there must be one. -ENOMEM. */
int region_set_remove(struct mem_region_set *set, uint64_t start);
/* The same for a set that no thread searches meanwhile. It needs no memory and cannot fail. */
void region_set_remove_unshared(struct mem_region_set *set, uint64_t start);

/* Returns the retired nodes, and the set has none any longer. */
struct region_node *region_set_take_retired(struct mem_region_set *set);
void region_nodes_free(struct region_node *nodes);

#endif
