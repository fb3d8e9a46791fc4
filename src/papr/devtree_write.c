/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a bridge's default window, its calls and their tokens into a VMM's device tree. The VMM
 * owns the tree and its room; an error leaves the properties written so far.
 */
#include "papr/devtree.h"

#include <errno.h>
#include <libfdt.h>

#include "papr/rtas.h"
#include "util/reason.h"

static const struct {
	const char *name;
	enum papr_rtas_call call;
} names[] = {
	{ TREE_QUERY, RTAS_QUERY },
	{ TREE_CREATE, RTAS_CREATE },
	{ TREE_REMOVE, RTAS_REMOVE },
	{ TREE_RESET, RTAS_RESET },
	{ TREE_RESET_QEMU, RTAS_RESET },
	{ TREE_ASSOCIATE, RTAS_ASSOCIATE },
	{ TREE_DISSOCIATE, RTAS_DISSOCIATE },
	{ TREE_RTAS_SET_EEH_OPTION, RTAS_SET_EEH_OPTION },
	{ TREE_RTAS_SET_SLOT_RESET, RTAS_SET_SLOT_RESET },
	{ TREE_RTAS_READ_STATE, RTAS_READ_SLOT_RESET_STATE2 },
	{ TREE_RTAS_CONFIG_INFO, RTAS_GET_CONFIG_ADDR_INFO2 },
	{ TREE_RTAS_CONFIGURE_PE, RTAS_CONFIGURE_PE },
	{ TREE_RTAS_ERROR_DETAIL, RTAS_SLOT_ERROR_DETAIL },
	{ TREE_RTAS_OPEN_ERRINJCT, RTAS_OPEN_ERRINJCT },
	{ TREE_RTAS_ERRINJCT, RTAS_ERRINJCT },
	{ TREE_RTAS_CLOSE_ERRINJCT, RTAS_CLOSE_ERRINJCT },
};

/* Each name is followed by its number, without padding [LoPAR B.6.2.2]. */
static const char errinjct_tokens[] = "ioa-bus-error\0\0\0\0\7ioa-bus-error-64\0\0\0\0\17";

static int from_fdt(int error)
{
	switch (error) {
	case 0:
		return 0;
	case -FDT_ERR_NOTFOUND:
	case -FDT_ERR_BADPATH:
		return REASON(-ENOENT, "the tree has no such node");
	case -FDT_ERR_NOSPACE:
		return REASON(-ENOSPC, "the tree has no room left");
	default:
		return REASON(-EINVAL, "%s", fdt_strerror(error));
	}
}

static int set_cells(void *fdt, int node, const char *name, const uint32_t *value, unsigned int n)
{
	fdt32_t cell[8];

	for (unsigned int i = 0; i < n; i++)
		cell[i] = cpu_to_fdt32(value[i]);
	return fdt_setprop(fdt, node, name, cell, (int)(n * sizeof(cell[0])));
}

static int write_window(void *fdt, int node, const struct stce_phb_config *c)
{
	uint64_t start = c->start[0], size = c->default_size;
	uint32_t window[] = { c->liobn[0], (uint32_t)(start >> 32), (uint32_t)start,
			      (uint32_t)(size >> 32), (uint32_t)size };
	int r = fdt_setprop_u32(fdt, node, TREE_ADDRESS_CELLS, 2);

	r = r ? r : fdt_setprop_u32(fdt, node, TREE_SIZE_CELLS, 2);
	return r ? r : set_cells(fdt, node, TREE_DMA_WINDOW, window, ARRAY_COUNT(window));
}

static int write_ddw(void *fdt, int node, const struct papr_bridge *bridge)
{
	const uint32_t calls[] = { papr_rtas_token(bridge->vm, RTAS_QUERY), papr_rtas_token(bridge->vm, RTAS_CREATE),
				   papr_rtas_token(bridge->vm, RTAS_REMOVE) };
	/*
	 * The first cell counts the others: the reset call, queries with 6 outputs, limited-address
	 * mode.
	 */
	const uint32_t count = papr_bridge_has_limited(bridge) ? 3 : 2;
	const uint32_t extensions[] = { count, papr_rtas_token(bridge->vm, RTAS_RESET), 1, 1 };
	int r = set_cells(fdt, node, TREE_DDW, calls, ARRAY_COUNT(calls));

	return r ? r : set_cells(fdt, node, TREE_DDW_EXTENSIONS, extensions, count + 1);
}

static int write_associate(void *fdt, int node, const struct papr_bridge *bridge)
{
	const uint32_t calls[] = { papr_rtas_token(bridge->vm, RTAS_ASSOCIATE),
				   papr_rtas_token(bridge->vm, RTAS_DISSOCIATE) };

	return set_cells(fdt, node, TREE_DDW_ASSOCIATE, calls, ARRAY_COUNT(calls));
}

static int write_errors(void *fdt, int node)
{
	int r = fdt_setprop(fdt, node, TREE_ERRINJCT_TOKENS, errinjct_tokens, sizeof(errinjct_tokens) - 1);

	return r ? r : fdt_setprop_u32(fdt, node, TREE_LOG_MAX, STCE_RTAS_LOG_MAX);
}

static int write_tokens(void *fdt, const struct papr_vm *vm, bool has_ddw)
{
	int r = 0, node = fdt_path_offset(fdt, "/rtas");

	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(fdt, 0, "rtas");
	if (node < 0)
		return node;
	for (unsigned int i = 0; i < ARRAY_COUNT(names) && !r; i++)
		if (papr_rtas_has(vm, names[i].call) && (has_ddw || names[i].call >= RTAS_SET_EEH_OPTION))
			r = fdt_setprop_u32(fdt, node, names[i].name, papr_rtas_token(vm, names[i].call));
	return r || !papr_rtas_has(vm, RTAS_ERRINJCT) ? r : write_errors(fdt, node);
}

int papr_tree_write(const struct papr_bridge *bridge, void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path), r;

	if (node < 0)
		return from_fdt(node);
	r = write_window(fdt, node, &bridge->config);
	if (!r && !bridge->config.no_ddw)
		r = write_ddw(fdt, node, bridge);
	if (!r && !bridge->config.no_ddw && papr_rtas_has(bridge->vm, RTAS_ASSOCIATE))
		r = write_associate(fdt, node, bridge);
	/* Write the tokens last, because a new node moves the other nodes. */
	if (!r && (!bridge->config.no_ddw || papr_rtas_has(bridge->vm, RTAS_SET_EEH_OPTION)))
		r = write_tokens(fdt, bridge->vm, !bridge->config.no_ddw);
	return from_fdt(r);
}
