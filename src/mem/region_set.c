/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searches a set of regions, begins it and ends it. region_set_change.c changes it.
 *
 * The region with the greatest start up to an address may lie before the leaf to which the keys
 * lead, since a key only bounds what is below it. A search therefore remembers the child before the
 * one that it follows, where there is one, and looks there if the leaf has nothing.
 */
#include "mem/region_node.h"

#include "mem/region.h"
#include "util/alloc.h"
#include "util/range.h"

struct region_node region_node_none;

void region_set_init(struct mem_region_set *set)
{
	*set = (struct mem_region_set){ .root = &region_node_none };
}

static void free_below(struct region_node *node)
{
	for (unsigned int i = 0; node->level && i < node->count; i++)
		free_below(node->child[i]);
	if (node != &region_node_none)
		free(node);
}

void region_set_fini(struct mem_region_set *set)
{
	region_nodes_free(region_set_take_retired(set));
	free_below(set->root);
	region_set_init(set);
}

static struct mem_region *last_below(const struct region_node *node)
{
	while (node->level)
		node = rcu_dereference(node->child[node->count - 1]);
	return node->count ? node->child[node->count - 1] : NULL;
}

static struct mem_region *first_below(const struct region_node *node)
{
	while (node->level)
		node = rcu_dereference(node->child[0]);
	return node->count ? node->child[0] : NULL;
}

struct mem_region *region_node_up_to(const struct region_node *node, uint64_t address)
{
	void *const *before = NULL;
	unsigned long at;

	while (node->level) {
		at = region_child_at(node, address);
		if (at)
			before = &node->child[at - 1];
		node = rcu_dereference(node->child[at]);
	}
	at = region_leaf_up_to(node, address);
	if (likely(at))
		return node->child[at - 1];
	return before ? last_below(rcu_dereference(*before)) : NULL;
}

struct mem_region *region_set_find(const struct mem_region_set *set, uint64_t start, uint64_t length)
{
	struct mem_region *region = region_set_up_to(set, start);

	if (!region || !range_contains(region->start.value, region->length, start, length))
		return NULL;
	return region;
}

struct mem_region *region_set_find_exact(const struct mem_region_set *set, uint64_t start, uint64_t length)
{
	struct mem_region *region = region_set_up_to(set, start);

	return region && region->start.value == start && region->length == length ? region : NULL;
}

struct mem_region *region_set_overlapping(const struct mem_region_set *set, uint64_t start, uint64_t length)
{
	struct mem_region *region = length ? region_set_up_to(set, start + length - 1) : NULL;

	if (!region || !ranges_overlap(region->start.value, region->length, start, length))
		return NULL;
	return region;
}

struct mem_region *region_set_from(const struct mem_region_set *set, uint64_t address)
{
	const struct region_node *node = rcu_dereference(set->root);
	void *const *after = NULL;
	unsigned long at;

	if (!address)
		return first_below(node);
	while (node->level) {
		at = region_child_at(node, address - 1);
		if (at + 1 < node->count)
			after = &node->child[at + 1];
		node = rcu_dereference(node->child[at]);
	}
	at = region_leaf_up_to(node, address - 1);
	if (at < node->count)
		return node->child[at];
	return after ? first_below(rcu_dereference(*after)) : NULL;
}

void region_path_to(const struct mem_region_set *set, uint64_t start, struct region_path *path)
{
	struct region_node *node = set->root;
	unsigned int n = 0;

	while (node->level) {
		path->node[n] = node;
		path->at[n] = (unsigned int)region_child_at(node, start);
		node = node->child[path->at[n++]];
	}
	path->node[n] = node;
	path->leaf = n;
}

struct region_node *region_set_take_retired(struct mem_region_set *set)
{
	struct region_node *nodes = set->retired;

	set->retired = NULL;
	set->retired_count = 0;
	return nodes;
}

void region_nodes_free(struct region_node *nodes)
{
	while (nodes) {
		struct region_node *next = nodes->next;

		free(nodes);
		nodes = next;
	}
}
