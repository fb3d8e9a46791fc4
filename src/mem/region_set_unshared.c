/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes regions out of a set that no thread searches meanwhile. Nodes are edited where they are, so
 * it needs no memory, and a call that must not fail can use it. What it leaves is as region_node.h
 * says.
 */
#include "mem/region_node.h"

#include <string.h>

#include "util/alloc.h"

static void remove_entry(struct region_node *node, unsigned int at)
{
	unsigned int behind = --node->count - at;

	memmove(&node->key[at], &node->key[at + 1], behind * sizeof(node->key[0]));
	memmove(&node->child[at], &node->child[at + 1], behind * sizeof(node->child[0]));
}

/*
 * Merges the small child at `at` with one beside it: the first of the two gets all entries, and the
 * second is freed. Returns the index of the second, or 0 if they are too large.
 */
static unsigned int merge(struct region_node *parent, unsigned int at)
{
	unsigned int left = region_merge_at(parent, at);
	struct region_node *first = parent->child[left], *second = parent->child[left + 1];

	if (first->count + second->count > REGION_MERGED_MAX)
		return 0;
	memcpy(&first->key[first->count], second->key, second->count * sizeof(second->key[0]));
	memcpy(&first->child[first->count], second->child, second->count * sizeof(second->child[0]));
	if (first->level)
		first->key[first->count] = parent->key[left + 1];
	first->count += second->count;
	free(second);
	return left + 1;
}

static void shorten(struct mem_region_set *set)
{
	while (set->root->level && set->root->count == 1) {
		struct region_node *root = set->root;

		set->root = root->child[0];
		free(root);
	}
}

void region_set_remove_unshared(struct mem_region_set *set, uint64_t start)
{
	struct region_path path;
	unsigned int n, at;

	region_path_to(set, start, &path);
	n = path.leaf;
	at = (unsigned int)region_leaf_up_to(path.node[n], start) - 1;
	for (;;) {
		struct region_node *node = path.node[n], *parent = n ? path.node[n - 1] : NULL;

		remove_entry(node, at);
		if (!parent)
			break;
		at = path.at[--n];
		if (!node->count)
			free(node);
		else if (node->count >= REGION_MERGE_BELOW || parent->count == 1 || !(at = merge(parent, at)))
			break;
	}
	if (!set->root->count) {
		free(set->root);
		set->root = &region_node_none;
	} else {
		shorten(set);
	}
	set->count--;
}
