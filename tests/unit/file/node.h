/* SPDX-License-Identifier: BSD-2-Clause */
/* A kind of file that only counts its objects, for the tests of this folder. */
#ifndef STCE_TESTS_FILE_NODE_H
#define STCE_TESTS_FILE_NODE_H

#include "file/space.h"
#include "util/alloc.h"

struct counted_file {
	struct file file;
	unsigned int *live;        /* the node's context */
	bool adopted;
};

static void counted_release(struct file *file)
{
	struct counted_file *f = container_of(file, struct counted_file, file);

	--*f->live;
	free(f);
}

static const struct file_ops counted_ops = { .kind = "counted", .release = counted_release };

static inline struct file *counted_new(unsigned int *live, bool adopted)
{
	struct counted_file *f = ALLOC(struct counted_file);

	file_init(&f->file, &counted_ops);
	f->live = live;
	f->adopted = adopted;
	++*live;
	return &f->file;
}

static int counted_open(struct file_node *node, int fd, bool adopted, struct file **file)
{
	*file = counted_new(node->context, adopted);
	return 0;
}

static const struct file_node_ops counted_node_ops __attribute__((unused)) = { .open = counted_open };

#endif
