/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One entry: what host/update_one.h and host/update_quick.h do at once they do as lists do, and what they
 * leave alone they have not begun. The linker wraps the call that marks the moment at which a count is
 * looked at.
 */
#include "testing.h"

#include <errno.h>
#include <pthread.h>

#include "../../torture/world.h"
#include "host/update_one.h"
#include "host/update_quick.h"
#include "mem/gone.h"
#include "util/os.h"

#define RW    (TCE_READ | TCE_WRITE)
#define PAGES 4u
#define INDEX 6u

static struct world w;
static struct host_window *window;
static char *memory;
static struct mem_region *region;

/* What happens before the next range is drained, if anything. */
static void (*before_drain)(void);

void __real_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);
void __wrap_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count);

void __wrap_tce_gate_drain(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	void (*happens)(void) = before_drain;

	before_drain = NULL;
	if (happens)
		happens();
	__real_tce_gate_drain(gate, first, count);
}

static int start(void **state)
{
	world_init(&w);
	window = world_window(&w, 0, bit64(30), 1);
	memory = world_pages(PAGES);
	region = world_register(&w, memory, PAGES);
	before_drain = NULL;
	/* The part exists from now on. */
	assert_int_equal(world_map(window, 0, 1, memory, RW), 0);
	assert_int_equal(world_unmap(window, 0, 1), 0);
	return 0;
}

static int stop(void **state)
{
	before_drain = NULL;
	world_unmap(window, 0, window->geometry.entries);
	assert_int_equal(mem_region_references(region), 1);
	assert_int_equal(mem_region_unregister(region), 0);
	host_window_free(window);
	world_pages_free(memory, PAGES);
	world_fini(&w);
	return 0;
}

static struct vaddr page_at(unsigned int n)
{
	return to_vaddr((uintptr_t)(memory + n * PAGE));
}

static uint64_t entry(uint64_t index)
{
	return tce_table_get(host_window_table(window, 0), to_index(index));
}

static uint64_t counted(void)
{
	return mem_region_references(region) - 1;
}

static bool map(uint64_t index, struct vaddr address)
{
	bool r;

	rcu_read_lock();
	r = host_update_map_one(window, to_index(index), address, RW);
	rcu_read_unlock();
	return r;
}

static bool unmap(uint64_t index)
{
	bool r;

	rcu_read_lock();
	r = host_update_unmap_one(window, to_index(index));
	rcu_read_unlock();
	return r;
}

/* As VFIO's MAP and UNMAP of one page do first. */
static bool map_quickly(uint64_t index, struct vaddr address)
{
	struct update_quick q;
	bool r;

	rcu_read_lock();
	r = update_begin_map(window, to_index(index), address, &q);
	if (r)
		update_end_map(window, to_index(index), address.value | RW, &q);
	rcu_read_unlock();
	return r;
}

static bool unmap_quickly(uint64_t index)
{
	struct update_quick q;
	bool r;

	rcu_read_lock();
	r = update_begin_unmap(window, to_index(index), &q);
	if (r)
		update_end_unmap(window, to_index(index), &q);
	rcu_read_unlock();
	return r;
}

static bool put(uint64_t index, uint64_t item, enum host_tier tier)
{
	uint64_t permissions = item & RW;
	bool r;

	rcu_read_lock();
	r = permissions ? host_update_put_quick(window, to_index(index), tce_address(item), permissions, true, tier) :
			  host_update_put_quick(window, to_index(index), to_vaddr(0), 0, false, tier);
	rcu_read_unlock();
	return r;
}

static bool put_in_real(uint64_t index, struct vaddr address)
{
	return put(index, address.value | RW, HOST_TIER_REAL);
}

static bool put_in_virtual(uint64_t index, struct vaddr address)
{
	return put(index, address.value | RW, HOST_TIER_VIRTUAL);
}

static bool clear_in_real(uint64_t index)
{
	return put(index, 0, HOST_TIER_REAL);
}

static bool clear_in_virtual(uint64_t index)
{
	return put(index, 0, HOST_TIER_VIRTUAL);
}

/* Mapping, mapping over, clearing and clearing again, in each way. */
static void entries_and_counts_are_those_of_lists(void **state)
{
	static const struct {
		bool (*map)(uint64_t index, struct vaddr address);
		bool (*unmap)(uint64_t index);
		unsigned int writes;
	} ways_of[] = {
		/* An UNMAP of what is clear writes nothing. */
		{ map, unmap, 3 }, { map_quickly, unmap_quickly, 3 },
		{ put_in_real, clear_in_real, 4 }, { put_in_virtual, clear_in_virtual, 4 },
	};

	for (unsigned int way = 0; way < ARRAY_COUNT(ways_of); way++) {
		uint64_t written = COUNTED(&w.counters, tces_written);

		for (unsigned int n = 0; n < 2; n++) {
			assert_true(ways_of[way].map(INDEX, page_at(n)));
			assert_int_equal(entry(INDEX), page_at(n).value | RW);
			assert_int_equal(counted(), 1);
			assert_int_equal(COUNTED(&w.counters, pages_mapped), 1);
		}
		for (unsigned int n = 0; n < 2; n++) {
			assert_true(ways_of[way].unmap(INDEX));
			assert_int_equal(entry(INDEX), 0);
			assert_int_equal(counted(), 0);
			assert_int_equal(COUNTED(&w.counters, pages_mapped), 0);
		}
		assert_int_equal(COUNTED(&w.counters, tces_written) - written, ways_of[way].writes);
	}
}

static bool refuses(uint64_t index, struct vaddr address)
{
	uint64_t before = entry(index), count = counted();

	return !map(index, address) && !map_quickly(index, address) && !put_in_virtual(index, address) &&
	       !put_in_real(index, address) && entry(index) == before && counted() == count;
}

static void a_page_that_cannot_be_counted_is_left_to_lists(void **state)
{
	struct mem_gaps *gaps = region->gaps;

	assert_true(map(INDEX, page_at(1)));
	assert_true(refuses(INDEX, to_vaddr((uintptr_t)(memory + PAGES * PAGE))));
	/* A page that begins in the region and ends outside; registered addresses are whole pages. */
	assert_true(refuses(INDEX, to_vaddr(page_at(PAGES).value - PAGE / 2)));
	region->page_shift--;
	assert_true(refuses(INDEX, page_at(0)));
	region->page_shift++;
	/* Which pages are in a gap is for lists to find. */
	region->gaps = (struct mem_gaps *)(uintptr_t)8;
	assert_true(refuses(INDEX, page_at(0)));
	region->gaps = gaps;
	/* The region is being released: its count is folded, and 0. */
	mem_count_fold(&w.registry.counts, &region->references);
	assert_int_equal(atomic_exchange(&region->references.common, 0), 2);
	assert_false(map(INDEX + 1, page_at(0)));
	assert_int_equal(entry(INDEX + 1), 0);
	atomic_store(&region->references.common, 2);
	mem_count_spread(&region->references);
	assert_true(unmap(INDEX));
}

static void a_table_that_needs_more_is_left_to_lists(void **state)
{
	struct tce_share *share = window->share;
	uint64_t part = tce_table_part_size(&share->copy[0]);

	/* A hole. */
	assert_true(refuses(part, page_at(0)));
	assert_false(unmap(part) || unmap_quickly(part));
	/* A share with several users, or one that is suspended. */
	atomic_store(&share->flags, TCE_SHARE_JOINED);
	assert_true(refuses(INDEX, page_at(0)) && !unmap(INDEX) && !unmap_quickly(INDEX));
	atomic_store(&share->flags, 0);
	/* Several copies. */
	share->copy_count = 2;
	assert_true(refuses(INDEX, page_at(0)) && !unmap(INDEX) && !unmap_quickly(INDEX));
	share->copy_count = 1;
	/* An entry after which a scan is worth it; a MAP asks before. */
	assert_false(put_in_virtual(part - 1, page_at(0)) || map_quickly(part - 1, page_at(0)));
	assert_int_equal(counted(), 0);
	assert_true(map(part - 1, page_at(0)) && unmap(part - 1));
}

/* What is quick asks less: that there are one region and one node, and that the thread counts for itself. */
static void what_is_not_quick_is_done_nevertheless(void **state)
{
	struct tce_table *table = &window->share->copy[0];
	char *more = world_pages(1);
	struct mem_region *other;
	struct stats_part *part;

	/* The count is folded, because the region has no column. */
	mem_count_fold(&w.registry.counts, &region->references);
	assert_false(map_quickly(INDEX, page_at(0)));
	assert_true(map(INDEX, page_at(0)));
	assert_int_equal(counted(), 1);
	assert_true(unmap_quickly(INDEX));
	assert_int_equal(counted(), 0);
	mem_count_spread(&region->references);
	/* There are two regions. */
	other = world_register(&w, more, 1);
	assert_false(map_quickly(INDEX, page_at(0)));
	assert_true(map(INDEX, page_at(0)) && unmap_quickly(INDEX));
	assert_int_equal(counted(), 0);
	assert_true(map(INDEX, to_vaddr((uintptr_t)more)));
	assert_int_equal(mem_region_references(other), 2);
	assert_true(unmap_quickly(INDEX));
	assert_int_equal(mem_region_references(other), 1);
	assert_int_equal(mem_region_unregister(other), 0);
	assert_true(map_quickly(INDEX, page_at(0)) && unmap_quickly(INDEX));
	/* The table has more nodes. */
	table->height = 2;
	assert_false(map_quickly(INDEX, page_at(0)) || unmap_quickly(INDEX));
	table->height = 1;
	/* The thread has no counters of its own. */
	part = window->stats->part[thread_number()];
	window->stats->part[thread_number()] = NULL;
	assert_false(map_quickly(INDEX, page_at(0)) || unmap_quickly(INDEX));
	window->stats->part[thread_number()] = part;
	assert_int_equal(entry(INDEX), 0);
	assert_int_equal(counted(), 0);
	world_pages_free(more, 1);
}

static void a_window_without_a_registry_counts_nothing(void **state)
{
	struct mem_registry *registry = window->registry;

	window->registry = NULL;
	assert_true(map(INDEX, page_at(0)));
	assert_int_equal(counted(), 0);
	assert_true(unmap(INDEX));
	window->registry = registry;
}

static unsigned int place;

static void device_comes(void)
{
	place = tce_gate_try_enter(&window->gate, to_index(INDEX), 1);
	assert_int_not_equal(place, GATE_FULL);
}

/* (U3) */
static void a_device_that_is_inside_leaves_the_real_tier_nothing(void **state)
{
	uint64_t before = page_at(0).value | RW;

	assert_true(map(INDEX, page_at(0)));
	for (unsigned int fills = 0; fills < 2; fills++) {
		device_comes();
		assert_false(put(INDEX, fills ? page_at(1).value | RW : 0, HOST_TIER_REAL));
		assert_int_equal(entry(INDEX), before);
		assert_int_equal(counted(), 1);
		assert_int_equal(COUNTED(&w.counters, pages_mapped), 1);
		tce_gate_leave(&window->gate, place);
	}
	assert_true(put(INDEX, 0, HOST_TIER_REAL));
	for (unsigned int i = 0; i < GATE_SHUT_COUNT; i++)
		assert_true(atomic_load(&window->gate.shut[i].range) == 0);
}

static uint64_t counted_before_drain;

static void look_at_count(void)
{
	counted_before_drain = counted();
}

static bool unmap_it(void)
{
	return unmap(INDEX);
}

static bool map_over_it(void)
{
	return map(INDEX, page_at(1));
}

static bool put_0(void)
{
	return put(INDEX, 0, HOST_TIER_VIRTUAL);
}

static bool put_over_it(void)
{
	return put(INDEX, page_at(1).value | RW, HOST_TIER_VIRTUAL);
}

static bool unmap_it_quickly(void)
{
	return unmap_quickly(INDEX);
}

static bool map_over_it_quickly(void)
{
	return map_quickly(INDEX, page_at(1));
}

static bool (*const ways[])(void) = {
	unmap_it, map_over_it, put_0, put_over_it, unmap_it_quickly, map_over_it_quickly,
};

/* (U2) A region may go as soon as its pages are uncounted. */
static void u2_the_old_page_is_counted_until_devices_have_left(void **state)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(ways); i++) {
		bool maps = i % 2;

		assert_true(map(INDEX, page_at(0)));
		counted_before_drain = 0;
		before_drain = look_at_count;
		/* With a device elsewhere the call must drain, where it would only look otherwise. */
		place = tce_gate_try_enter(&window->gate, to_index(INDEX + 1), 1);
		assert_true(ways[i]());
		tce_gate_leave(&window->gate, place);
		assert_int_equal(counted_before_drain, 1 + maps);
		assert_int_equal(counted(), maps);
		assert_true(!maps || unmap(INDEX));
	}
}

static _Atomic(bool) is_over;

static void *run(void *context)
{
	bool (*const *way)(void) = context;

	/* What is quick is for threads that have counted before. */
	assert_non_null(stats_part(window->stats));
	assert_true((*way)());
	atomic_store(&is_over, true);
	return NULL;
}

static bool waits_for_device(bool (*const *way)(void))
{
	pthread_t thread;
	bool was_over;

	device_comes();
	atomic_store(&is_over, false);
	assert_int_equal(pthread_create(&thread, NULL, run, (void *)way), 0);
	os_sleep_us(20000);
	was_over = atomic_load(&is_over);
	tce_gate_leave(&window->gate, place);
	pthread_join(thread, NULL);
	return !was_over;
}

/* (U2) (U4) Whether the call takes the old page out itself, or finds the entry clear. */
static void u4_a_call_waits_for_the_devices_of_its_entry(void **state)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(ways); i++) {
		assert_true(map(INDEX, page_at(0)));
		assert_true(waits_for_device(&ways[i]));
		assert_true(unmap(INDEX));
	}
	for (unsigned int i = 0; i < ARRAY_COUNT(ways); i += 2)
		assert_true(waits_for_device(&ways[i]));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_and_counts_are_those_of_lists),
		TEST(a_page_that_cannot_be_counted_is_left_to_lists),
		TEST(a_table_that_needs_more_is_left_to_lists),
		TEST(what_is_not_quick_is_done_nevertheless),
		TEST(a_window_without_a_registry_counts_nothing),
		TEST(a_device_that_is_inside_leaves_the_real_tier_nothing),
		TEST(u2_the_old_page_is_counted_until_devices_have_left),
		TEST(u4_a_call_waits_for_the_devices_of_its_entry),
	};

	return cmocka_run_group_tests_name("one entry", tests, NULL, NULL);
}
