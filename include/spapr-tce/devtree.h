/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: device trees
 *
 * What a guest's flattened tree says of DMA windows: written for a bridge,
 * and read back as a Linux guest reads it.
 *
 * Thread rule: a tree belongs to one thread.
 */
#ifndef SPAPR_TCE_DEVTREE_H
#define SPAPR_TCE_DEVTREE_H

#include <stddef.h>

#include <spapr-tce/phb.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * stce_phb_write_tree() - gives the bridge's node ibm,dma-window with its cell
 * counts, ibm,ddw-applicable and ibm,ddw-extensions, and /rtas, which is made
 * where it is missing, the tokens of the calls.
 * @fdt: a tree open for writing (fdt_open_into()), with a few hundred bytes of room.
 * @path: of the bridge's node, or of a PE's or device's below it where a VMM puts them there:
 *        Linux takes the nearest one upwards from the device that has ibm,dma-window.
 *
 * Return: 0; -ENOENT no such node; -ENOSPC no room, and the tree may have been
 * written in part; -EINVAL not a tree.
 */
int stce_phb_write_tree(const struct stce_phb *phb, void *fdt, const char *path);

/** enum stce_tree_kind - what a line about a tree is. */
enum stce_tree_kind {
	STCE_TREE_FACT,      /* what the tree says */
	STCE_TREE_GUEST,     /* what a Linux guest will do with it */
	STCE_TREE_DEFECT,    /* what is wrong */
};

/** stce_tree_line_fn - told one line about a node. @node and @text last until it returns. */
typedef void (*stce_tree_line_fn)(void *context, enum stce_tree_kind kind, const char *node,
				  const char *text);

/**
 * stce_tree_check() - reads a tree of @size bytes, which may be damaged.
 * @fdt: the tree, which stays as it is.
 * @line: is called for each line that there is to say.
 * @context: is handed to @line.
 *
 * Return: how many defects there are; -EINVAL it is not a whole tree of version 16 or newer.
 */
int stce_tree_check(const void *fdt, size_t size, stce_tree_line_fn line, void *context);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
