/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of mem/region.h and mem/region_set.h. */
#include "torture.h"

#include <errno.h>

#include "counters.h"
#include "mem/region.h"
#include "util/os.h"
#include "util/range.h"
#include "world.h"

#define AREA_PAGES 16
#define HELD_MAX 4

struct area {
	struct mem_registry registry;
	struct mem_ledger ledger;
	struct counters counters;
	uint64_t start;
	_Atomic(uint64_t) registered, counted, busy;
};

static uint64_t page_at(const struct area *a, uint32_t n)
{
	return a->start + n * PAGE;
}

/* Registers ranges that overlap those of other threads, and unregisters them. */
static void register_ranges(struct torture_thread *self)
{
	struct area *a = self->context;

	while (torture_goes_on()) {
		uint32_t first = torture_below(self, AREA_PAGES / 2) * 2;
		uint64_t length = PAGE << torture_below(self, 2);
		struct mem_region *region;
		int r = mem_region_register(&a->registry, to_vaddr(page_at(a, first)), length, &region);

		TORTURE_CHECK(r == 0 || r == -EINVAL);
		if (r)
			continue;
		atomic_fetch_add(&a->registered, 1);
		if (torture_chance(self, 4))
			os_yield();
		if (torture_chance(self, 4)) {
			mem_region_release(region);
			continue;
		}
		while ((r = mem_region_unregister(region)) == -EBUSY) {
			atomic_fetch_add(&a->busy, 1);
			os_yield();
		}
		TORTURE_CHECK(r == 0);
	}
}

/* Counts pages as a TCE does. */
static void count_pages(struct torture_thread *self)
{
	struct area *a = self->context;

	while (torture_goes_on()) {
		uint64_t address = page_at(a, torture_below(self, AREA_PAGES));
		uint64_t n = 1 + torture_below(self, HELD_MAX);
		struct mem_region *region = mem_region_get(&a->registry, to_vaddr(address), PAGE, n), *again;

		if (!region)
			continue;
		atomic_fetch_add(&a->counted, 1);
		if (torture_chance(self, 16))
			os_yield();
		/* (M1) It lives: it can be read and found, and contains the requested address. */
		TORTURE_CHECK(range_contains(region->start.value, region->length, address, PAGE));
		TORTURE_CHECK(!atomic_load(&region->dead));
		rcu_read_lock();
		again = mem_region_of(&a->registry, to_vaddr(address));
		TORTURE_CHECK(again == region);
		mem_region_put(region, n);
		rcu_read_unlock();
	}
}

/* (M1) */
static void m1_a_region_is_not_freed_while_a_counted_tce_points_into_it(void **state)
{
	static struct area a;

	a.start = (uintptr_t)world_pages(AREA_PAGES);
	mem_ledger_init(&a.ledger, 1 * GIB, counters_stats(&a.counters));
	assert_int_equal(mem_registry_init(&a.registry, &a.ledger, counters_stats(&a.counters), MEM_PIN_LAZY, 12), 0);
	TORTURE_WANTS(a.registered);
	TORTURE_WANTS(a.counted);
	torture_run(&a, register_ranges, 2u, count_pages, 3u, NULL);
	assert_int_equal(COUNTED(&a.counters, registered_bytes), 0);
	assert_int_equal(COUNTED(&a.counters, locked_bytes), 0);
	mem_registry_fini(&a.registry);
	world_pages_free((void *)(uintptr_t)a.start, AREA_PAGES);
}

/* Pages of which every second one is registered all the time, and the others come and go. */
#define FOREST_PAGES 4096u

struct forest {
	struct area a;
	struct mem_region *stays[FOREST_PAGES];
	_Atomic(uint64_t) changed, found, passed;
};

/* Each thread has pages of its own, in order or at random, so that nodes split, shrink and merge. */
static void come_and_go(struct torture_thread *self)
{
	struct forest *f = self->context;
	static __thread struct mem_region *mine[FOREST_PAGES];
	uint32_t n = 0;
	bool grows = true;

	while (torture_goes_on()) {
		struct mem_region **region;

		if (torture_chance(self, 512))
			grows = !grows;
		n = torture_chance(self, 64) ? torture_below(self, FOREST_PAGES / 4) : (n + 1) % (FOREST_PAGES / 4);
		region = &mine[n * 4 + 1 + 2 * self->number];
		if (grows && !*region)
			TORTURE_CHECK(!mem_region_register(&f->a.registry,
							   to_vaddr(page_at(&f->a, n * 4 + 1 + 2 * self->number)), PAGE, region));
		else if (!grows && *region) {
			TORTURE_CHECK(!mem_region_unregister(*region));
			*region = NULL;
		}
		atomic_fetch_add(&f->changed, 1);
	}
	for (n = 0; n < FOREST_PAGES; n++)
		if (mine[n])
			TORTURE_CHECK(!mem_region_unregister(mine[n]));
}

/* (Q1) */
static void search(struct torture_thread *self)
{
	struct forest *f = self->context;

	while (torture_goes_on()) {
		uint32_t n = torture_below(self, FOREST_PAGES);
		struct mem_region *region, *next;

		rcu_read_lock();
		region = mem_region_of(&f->a.registry, to_vaddr(page_at(&f->a, n)));
		next = region_set_from(&f->a.registry.set, page_at(&f->a, n));
		TORTURE_CHECK(!f->stays[n] || (region == f->stays[n] && next == region));
		TORTURE_CHECK(!region || range_contains(region->start.value, region->length, page_at(&f->a, n), 1));
		TORTURE_CHECK(n + 2 >= FOREST_PAGES || (next && next->start.value - page_at(&f->a, n) <= PAGE));
		rcu_read_unlock();
		atomic_fetch_add(region ? &f->found : &f->passed, 1);
	}
}

static void q1_a_search_finds_what_stays(void **state)
{
	static struct forest f;

	f.a.start = (uintptr_t)world_pages(FOREST_PAGES);
	mem_ledger_init(&f.a.ledger, 1 * GIB, counters_stats(&f.a.counters));
	assert_int_equal(mem_registry_init(&f.a.registry, &f.a.ledger, counters_stats(&f.a.counters), MEM_PIN_POPULATE, 12), 0);
	for (uint32_t n = 0; n < FOREST_PAGES; n += 2)
		assert_int_equal(mem_region_register(&f.a.registry, to_vaddr(page_at(&f.a, n)), PAGE, &f.stays[n]), 0);
	TORTURE_WANTS(f.changed);
	TORTURE_WANTS(f.found);
	TORTURE_WANTS(f.passed);
	torture_run(&f, come_and_go, 2u, search, 2u, NULL);
	assert_int_equal(COUNTED(&f.a.counters, registered_bytes), FOREST_PAGES / 2 * PAGE);
	for (uint32_t n = 0; n < FOREST_PAGES; n += 2)
		assert_int_equal(mem_region_unregister(f.stays[n]), 0);
	assert_int_equal(f.a.registry.set.count, 0);
	mem_registry_fini(&f.a.registry);
	world_pages_free((void *)(uintptr_t)f.a.start, FOREST_PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(q1_a_search_finds_what_stays),
		cmocka_unit_test(m1_a_region_is_not_freed_while_a_counted_tce_points_into_it),
	};

	return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
