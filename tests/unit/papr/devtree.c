/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trees that are written for a bridge and read as a guest reads them; each bad tree has one defect.
 */
#include "testing.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "firmware.h"

#define BRIDGE "/pci@800000020000000"
#define TREE_SIZE 8192

static struct firmware f;
static char tree[TREE_SIZE];
static char lines[3][4096];     /* by kind */

static void add_line(void *context, enum stce_tree_kind kind, const char *node, const char *text)
{
	size_t used = strlen(lines[kind]);

	snprintf(lines[kind] + used, sizeof(lines[kind]) - used, "%s: %s\n", node, text);
}

static int check(void)
{
	memset(lines, 0, sizeof(lines));
	return stce_tree_check(tree, sizeof(tree), add_line, NULL);
}

static int bridge(void)
{
	return fdt_path_offset(tree, BRIDGE);
}

static int rtas(void)
{
	return fdt_path_offset(tree, "/rtas");
}

/* Makes a tree with only a bridge. */
static void bare_tree(void)
{
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(tree, 0, "#size-cells", 2), 0);
	assert_true(fdt_add_subnode(tree, 0, &BRIDGE[1]) > 0);
}

static int start(void **state)
{
	firmware_start(&f, "power9");
	bare_tree();
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), 0);
	return 0;
}

static int stop(void **state)
{
	firmware_stop(&f);
	return 0;
}

#define HAS(kind, text) assert_non_null(strstr(lines[kind], text))

static void set(int node, const char *name, const uint32_t *value, unsigned int n)
{
	fdt32_t cell[8];

	for (unsigned int i = 0; i < n; i++)
		cell[i] = cpu_to_fdt32(value[i]);
	assert_int_equal(fdt_setprop(tree, node, name, cell, (int)(4 * n)), 0);
}

static void what_is_written_has_no_defect(void **state)
{
	const uint64_t capacity = cpu_to_fdt64(5 * GIB);

	assert_int_equal(fdt_setprop(tree, rtas(), "ibm,lrdr-capacity", &capacity, 8), 0);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_FACT, BRIDGE ": default window: LIOBN 0x80000000, 0x40000000 bytes at 0\n");
	HAS(STCE_TREE_FACT, "query 0x2026, create 0x2027, remove 0x2028");
	HAS(STCE_TREE_FACT, "reset 0x2029");
	HAS(STCE_TREE_GUEST, "queries with 6 outputs");
	HAS(STCE_TREE_GUEST, "asks for limited addresses");
	HAS(STCE_TREE_GUEST, "asks for a window of 2^33 bytes");
}

static void the_cells_are_those_of_qemu(void **state)
{
	int length;
	const fdt32_t *cell = fdt_getprop(tree, bridge(), "ibm,dma-window", &length);

	assert_int_equal(length, 20);
	assert_int_equal(fdt32_to_cpu(cell[0]), 0x80000000);
	assert_int_equal(fdt32_to_cpu(cell[4]), 0x40000000);
	cell = fdt_getprop(tree, bridge(), "ibm,ddw-extensions", &length);
	assert_int_equal(length, 16);
	assert_int_equal(fdt32_to_cpu(cell[0]), 3);
	assert_int_equal(fdt32_to_cpu(cell[1]), STCE_RTAS_RESET_PE_DMA_WINDOWS);
}

static void the_tokens_are_the_vmms(void **state)
{
	const uint32_t mine[] = { 0x11, 0x22, 0x33, 0x44 };

	stce_phb_free(f.phb);
	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, mine), 0);
	assert_int_equal(stce_phb_new(f.v.vm, &f.config, &f.phb), 0);
	bare_tree();
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), 0);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_FACT, "query 0x11, create 0x22, remove 0x33");
	HAS(STCE_TREE_FACT, "reset 0x44");
}

static void a_bridge_without_dynamic_windows_writes_none(void **state)
{
	f.config.no_ddw = true;
	firmware_again(&f);
	bare_tree();
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), 0);
	assert_null(fdt_getprop(tree, bridge(), "ibm,ddw-applicable", NULL));
	assert_true(rtas() < 0);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_GUEST, "has no dynamic windows");
}

static void a_bridge_without_limited_mode_does_not_tell_of_it(void **state)
{
	f.config.limited_start[0] = f.config.limited_start[1] = STCE_PHB_NOWHERE;
	firmware_again(&f);
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), 0);
	assert_int_equal(check(), 0);
	assert_null(strstr(lines[STCE_TREE_GUEST], "limited"));
}

static void set_associate(void)
{
	const uint32_t calls[] = { 0x3000, 0x3001 };

	stce_phb_free(f.phb);
	f.phb = NULL;
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, calls), 0);
	firmware_again(&f);
	bare_tree();
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), 0);
}

static void windows_for_several_bridges_are_told_if_the_vmm_says_so(void **state)
{
	const fdt32_t *cell;
	int length;

	assert_null(fdt_getprop(tree, bridge(), "spapr-tce,ddw-associate", NULL));
	assert_null(fdt_getprop(tree, rtas(), "spapr-tce,associate-pe-dma-window", NULL));
	assert_int_equal(check(), 0);
	assert_null(strstr(lines[STCE_TREE_FACT], "several"));
	set_associate();
	cell = fdt_getprop(tree, bridge(), "spapr-tce,ddw-associate", &length);
	assert_int_equal(length, 8);
	assert_int_equal(fdt32_to_cpu(cell[1]), 0x3001);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_FACT, "windows for several bridges: associate 0x3000, dissociate 0x3001");
	f.config.no_ddw = true;
	firmware_again(&f);
	bare_tree();
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), 0);
	assert_null(fdt_getprop(tree, bridge(), "spapr-tce,ddw-associate", NULL));
}

/* They are there without dynamic windows, too. */
static void calls_for_frozen_pes_are_told_if_the_vmm_says_so(void **state)
{
	static const char errors[] = "ioa-bus-error\0\0\0\0\7ioa-bus-error-64\0\0\0\0\17";
	uint32_t calls[STCE_RTAS_EEH_CALLS];
	const void *value;
	int length;

	assert_null(fdt_getprop(tree, rtas(), "ibm,set-eeh-option", NULL));
	assert_null(fdt_getprop(tree, rtas(), "ibm,errinjct-tokens", NULL));
	for (uint32_t i = 0; i < STCE_RTAS_EEH_CALLS; i++)
		calls[i] = 0x4000 + i;
	stce_phb_free(f.phb);
	f.phb = NULL;
	assert_int_equal(stce_vm_set_rtas_eeh(f.v.vm, calls), 0);
	f.config.no_ddw = true;
	firmware_again(&f);
	bare_tree();
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), 0);
	assert_int_equal(fdt32_to_cpu(*(const fdt32_t *)fdt_getprop(tree, rtas(), "ibm,set-eeh-option", NULL)), 0x4000);
	assert_int_equal(fdt32_to_cpu(*(const fdt32_t *)fdt_getprop(tree, rtas(), "ibm,close-errinjct", NULL)), 0x4008);
	assert_int_equal(fdt32_to_cpu(*(const fdt32_t *)fdt_getprop(tree, rtas(), "rtas-error-log-max", NULL)), 2048);
	value = fdt_getprop(tree, rtas(), "ibm,errinjct-tokens", &length);
	assert_int_equal(length, sizeof(errors) - 1);
	assert_memory_equal(value, errors, sizeof(errors) - 1);
	assert_null(fdt_getprop(tree, rtas(), "ibm,query-pe-dma-window", NULL));
}

static void calls_for_several_bridges_that_are_wrong_are_a_defect(void **state)
{
	const uint32_t calls[] = { 0x3000, 0x3001, 0 };

	set_associate();
	set(bridge(), "spapr-tce,ddw-associate", calls, 3);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "spapr-tce,ddw-associate has 3 cells, not 2");
	set(bridge(), "spapr-tce,ddw-associate", calls, 2);
	assert_int_equal(fdt_setprop_u32(tree, rtas(), "spapr-tce,associate-pe-dma-window", 7), 0);
	assert_int_equal(fdt_delprop(tree, rtas(), "spapr-tce,dissociate-pe-dma-window"), 0);
	assert_int_equal(check(), 2);
	HAS(STCE_TREE_DEFECT, "spapr-tce,associate-pe-dma-window is 0x3000 here, but 0x7 in /rtas");
	HAS(STCE_TREE_DEFECT, "/rtas has no spapr-tce,dissociate-pe-dma-window");
}

static void writing_refuses_missing_nodes_and_full_trees(void **state)
{
	assert_int_equal(stce_phb_write_tree(f.phb, tree, "/nothing"), -ENOENT);
	assert_int_equal(fdt_pack(tree), 0);
	bare_tree();
	assert_int_equal(fdt_pack(tree), 0);
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), -ENOSPC);
	memset(tree, 0, sizeof(tree));
	assert_int_equal(stce_phb_write_tree(f.phb, tree, BRIDGE), -EINVAL);
}

static void a_tree_that_is_cut_or_damaged_is_refused(void **state)
{
	assert_int_equal(stce_tree_check(tree, 10, add_line, NULL), -EINVAL);
	assert_int_equal(stce_tree_check(tree, fdt_totalsize(tree) - 1, add_line, NULL), -EINVAL);
	assert_int_equal(stce_tree_check(tree, 0, add_line, NULL), -EINVAL);
	tree[0] ^= 1;
	assert_int_equal(check(), -EINVAL);
}

/* libfdt 1.6.1 would follow a null pointer. */
static void a_tree_of_an_old_version_is_refused(void **state)
{
	fdt_set_version(tree, 15);
	fdt_set_last_comp_version(tree, 2);
	assert_int_equal(check(), -EINVAL);
	assert_non_null(strstr(stce_last_reason(), "version 15"));
}

static void every_damaged_byte_is_survived(void **state)
{
	for (unsigned int i = 0; i < fdt_totalsize(tree); i++) {
		tree[i] ^= (char)0xff;
		check();
		tree[i] ^= (char)0xff;
	}
	assert_int_equal(check(), 0);
}

static void a_tree_without_windows_says_so(void **state)
{
	bare_tree();
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_GUEST, "/: no node has ibm,dma-window");
}

static void a_window_of_wrong_length_is_a_defect(void **state)
{
	const uint32_t window[4] = { 0x80000000, 0, 0, 0x40000000 };

	set(bridge(), "ibm,dma-window", window, 4);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "ibm,dma-window has 4 cells, not 5");
}

static void a_window_of_no_page_is_a_defect(void **state)
{
	const uint32_t window[5] = { 0x80000000, 0, 0, 0, 0xfff };

	set(bridge(), "ibm,dma-window", window, 5);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "no page");
}

static void cell_counts_that_linux_cannot_read_are_a_defect(void **state)
{
	assert_int_equal(fdt_setprop_u32(tree, bridge(), "ibm,#dma-address-cells", 3), 0);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "Linux reads 1 or 2");
}

static void a_short_list_of_calls_is_a_defect(void **state)
{
	const uint32_t calls[2] = { 0x2026, 0x2027 };

	set(bridge(), "ibm,ddw-applicable", calls, 2);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "2 cells, not 3");
}

static void tokens_must_be_those_of_rtas(void **state)
{
	assert_int_equal(fdt_setprop_u32(tree, rtas(), "ibm,create-pe-dma-window", 1), 0);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "0x2027 here, but 0x1 in /rtas");
	assert_int_equal(fdt_delprop(tree, rtas(), "ibm,create-pe-dma-window"), 0);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "/rtas has no ibm,create-pe-dma-window");
}

static void extensions_that_lie_about_their_length_are_a_defect(void **state)
{
	const uint32_t extensions[2] = { 2, 0x2029 };

	set(bridge(), "ibm,ddw-extensions", extensions, 2);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "says 2 cells, and 1 follow");
}

static void without_extensions_the_default_window_stays(void **state)
{
	assert_int_equal(fdt_delprop(tree, bridge(), "ibm,ddw-extensions"), 0);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_GUEST, "keeps the default window");
	HAS(STCE_TREE_GUEST, "queries with 5 outputs");
}

static void memory_that_ends_at_nothing_is_a_defect(void **state)
{
	const uint32_t capacity[5] = { 0, 0, 0, 0x10000000, 1 };

	set(rtas(), "ibm,lrdr-capacity", capacity, 5);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "asks for 2^0 bytes");
}

static void the_hypercalls_decide_how_pages_are_mapped(void **state)
{
	assert_int_equal(fdt_setprop_string(tree, rtas(), "ibm,hypertas-functions", "hcall-tce"), 0);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_GUEST, "page by page");
	assert_int_equal(fdt_setprop_string(tree, rtas(), "ibm,hypertas-functions", "hcall-multi-tce"), 0);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "lacks hcall-tce");
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

static int memory_node(void)
{
	const uint32_t range[4] = { 0, 0, 0, 0x30000000 };
	int node = fdt_add_subnode(tree, 0, "memory@0");

	assert_int_equal(fdt_setprop_string(tree, node, "device_type", "memory"), 0);
	set(node, "reg", range, 4);
	return node;
}

static int blocks_node(void)
{
	const uint32_t size[2] = { 0, 0x10000000 };
	int node = fdt_add_subnode(tree, 0, "ibm,dynamic-reconfiguration-memory");

	set(node, "ibm,lmb-size", size, 2);
	return node;
}

static void without_a_capacity_memory_says_how_large_the_window_is(void **state)
{
	memory_node();
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_GUEST, "2^30 bytes for 64-bit devices, to map all memory up to 0x30000000");
}

static void blocks_that_can_be_added_count(void **state)
{
	const uint32_t list[7] = { 1, 1, 0, 0x80000000, 0, 0, 0 };

	memory_node();
	set(blocks_node(), "ibm,dynamic-memory", list, 7);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_GUEST, "2^33 bytes for 64-bit devices, to map all memory up to 0x110000000");
}

static void runs_of_blocks_count(void **state)
{
	const uint32_t list[7] = { 1, 4, 1, 0, 0x80000000, 0, 0 };

	set(blocks_node(), "ibm,dynamic-memory-v2", list, 7);
	assert_int_equal(check(), 0);
	HAS(STCE_TREE_GUEST, "up to 0x140000000");
}

static void a_list_of_blocks_with_a_wrong_count_is_a_defect(void **state)
{
	const uint32_t list[7] = { 2, 1, 0, 0, 0, 0, 0 };

	set(blocks_node(), "ibm,dynamic-memory", list, 7);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "a list of 2 runs of blocks has 7 cells");
}

static void blocks_without_a_size_are_a_defect(void **state)
{
	const uint32_t list[7] = { 1, 1, 0, 0, 0, 0, 0 };
	int node = blocks_node();

	assert_int_equal(fdt_delprop(tree, node, "ibm,lmb-size"), 0);
	set(node, "ibm,dynamic-memory", list, 7);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "blocks of memory have no size");
}

static void memory_that_wraps_is_a_defect(void **state)
{
	const uint32_t range[4] = { 0xffffffff, 0xffff0000, 0, 0x20000 };

	set(memory_node(), "reg", range, 4);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "ends beyond 2^64");
}

static void memory_of_half_a_range_is_a_defect(void **state)
{
	const uint32_t range[3] = { 0, 0, 0 };

	set(memory_node(), "reg", range, 3);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "memory's reg has 3 cells, and a range has 4");
}

static void memory_above_the_capacity_is_a_defect(void **state)
{
	const uint64_t capacity = cpu_to_fdt64(0x20000000);

	memory_node();
	assert_int_equal(fdt_setprop(tree, rtas(), "ibm,lrdr-capacity", &capacity, 8), 0);
	assert_int_equal(check(), 1);
	HAS(STCE_TREE_DEFECT, "memory ends at 0x20000000, but there is some up to 0x30000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_written_has_no_defect),
		T(the_cells_are_those_of_qemu),
		T(the_tokens_are_the_vmms),
		T(a_bridge_without_dynamic_windows_writes_none),
		T(a_bridge_without_limited_mode_does_not_tell_of_it),
		T(windows_for_several_bridges_are_told_if_the_vmm_says_so),
		T(calls_for_frozen_pes_are_told_if_the_vmm_says_so),
		T(calls_for_several_bridges_that_are_wrong_are_a_defect),
		T(writing_refuses_missing_nodes_and_full_trees),
		T(a_tree_that_is_cut_or_damaged_is_refused),
		T(a_tree_of_an_old_version_is_refused),
		T(every_damaged_byte_is_survived),
		T(a_tree_without_windows_says_so),
		T(a_window_of_wrong_length_is_a_defect),
		T(a_window_of_no_page_is_a_defect),
		T(cell_counts_that_linux_cannot_read_are_a_defect),
		T(a_short_list_of_calls_is_a_defect),
		T(tokens_must_be_those_of_rtas),
		T(without_a_capacity_memory_says_how_large_the_window_is),
		T(blocks_that_can_be_added_count),
		T(runs_of_blocks_count),
		T(a_list_of_blocks_with_a_wrong_count_is_a_defect),
		T(blocks_without_a_size_are_a_defect),
		T(memory_that_wraps_is_a_defect),
		T(memory_of_half_a_range_is_a_defect),
		T(memory_above_the_capacity_is_a_defect),
		T(extensions_that_lie_about_their_length_are_a_defect),
		T(without_extensions_the_default_window_stays),
		T(memory_that_ends_at_nothing_is_a_defect),
		T(the_hypercalls_decide_how_pages_are_mapped),
	};

	return cmocka_run_group_tests_name("device tree", tests, NULL, NULL);
}
