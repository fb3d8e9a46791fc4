/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of tce/share.h and host/share.h, with three containers behind one guest table. */
#include "torture.h"

#include <errno.h>
#include <linux/kvm.h>
#include <sched.h>
#include <string.h>

#include "unit/kvm/vmm.h"

#define PES      3
#define PAGES    4                     /* of each vCPU, and of the thread that makes PEs differ */
#define WINDOW   (4 * MIB)
#define OTHERS   0x100                 /* the first entry that no vCPU writes */
#define OTHER_PAGE 16                  /* and the page that it maps */

struct arena {
	struct vmm v;
	int container[PES + 1], group[PES + 1];
	_Atomic(uint64_t) rounds, splits, joins, written;
	/* Synchronises the writers. */
	pthread_barrier_t barrier;
	_Atomic(bool) goes_on;
};

static void add_container(struct arena *a, int n)
{
	struct vmm *v = &a->v;
	int32_t group;

	vmm_open_group(v, n, &a->container[n], &a->group[n]);
	assert_int_equal(create_window(a->container[n], 12, WINDOW, 2, NULL), 0);
	group = a->group[n];
	assert_int_equal(vfio_attr(v->device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(v, a->group[n], v->table), 0);
}

static void start(struct arena *a, const char *policy)
{
	*a = (struct arena){ .rounds = 0 };
	client_start(&a->v.c, "device", strcmp(policy, "node:3") ? "dmatest,group=3" : "dmatest,group=3,node=2",
		     "share", policy, NULL);
	vmm_start_on(&a->v);
	a->v.device = stce_vm_create_device(a->v.vm, KVM_DEV_TYPE_VFIO);
	for (int n = 1; n <= PES; n++)
		add_container(a, n);
	TORTURE_WANTS(a->rounds);
}

static void stop(struct arena *a)
{
	for (int n = 2; n <= PES; n++) {
		stce_close(a->group[n]);
		stce_close(a->container[n]);
	}
	/* Fails unless all counts of all tables are 0. */
	vmm_stop(&a->v);
}

/*
 * Returns the byte that every device reads at the address, or -1 if a device cannot read or they
 * differ.
 */
static int all_see(struct arena *a, uint64_t ioba)
{
	unsigned char first = 0, x;

	for (int n = 1; n <= PES; n++) {
		if (stce_dma_read(a->v.c.machine, n, ioba, &x, 1) || (n > 1 && x != first))
			return -1;
		first = x;
	}
	return first;
}

static bool none_sees(struct arena *a, uint64_t ioba)
{
	char x;

	for (int n = 1; n <= PES; n++)
		if (!stce_dma_read(a->v.c.machine, n, ioba, &x, 1))
			return false;
	return true;
}

/* Maps and unmaps its own entries and pages. */
static void vcpu(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		unsigned int n = self->number * PAGES + torture_below(self, PAGES);
		unsigned char *page = (unsigned char *)a->v.ram + n * PAGE;
		uint64_t ioba = n * PAGE;

		torture_stamp(page, PAGE);
		TORTURE_CHECK(h_put(&a->v, LIOBN, ioba, (GPA + n * PAGE) | 1) == STCE_H_SUCCESS);
		/*
		 * (E1), (E2), (E4), (E5): this holds for each table and copy that a device reads.
		 */
		TORTURE_CHECK(all_see(a, ioba) == TORTURE_STAMP);
		TORTURE_CHECK(torture_is_stamped(page, PAGE));
		TORTURE_CHECK(h_put(&a->v, LIOBN, ioba, (GPA + n * PAGE) | 3) == STCE_H_SUCCESS);
		sched_yield();
		if (torture_chance(self, 2))
			TORTURE_CHECK(h_stuff(&a->v, LIOBN, ioba, 0, 1) == STCE_H_SUCCESS);
		else
			TORTURE_CHECK(h_put(&a->v, LIOBN, ioba, 0) == STCE_H_SUCCESS);
		/* (E1) No device writes the page any more. */
		torture_stamp(page, PAGE);
		TORTURE_CHECK(none_sees(a, ioba));
		TORTURE_CHECK(torture_is_stamped(page, PAGE));
		atomic_fetch_add(&a->rounds, 1);
	}
}

static void device(struct torture_thread *self)
{
	struct arena *a = self->context;
	static const char bytes[PAGE / 2];

	while (torture_goes_on()) {
		uint64_t ioba = torture_below(self, 2 * PAGES) * PAGE + torture_below(self, 8) * 64;
		int group = 1 + (int)torture_below(self, PES);

		atomic_fetch_add(&a->written,
				 !stce_dma_write(a->v.c.machine, group, ioba, bytes, sizeof(bytes)));
	}
}

/* One PE differs for a while, so that its table is split off and joined again. */
static void differ(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int n = 1 + (int)torture_below(self, PES);
		uint64_t ioba = (OTHERS + torture_below(self, PAGES)) * PAGE;
		char *page = a->v.ram + OTHER_PAGE * PAGE, x = 0;

		*page = (char)n;
		TORTURE_CHECK(!map_dma(a->container[n], page, ioba, PAGE, RW));
		for (int other = 1; other <= PES; other++)
			TORTURE_CHECK(!stce_dma_read(a->v.c.machine, other, ioba, &x, 1) == (other == n));
		TORTURE_CHECK(x == n);
		atomic_fetch_add(&a->splits, 1);
		TORTURE_CHECK(!unmap_dma(a->container[n], ioba, PAGE));
		if (torture_chance(self, 2))
			atomic_fetch_add(&a->joins, stce_vm_share_tables(a->v.vm));
	}
}

/* Removes a window and makes it again, and its link, too. */
static void remaker(struct torture_thread *self)
{
	struct arena *a = self->context;
	int32_t group = a->group[PES];

	while (torture_goes_on()) {
		TORTURE_CHECK(!vfio_attr(a->v.device, KVM_DEV_VFIO_GROUP_DEL, &group));
		TORTURE_CHECK(!vfio_attr(a->v.device, KVM_DEV_VFIO_GROUP_ADD, &group));
		if (torture_chance(self, 2)) {
			TORTURE_CHECK(!remove_window(a->container[PES], 0));
			TORTURE_CHECK(!create_window(a->container[PES], 12, WINDOW, 2, NULL));
		}
		TORTURE_CHECK(!set_spapr_tce(&a->v, group, a->v.table));
		atomic_fetch_add(&a->splits, 1);
		sched_yield();
	}
}

/* Maps any page at its own entries. Only counts and tables must be right afterwards. */
static void careless_vcpu(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint64_t ioba = torture_below(self, 64) * PAGE, page = torture_below(self, RAM_PAGES);

		if (torture_chance(self, 3))
			TORTURE_CHECK(h_stuff(&a->v, LIOBN, ioba, 0, 64) == STCE_H_SUCCESS);
		else
			TORTURE_CHECK(h_put(&a->v, LIOBN, ioba, (GPA + page * PAGE) | 3) == STCE_H_SUCCESS);
		atomic_fetch_add(&a->rounds, 1);
	}
}

static void pes_that_differ_for_a_while(void **state)
{
	static struct arena a;

	start(&a, "on");
	TORTURE_WANTS(a.written);
	TORTURE_WANTS(a.splits);
	TORTURE_WANTS(a.joins);
	torture_run(&a, vcpu, 2u, device, 2u, differ, 1u, NULL);
	stop(&a);
}

static void copies_on_two_nodes(void **state)
{
	static struct arena a;

	start(&a, "node:2");
	TORTURE_WANTS(a.written);
	TORTURE_WANTS(a.splits);
	TORTURE_WANTS(a.joins);
	torture_run(&a, vcpu, 2u, device, 2u, differ, 1u, NULL);
	stop(&a);
}

static void windows_that_come_and_go(void **state)
{
	static struct arena a;

	start(&a, "on");
	TORTURE_WANTS(a.written);
	TORTURE_WANTS(a.splits);
	torture_run(&a, careless_vcpu, 2u, device, 2u, remaker, 1u, NULL);
	stop(&a);
}

static bool copies_agree(struct arena *a)
{
	unsigned char first, x;

	if (stce_dma_read(a->v.c.machine, 1, 0, &first, 1))
		return false;
	/* Groups 1, 2 and 3 read copies 0, 1 and 2. */
	for (int n = 2; n <= PES; n++)
		if (stce_dma_read(a->v.c.machine, n, 0, &x, 1) || x != first)
			return false;
	return true;
}

/* (E2) All threads write one entry at once. Afterwards all copies are equal. */
static void writer_of_one_entry(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (atomic_load(&a->goes_on)) {
		uint64_t page = torture_below(self, RAM_PAGES);

		pthread_barrier_wait(&a->barrier);
		TORTURE_CHECK(h_put(&a->v, LIOBN, 0, (GPA + page * PAGE) | 3) == STCE_H_SUCCESS);
		pthread_barrier_wait(&a->barrier);
		if (!self->number) {
			TORTURE_CHECK(copies_agree(a));
			atomic_fetch_add(&a->rounds, 1);
			atomic_store(&a->goes_on, torture_waits_on());
		}
		pthread_barrier_wait(&a->barrier);
	}
}

static void writers_of_one_entry_agree(void **state)
{
	static struct arena a;

	start(&a, "node:3");
	for (unsigned int page = 0; page < RAM_PAGES; page++)
		a.v.ram[page * PAGE] = (char)page;
	pthread_barrier_init(&a.barrier, NULL, 2);
	atomic_store(&a.goes_on, true);
	torture_run(&a, writer_of_one_entry, 2u, NULL);
	pthread_barrier_destroy(&a.barrier);
	stop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pes_that_differ_for_a_while),
		cmocka_unit_test(copies_on_two_nodes),
		cmocka_unit_test(windows_that_come_and_go),
		cmocka_unit_test(writers_of_one_entry_agree),
	};

	return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
