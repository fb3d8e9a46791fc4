/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list in the real-mode tier beside another writer and a device. One of them comes at an exact
 * moment: before the range is shut, while the entries change, or when the range is opened. The
 * linker wraps the calls that mark these moments.
 */
#include "testing.h"

#include <errno.h>

#include "../../torture/world.h"
#include "host/update_list.h"

#define COUNT 4u
#define FIRST 6u

static struct world w;
static struct host_window *window;
static char *memory;
static struct mem_region *region;
static unsigned int place;

/* Actions before the next attempt to shut a range, and before the next end of one. */
static struct {
	void (*before_shut)(void);
	void (*before_open)(void);
} moment;

unsigned int __real_tce_gate_try_shut(struct tce_gate *gate, struct tce_index first, uint64_t count);
unsigned int __wrap_tce_gate_try_shut(struct tce_gate *gate, struct tce_index first, uint64_t count);
void __real_tce_shut_open(struct tce_shut *shut);
void __wrap_tce_shut_open(struct tce_shut *shut);

static void pass(void (**at)(void))
{
	void (*happens)(void) = *at;

	*at = NULL;
	if (happens)
		happens();
}

unsigned int __wrap_tce_gate_try_shut(struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	pass(&moment.before_shut);
	return __real_tce_gate_try_shut(gate, first, count);
}

void __wrap_tce_shut_open(struct tce_shut *shut)
{
	pass(&moment.before_open);
	__real_tce_shut_open(shut);
}

static uint64_t address(unsigned int n)
{
	return (uintptr_t)(memory + n * PAGE);
}

static uint64_t entry(uint64_t index)
{
	return tce_table_get(host_window_table(window, 0), to_index(index));
}

static uint64_t counted(void)
{
	return mem_region_references(region) - 1;
}

/* The old entries map pages 0, 1 and so on. */
static int start(void **state)
{
	world_init(&w);
	window = world_window(&w, 0, bit64(30), 1);
	memory = world_pages(2 * COUNT);
	region = world_register(&w, memory, 2 * COUNT);
	place = GATE_FULL;
	moment.before_shut = moment.before_open = NULL;
	assert_int_equal(world_map(window, FIRST, COUNT, memory, TCE_READ | TCE_WRITE), 0);
	return 0;
}

static int stop(void **state)
{
	/* Left inside by a test that failed, the device would have the unmap wait for ever. */
	if (place != GATE_FULL)
		tce_gate_leave(&window->gate, place);
	world_unmap(window, FIRST, COUNT);
	assert_int_equal(counted(), 0);
	assert_int_equal(mem_region_unregister(region), 0);
	host_window_free(window);
	world_pages_free(memory, 2 * COUNT);
	world_fini(&w);
	return 0;
}

/* Writes a list that clears, or that maps the second half of the memory. */
static int list_real(bool fills)
{
	uint64_t item[COUNT];
	struct host_list list = {
		.window = window, .index = to_index(FIRST), .count = COUNT, .item = fills ? item : NULL,
	};
	int r;

	for (unsigned int i = 0; i < COUNT; i++)
		item[i] = address(COUNT + i) | TCE_READ | TCE_WRITE;
	rcu_read_lock();
	r = host_list_prepare(&list, HOST_TIER_REAL);
	if (!r)
		r = host_list_commit(&list, HOST_TIER_REAL);
	rcu_read_unlock();
	return r;
}

static void device_comes(void)
{
	place = tce_gate_try_enter(&window->gate, to_index(FIRST + 1), 1);
}

static void device_goes(void)
{
	assert_int_not_equal(place, GATE_FULL);
	tce_gate_leave(&window->gate, place);
	place = GATE_FULL;
}

static void another_clears(void)
{
	world_unmap(window, FIRST, COUNT);
	for (unsigned int i = 0; i < COUNT; i++)
		assert_int_equal(entry(FIRST + i), 0);
}

static void another_maps_the_new_pages(void)
{
	assert_int_equal(world_map(window, FIRST, COUNT, memory + COUNT * PAGE, TCE_READ | TCE_WRITE), 0);
}

static void a_device_that_comes_just_before_refuses_all(void **state)
{
	for (unsigned int fills = 0; fills < 2; fills++) {
		moment.before_shut = device_comes;
		assert_int_equal(list_real(fills), SLOWER);
		for (unsigned int i = 0; i < COUNT; i++)
			assert_int_equal(entry(FIRST + i), address(i) | TCE_READ | TCE_WRITE);
		assert_int_equal(counted(), COUNT);
		device_goes();
	}
}

/*
 * Symptom: a list took out the entries that it cleared, another writer found them clear and
 * returned, and the list put them back because a device had come.
 */
static void what_another_has_cleared_stays_clear(void **state)
{
	moment.before_shut = device_comes;
	moment.before_open = another_clears;
	assert_int_equal(list_real(false), SLOWER);
	device_goes();
	another_clears();
	assert_int_equal(list_real(false), 0);
	assert_int_equal(counted(), 0);

	moment.before_open = another_clears;
	assert_int_equal(list_real(true), 0);
	for (unsigned int i = 0; i < COUNT; i++)
		assert_int_equal(entry(FIRST + i), 0);
	assert_int_equal(counted(), 0);
}

static void another_that_clears_the_same_entries_owns_nothing_twice(void **state)
{
	moment.before_shut = another_clears;
	assert_int_equal(list_real(false), 0);
	assert_int_equal(counted(), 0);
	another_maps_the_new_pages();
	moment.before_open = another_clears;
	assert_int_equal(list_real(false), 0);
	assert_int_equal(counted(), 0);
}

/*
 * Symptom: the list took the other writer's entries for its own, because they were equal, and
 * replaced them by the old ones.
 */
static void what_another_has_mapped_stays_mapped(void **state)
{
	void (*const moments[])(void) = { another_maps_the_new_pages, NULL };

	for (unsigned int i = 0; i < 2; i++) {
		moment.before_shut = moments[i];
		moment.before_open = moments[!i];
		assert_int_equal(list_real(true), 0);
		for (unsigned int n = 0; n < COUNT; n++)
			assert_int_equal(entry(FIRST + n), address(COUNT + n) | TCE_READ | TCE_WRITE);
		assert_int_equal(counted(), COUNT);
	}
}

static void no_device_comes_in_while_entries_change(void **state)
{
	moment.before_open = device_comes;
	assert_int_equal(list_real(true), 0);
	assert_int_equal(place, GATE_FULL);
	device_comes();
	device_goes();
}

static void devices_elsewhere_disturb_nothing(void **state)
{
	unsigned int other = tce_gate_try_enter(&window->gate, to_index(FIRST + COUNT), 1);

	assert_int_equal(list_real(true), 0);
	assert_int_equal(list_real(false), 0);
	tce_gate_leave(&window->gate, other);
	for (unsigned int i = 0; i < GATE_SHUT_COUNT; i++)
		assert_true(atomic_load(&window->gate.shut[i].range) == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_that_comes_just_before_refuses_all),
		TEST(what_another_has_cleared_stays_clear),
		TEST(another_that_clears_the_same_entries_owns_nothing_twice),
		TEST(what_another_has_mapped_stays_mapped),
		TEST(no_device_comes_in_while_entries_change),
		TEST(devices_elsewhere_disturb_nothing),
	};

	return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
