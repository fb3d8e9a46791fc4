/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of kvm/, mem/guest.h and host/update_list.h, through the public calls. */
#include "torture.h"

#include <errno.h>
#include <linux/kvm.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "unit/kvm/vmm.h"
#include "stats_of.h"

#define GUEST_PAGES 8          /* the guest maps pages 0 to 7; page 8 holds the list */
#define ENTRIES     64

struct arena {
	struct vmm v;
	_Atomic(uint64_t) done, relinked;
};

static bool is_known(long r)
{
	return r == STCE_H_SUCCESS || r == STCE_H_TOO_HARD || r == STCE_H_PARAMETER;
}

static long call(struct arena *a, struct torture_thread *self, uint64_t nr, uint64_t b, uint64_t c,
		 uint64_t d)
{
	uint64_t args[5] = { LIOBN, b, c, d, 0 }, ret = 0;

	switch (torture_below(self, 3)) {
	case 0:
		return stce_vm_hcall_real(a->v.vm, nr, args, &ret);
	case 1:
		return stce_vm_hcall_virtual(a->v.vm, nr, args, &ret);
	default:
		return stce_vm_hcall(a->v.vm, nr, args, &ret);
	}
}

/* Two of these threads race on the same entries. */
static void vcpu(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint64_t ioba = torture_below(self, ENTRIES / 2) * PAGE;
		uint64_t tce = (GPA + torture_below(self, GUEST_PAGES) * PAGE) | 3;
		long r = 0;

		switch (torture_below(self, 4)) {
		case 0:
			r = call(a, self, STCE_H_PUT_TCE, ioba, tce, 0);
			break;
		case 1:
			r = call(a, self, STCE_H_PUT_TCE, ioba, 0, 0);
			break;
		case 2:
			r = call(a, self, STCE_H_PUT_TCE_INDIRECT, ioba, LIST, ENTRIES / 2);
			break;
		case 3:
			r = call(a, self, STCE_H_STUFF_TCE, ioba, 0, ENTRIES / 2);
			break;
		}
		TORTURE_CHECK(is_known(r));
		atomic_fetch_add(&a->done, r == STCE_H_SUCCESS);
	}
}

static void device(struct torture_thread *self)
{
	struct arena *a = self->context;
	char bytes[3 * PAGE];

	while (torture_goes_on())
		device_read(&a->v.c, torture_below(self, ENTRIES) * PAGE, bytes, sizeof(bytes));
}

/* Removes the guest's memory and adds it again. */
static void mover(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		TORTURE_CHECK(!stce_vm_set_memory(a->v.vm, 0, 0, 0, NULL));
		sched_yield();
		TORTURE_CHECK(!stce_vm_set_memory(a->v.vm, 0, GPA, RAM_PAGES * PAGE, a->v.ram));
		sched_yield();
	}
}

/* Removes the list's page while other threads read it, and adds it again. */
static void list_thief(struct torture_thread *self)
{
	struct arena *a = self->context;
	char *page = a->v.ram + (LIST - GPA);

	while (torture_goes_on()) {
		TORTURE_CHECK(!mprotect(page, PAGE, PROT_NONE));
		sched_yield();
		TORTURE_CHECK(!mprotect(page, PAGE, PROT_READ | PROT_WRITE));
		sched_yield();
	}
}

/* Removes and adds the link, and the window, too. */
static void linker(struct torture_thread *self)
{
	struct arena *a = self->context;
	struct vmm *v = &a->v;
	int32_t group = v->c.group;
	uint64_t start;

	while (torture_goes_on()) {
		if (torture_chance(self, 2)) {
			TORTURE_CHECK(!vfio_attr(v->device, KVM_DEV_VFIO_GROUP_DEL, &group));
			TORTURE_CHECK(!vfio_attr(v->device, KVM_DEV_VFIO_GROUP_ADD, &group));
		} else {
			TORTURE_CHECK(!remove_window(v->c.container, 0));
			TORTURE_CHECK(!create_window(v->c.container, 12, 64 * MIB, 2, &start));
			TORTURE_CHECK(start == 0);
		}
		TORTURE_CHECK(!set_spapr_tce(v, v->c.group, v->table));
		atomic_fetch_add(&a->relinked, 1);
	}
}

static void start(struct arena *a)
{
	uint64_t tce[ENTRIES];

	vmm_start(&a->v);
	vmm_link(&a->v);
	for (unsigned int i = 0; i < ENTRIES; i++)
		tce[i] = (GPA + i % GUEST_PAGES * PAGE) | 3;
	set_list(&a->v, LIST, tce, ENTRIES);
	TORTURE_WANTS(a->done);
}

/* (K1), (U3): after refused calls no count is left behind. */
static void stop(struct arena *a)
{
	assert_int_equal(unmap_dma(a->v.c.container, 0, 64 * MIB), 0);
	assert_int_equal(stats_of(a->v.c.machine).pages_mapped, 0);
	assert_int_equal(unregister_memory(a->v.c.container, a->v.ram, RAM_PAGES * PAGE), 0);
	vmm_stop(&a->v);
}

static void u3_tiers_race_on_the_same_entries_and_lose_no_count(void **state)
{
	static struct arena a;

	start(&a);
	torture_run(&a, vcpu, 3u, device, 2u, NULL);
	stop(&a);
}

/* (M2) */
static void m2_memory_moves_under_the_calls(void **state)
{
	static struct arena a;

	start(&a);
	torture_run(&a, vcpu, 2u, device, 1u, mover, 1u, NULL);
	stop(&a);
}

static void a_list_that_goes_under_the_call_is_too_hard_and_no_crash(void **state)
{
	static struct arena a;

	start(&a);
	torture_run(&a, vcpu, 2u, list_thief, 1u, NULL);
	stop(&a);
}

/* (L1) */
static void l1_links_and_windows_go_under_the_calls(void **state)
{
	static struct arena a;

	start(&a);
	TORTURE_WANTS(a.relinked);
	torture_run(&a, vcpu, 2u, device, 1u, linker, 1u, NULL);
	stop(&a);
}

/*
 * Each vCPU puts TCEs of its own. With one writer the table and the window agree afterwards (K2).
 */
static void tables_come_and_go(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t liobn = 0x1000 + self->number;

	while (torture_goes_on()) {
		int fd = make_table(&a->v, liobn, 12, 0, 0x400);

		TORTURE_CHECK(fd >= 0);
		TORTURE_CHECK(h_put(&a->v, liobn, 0, GPA | 3) == STCE_H_SUCCESS);
		TORTURE_CHECK(!set_spapr_tce(&a->v, a->v.c.group, fd));
		TORTURE_CHECK(h_put(&a->v, liobn, (uint64_t)(ENTRIES + self->number) * PAGE, GPA | 3) ==
			      STCE_H_SUCCESS);
		TORTURE_CHECK(h_put(&a->v, liobn, (uint64_t)(ENTRIES + self->number) * PAGE, 0) ==
			      STCE_H_SUCCESS);
		stce_close(fd);
		TORTURE_CHECK(h_put(&a->v, liobn, 0, 0) == STCE_H_TOO_HARD);
	}
}

/* (K2) */
static void k2_tables_come_and_go_beside_the_calls(void **state)
{
	static struct arena a;

	start(&a);
	torture_run(&a, vcpu, 1u, tables_come_and_go, 2u, NULL);
	stop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(u3_tiers_race_on_the_same_entries_and_lose_no_count),
		cmocka_unit_test(m2_memory_moves_under_the_calls),
		cmocka_unit_test(a_list_that_goes_under_the_call_is_too_hard_and_no_crash),
		cmocka_unit_test(l1_links_and_windows_go_under_the_calls),
		cmocka_unit_test(k2_tables_come_and_go_beside_the_calls),
	};

	return cmocka_run_group_tests_name("kvm", tests, NULL, NULL);
}
