/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conditions under which hypercalls are refused: tables, links and memory. reasons_hcalls_end()
 * removes those that the world does not.
 */
#include "reasons_tables.h"

#include <sys/mman.h>

#include <linux/kvm.h>

#include "api/handles.h"
#include "dma/hold.h"
#include "machine/machine.h"

#define EXTRA_PAGES 16

static char *extra;
static int other = -1;               /* a second container */
static struct tce_share *suspended;
static struct dma_hold hold;
static bool is_held;

static struct host_pe *first_pe(void)
{
	return &machine_parts(world.v.c.machine)->pes->pe;
}

/* An entry stands for a page of 2^shift bytes. */
static void make(uint32_t shift, uint64_t start)
{
	world.v.table = make_table(&world.v, NAME, shift, start >> shift, 0x400);
	assert_true(world.v.table >= 0);
}

void reasons_table(void) { make(12, 0); }

static void put_virtually(uint64_t ioba, uint64_t tce)
{
	uint64_t args[5] = { NAME, ioba, tce }, ret;

	assert_int_equal(stce_vm_hcall_virtual(world.v.vm, STCE_H_PUT_TCE, args, &ret), STCE_H_SUCCESS);
}

/* Makes both pages of the table's memory present. */
static void present(void)
{
	put_virtually(0, GPA | 3);
	put_virtually(0x200000, GPA | 3);
}

void reasons_present_table(void)
{
	reasons_table();
	present();
}

static void add_link(int group)
{
	int32_t fd = group;

	if (world.v.device < 0)
		world.v.device = stce_vm_create_device(world.v.vm, KVM_DEV_TYPE_VFIO);
	assert_int_equal(vfio_attr(world.v.device, KVM_DEV_VFIO_GROUP_ADD, &fd), 0);
	assert_int_equal(set_spapr_tce(&world.v, group, world.v.table), 0);
}

/* The first call that needs the default window makes it. */
static void link_first(void)
{
	assert_int_equal(unmap_dma(world.v.c.container, 0, PAGE), 0);
	add_link(world.v.c.group);
}

void reasons_linked(void)
{
	reasons_present_table();
	link_first();
}

static void linked_by_64k(void)
{
	make(16, 0);
	put_virtually(0, GPA | 3);
	link_first();
}

static void show_extra(void)
{
	extra = get_pages(EXTRA_PAGES);
	assert_int_equal(stce_vm_set_memory(world.v.vm, 1, EXTRA_GPA, PAGE, extra), 0);
}

void reasons_linked_and_extra(void)
{
	reasons_linked();
	show_extra();
}

void reasons_linked_by_64k_and_extra(void)
{
	linked_by_64k();
	show_extra();
}

void reasons_present_and_extra(void)
{
	reasons_present_table();
	show_extra();
}

void reasons_unreadable_extra(void)
{
	reasons_present_and_extra();
	assert_int_equal(mprotect(extra, OWN_PAGE, PROT_NONE), 0);
}

/* A window of 64K pages over memory in ordinary pages. */
void reasons_linked_to_64k(void)
{
	uint64_t start;

	assert_int_equal(create_window(world.v.c.container, 16, 64 * MIB, 1, &start), 0);
	make(16, start);
	put_virtually(start, GPA | 3);
	add_link(world.v.c.group);
}

/* A window whose table has two levels; the lower one has not been made. */
void reasons_linked_to_a_hole(void)
{
	uint64_t start;

	assert_int_equal(create_window(world.v.c.container, 12, GIB, 2, &start), 0);
	make(12, start);
	put_virtually(start + 0x200000, GPA | 3);
	add_link(world.v.c.group);
}

static void open_other(long type)
{
	world.v.c.second = open_group(&world.v.c, 2);
	other = open_container(&world.v.c);
	assert_int_equal(set_container(world.v.c.second, other), 0);
	assert_int_equal(set_iommu(other, type), 0);
}

void reasons_linked_twice(void)
{
	reasons_linked();
	open_other(VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(register_memory(other, world.v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(unmap_dma(other, 0, PAGE), 0);
	add_link(world.v.c.second);
}

void reasons_linked_to_v1(void)
{
	reasons_present_table();
	open_other(VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(stce_ioctl(other, VFIO_IOMMU_ENABLE, NULL), 0);
	assert_int_equal(unmap_dma(other, 0, PAGE), 0);
	add_link(world.v.c.second);
}

void reasons_linked_and_suspended(void)
{
	reasons_linked();
	suspended = host_pe_container_window(first_pe(), 0)->share;
	tce_share_suspend(suspended);
}

/* A device is in the middle of a read through the first entry. */
void reasons_linked_and_held(void)
{
	static struct iovec piece;
	struct dma_range range = { { 0 }, 16 };
	const struct dma_request request = { &range, 1, TCE_READ, &piece, 1, true };

	reasons_linked();
	assert_int_equal(h_put(&world.v, NAME, 0, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(dma_hold(first_pe(), &request, &hold), 0);
	is_held = true;
}

void reasons_blind(void) { atomic_fetch_or(&world.v.vm->kvm->calls, KVM_CALLS_BLIND); }
void reasons_disabled(void) { stce_vm_enable_hcall(world.v.vm, STCE_H_STUFF_TCE, false); }

/* Writes lists at LIST. */
static void list_of(unsigned int count, uint64_t tce)
{
	uint64_t list[64];

	for (unsigned int i = 0; i < count; i++)
		list[i] = tce;
	set_list(&world.v, LIST, list, count);
}

void reasons_linked_by_64k_list(void)
{
	linked_by_64k();
	list_of(33, GPA | 3);
}

void reasons_list_of_no_page(void)
{
	reasons_present_table();
	list_of(2, 0x7000000);
}

void reasons_hcalls_end(void)
{
	if (suspended)
		tce_share_resume(suspended);
	suspended = NULL;
	if (is_held)
		dma_release(&hold, 0);
	is_held = false;
	if (other >= 0)
		stce_close(other);
	other = -1;
	if (extra)
		drop_pages(extra, EXTRA_PAGES);
	extra = NULL;
}
