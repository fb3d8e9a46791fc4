/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads remove the same pages at the same moment, each by a different call. (U4) Whichever of
 * them finds the entries cleared, or their part gone, no device writes the pages after its call has
 * returned.
 */
#include "torture.h"

#include <errno.h>
#include <linux/kvm.h>

#include "stats_of.h"
#include "unit/kvm/vmm.h"
#include "util/os.h"

#define PES     2
#define PAGES   12                     /* that a round maps and removes; the list is behind them */
#define WINDOW  (4 * MIB)
#define PART    UINT64_C(0x2000)       /* entries that containers hold together */
#define PIECE   16                     /* pages of RAM that fill it, again and again */
#define STRETCH (16 * PIECE)           /* pages of it that a device writes at once */
#define NOTHING (LIST + PAGE)          /* a list that clears */

struct arena;
/* Returns 0 on success, or -ENXIO without a window. */
typedef long way_fn(struct arena *a, struct torture_thread *self);

struct arena {
	struct vmm v;
	int pes, container[PES + 1], group[PES + 1];
	bool by_guest;                 /* the guest maps them for all PEs */
	bool joins;                    /* in each round, windows that differ join again */
	int writers;                   /* groups whose devices write */
	bool by_parts;                 /* they map a whole part, which container 2 holds too */
	way_fn *way[2];                /* how each thread removes the pages */
	pthread_barrier_t barrier;
	_Atomic(bool) goes_on;
	_Atomic(uint64_t) rounds, written, shared;
};

static long call(struct arena *a, uint64_t nr, uint64_t ioba, uint64_t b, uint64_t c)
{
	uint64_t args[5] = { LIOBN, ioba, b, c, 0 }, ret;

	return stce_vm_hcall(a->v.vm, nr, args, &ret);
}

static long by_hypercall(struct arena *a, struct torture_thread *self)
{
	long r = 0;

	switch (torture_below(self, 3)) {
	case 0:
		return call(a, STCE_H_STUFF_TCE, 0, 0, PAGES);
	case 1:
		return call(a, STCE_H_PUT_TCE_INDIRECT, 0, NOTHING, PAGES);
	}
	for (unsigned int i = 0; i < PAGES && !r; i++)
		r = call(a, STCE_H_PUT_TCE, i * PAGE, 0, 0);
	return r;
}

/* Only real mode, which yields to a device that is inside, until it meets none. */
static long by_real_mode(struct arena *a, struct torture_thread *self)
{
	uint64_t args[5] = { LIOBN, 0, 0, PAGES, 0 }, ret;
	long r;

	do
		r = stce_vm_hcall_real(a->v.vm, STCE_H_STUFF_TCE, args, &ret);
	while (r == STCE_H_TOO_HARD);
	return r;
}

static long by_unmap(struct arena *a, struct torture_thread *self)
{
	return unmap_dma(a->container[1], 0, PAGES * PAGE);
}

static long by_unmap_of_the_part(struct arena *a, struct torture_thread *self)
{
	return unmap_dma(a->container[1], 0, PART * PAGE);
}

/* It takes one of the calls for the pages and for the part. */
static long by_either_unmap(struct arena *a, struct torture_thread *self)
{
	return torture_chance(self, 2) ? by_unmap(a, self) : by_unmap_of_the_part(a, self);
}

/* The memory can be unregistered when no TCE counts on it, which is the other thread's work. */
static long by_unregister(struct arena *a, struct torture_thread *self)
{
	long r;

	do
		r = unregister_memory(a->container[1], a->v.ram, RAM_PAGES * PAGE);
	while (r == -EBUSY);
	return r;
}

static long by_remove(struct arena *a, struct torture_thread *self)
{
	return remove_window(a->container[1], 0);
}

static bool map_part(struct arena *a, int n)
{
	for (uint64_t at = 0; at < PART; at += PIECE)
		if (map_dma(a->container[n], a->v.ram, at * PAGE, PIECE * PAGE, RW))
			return false;
	return true;
}

/* The last MAP of a part finds that container 2 has an equal one, unless the part was opened too often. */
static bool fill_part(struct arena *a)
{
	struct stce_stats stats;

	if (!map_part(a, 1))
		return false;
	if (a->joins)
		stce_vm_share_tables(a->v.vm);
	stats = stats_of(a->v.c.machine);
	atomic_fetch_add(&a->shared, stats.table_bytes_unshared - stats.table_bytes >= PART * sizeof(uint64_t));
	return true;
}

static bool fill(struct arena *a)
{
	bool good;

	if (a->by_parts)
		return fill_part(a);
	if (!a->by_guest)
		return !map_dma(a->container[1], a->v.ram, 0, PAGES * PAGE, RW);
	good = call(a, STCE_H_PUT_TCE_INDIRECT, 0, LIST, PAGES) == STCE_H_SUCCESS;
	if (a->joins)
		stce_vm_share_tables(a->v.vm);
	return good;
}

static bool restore(struct arena *a, way_fn *way)
{
	if (way == by_unregister)
		return !register_memory(a->container[1], a->v.ram, RAM_PAGES * PAGE);
	return way != by_remove || !create_window(a->container[1], 12, WINDOW, 1, NULL);
}

/* Each thread has its half of every page. */
static void stamp_half(struct arena *a, unsigned int half)
{
	for (unsigned int i = 0; i < PAGES; i++)
		torture_stamp((unsigned char *)a->v.ram + i * PAGE + half * (PAGE / 2), PAGE / 2);
}

static bool half_is_stamped(struct arena *a, unsigned int half)
{
	for (unsigned int i = 0; i < PAGES; i++)
		if (!torture_is_stamped((unsigned char *)a->v.ram + i * PAGE + half * (PAGE / 2), PAGE / 2))
			return false;
	return true;
}

static void take_away_and_look(struct arena *a, struct torture_thread *self)
{
	long r = a->way[self->number](a, self);

	if (r == -ENXIO && a->way[1] == by_remove)
		return;
	TORTURE_CHECK(!r);
	stamp_half(a, self->number);
	for (int i = 0; i < 3; i++)
		os_yield();
	TORTURE_CHECK(half_is_stamped(a, self->number));
}

static void taker(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (atomic_load(&a->goes_on)) {
		if (!self->number)
			TORTURE_CHECK(fill(a));
		pthread_barrier_wait(&a->barrier);
		for (unsigned int i = torture_below(self, 4); i; i--)
			os_yield();
		take_away_and_look(a, self);
		pthread_barrier_wait(&a->barrier);
		if (!self->number) {
			TORTURE_CHECK(restore(a, a->way[1]));
			atomic_fetch_add(&a->rounds, 1);
			atomic_store(&a->goes_on, torture_waits_on());
		}
		pthread_barrier_wait(&a->barrier);
	}
}

static void device(struct torture_thread *self)
{
	struct arena *a = self->context;
	static char bytes[STRETCH * PAGE];
	const uint64_t size = (a->by_parts ? STRETCH : PAGES) * PAGE;

	while (torture_goes_on()) {
		int group = 1 + (int)torture_below(self, (uint32_t)a->writers);

		atomic_fetch_add(&a->written, !stce_dma_write(a->v.c.machine, group, 0, bytes, size));
	}
}

static void add_container(struct arena *a, int n)
{
	struct vmm *v = &a->v;
	int32_t group;

	vmm_open_group(v, n, &a->container[n], &a->group[n]);
	assert_int_equal(create_window(a->container[n], 12, a->by_parts ? 2 * PART * PAGE : WINDOW, 1, NULL), 0);
	if (!a->by_guest)
		return;
	group = a->group[n];
	assert_int_equal(vfio_attr(v->device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(v, a->group[n], v->table), 0);
}

static void make_lists(struct arena *a)
{
	uint64_t tce[PAGES];

	for (unsigned int i = 0; i < PAGES; i++)
		tce[i] = (GPA + i * PAGE) | 3;
	set_list(&a->v, LIST, tce, PAGES);
	/* The entries have no permissions, but point into memory [DIFF-19]. */
	for (unsigned int i = 0; i < PAGES; i++)
		tce[i] = GPA;
	set_list(&a->v, NOTHING, tce, PAGES);
}

static void start_machine(struct arena *a, const char *policy)
{
	client_start(&a->v.c, "share", policy, NULL);
	vmm_start_on(&a->v);
	if (a->by_guest)
		a->v.device = stce_vm_create_device(a->v.vm, KVM_DEV_TYPE_VFIO);
	for (int n = 1; n <= a->pes; n++)
		add_container(a, n);
	make_lists(a);
}

static void start(struct arena *a, const char *policy, bool by_guest)
{
	*a = (struct arena){ .by_guest = by_guest, .pes = by_guest ? PES : 1 };
	a->writers = a->pes;
	start_machine(a, policy);
}

/* Container 2 keeps its part, and its device does nothing. */
static void start_with_parts(struct arena *a, const char *policy)
{
	*a = (struct arena){ .by_parts = true, .pes = PES, .writers = 1 };
	start_machine(a, policy);
	assert_true(map_part(a, 2));
	TORTURE_WANTS(a->shared);
}

static void race(struct arena *a, way_fn *first, way_fn *second)
{
	a->way[0] = first;
	a->way[1] = second;
	pthread_barrier_init(&a->barrier, NULL, 2);
	atomic_store(&a->goes_on, true);
	TORTURE_WANTS(a->rounds);
	TORTURE_WANTS(a->written);
	torture_run(a, taker, 2u, device, 2u, NULL);
	pthread_barrier_destroy(&a->barrier);
	for (int n = 2; n <= a->pes; n++) {
		stce_close(a->group[n]);
		stce_close(a->container[n]);
	}
	vmm_stop(&a->v);
}

static struct arena arena;

static void u4_two_unmaps(void **state)
{
	start(&arena, "off", false);
	race(&arena, by_unmap, by_unmap);
}

static void u4_two_hypercalls(void **state)
{
	start(&arena, "off", true);
	race(&arena, by_hypercall, by_hypercall);
}

static void u4_two_hypercalls_on_a_joined_table(void **state)
{
	start(&arena, "on", true);
	race(&arena, by_hypercall, by_hypercall);
}

static void u4_two_hypercalls_on_two_copies(void **state)
{
	start(&arena, "node:2", true);
	race(&arena, by_hypercall, by_hypercall);
}

/* (G2) An answer other than TOO_HARD says that no device was inside when the entries changed. */
static void u4_real_mode_alone(void **state)
{
	start(&arena, "on", true);
	race(&arena, by_real_mode, by_real_mode);
}

static void u4_real_mode_and_virtual_mode(void **state)
{
	start(&arena, "on", true);
	race(&arena, by_hypercall, by_real_mode);
}

/*
 * The UNMAP finds the joined table cleared, or splits its window off. It acts for its own device
 * only.
 */
static void u4_an_unmap_and_a_hypercall_on_a_joined_table(void **state)
{
	start(&arena, "on", true);
	arena.joins = true;
	arena.writers = 1;
	race(&arena, by_hypercall, by_unmap);
}

/* One of them takes the part out, the other finds a hole. */
static void u4_two_unmaps_of_a_shared_part(void **state)
{
	start_with_parts(&arena, "on");
	race(&arena, by_unmap_of_the_part, by_unmap_of_the_part);
}

/* Each node has its copy of both tables. */
static void u4_two_unmaps_of_a_shared_part_in_two_copies(void **state)
{
	start_with_parts(&arena, "node:2");
	race(&arena, by_unmap_of_the_part, by_unmap_of_the_part);
}

/* The UNMAP of some pages copies the part, or comes too late for that. */
static void u4_an_unmap_of_a_shared_part_and_of_its_pages(void **state)
{
	start_with_parts(&arena, "on");
	arena.joins = true;
	race(&arena, by_unmap_of_the_part, by_either_unmap);
}

/* (U2) As soon as the memory can be unregistered, it may be used for something else. */
static void u2_unregister_beside_an_unmap(void **state)
{
	start(&arena, "off", false);
	race(&arena, by_unmap, by_unregister);
}

/* (P1) */
static void p1_remove_beside_an_unmap(void **state)
{
	start(&arena, "off", false);
	race(&arena, by_unmap, by_remove);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(u4_two_unmaps),
		cmocka_unit_test(u4_two_hypercalls),
		cmocka_unit_test(u4_two_hypercalls_on_a_joined_table),
		cmocka_unit_test(u4_two_hypercalls_on_two_copies),
		cmocka_unit_test(u4_real_mode_alone),
		cmocka_unit_test(u4_real_mode_and_virtual_mode),
		cmocka_unit_test(u4_an_unmap_and_a_hypercall_on_a_joined_table),
		cmocka_unit_test(u4_two_unmaps_of_a_shared_part),
		cmocka_unit_test(u4_two_unmaps_of_a_shared_part_in_two_copies),
		cmocka_unit_test(u4_an_unmap_of_a_shared_part_and_of_its_pages),
		cmocka_unit_test(u2_unregister_beside_an_unmap),
		cmocka_unit_test(p1_remove_beside_an_unmap),
	};

	return cmocka_run_group_tests_name("unmap", tests, NULL, NULL);
}
