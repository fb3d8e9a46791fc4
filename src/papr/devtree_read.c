/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a device tree as Linux does [linux pseries/iommu.c], and tells what it says of DMA windows,
 * what a guest will do with that, and what is wrong with it. It changes nothing, and reads only a
 * tree that fdt_check_full() accepts.
 */
#include "papr/devtree.h"

#include <errno.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/reason.h"
#include "util/types.h"

#define PATH_SIZE 256
#define CELLS_MAX 8

struct reader {
	const void *fdt;
	stce_tree_line_fn line;
	void *context;
	char path[PATH_SIZE];     /* path of the node */
	int node;
	int rtas;                 /* offset of /rtas, or negative */
	unsigned int defects, windows;
};

/* A property's cells, host-endian. */
struct cells {
	bool exists;
	unsigned int count;       /* number of whole cells */
	uint32_t value[CELLS_MAX];
};

static void __attribute__((format(printf, 3, 4)))
say(struct reader *r, enum stce_tree_kind kind, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	r->defects += kind == STCE_TREE_DEFECT;
	r->line(r->context, kind, r->path, text);
}

static struct cells get(const struct reader *r, int node, const char *name)
{
	struct cells cells = { 0 };
	int length;
	const fdt32_t *value = node < 0 ? NULL : fdt_getprop(r->fdt, node, name, &length);

	if (!value)
		return cells;
	cells.exists = true;
	cells.count = (unsigned int)length / sizeof(*value);
	for (unsigned int i = 0; i < cells.count && i < CELLS_MAX; i++)
		cells.value[i] = fdt32_ld(&value[i]);
	return cells;
}

static uint64_t number(const uint32_t *cell, unsigned int count)
{
	return count == 2 ? (uint64_t)cell[0] << 32 | cell[1] : cell[0];
}

/* Returns how many cells a number has here, or 0 if Linux could not use that many. */
static unsigned int cell_count(const struct reader *r, const char *name, const char *other)
{
	struct cells cells = get(r, r->node, name);

	if (!cells.exists)
		cells = get(r, r->node, other);
	return cells.count && cells.value[0] <= 2 ? cells.value[0] : 0;
}

static void check_window(struct reader *r)
{
	struct cells window = get(r, r->node, TREE_DMA_WINDOW);
	unsigned int address = cell_count(r, TREE_ADDRESS_CELLS, "#address-cells");
	unsigned int size = cell_count(r, TREE_SIZE_CELLS, "#size-cells");
	uint64_t bytes;

	if (!address || !size) {
		say(r, STCE_TREE_DEFECT, "addresses of %u cells and sizes of %u: Linux reads 1 or 2",
		    address, size);
		return;
	}
	if (window.count != 1 + address + size) {
		say(r, STCE_TREE_DEFECT, TREE_DMA_WINDOW " has %u cells, not %u", window.count,
		    1 + address + size);
		return;
	}
	bytes = number(&window.value[1 + address], size);
	say(r, STCE_TREE_FACT, "default window: LIOBN %#x, %#llx bytes at %#llx", window.value[0],
	    (unsigned long long)bytes, (unsigned long long)number(&window.value[1], address));
	if (bytes < 4 * KIB)
		say(r, STCE_TREE_DEFECT, "the default window has no page of 4 KiB");
}

static void check_token(struct reader *r, const char *name, const char *other, uint32_t token)
{
	struct cells cells = get(r, r->rtas, name);

	if (!cells.exists && other)
		cells = get(r, r->rtas, other);
	if (!cells.count)
		say(r, STCE_TREE_DEFECT, "/rtas has no %s", name);
	else if (cells.value[0] != token)
		say(r, STCE_TREE_DEFECT, "%s is %#x here, but %#x in /rtas", name, token,
		    cells.value[0]);
}

static void check_extensions(struct reader *r)
{
	struct cells extensions = get(r, r->node, TREE_DDW_EXTENSIONS);
	unsigned int count = extensions.count ? extensions.value[0] : 0;

	if (extensions.exists && extensions.count != count + 1) {
		say(r, STCE_TREE_DEFECT, TREE_DDW_EXTENSIONS " says %u cells, and %u follow", count,
		    extensions.count ? extensions.count - 1 : 0);
		return;
	}
	if (count < 1) {
		say(r, STCE_TREE_GUEST, "keeps the default window: no call brings it back");
	} else {
		say(r, STCE_TREE_FACT, "reset %#x", extensions.value[1]);
		check_token(r, TREE_RESET, TREE_RESET_QEMU, extensions.value[1]);
	}
	say(r, STCE_TREE_GUEST, "queries with %u outputs",
	    count >= 2 && extensions.value[2] == 1 ? 6 : 5);
	if (count >= 3 && extensions.value[3] == 1)
		say(r, STCE_TREE_GUEST, "asks for limited addresses for devices of less than 64 bits");
}

static void check_associate(struct reader *r)
{
	struct cells calls = get(r, r->node, TREE_DDW_ASSOCIATE);

	if (!calls.exists)
		return;
	if (calls.count != 2) {
		say(r, STCE_TREE_DEFECT, TREE_DDW_ASSOCIATE " has %u cells, not 2", calls.count);
		return;
	}
	say(r, STCE_TREE_FACT, "windows for several bridges: associate %#x, dissociate %#x", calls.value[0],
	    calls.value[1]);
	check_token(r, TREE_ASSOCIATE, NULL, calls.value[0]);
	check_token(r, TREE_DISSOCIATE, NULL, calls.value[1]);
}

/* Reads the limit in /rtas [LoPAR ibm,lrdr-capacity]; returns false if there is none. */
static bool capacity(const struct reader *r, uint64_t *bytes)
{
	struct cells cells = get(r, r->rtas, "ibm,lrdr-capacity");
	struct cells address = get(r, 0, "#address-cells");
	unsigned int count = address.count && address.value[0] == 2 ? 2 : 1;

	*bytes = number(cells.value, count);
	return cells.count >= count;
}

/*
 * [linux hot_add_drconf_memory_max] Sets *bytes to the memory that Linux wants to map; returns
 * false if the tree does not tell.
 */
static bool memory_max(struct reader *r, uint64_t *bytes)
{
	uint64_t end;

	if (papr_tree_memory_end(r->fdt, &end)) {
		say(r, STCE_TREE_DEFECT, "%s", reason_last());
		end = 0;
	}
	if (!capacity(r, bytes)) {
		*bytes = end;
		return end;
	}
	if (*bytes && *bytes < end)
		say(r, STCE_TREE_DEFECT,
		    "ibm,lrdr-capacity says that memory ends at %#llx, but there is some up to %#llx",
		    (unsigned long long)*bytes, (unsigned long long)end);
	return true;
}

static void tell_size(struct reader *r)
{
	uint64_t bytes;
	unsigned int shift = 0;

	if (!memory_max(r, &bytes))
		return;
	if (!bytes) {
		say(r, STCE_TREE_DEFECT, "ibm,lrdr-capacity says that memory ends at 0: Linux 6.12 asks "
		    "for 2^0 bytes, is refused and stays on the default window");
		return;
	}
	while (shift < 63 && bit64(shift) < bytes)
		shift++;
	say(r, STCE_TREE_GUEST, "asks for a window of 2^%u bytes for 64-bit devices, to map all memory "
	    "up to %#llx at once", shift, (unsigned long long)bytes);
}

static void check_ddw(struct reader *r)
{
	struct cells calls = get(r, r->node, TREE_DDW);

	if (!calls.exists) {
		say(r, STCE_TREE_GUEST, "has no dynamic windows: all devices share the default one");
		return;
	}
	if (calls.count < 3) {
		say(r, STCE_TREE_DEFECT, TREE_DDW " has %u cells, not 3: Linux ignores it", calls.count);
		return;
	}
	say(r, STCE_TREE_FACT, "dynamic windows: query %#x, create %#x, remove %#x", calls.value[0],
	    calls.value[1], calls.value[2]);
	check_token(r, TREE_QUERY, NULL, calls.value[0]);
	check_token(r, TREE_CREATE, NULL, calls.value[1]);
	check_token(r, TREE_REMOVE, NULL, calls.value[2]);
	check_extensions(r);
	check_associate(r);
	tell_size(r);
}

static void check_hypercalls(struct reader *r)
{
	int length;
	const char *list = r->rtas < 0 ? NULL :
			   fdt_getprop(r->fdt, r->rtas, "ibm,hypertas-functions", &length);

	if (!list)
		return;
	snprintf(r->path, sizeof(r->path), "/rtas");
	if (!fdt_stringlist_contains(list, length, "hcall-tce"))
		say(r, STCE_TREE_DEFECT, "ibm,hypertas-functions lacks hcall-tce: no entry can be written");
	say(r, STCE_TREE_GUEST, fdt_stringlist_contains(list, length, "hcall-multi-tce") ?
	    "maps up to 512 pages a call" : "maps page by page: there is no hcall-multi-tce");
}

/* libfdt 1.6.1 crashes on properties of older versions, which Linux does not read either. */
#define TREE_VERSION_MIN 16

static bool is_too_old(const void *fdt, size_t size)
{
	return size >= sizeof(struct fdt_header) && !fdt_check_header(fdt) &&
	       fdt_version(fdt) < TREE_VERSION_MIN;
}

int stce_tree_check(const void *fdt, size_t size, stce_tree_line_fn line, void *context)
{
	struct reader r = { .fdt = fdt, .line = line, .context = context };
	int error;

	if (is_too_old(fdt, size))
		return REASON(-EINVAL, "a tree of version %u: Linux reads %u and newer", fdt_version(fdt),
			      TREE_VERSION_MIN);
	error = fdt_check_full(fdt, size);
	if (error)
		return REASON(-EINVAL, "not a whole tree: %s", fdt_strerror(error));
	r.rtas = fdt_path_offset(fdt, "/rtas");
	for (r.node = 0; r.node >= 0; r.node = fdt_next_node(fdt, r.node, NULL)) {
		if (!fdt_getprop(fdt, r.node, TREE_DMA_WINDOW, NULL))
			continue;
		if (fdt_get_path(fdt, r.node, r.path, sizeof(r.path)))
			snprintf(r.path, sizeof(r.path), "%s", fdt_get_name(fdt, r.node, NULL));
		r.windows++;
		check_window(&r);
		check_ddw(&r);
	}
	if (r.windows) {
		check_hypercalls(&r);
	} else {
		snprintf(r.path, sizeof(r.path), "/");
		say(&r, STCE_TREE_GUEST, "no node has " TREE_DMA_WINDOW ": no PCI device can use memory");
	}
	return (int)r.defects;
}
