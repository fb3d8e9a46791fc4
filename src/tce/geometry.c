/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A window of 2^w bytes with pages of 2^p bytes has 2^(w-p) entries of 8 bytes. The index is cut
 * into equal digits, one for each level; no node is smaller than a host page. geometry.h says what
 * is judged when.
 */
#include "tce/geometry.h"

#include <errno.h>

#include "util/reason.h"

#define ENTRY_SHIFT 3                /* 8 bytes */
#define PHB_ADDRESS_BITS 55       /* the PHB decodes these below the TVE select */
#define LARGEST_BLOCK_SHIFT 24       /* 16 MiB, the page allocator's largest block */
#define SMALLEST_TABLE_SIZE 4096
#define FIRMWARE_ENTRIES    bit64(37) /* the largest block that QEMU's pseries machine reports */

static unsigned int max_uint(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

/* Returns log2 of the bytes of a node, before it is rounded up to a host page. */
static unsigned int level_shift(unsigned int table_shift, unsigned int levels)
{
	unsigned int entry_bits = table_shift > ENTRY_SHIFT ? table_shift - ENTRY_SHIFT : 0;

	return (entry_bits + levels - 1) / levels + ENTRY_SHIFT;
}

static uint64_t full_tree_size(unsigned int table_shift, unsigned int levels, uint64_t node)
{
	uint64_t level_size = max_u64(bit64(table_shift), SMALLEST_TABLE_SIZE);
	uint64_t total = 0;

	for (unsigned int i = 0; i < levels; i++) {
		level_size = align_up(level_size, node);
		total += level_size;
		level_size = max_u64((level_size / node) << ENTRY_SHIFT, node);
	}
	return total;
}

int tce_geometry_init(struct tce_geometry *g, unsigned int page_shift,
		      uint64_t window_size, unsigned int levels,
		      unsigned int host_page_shift)
{
	unsigned int window_shift, table_shift, node_shift;

	if (levels < 1 || levels > TCE_LEVELS_MAX)
		return REASON(-EINVAL, "%u levels: a table has 1 to 5", levels);
	if (!is_power_of_two(window_size))
		return REASON(-EINVAL, "window size %#llx is not a power of two",
			      (unsigned long long)window_size);
	window_shift = log2_of(window_size);
	if (window_shift + ENTRY_SHIFT < page_shift)
		return REASON(-EINVAL, "window size %#llx is below an eighth of a page of 2^%u",
			      (unsigned long long)window_size, page_shift);
	/*
	 * [linux pci-ioda-tce.c] The bits of a window that is smaller than a page are negative
	 * there, and so are those of a level.
	 */
	if (levels > 1 && window_shift + levels - 1 < page_shift)
		return REASON(-EINVAL, "window size %#llx is too small for %u levels of pages of 2^%u",
			      (unsigned long long)window_size, levels, page_shift);

	table_shift = window_shift + ENTRY_SHIFT - page_shift;
	node_shift = max_uint(level_shift(table_shift, levels), host_page_shift);
	*g = (struct tce_geometry){
		.page_shift = page_shift,
		.levels = levels,
		.digit_bits = node_shift - ENTRY_SHIFT,
		.window_size = window_size,
		/* [DIFF-9] Linux rounds small tables up and so maps beyond the window. */
		.entries = window_size >> page_shift,
		.charge = 2 * full_tree_size(table_shift, levels, bit64(node_shift)),
	};
	return 0;
}

int tce_geometry_check_limits(const struct tce_geometry *g)
{
	if (g->digit_bits * g->levels + g->page_shift >= PHB_ADDRESS_BITS)
		return REASON(-EINVAL, "%u levels of %u bits and pages of 2^%u exceed the PHB's %u bits",
			      g->levels, g->digit_bits, g->page_shift, PHB_ADDRESS_BITS);
	if (g->digit_bits + ENTRY_SHIFT > LARGEST_BLOCK_SHIFT)
		return REASON(-ENOMEM, "a node of 2^%u bytes is larger than the largest block, 16 MiB",
			      g->digit_bits + ENTRY_SHIFT);
	return 0;
}

int tce_geometry_init_flat(struct tce_geometry *g, unsigned int page_shift,
			   uint64_t window_size, unsigned int levels,
			   unsigned int host_page_shift)
{
	uint64_t entries = window_size >> page_shift;
	/*
	 * [linux spapr_tce_get_table_size] Tables of more levels are charged 4 GiB less a byte, and
	 * are refused afterwards.
	 */
	uint64_t size = levels > 1 ? UINT32_MAX : window_size >> (page_shift - ENTRY_SHIFT);

	if (!size)
		return REASON(-EINVAL, "window size %#llx is below an eighth of a page of 2^%u",
			      (unsigned long long)window_size, page_shift);
	*g = (struct tce_geometry){
		.page_shift = page_shift,
		.levels = levels ? levels : 1,
		.digit_bits = max_uint(entries ? log2_of(entries) : 0, host_page_shift - ENTRY_SHIFT),
		.window_size = window_size,
		.entries = entries,
		.charge = size & ~(bit64(host_page_shift) - 1),
	};
	return 0;
}

int tce_geometry_check_flat(const struct tce_geometry *g)
{
	if (g->levels > 1)
		return REASON(-EINVAL, "%u levels: a partition's tables have only one", g->levels);
	if (!is_power_of_two(g->window_size))
		return REASON(-EINVAL, "window size %#llx is not a power of two",
			      (unsigned long long)g->window_size);
	/*
	 * [DIFF-53] This is also checked if the default window could lie there, which Linux makes
	 * and cannot remove.
	 */
	if (!g->entries || g->entries > FIRMWARE_ENTRIES)
		return REASON(-EINVAL, "firmware has no tables of %llu entries", (unsigned long long)g->entries);
	return 0;
}
