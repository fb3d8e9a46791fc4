/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of TCEs and their counts. */
#include "testing.h"

#include <errno.h>
#include <pthread.h>

#include "../../torture/world.h"
#include "host/gather.h"
#include "host/update_list.h"
#include "util/alloc.h"
#include "util/os.h"

/* More regions than one gather holds, with one page each. */
#define REGIONS (3 * GATHER_RUN_COUNT + 1)

static struct world w;
static struct host_window *window;
static char *memory;
static struct mem_region *region[REGIONS];

static int start(void **state)
{
	world_init(&w);
	window = world_window(&w, 0, bit64(36), 3);
	memory = world_pages(REGIONS + 1);
	for (unsigned int i = 0; i < REGIONS; i++)
		region[i] = world_register(&w, memory + i * PAGE, 1);
	return 0;
}

static int stop(void **state)
{
	for (unsigned int i = 0; i < REGIONS; i++)
		assert_int_equal(mem_region_unregister(region[i]), 0);
	host_window_free(window);
	world_pages_free(memory, REGIONS + 1);
	world_fini(&w);
	return 0;
}

static uint64_t count_of(unsigned int i)
{
	return mem_region_references(region[i]) - 1;
}

static uint64_t entry(uint64_t index)
{
	return tce_table_get(host_window_table(window, 0), to_index(index));
}

static void a_range_counts_on_every_region_that_it_crosses(void **state)
{
	assert_int_equal(world_map(window, 0, REGIONS, memory, TCE_READ | TCE_WRITE), 0);
	for (unsigned int i = 0; i < REGIONS; i++)
		assert_int_equal(count_of(i), 1);
	assert_int_equal(COUNTED(&w.counters, pages_mapped), REGIONS);
	world_unmap(window, 0, REGIONS);
	for (unsigned int i = 0; i < REGIONS; i++)
		assert_int_equal(count_of(i), 0);
	assert_int_equal(COUNTED(&w.counters, pages_mapped), 0);
	assert_int_equal(COUNTED(&w.counters, pages_mapped_peak), REGIONS);
}

static void mapping_over_moves_the_counts(void **state)
{
	assert_int_equal(world_map(window, 0, REGIONS - 1, memory, TCE_READ), 0);
	assert_int_equal(world_map(window, 0, REGIONS - 1, memory + PAGE, TCE_READ), 0);
	assert_int_equal(count_of(0), 0);
	for (unsigned int i = 1; i < REGIONS; i++)
		assert_int_equal(count_of(i), 1);
	assert_int_equal(COUNTED(&w.counters, pages_mapped), REGIONS - 1);
	world_unmap(window, 0, REGIONS);
}

static void a_page_that_is_not_registered_refuses_all(void **state)
{
	assert_int_equal(world_map(window, 0, 1, memory, TCE_READ), 0);
	assert_int_equal(world_map(window, 0, REGIONS + 1, memory, TCE_READ | TCE_WRITE), -EINVAL);
	for (unsigned int i = 1; i < REGIONS; i++)
		assert_int_equal(count_of(i), 0);
	assert_int_equal(entry(0), (uintptr_t)memory | TCE_READ);
	assert_int_equal(entry(1), 0);
	world_unmap(window, 0, 1);
}

static void a_missing_node_without_memory_refuses_all(void **state)
{
	uint64_t first = 510;      /* the range needs two leaves */

	for (int n = 0; n < 2; n++) {
		alloc_fail_after(n);
		assert_int_equal(world_map(window, first, 4, memory, TCE_READ), -ENOMEM);
		for (unsigned int i = 0; i < 4; i++)
			assert_int_equal(count_of(i), 0);
	}
	alloc_fail_after(-1);
	assert_int_equal(COUNTED(&w.counters, pages_mapped), 0);
	assert_int_equal(world_map(window, first, 4, memory, TCE_READ), 0);
	world_unmap(window, first, 4);
}

static void write_brings_read(void **state)
{
	assert_int_equal(world_map(window, 0, 1, memory, TCE_WRITE), 0);
	assert_int_equal(entry(0), (uintptr_t)memory | TCE_READ | TCE_WRITE);
	world_unmap(window, 0, 1);
}

static void unmapping_makes_no_node(void **state)
{
	uint64_t before = atomic_load(&host_window_table(window, 0)->bytes);

	world_unmap(window, 0, window->geometry.entries);
	assert_int_equal(atomic_load(&host_window_table(window, 0)->bytes), before);
	assert_int_equal(COUNTED(&w.counters, tces_written), 0);
}

static void a_page_larger_than_the_region_s_is_refused(void **state)
{
	struct tce_geometry geometry;
	struct host_window *big;
	char *area = world_pages(48), *aligned = (char *)align_up((uintptr_t)area, 64 * KIB);
	struct mem_region *wide = world_register(&w, aligned, 16);

	assert_int_equal(tce_geometry_init(&geometry, 16, 1 * GIB, 1, 12), 0);
	assert_int_equal(host_window_new(0, to_ioba(0), &geometry, &w.registry, &w.phb.placement,
					 counters_stats(&w.counters), &big), 0);
	assert_int_equal(world_map(big, 0, 1, aligned, TCE_READ), -EINVAL);
	assert_int_equal(mem_region_references(wide), 1);
	host_window_free(big);
	assert_int_equal(mem_region_unregister(wide), 0);
	world_pages_free(area, 48);
}

/* Several ways to clear entries 0 and 1. */
static void clear_range(void)
{
	world_unmap(window, 0, 2);
}

static void commit(const uint64_t *item)
{
	struct host_list list = { .window = window, .index = to_index(0), .count = 2, .item = item };

	rcu_read_lock();
	assert_int_equal(host_list_prepare(&list, HOST_TIER_VIRTUAL), 0);
	assert_int_equal(host_list_commit(&list, HOST_TIER_VIRTUAL), 0);
	rcu_read_unlock();
}

static void clear_list(void)
{
	commit(NULL);
}

/* This also maps entry 1 again. */
static void clear_half_of_a_list(void)
{
	const uint64_t item[2] = { 0, (uintptr_t)(memory + 2 * PAGE) | TCE_READ };

	commit(item);
}

struct clearer {
	void (*clear)(void);
	pthread_t thread;
	_Atomic(bool) is_over;
};

static void *run_clearer(void *context)
{
	struct clearer *c = context;

	c->clear();
	atomic_store(&c->is_over, true);
	return NULL;
}

static void start_clearer(struct clearer *c, void (*clear)(void))
{
	c->clear = clear;
	atomic_store(&c->is_over, false);
	assert_int_equal(pthread_create(&c->thread, NULL, run_clearer, c), 0);
}

/* Symptom: a device wrote to a page after the second of two simultaneous UNMAPs had returned. */
static void u4_a_call_that_finds_entries_clear_waits_for_their_devices(void **state)
{
	void (*const ways[])(void) = { clear_range, clear_list, clear_half_of_a_list };

	for (unsigned int i = 0; i < ARRAY_COUNT(ways); i++) {
		struct clearer first, second;
		unsigned int place;
		bool was_over;

		assert_int_equal(world_map(window, 0, 2, memory, TCE_READ | TCE_WRITE), 0);
		place = tce_gate_enter(&window->gate, to_index(0), 1);
		start_clearer(&first, clear_range);
		while (entry(0) || entry(1))
			os_yield();
		start_clearer(&second, ways[i]);
		os_sleep_us(20000);
		was_over = atomic_load(&first.is_over) || atomic_load(&second.is_over);
		tce_gate_leave(&window->gate, place);
		pthread_join(first.thread, NULL);
		pthread_join(second.thread, NULL);
		assert_false(was_over);
		world_unmap(window, 0, 2);
	}
}

/*
 * An entry that was never mapped, and one that is now mapped for the first time, have no users to
 * wait for.
 */
static void what_never_was_mapped_is_not_waited_for(void **state)
{
	unsigned int place = tce_gate_enter(&window->gate, to_index(0), UINT64_MAX);

	world_unmap(window, 0, window->geometry.entries);
	assert_int_equal(world_map(window, 0, 2, memory, TCE_READ), 0);
	tce_gate_leave(&window->gate, place);
	world_unmap(window, 0, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_range_counts_on_every_region_that_it_crosses),
		TEST(mapping_over_moves_the_counts),
		TEST(a_page_that_is_not_registered_refuses_all),
		TEST(a_missing_node_without_memory_refuses_all),
		TEST(write_brings_read),
		TEST(unmapping_makes_no_node),
		TEST(u4_a_call_that_finds_entries_clear_waits_for_their_devices),
		TEST(what_never_was_mapped_is_not_waited_for),
		TEST(a_page_larger_than_the_region_s_is_refused),
	};

	return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
