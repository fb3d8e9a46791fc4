/* SPDX-License-Identifier: BSD-2-Clause */
/* Regions: shared, orphaned, dead and swept. */
#include "testing.h"

#include <errno.h>
#include <sys/mman.h>

#include "../../torture/world.h"
#include "util/alloc.h"
#include "util/os.h"

#define PAGES 16

static struct world w;
static char *area;

static int start(void **state)
{
	world_init(&w);
	area = world_pages(PAGES);
	return 0;
}

static int stop(void **state)
{
	world_pages_free(area, PAGES);
	world_fini(&w);
	return 0;
}

static uint64_t at(unsigned int page)
{
	return (uintptr_t)area + page * PAGE;
}

static int try_register(unsigned int page, unsigned int count)
{
	struct mem_region *region;
	int r = mem_region_register(&w.registry, to_vaddr(at(page)), count * PAGE, &region);

	if (!r)
		mem_region_unregister(region);
	return r;
}

static struct mem_region *find(unsigned int page)
{
	struct mem_region *region;

	rcu_read_lock();
	region = mem_region_of(&w.registry, to_vaddr(at(page)));
	rcu_read_unlock();
	return region;
}

static void identical_ranges_are_one_region_charged_once(void **state)
{
	struct mem_region *a = world_register(&w, area, 4), *b = world_register(&w, area, 4);

	assert_ptr_equal(a, b);
	assert_int_equal(COUNTED(&w.counters, locked_bytes), 4 * PAGE);
	assert_int_equal(mem_region_unregister(a), 0);
	assert_int_equal(COUNTED(&w.counters, registered_bytes), 4 * PAGE);
	assert_int_equal(mem_region_unregister(a), 0);
	assert_int_equal(COUNTED(&w.counters, locked_bytes), 0);
}

static void a_counted_region_cannot_be_unregistered(void **state)
{
	struct mem_region *a = world_register(&w, area, 4);

	assert_ptr_equal(mem_region_get(&w.registry, to_vaddr(at(1)), PAGE, 1), a);
	assert_int_equal(mem_region_unregister(a), -EBUSY);
	mem_region_put(a, 1);
	assert_int_equal(mem_region_unregister(a), 0);
}

static void a_shared_region_gives_uses_back_though_it_is_counted(void **state)
{
	struct mem_region *a = world_register(&w, area, 4);

	assert_ptr_equal(world_register(&w, area, 4), a);
	assert_non_null(mem_region_get(&w.registry, to_vaddr(at(0)), PAGE, 3));
	assert_int_equal(mem_region_unregister(a), 0);
	assert_int_equal(mem_region_unregister(a), -EBUSY);
	mem_region_put(a, 3);
	assert_int_equal(mem_region_unregister(a), 0);
}

/* (N2) */
static void an_orphan_lives_until_its_last_tce_goes(void **state)
{
	struct mem_region *a = world_register(&w, area, 4);

	assert_non_null(mem_region_get(&w.registry, to_vaddr(at(2)), PAGE, 2));
	mem_region_release(a);
	assert_int_equal(COUNTED(&w.counters, registered_bytes), 4 * PAGE);
	assert_int_equal(try_register(3, 2), -EINVAL);
	mem_region_put(a, 1);
	assert_int_equal(COUNTED(&w.counters, registered_bytes), 4 * PAGE);
	mem_region_put(a, 1);
	assert_int_equal(COUNTED(&w.counters, registered_bytes), 0);
	assert_int_equal(COUNTED(&w.counters, locked_bytes), 0);
	/* A caller that found it before is refused from now on. */
	rcu_read_lock();
	assert_false(mem_region_try_get(a, 1));
	rcu_read_unlock();
}

static void an_orphan_is_adopted_by_who_registers_it_again(void **state)
{
	struct mem_region *a = world_register(&w, area, 4);

	assert_non_null(mem_region_get(&w.registry, to_vaddr(at(0)), PAGE, 1));
	mem_region_release(a);
	assert_ptr_equal(world_register(&w, area, 4), a);
	assert_int_equal(COUNTED(&w.counters, locked_bytes), 4 * PAGE);
	assert_int_equal(mem_region_unregister(a), -EBUSY);
	mem_region_put(a, 1);
	assert_int_equal(mem_region_unregister(a), 0);
}

static void dead_regions_are_invisible_and_in_nobody_s_way(void **state)
{
	struct mem_region *a = world_register(&w, area, 4), *b;

	assert_non_null(mem_region_get(&w.registry, to_vaddr(at(0)), PAGE, 1));
	mem_region_release(a);
	mem_region_put(a, 1);
	/* It is dead now, and is not swept before the set changes. */
	assert_null(mem_region_get(&w.registry, to_vaddr(at(0)), PAGE, 1));
	b = world_register(&w, area + PAGE, 8);
	assert_non_null(b);
	assert_ptr_equal(find(2), b);
	assert_null(find(0));
	assert_int_equal(mem_region_unregister(b), 0);
}

static void a_lookup_wants_the_whole_range_in_one_region(void **state)
{
	struct mem_region *a = world_register(&w, area, 2), *b = world_register(&w, area + 2 * PAGE, 2);

	assert_null(mem_region_get(&w.registry, to_vaddr(at(1)), 2 * PAGE, 1));
	assert_null(mem_region_get(&w.registry, to_vaddr(at(4)), PAGE, 1));
	assert_null(mem_region_get(&w.registry, to_vaddr(at(0)), UINT64_MAX, 1));
	assert_ptr_equal(mem_region_get(&w.registry, to_vaddr(at(2)), 2 * PAGE, 1), b);
	mem_region_put(b, 1);
	assert_int_equal(mem_region_unregister(a), 0);
	assert_int_equal(mem_region_unregister(b), 0);
}

static void many_regions_are_found_in_any_order_of_making(void **state)
{
	struct mem_region *region[PAGES];

	for (unsigned int i = 0; i < PAGES; i++)
		region[i * 7 % PAGES] = world_register(&w, area + (i * 7 % PAGES) * PAGE, 1);
	for (unsigned int i = 0; i < PAGES; i++)
		assert_ptr_equal(find(i), region[i]);
	for (unsigned int i = 0; i < PAGES; i++) {
		assert_int_equal(mem_region_unregister(region[i * 5 % PAGES]), 0);
		assert_null(find(i * 5 % PAGES));
	}
}

/* Symptom: a count of 2^31 pages came out as 0 or less. */
static void the_count_of_a_partial_pin_starts_anew_with_each_chunk(void **state)
{
	uint64_t chunk = (2 * MIB) * PAGE, page = bit64(os_page_shift());
	char *p = mmap(NULL, chunk + 2 * page, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct mem_region *region;

	assert_ptr_not_equal(p, MAP_FAILED);
	w.ledger.fixed_limit = 2 * chunk;
	mprotect(p + chunk + page, page, PROT_NONE);
	assert_int_equal(mem_region_register(&w.registry, to_vaddr((uintptr_t)p), chunk + 2 * page, &region),
			 page / PAGE);
	mprotect(p + chunk, page, PROT_NONE);
	assert_int_equal(mem_region_register(&w.registry, to_vaddr((uintptr_t)p), chunk + 2 * page, &region), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, locked_bytes), 0);
	munmap(p, chunk + 2 * page);
}

static void *put_one(void *region)
{
	rcu_read_lock();
	mem_region_put(region, 1);
	rcu_read_unlock();
	return NULL;
}

/*
 * (N1) One thread uncounts the pages that another has counted. Some regions have columns for that,
 * the others one number.
 */
static void n1_folding_finds_what_every_thread_has_counted(void **state)
{
	enum { MANY = MEM_COUNT_COLUMNS + 6 };
	char *memory = world_pages(2 * MANY);
	struct mem_region *region[MANY];

	for (unsigned int i = 0; i < MANY; i++) {
		region[i] = world_register(&w, memory + 2 * i * PAGE, 1);
		assert_int_equal(region[i]->references.column < MEM_COUNT_COLUMNS, i < MEM_COUNT_COLUMNS);
		assert_ptr_equal(mem_region_get(&w.registry, region[i]->start, PAGE, 2), region[i]);
	}
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < MANY; i++) {
			pthread_t thread;

			assert_int_equal(mem_region_references(region[i]), 3 - round);
			assert_int_equal(mem_region_unregister(region[i]), -EBUSY);
			assert_int_equal(pthread_create(&thread, NULL, put_one, region[i]), 0);
			pthread_join(thread, NULL);
		}
	}
	for (unsigned int i = 0; i < MANY; i++)
		assert_int_equal(mem_region_unregister(region[i]), 0);
	/* Places can be used again. */
	region[0] = world_register(&w, memory, 1);
	assert_int_equal(region[0]->references.column, 0);
	assert_int_equal(mem_region_unregister(region[0]), 0);
	world_pages_free(memory, 2 * MANY);
}

static void a_refused_registration_gives_its_column_back(void **state)
{
	struct mem_region *region;

	for (int n = 0; n < 2; n++) {
		alloc_fail_after(n);
		assert_int_equal(try_register(0, 1), -ENOMEM);
		alloc_fail_after(-1);
		region = world_register(&w, area, 1);
		assert_int_equal(region->references.column, 0);
		assert_int_equal(mem_region_unregister(region), 0);
	}
}

/* So the last use of a region can end when there is no memory. */
static void what_cannot_be_swept_is_swept_later(void **state)
{
	struct mem_region *a = world_register(&w, area, 1), *b = world_register(&w, area + PAGE, 1);

	alloc_fail_after(0);
	assert_int_equal(mem_region_unregister(a), 0);
	alloc_fail_after(-1);
	assert_int_equal(COUNTED(&w.counters, registered_bytes), PAGE);
	assert_null(mem_region_get(&w.registry, to_vaddr(at(0)), PAGE, 1));
	assert_int_equal(w.registry.set.count, 2);
	assert_int_equal(mem_region_unregister(b), 0);
	assert_int_equal(w.registry.set.count, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(identical_ranges_are_one_region_charged_once),
		TEST(a_counted_region_cannot_be_unregistered),
		TEST(a_shared_region_gives_uses_back_though_it_is_counted),
		TEST(an_orphan_lives_until_its_last_tce_goes),
		TEST(an_orphan_is_adopted_by_who_registers_it_again),
		TEST(dead_regions_are_invisible_and_in_nobody_s_way),
		TEST(n1_folding_finds_what_every_thread_has_counted),
		TEST(a_lookup_wants_the_whole_range_in_one_region),
		TEST(the_count_of_a_partial_pin_starts_anew_with_each_chunk),
		TEST(a_refused_registration_gives_its_column_back),
		TEST(what_cannot_be_swept_is_swept_later),
		TEST(many_regions_are_found_in_any_order_of_making),
	};

	return cmocka_run_group_tests_name("region", tests, NULL, NULL);
}
