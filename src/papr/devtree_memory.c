/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the end of memory in a device tree: in the memory nodes, and in the two forms of the list
 * of blocks that can be added [LoPAR C.6.6.2]. It trusts no number: an overflow or a property of
 * the wrong length is -EINVAL.
 */
#include "papr/devtree.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

#include "util/reason.h"
#include "util/types.h"

#define BLOCKS_NODE "/ibm,dynamic-reconfiguration-memory"
/* An entry has 6 cells in both forms, 2 of them for the address. */
#define ENTRY_CELLS 6

struct property {
	const fdt32_t *cell;     /* NULL if there is no such property */
	unsigned int count;
};

static struct property get(const void *fdt, int node, const char *name)
{
	int length;
	const fdt32_t *cell = node < 0 ? NULL : fdt_getprop(fdt, node, name, &length);

	return (struct property){ cell, cell ? (unsigned int)length / sizeof(*cell) : 0 };
}

static uint64_t number(const fdt32_t *cell, unsigned int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 32 | fdt32_ld(cell++);
	return value;
}

static int extend(uint64_t *end, uint64_t start, uint64_t size)
{
	uint64_t last;

	if (__builtin_add_overflow(start, size, &last))
		return REASON(-EINVAL, "memory at %#llx ends beyond 2^64", (unsigned long long)start);
	if (last > *end)
		*end = last;
	return 0;
}

static unsigned int root_cells(const void *fdt, const char *name, unsigned int usual)
{
	struct property p = get(fdt, 0, name);
	uint64_t count = p.count ? fdt32_ld(p.cell) : usual;

	return count == 1 || count == 2 ? (unsigned int)count : 0;
}

static int read_node(const void *fdt, int node, uint64_t *end)
{
	/* The root may leave these out [Devicetree 2.3.5]. */
	unsigned int address = root_cells(fdt, "#address-cells", 2);
	unsigned int size = root_cells(fdt, "#size-cells", 1), both = address + size;
	struct property reg = get(fdt, node, "reg");
	int r = 0;

	if (!address || !size || reg.count % both)
		return REASON(-EINVAL, "memory's reg has %u cells, and a range has %u", reg.count, both);
	for (unsigned int i = 0; i < reg.count && !r; i += both)
		r = extend(end, number(&reg.cell[i], address), number(&reg.cell[i + address], size));
	return r;
}

/* Reads one form of the list. In the form without runs, every run is one block. */
static int read_list(struct property list, bool has_runs, uint64_t block, uint64_t *end)
{
	uint64_t count = list.count ? fdt32_ld(list.cell) : 0, size;
	int r = 0;

	if (list.count != 1 + count * ENTRY_CELLS)
		return REASON(-EINVAL, "a list of %llu runs of blocks has %u cells",
			      (unsigned long long)count, list.count);
	for (uint64_t i = 0; i < count && !r; i++) {
		const fdt32_t *entry = &list.cell[1 + i * ENTRY_CELLS];

		if (__builtin_mul_overflow(has_runs ? fdt32_ld(entry) : 1, block, &size))
			return REASON(-EINVAL, "a run of blocks is longer than 2^64 bytes");
		r = extend(end, number(entry + has_runs, 2), size);
	}
	return r;
}

static int read_blocks(const void *fdt, uint64_t *end)
{
	int node = fdt_path_offset(fdt, BLOCKS_NODE), r = 0;
	struct property size = get(fdt, node, "ibm,lmb-size");
	struct property list = get(fdt, node, "ibm,dynamic-memory");
	struct property runs = get(fdt, node, "ibm,dynamic-memory-v2");
	uint64_t block = size.count == 2 ? number(size.cell, 2) : 0;

	if ((list.cell || runs.cell) && !block)
		return REASON(-EINVAL, "blocks of memory have no size");
	if (list.cell)
		r = read_list(list, false, block, end);
	if (runs.cell && !r)
		r = read_list(runs, true, block, end);
	return r;
}

int papr_tree_memory_end(const void *fdt, uint64_t *end)
{
	int r = 0;

	*end = 0;
	for (int node = 0; node >= 0 && !r; node = fdt_next_node(fdt, node, NULL)) {
		int length;
		const char *type = fdt_getprop(fdt, node, "device_type", &length);

		if (type && length == sizeof("memory") && !memcmp(type, "memory", sizeof("memory")))
			r = read_node(fdt, node, end);
	}
	return r ? r : read_blocks(fdt, end);
}
