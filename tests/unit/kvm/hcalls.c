/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four hypercalls on a table without a window: the order of checks, and no change after a
 * refusal.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "abi/kvm_ppc.h"
#include "vmm_test.h"
#include "stats_of.h"

static void calls_that_are_off_exit(void **state)
{
	struct stce_vm *vm;
	uint64_t args[5] = { 3 }, ret;
	int fd;

	assert_int_equal(stce_vm_new(v.c.machine, &vm), 0);
	fd = stce_vm_create_table(vm, &(struct stce_table){ 3, 12, 0, 16 });
	assert_int_equal(stce_vm_hcall(vm, STCE_H_STUFF_TCE, args, &ret), STCE_H_TOO_HARD);
	assert_int_equal(stce_vm_hcall(vm, STCE_H_PUT_TCE_INDIRECT, args, &ret), STCE_H_TOO_HARD);
	assert_int_equal(stce_vm_hcall(vm, STCE_H_PUT_TCE, args, &ret), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_enable_hcall(vm, STCE_H_PUT_TCE, false), 0);
	assert_int_equal(stce_vm_hcall(vm, STCE_H_PUT_TCE, args, &ret), STCE_H_TOO_HARD);
	assert_int_equal(stce_vm_enable_hcall(vm, 0x139, true), -EINVAL);
	/* Hypercalls of a terminal or of RTAS are not counted as TCE calls that were too hard. */
	assert_int_equal(stce_vm_hcall(vm, 0x500, args, &ret), STCE_H_TOO_HARD);
	assert_int_equal(stats_of(v.c.machine).hcalls_user, 3);
	stce_close(fd);
	stce_vm_free(vm);
}

static void put_judges_liobn_then_ioba_then_tce(void **state)
{
	assert_int_equal(h_put(&v, 99, 1, 3), STCE_H_TOO_HARD);
	assert_int_equal(h_put(&v, LIOBN | bit64(32), 0, 0), STCE_H_TOO_HARD);
	assert_int_equal(h_put(&v, LIOBN, 1, 3), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, LIOBN, 0x400000, 0), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, LIOBN, UINT64_MAX & ~0xfffull, 0), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 7), STCE_H_TOO_HARD);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 0x803), STCE_H_TOO_HARD);
	assert_int_equal(h_put(&v, LIOBN, 0, 0x5000000 | 3), STCE_H_TOO_HARD);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
	assert_int_equal(h_put(&v, LIOBN, 0x3ff000, GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, LIOBN, 0x3ff000), GPA | 3);
}

static void an_offset_moves_the_window(void **state)
{
	int fd = make_table(&v, 5, 12, 0x100, 16);

	assert_int_equal(h_put(&v, 5, 0xff000, 0), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, 5, 0x100000, 0), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, 5, 0x10f000, 0), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, 5, 0x110000, 0), STCE_H_PARAMETER);
	stce_close(fd);
}

static void poison_is_stored_as_it_is(void **state)
{
	assert_int_equal(h_put(&v, LIOBN, 0, 0xfffffffffffffffcull), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, LIOBN, 0), 0xfffffffffffffffcull);
	assert_int_equal(h_stuff(&v, LIOBN, 0x1000, 0x44, 3), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, LIOBN, 0x3000), 0x44);
	assert_int_equal(h_get(&v, LIOBN, 0x4000), 0);
}

static void memory_behind_an_unlinked_tce_is_not_touched(void **state)
{
	mprotect(v.ram, PAGE, PROT_NONE);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), STCE_H_SUCCESS);
	mprotect(v.ram, PAGE, PROT_READ | PROT_WRITE);
}

static void get_leaves_the_register_alone_when_it_refuses(void **state)
{
	uint64_t ret = 0x77, misaligned[5] = { LIOBN, 8 }, outside[5] = { LIOBN, 0x400000 };

	assert_int_equal(stce_vm_hcall(v.vm, STCE_H_GET_TCE, misaligned, &ret), STCE_H_PARAMETER);
	assert_int_equal(stce_vm_hcall(v.vm, STCE_H_GET_TCE, outside, &ret), STCE_H_PARAMETER);
	assert_int_equal(ret, 0x77);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
}

static void counts_of_a_list(void **state)
{
	uint64_t tce[512];

	for (unsigned int i = 0; i < 512; i++)
		tce[i] = (GPA + (i % RAM_PAGES) * PAGE) | 3;
	set_list(&v, LIST, tce, 512);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 0), STCE_H_SUCCESS);
	assert_int_equal(h_indirect(&v, LIOBN, 1, LIST, 0), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 513), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, UINT64_MAX), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, 99, 0, LIST, 513), STCE_H_TOO_HARD);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 512), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, LIOBN, 511 << 12), tce[511]);
	assert_int_equal(h_get(&v, LIOBN, 512 << 12), 0);
}

static void places_of_a_list(void **state)
{
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST + 8, 1), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST + 0x800, 1), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST | 3, 1), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, LIOBN, 0, 0x9000000, 1), STCE_H_TOO_HARD);
	mprotect(list_memory(&v), OWN_PAGE, PROT_NONE);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 1), STCE_H_TOO_HARD);
	mprotect(list_memory(&v), OWN_PAGE, PROT_READ | PROT_WRITE);
	munmap(list_memory(&v), OWN_PAGE);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 1), STCE_H_TOO_HARD);
}

static void one_bad_entry_refuses_the_list(void **state)
{
	uint64_t tce[4] = { GPA | 3, (GPA + PAGE) | 3, 0x9000000 | 3, GPA | 3 };

	set_list(&v, LIST, tce, 4);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 4), STCE_H_TOO_HARD);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
	/* [DIFF-19] The code is Linux's, but nothing was written before it. */
	tce[2] = 0x9000000;
	set_list(&v, LIST, tce, 4);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 4), STCE_H_PARAMETER);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
	tce[2] = GPA | 0x13;
	set_list(&v, LIST, tce, 4);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 4), STCE_H_TOO_HARD);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
}

/* Linux checks the entry's own 4K page, even in a table of larger pages. */
static void a_list_entry_without_permissions_is_judged_by_its_own_page(void **state)
{
	int fd = make_table(&v, 6, 16, 0, 16);
	uint64_t end = GPA + 31 * PAGE, tce = end | 0xc;

	assert_int_equal(stce_vm_set_memory(v.vm, 0, GPA, 31 * PAGE, v.ram), 0);
	set_list(&v, LIST, &tce, 1);
	assert_int_equal(h_indirect(&v, 6, 0, LIST, 1), STCE_H_PARAMETER);
	tce -= PAGE;
	set_list(&v, LIST, &tce, 1);
	assert_int_equal(h_indirect(&v, 6, 0, LIST, 1), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, 6, 0), tce);
	stce_close(fd);
}

static void ranges_end_where_the_table_ends(void **state)
{
	uint64_t tce[4] = { GPA | 3, GPA | 3, GPA | 3, GPA | 3 };

	set_list(&v, LIST, tce, 4);
	assert_int_equal(h_indirect(&v, LIOBN, 0x3fe000, LIST, 2), STCE_H_SUCCESS);
	/* [DIFF-2] */
	assert_int_equal(h_indirect(&v, LIOBN, 0x3fe000, LIST, 3), STCE_H_PARAMETER);
	assert_int_equal(h_stuff(&v, LIOBN, 0x3fe000, 0, 3), STCE_H_PARAMETER);
	assert_int_equal(h_stuff(&v, LIOBN, 0x3fe000, 0, UINT64_MAX), STCE_H_PARAMETER);
	assert_int_equal(h_stuff(&v, LIOBN, 0x400000, 0, 0), STCE_H_PARAMETER);
	assert_int_equal(h_get(&v, LIOBN, 0x3fe000), GPA | 3);
}

static void stuff_takes_any_count_and_no_permissions(void **state)
{
	assert_int_equal(h_stuff(&v, LIOBN, 0, 1, 1), STCE_H_PARAMETER);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 2, 1), STCE_H_PARAMETER);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 4, 0), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, LIOBN, 0), 0);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 4, 513), STCE_H_SUCCESS);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 8, 0x400), STCE_H_SUCCESS);
	assert_int_equal(h_get(&v, LIOBN, 0x3ff000), 8);
}

static void strict_mode_answers_as_lopar_says(void **state)
{
	uint64_t tce[1] = { GPA | 3 };

	stce_vm_set_strict(v.vm, true);
	set_list(&v, LIST, tce, 1);
	assert_int_equal(h_put(&v, 99, 0, 0), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 0x13), STCE_H_PARAMETER);
	assert_int_equal(h_put(&v, LIOBN, 0, 0x9000003), STCE_H_PARAMETER);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 0, 513), STCE_H_P4);
	assert_int_equal(h_stuff(&v, LIOBN, 0, 0, 512), STCE_H_SUCCESS);
	assert_int_equal(h_indirect(&v, LIOBN, 0, 0x9000000, 1), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, LIOBN, 0, LIST, 1), STCE_H_SUCCESS);
}

static void a_hole_between_slots_is_outside_memory(void **state)
{
	const uint64_t beyond = GPA + (RAM_PAGES + 1) * PAGE;
	char *more = get_pages(1);

	assert_int_equal(stce_vm_set_memory(v.vm, 1, beyond, PAGE, more), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, (beyond - PAGE) | 3), STCE_H_TOO_HARD);
	assert_int_equal(h_indirect(&v, LIOBN, 0, beyond - PAGE, 1), STCE_H_TOO_HARD);
	assert_int_equal(h_put(&v, LIOBN, 0, (beyond - 2 * PAGE) | 3), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, LIOBN, 0, beyond | 3), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, 0, 0, NULL), 0);
	drop_pages(more, 1);
}

static void a_strict_machine_makes_strict_vms(void **state)
{
	uint64_t args[5] = { 99 }, ret;
	struct client c;
	struct stce_vm *vm;

	client_start(&c, "strict", "papr", NULL);
	assert_int_equal(stce_vm_new(c.machine, &vm), 0);
	assert_int_equal(stce_vm_hcall(vm, STCE_H_PUT_TCE, args, &ret), STCE_H_PARAMETER);
	stce_vm_free(vm);
	client_stop(&c);
}

static void slots_come_move_and_go(void **state)
{
	assert_int_equal(stce_vm_set_memory(v.vm, 1, GPA + PAGE, PAGE, v.ram), -EEXIST);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, GPA + 1, PAGE, v.ram), -EINVAL);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, -PAGE, 2 * PAGE, v.ram), -EINVAL);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, 2 * GPA, 2 * PAGE, (void *)-PAGE), -EINVAL);
	assert_int_equal(stce_vm_set_memory(v.vm, 1, 0, 0, NULL), -ENOENT);
	assert_int_equal(stce_vm_set_memory(v.vm, 0, 2 * GPA, PAGE, v.ram), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, GPA | 3), STCE_H_TOO_HARD);
	assert_int_equal(h_put(&v, LIOBN, 0, (2 * GPA) | 3), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_set_memory(v.vm, 0, 0, 0, NULL), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, (2 * GPA) | 3), STCE_H_TOO_HARD);
}

static void both_ioctls_of_slots_are_heard(void **state)
{
	struct kvm_userspace_memory_region2 p = {
		.slot = 7, .guest_phys_addr = 4 * GPA, .memory_size = PAGE,
		.userspace_addr = (uintptr_t)v.ram,
	};

	assert_int_equal(h_put(&v, LIOBN, 0, (4 * GPA) | 3), STCE_H_TOO_HARD);
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION2, &p), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, (4 * GPA) | 3), STCE_H_SUCCESS);
	p.memory_size = 0;
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, (4 * GPA) | 3), STCE_H_TOO_HARD);
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION2, NULL), -EFAULT);
}

/* Linux's KVM does the same: such a host gave the recorded answers. */
static void an_ioctl_moves_a_slot_and_never_resizes_it(void **state)
{
	struct kvm_userspace_memory_region p = {
		.slot = 7, .guest_phys_addr = 4 * GPA, .memory_size = PAGE,
		.userspace_addr = (uintptr_t)v.ram,
	};

	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), 0);
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), 0);
	p.memory_size = 2 * PAGE;
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), -EINVAL);
	p.memory_size = PAGE;
	p.userspace_addr += PAGE;
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), -EINVAL);
	assert_int_equal(h_put(&v, LIOBN, 0, (4 * GPA) | 3), STCE_H_SUCCESS);
	p.userspace_addr -= PAGE;
	p.guest_phys_addr = 5 * GPA;
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), 0);
	assert_int_equal(h_put(&v, LIOBN, 0, (4 * GPA) | 3), STCE_H_TOO_HARD);
	assert_int_equal(h_put(&v, LIOBN, 0, (5 * GPA) | 3), STCE_H_SUCCESS);
	p.memory_size = 0;
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), 0);
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p), -EINVAL);
}

static void each_tier_is_reachable_and_counted(void **state)
{
	uint64_t args[5] = { 2, 0, GPA | 3 }, ret;
	int table = make_table(&v, 2, 12, 0, 0x4000);

	/* Real mode does not know yet that the page of the table is present. */
	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE, args, &ret), STCE_H_TOO_HARD);
	assert_int_equal(stce_vm_hcall_virtual(v.vm, STCE_H_PUT_TCE, args, &ret), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_hcall_real(v.vm, STCE_H_PUT_TCE, args, &ret), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, 2, 0, 0), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, 2, 0x3000000, 0), STCE_H_SUCCESS);
	assert_int_equal(h_put(&v, 2, 0, 0x9000003), STCE_H_TOO_HARD);
	assert_int_equal(stats_of(v.c.machine).hcalls_real, 1);
	assert_int_equal(stats_of(v.c.machine).hcalls_virtual, 1);
	assert_int_equal(stats_of(v.c.machine).hcalls_user, 1);
	assert_int_equal(stats_of(v.c.machine).h_put_tce, 3);
	stce_close(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_that_are_off_exit),
		TEST(put_judges_liobn_then_ioba_then_tce),
		TEST(an_offset_moves_the_window),
		TEST(poison_is_stored_as_it_is),
		TEST(memory_behind_an_unlinked_tce_is_not_touched),
		TEST(get_leaves_the_register_alone_when_it_refuses),
		TEST(counts_of_a_list),
		TEST(places_of_a_list),
		TEST(one_bad_entry_refuses_the_list),
		TEST(a_list_entry_without_permissions_is_judged_by_its_own_page),
		TEST(ranges_end_where_the_table_ends),
		TEST(stuff_takes_any_count_and_no_permissions),
		TEST(strict_mode_answers_as_lopar_says),
		TEST(a_hole_between_slots_is_outside_memory),
		TEST(a_strict_machine_makes_strict_vms),
		TEST(slots_come_move_and_go),
		TEST(both_ioctls_of_slots_are_heard),
		TEST(an_ioctl_moves_a_slot_and_never_resizes_it),
		TEST(each_tier_is_reachable_and_counted),
	};

	return cmocka_run_group_tests_name("hcalls", tests, NULL, NULL);
}
