/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * share=node: where the copies of a table are, and which PE reads which copy. It runs on this
 * machine's real nodes (nodes_real.c), and on two nodes that the test invents (nodes_fake.c),
 * because most machines have only one.
 */
#include "testing.h"

#include <linux/kvm.h>
#include <stdio.h>

#include "machine/machine.h"
#include "nodes.h"
#include "vmm.h"

#define PES 4
#define WINDOW (4 * MIB)                       /* 0x400 entries of 4K, like the table */

static struct {
	struct vmm v;                          /* group 1 and its container */
	int container[PES + 1], group[PES + 1];   /* by group number */
	int node_count, node[TCE_COPY_MAX];
} w;

static void link_pe(int n)
{
	int32_t group;

	vmm_open_group(&w.v, n, &w.container[n], &w.group[n]);
	assert_int_equal(create_window(w.container[n], 12, WINDOW, 1, NULL), 0);
	group = w.group[n];
	assert_int_equal(vfio_attr(w.v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(&w.v, group, w.v.table), 0);
}

static int start(void **state)
{
	char device[PES + 1][32];

	w.node_count = numa_nodes(w.node, TCE_COPY_MAX);
	if (w.node_count < 0)
		return 0;
	for (int n = 3; n <= PES; n++)
		snprintf(device[n], sizeof(device[n]), "dmatest,group=%d,node=%d", n, client_node("node", n));
	client_start(&w.v.c, "device", device[3], "device", device[4], "share", "node", NULL);
	vmm_start_on(&w.v);
	w.v.device = stce_vm_create_device(w.v.vm, KVM_DEV_TYPE_VFIO);
	for (int n = 1; n <= PES; n++)
		link_pe(n);
	return 0;
}

static int stop(void **state)
{
	if (w.node_count < 0)
		return 0;
	for (int n = 2; n <= PES; n++) {
		stce_close(w.group[n]);
		stce_close(w.container[n]);
	}
	vmm_stop(&w.v);
	return 0;
}

static struct host_pe *pe(int group)
{
	return machine_pe(w.v.c.machine, (int)group);
}

static struct tce_share *share_of(int group)
{
	return pe(group)->slot[0]->share;
}

static void each_node_has_one_copy_and_it_lies_there(void **state)
{
	struct tce_share *share;

	if (w.node_count < 0) {
		print_message("# the kernel does not say which nodes have memory\n");
		skip();
	}
	share = share_of(1);
	for (int n = 2; n <= PES; n++)
		assert_ptr_equal(share_of(n), share);
	assert_int_equal(share->copy_count, w.node_count);
	for (uint64_t at = 0; at < WINDOW / PAGE; at++)
		assert_int_equal(h_put(&w.v, LIOBN, at * PAGE, (GPA + PAGE) | 3), STCE_H_SUCCESS);
	for (unsigned int c = 0; c < share->copy_count; c++)
		for (uint64_t at = 0, n; at < WINDOW / PAGE; at++)
			assert_int_equal(node_of(tce_table_span(&share->copy[c], to_index(at), 1, &n)), w.node[c]);
}

/* The test makes each copy show a different page, which no update does. */
static void a_pe_reads_the_copy_of_its_node(void **state)
{
	uint64_t n, first;
	char seen = 0;

	if (w.node_count < 0) {
		print_message("# the kernel does not say which nodes have memory\n");
		skip();
	}
	if (w.node_count < 2) {
		print_message("# one node has memory\n");
		skip();
	}
	assert_int_equal(h_put(&w.v, LIOBN, 0, GPA | 3), STCE_H_SUCCESS);
	first = tce_table_get(&share_of(1)->copy[0], to_index(0));
	for (unsigned int c = 0; c < share_of(1)->copy_count; c++) {
		w.v.ram[c * PAGE] = (char)('a' + c);
		atomic_store(tce_table_span(&share_of(1)->copy[c], to_index(0), 1, &n), first + c * PAGE);
	}
	for (int g = 1; g <= PES; g++) {
		unsigned int copy = (unsigned int)(g - 1) % share_of(1)->copy_count;

		assert_int_equal(stce_dma_read(w.v.c.machine, g, 0, &seen, 1), 0);
		assert_int_equal(seen, 'a' + copy);
		assert_int_equal(w.v.c.machine->parts->phb.placement.node[pe(g)->copy], w.node[copy]);
	}
	for (unsigned int c = 0; c < share_of(1)->copy_count; c++)
		atomic_store(tce_table_span(&share_of(1)->copy[c], to_index(0), 1, &n), first);
}

/* (E2), (E4) */
static void a_split_fills_the_copies_of_every_node(void **state)
{
	struct tce_share *own;

	if (w.node_count < 0) {
		print_message("# the kernel does not say which nodes have memory\n");
		skip();
	}
	for (uint64_t at = 0; at < WINDOW / PAGE; at += 7)
		assert_int_equal(h_put(&w.v, LIOBN, at * PAGE, (GPA + PAGE) | 3), STCE_H_SUCCESS);
	assert_int_equal(unmap_dma(w.container[2], 0, PAGE), 0);
	own = share_of(2);
	assert_ptr_not_equal(own, share_of(1));
	assert_int_equal(own->copy_count, w.node_count);
	for (unsigned int c = 0; c < own->copy_count; c++)
		for (uint64_t at = 0, n; at < WINDOW / PAGE; at++) {
			assert_int_equal(tce_table_get(&own->copy[c], to_index(at)),
					 at ? tce_table_get(&share_of(1)->copy[0], to_index(at)) : 0);
			assert_int_equal(node_of(tce_table_span(&own->copy[c], to_index(at), 1, &n)), w.node[c]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_node_has_one_copy_and_it_lies_there, start, stop),
		cmocka_unit_test_setup_teardown(a_pe_reads_the_copy_of_its_node, start, stop),
		cmocka_unit_test_setup_teardown(a_split_fills_the_copies_of_every_node, start, stop),
	};

	return cmocka_run_group_tests_name("kvm/nodes", tests, NULL, NULL);
}
