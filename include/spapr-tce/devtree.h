/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: device trees
 *
 * The DMA windows in a guest's flattened device tree. One call writes the
 * properties of a bridge; the other reads a tree as a Linux guest does, and
 * names its defects.
 *
 * Thread rule: one thread at a time may use a tree.
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
 * stce_phb_write_tree() - describes a bridge's windows in a tree. The node gets
 * ibm,dma-window with its cell counts and, unless the bridge has no dynamic
 * windows, ibm,ddw-applicable and ibm,ddw-extensions; /rtas, made where it is
 * missing, gets the tokens of the calls. After stce_vm_set_rtas_associate() the node
 * also gets spapr-tce,ddw-associate, whose two cells are the tokens of associate and
 * dissociate, and /rtas gets these as spapr-tce,associate-pe-dma-window and
 * spapr-tce,dissociate-pe-dma-window. After stce_vm_set_rtas_eeh() /rtas also gets those calls under
 * the names that LoPAR gives them, ibm,errinjct-tokens, and rtas-error-log-max.
 * @fdt: a tree open for writing (fdt_open_into()), with a few hundred bytes of room.
 * @path: the bridge's node, or the node of a PE or device below it: from a device upwards,
 *        Linux uses the nearest node that has ibm,dma-window.
 *
 * Return: 0; -ENOENT the tree has no such node; -ENOSPC no room, and the tree may have been
 * written in part; -EINVAL not a tree.
 */
int stce_phb_write_tree(const struct stce_phb *phb, void *fdt, const char *path);

/** enum stce_tree_kind - the kinds of lines about a tree. */
enum stce_tree_kind {
	STCE_TREE_FACT,      /* the tree says this */
	STCE_TREE_GUEST,     /* a Linux guest will do this with it */
	STCE_TREE_DEFECT,    /* this is wrong */
};

/** stce_tree_line_fn - receives one line, @text, about a node, @node. Both last until it returns. */
typedef void (*stce_tree_line_fn)(void *context, enum stce_tree_kind kind, const char *node,
				  const char *text);

/**
 * stce_tree_check() - reads a tree of @size bytes, which may be damaged, and reports on its DMA windows.
 * @fdt: the tree; it is not changed.
 * @line: called once for each line of the report.
 * @context: passed to @line.
 *
 * Return: the number of defects; -EINVAL not a whole tree of version 16 or newer.
 */
int stce_tree_check(const void *fdt, size_t size, stce_tree_line_fn line, void *context);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
