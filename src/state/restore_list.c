/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lists that judges and builders fill during a restore: the tables of the stream, which are
 * found by serial, and the steps that undo the work so far.
 */
#include "state/restore.h"

#include <errno.h>
#include <search.h>

#include "util/alloc.h"
#include "util/reason.h"

void *state_list_grow(void *list, unsigned int count, size_t size)
{
	/* The list has room for a power of two, so it is full when count is one, or 0. */
	if (count & (count - 1))
		return list;
	return alloc_resize(list, (count ? 2 * (size_t)count : 1) * size);
}

int state_undo_reserve(struct state_restore *restore)
{
	struct state_undo *list = state_list_grow(restore->undo, restore->undos, sizeof(*list));

	if (!list)
		return REASON(-ENOMEM, "no memory to note how to undo a step");
	restore->undo = list;
	return 0;
}

void state_undo_push(struct state_restore *restore, struct state_undo undo)
{
	restore->undo[restore->undos++] = undo;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_serial(const void *a, const void *b)
{
	const struct state_table *x = a, *y = b;

	return compare_numbers(x->serial, y->serial);
}

static int by_liobn(const void *a, const void *b)
{
	const struct state_table *x = a, *y = b;

	return compare_numbers(x->shape.liobn, y->shape.liobn);
}

struct state_table *state_table_find(const struct state_restore *restore, uint64_t serial)
{
	const struct state_table like = { .serial = serial };
	struct state_table *const *found = tfind(&like, &restore->by_serial, by_serial);

	return found ? *found : NULL;
}

/* Inserts a table into a tree. -EPROTO: the tree already has one with the same key. */
static int insert(void **tree, struct state_table *table, int (*compare)(const void *a, const void *b))
{
	struct state_table *const *found = tsearch(table, tree, compare);

	if (!found)
		return REASON(-ENOMEM, "no memory for a table");
	if (*found != table)
		return REASON(-EPROTO, "LIOBN %#llx occurs twice", (unsigned long long)table->shape.liobn);
	return 0;
}

int state_table_add(struct state_restore *restore, const struct state_table *table)
{
	struct state_table **list = state_list_grow(restore->table, restore->tables, sizeof(*list));
	struct state_table *own = list ? ALLOC(struct state_table) : NULL;
	int r;

	if (list)
		restore->table = list;
	if (!own)
		return REASON(-ENOMEM, "no memory for a table");
	*own = *table;
	restore->table[restore->tables++] = own;
	r = insert(&restore->by_serial, own, by_serial);
	return r ? r : insert(&restore->by_liobn, own, by_liobn);
}
