/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declares a node of a set of regions, for region_set.c, which reads it, region_set_change.c, which
 * replaces it, and region_set_unshared.c, which edits it where nobody reads. After readers can find a
 * node its keys, count and level never change. The regions of a leaf do not change either; a child of
 * an inner node is replaced in place by one that holds the same range.
 */
#ifndef STCE_MEM_REGION_NODE_H
#define STCE_MEM_REGION_NODE_H

#include "mem/region_set.h"
#include "util/rcu.h"

/* A node takes one block of 512 bytes. */
#define REGION_NODE_MAX   30u
/* Each level has at least ten times as many splits below it as it has itself, so this is plenty. */
#define REGION_LEVELS_MAX 18

/* A node with fewer entries is merged with one beside it, if that leaves room for half as many again. */
#define REGION_MERGE_BELOW (REGION_NODE_MAX / 3)
#define REGION_MERGED_MAX  (REGION_NODE_MAX * 2 / 3)

struct region_node {
	unsigned int count;
	unsigned int level;            /* 0: a leaf */
	struct region_node *next;      /* in a list of nodes that are new, or no longer in the set */
	uint64_t key[REGION_NODE_MAX];
	void *child[REGION_NODE_MAX];  /* struct mem_region in a leaf, else struct region_node (RCU) */
};

/* The way from the root to a leaf. */
struct region_path {
	struct region_node *node[REGION_LEVELS_MAX];
	unsigned int at[REGION_LEVELS_MAX];    /* which child of node[n] is node[n + 1] */
	unsigned int leaf;                     /* the leaf's index */
};

/* The root of each empty set. It is never written and never freed. */
extern struct region_node region_node_none;

/* Finds the way to the leaf that has or would have a region that starts there. */
void region_path_to(const struct mem_region_set *set, uint64_t start, struct region_path *path);

/* Returns how many of some ascending keys are at or below the address. */
static inline unsigned long region_keys_up_to(const uint64_t *keys, unsigned long count, uint64_t address)
{
	unsigned long low = 0, high = count;

	while (low < high) {
		unsigned long middle = (low + high) / 2;

		if (keys[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Returns how many regions of a leaf start at or below the address. */
static inline unsigned long region_leaf_up_to(const struct region_node *leaf, uint64_t address)
{
	return region_keys_up_to(leaf->key, leaf->count, address);
}

/* Returns the index of the child of an inner node whose range holds the address. */
static inline unsigned long region_child_at(const struct region_node *node, uint64_t address)
{
	return region_keys_up_to(node->key + 1, node->count - 1, address);
}

/* region_set.c: searches below a node. */
struct mem_region *region_node_up_to(const struct region_node *node, uint64_t address);

/* Returns the region with the greatest start that is at or below the address, or NULL. */
static inline struct mem_region *region_set_up_to(const struct mem_region_set *set, uint64_t address)
{
	const struct region_node *node = rcu_dereference(set->root);

	/* Most programs register all their memory at once. */
	if (likely(node->count == 1 && !node->level))
		return node->key[0] <= address ? node->child[0] : NULL;
	return region_node_up_to(node, address);
}

/* Sets *region to that of a set that has only one; false: it has none, or several. */
static inline bool region_set_only(const struct mem_region_set *set, struct mem_region **region)
{
	const struct region_node *node = rcu_dereference(set->root);

	/* A child of an inner node may be replaced meanwhile. */
	if (unlikely(node->count != 1 || node->level))
		return false;
	*region = node->child[0];
	return true;
}

/* Returns where the two children of an inner node start that are merged when the one at `at` is small. */
static inline unsigned int region_merge_at(const struct region_node *parent, unsigned int at)
{
	const struct region_node *before = at ? parent->child[at - 1] : NULL;
	const struct region_node *after = at + 1 < parent->count ? parent->child[at + 1] : NULL;

	return before && (!after || before->count <= after->count) ? at - 1 : at;
}

#endif
