/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantee of mem/region.h. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(m1_a_region_is_not_freed_while_a_counted_tce_points_into_it),
	};

	return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
