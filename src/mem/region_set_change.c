/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes a set of regions. A change walks up from a leaf. In each node it replaces some entries,
 * by making one node instead, or two if one is too small, or none if no entry is left. It stops
 * where one node takes the place of one, and stores that in its parent, or as the root. Until then
 * readers see none of it, and a failure frees what was made.
 *
 * A node that has become small is merged with one beside it, so a set that shrinks gives its memory
 * back.
 */
#include "mem/region_node.h"

#include <errno.h>

#include "mem/region.h"
#include "util/alloc.h"
#include "util/reason.h"

struct entry {
	uint64_t key;
	void *child;
};

/* Replaces `gone` entries from `at` on by `count` others. */
struct edit {
	unsigned int at, gone, count;
	struct entry with[2];
};

struct change {
	struct region_path path;
	struct region_node *made;                      /* by next */
	struct region_node *replaced[2 * REGION_LEVELS_MAX];
	unsigned int replaced_count;
};

static struct region_node *make(struct change *c, unsigned int level, const struct entry *entries, unsigned int count)
{
	struct region_node *node = ALLOC(struct region_node);

	if (!node)
		return NULL;
	node->level = level;
	node->count = count;
	for (unsigned int i = 0; i < count; i++) {
		node->key[i] = entries[i].key;
		node->child[i] = entries[i].child;
	}
	node->next = c->made;
	c->made = node;
	return node;
}

static unsigned int entries_of(const struct region_node *node, unsigned int from, unsigned int to, struct entry *out)
{
	for (unsigned int i = from; i < to; i++)
		*out++ = (struct entry){ node->key[i], node->child[i] };
	return to - from;
}

/* Collects the entries of an edited node; there may be one more than fits. */
static unsigned int edited(const struct region_node *node, const struct edit *edit, struct entry *all)
{
	unsigned int n = entries_of(node, 0, edit->at, all);

	for (unsigned int i = 0; i < edit->count; i++)
		all[n++] = edit->with[i];
	return n + entries_of(node, edit->at + edit->gone, node->count, all + n);
}

/*
 * Makes the nodes that replace an edited one, and writes their entries to *up. Entries that are
 * added in ascending order, perhaps below a last one that was there before, fill each node.
 */
static int rebuild(struct change *c, const struct region_node *node, const struct edit *edit, struct edit *up)
{
	struct entry all[REGION_NODE_MAX + 1];
	unsigned int n = edited(node, edit, all), first = n;

	up->count = 0;
	if (n > REGION_NODE_MAX)
		first = edit->at + edit->gone + 1 >= node->count ? REGION_NODE_MAX : n / 2;
	for (unsigned int from = 0; from < n; from = first, first = n) {
		struct region_node *half = make(c, node->level, all + from, first - from);

		if (!half)
			return -ENOMEM;
		up->with[up->count++] = (struct entry){ half->key[0], half };
	}
	return 0;
}

/* Merges a node that replaces a small one, in *up, with one beside it, unless both are too large. */
static int merge(struct change *c, const struct region_node *parent, struct edit *up)
{
	struct region_node *node = up->with[0].child, *merged;
	unsigned int left = region_merge_at(parent, up->at);
	struct region_node *first = left == up->at ? node : parent->child[left];
	struct region_node *second = left == up->at ? parent->child[left + 1] : node;
	struct entry all[REGION_MERGED_MAX];
	unsigned int count = first->count + second->count;

	if (count > REGION_MERGED_MAX)
		return 0;
	entries_of(first, 0, first->count, all);
	entries_of(second, 0, second->count, all + first->count);
	if (node->level)
		all[first->count].key = parent->key[left + 1];
	merged = make(c, node->level, all, count);
	if (!merged)
		return -ENOMEM;
	c->replaced[c->replaced_count++] = first == node ? second : first;
	/* The small node, which was made right before, is not needed. */
	merged->next = node->next;
	free(node);
	*up = (struct edit){ .at = left, .gone = 2, .count = 1, .with[0].child = merged };
	return 0;
}

/* Makes the new root of what is left at the top. An inner node with one child is not needed. */
static int make_root(struct change *c, unsigned int level, const struct edit *up, struct region_node **root)
{
	struct region_node *node = up->with[0].child;

	if (!up->count) {
		*root = &region_node_none;
		return 0;
	}
	if (up->count == 2)
		node = make(c, level + 1, up->with, 2);
	*root = node;
	if (!node)
		return -ENOMEM;
	if (node->level && node->count == 1) {
		*root = node->child[0];
		c->made = node->next;
		free(node);
	}
	return 0;
}

static void retire(struct mem_region_set *set, struct region_node *node)
{
	if (node == &region_node_none)
		return;
	node->next = set->retired;
	set->retired = node;
	set->retired_count++;
}

/* Returns whether a node that takes the place of one has become so small that it is merged. */
static bool is_small(const struct edit *edit, const struct edit *up)
{
	return edit->count < edit->gone && up->count == 1 &&
	       ((const struct region_node *)up->with[0].child)->count < REGION_MERGE_BELOW;
}

/*
 * Edits the n-th node of the path. Returns 1 and where which node is to be published, or 0 and what
 * has to be edited in its parent.
 */
static int edit_node(struct mem_region_set *set, struct change *c, unsigned int n, struct edit *edit,
		     void ***slot, struct region_node **node)
{
	struct region_node *parent = n ? c->path.node[n - 1] : NULL;
	struct edit up = { .at = n ? c->path.at[n - 1] : 0, .gone = 1 };
	int r = rebuild(c, c->path.node[n], edit, &up);

	c->replaced[c->replaced_count++] = c->path.node[n];
	if (!r && !parent) {
		*slot = (void **)&set->root;
		r = make_root(c, c->path.node[n]->level, &up, node);
		return r ? r : 1;
	}
	if (!r && parent->count > 1 && is_small(edit, &up))
		r = merge(c, parent, &up);
	if (r)
		return r;
	if (up.count == 1 && up.gone == 1) {
		*slot = &parent->child[up.at];
		*node = up.with[0].child;
		return 1;
	}
	/* (Q3) The first keeps the bound, below which it may get a region later. */
	if (up.count)
		up.with[0].key = parent->key[up.at];
	*edit = up;
	return 0;
}

static int change(struct mem_region_set *set, struct change *c, struct edit *edit)
{
	struct region_node *node = NULL;
	void **slot = NULL;
	int r = 0;

	for (unsigned int n = c->path.leaf; !r; n--)
		r = edit_node(set, c, n, edit, &slot, &node);
	if (r < 0) {
		region_nodes_free(c->made);
		return REASON(r, "no memory for the set of regions");
	}
	rcu_assign_pointer(*slot, (void *)node);
	for (unsigned int i = 0; i < c->replaced_count; i++)
		retire(set, c->replaced[i]);
	return 0;
}

int region_set_add(struct mem_region_set *set, struct mem_region *region)
{
	struct edit edit = { .count = 1, .with[0] = { region->start.value, region } };
	struct change c = { .made = NULL, .replaced_count = 0 };
	int r;

	region_path_to(set, region->start.value, &c.path);
	edit.at = (unsigned int)region_leaf_up_to(c.path.node[c.path.leaf], region->start.value);
	r = change(set, &c, &edit);
	if (!r)
		set->count++;
	return r;
}

int region_set_remove(struct mem_region_set *set, uint64_t start)
{
	struct edit edit = { .gone = 1 };
	struct change c = { .made = NULL, .replaced_count = 0 };
	int r;

	region_path_to(set, start, &c.path);
	edit.at = (unsigned int)region_leaf_up_to(c.path.node[c.path.leaf], start) - 1;
	r = change(set, &c, &edit);
	if (!r)
		set->count--;
	return r;
}
