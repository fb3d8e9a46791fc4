/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many devices use one window.
 *
 * Symptom of the first test: a copy took two places of the window's gate, one after the other. With
 * as many copies as places, each held one and waited for ever for the second.
 */
#include "torture.h"

#include <sched.h>
#include <string.h>

#include "util/guard.h"
#include "world.h"

#define COPIERS (2 * GATE_PLACE_COUNT)

struct arena {
	struct world world;
	struct host_window *window;
	unsigned char *memory;
	_Atomic(uint64_t) copied;
};

/* Each thread copies from a page that no thread writes to a page of its own. */
static void copy(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t own = 1 + self->number;

	while (torture_goes_on()) {
		memset(a->memory + own * PAGE, 0, 64);
		if (!TORTURE_CHECK(dma_copy(&a->world.pe, to_ioba(own * PAGE), to_ioba(0), PAGE) == 0))
			return;
		TORTURE_CHECK(!memcmp(a->memory + own * PAGE, a->memory, PAGE));
		atomic_fetch_add(&a->copied, 1);
	}
}

static void more_copies_than_places_take_turns(void **state)
{
	static struct arena a;
	struct mem_region *region;
	uint64_t read, written;

	world_init(&a.world);
	a.window = world_window(&a.world, 0, 16 * MIB, 1);
	a.memory = world_pages(COPIERS + 1);
	memset(a.memory, 0x5a, PAGE);
	region = world_register(&a.world, a.memory, COPIERS + 1);
	assert_non_null(region);
	assert_int_equal(world_map(a.window, 0, COPIERS + 1, a.memory, TCE_READ | TCE_WRITE), 0);
	host_pe_set_window(&a.world.pe, a.window);
	TORTURE_WANTS(a.copied);
	torture_run(&a, copy, (unsigned int)COPIERS, NULL);
	assert_int_equal(COUNTED(&a.world.counters, dma_read_bytes), PAGE * atomic_load(&a.copied));
	assert_int_equal(COUNTED(&a.world.counters, dma_write_bytes), PAGE * atomic_load(&a.copied));
	host_pe_moved(&a.world.pe, &read, &written);
	assert_int_equal(read, PAGE * atomic_load(&a.copied));
	assert_int_equal(written, PAGE * atomic_load(&a.copied));
	world_unmap(a.window, 0, COPIERS + 1);
	host_pe_unset_window(&a.world.pe, 0);
	host_window_free(a.window);
	assert_int_equal(mem_region_unregister(region), 0);
	world_fini(&a.world);
	world_pages_free(a.memory, COPIERS + 1);
}

/* Writes if it may; a refusal now and then is no failure. */
static void write_directly(struct torture_thread *self)
{
	struct arena *a = self->context;
	char bytes[256];

	memset(bytes, 0xdd, sizeof(bytes));
	while (torture_goes_on())
		if (!dma_write(&a->world.pe, to_ioba(self->number * 512), bytes, sizeof(bytes)))
			atomic_fetch_add(&a->copied, 1);
}

static bool is_filled_with(const unsigned char *memory, unsigned char byte)
{
	for (unsigned int i = 0; i < PAGE; i++)
		if (__atomic_load_n(&memory[i], __ATOMIC_RELAXED) != byte)
			return false;
	return true;
}

static void map_and_take_back(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint64_t copied = atomic_load(&a->copied);

		if (!TORTURE_CHECK(world_map(a->window, 0, 1, a->memory, TCE_READ | TCE_WRITE) == 0))
			return;
		while (torture_waits_on() && atomic_load(&a->copied) == copied)
			sched_yield();
		world_unmap(a->window, 0, 1);
		memset(a->memory, 0x11, PAGE);
		sched_yield();
		TORTURE_CHECK(is_filled_with(a->memory, 0x11));
	}
}

static void u2_no_direct_write_arrives_after_unmap_has_returned(void **state)
{
	static struct arena a;
	struct mem_region *region;

	world_init(&a.world);
	assert_int_equal(guard_install(), 0);
	a.world.phb.has_direct_dma = true;
	a.window = world_window(&a.world, 0, 16 * MIB, 1);
	a.memory = world_pages(1);
	region = world_register(&a.world, a.memory, 1);
	host_pe_set_window(&a.world.pe, a.window);
	TORTURE_WANTS(a.copied);
	torture_run(&a, write_directly, 2u, map_and_take_back, 1u, NULL);
	host_pe_unset_window(&a.world.pe, 0);
	host_window_free(a.window);
	assert_int_equal(mem_region_unregister(region), 0);
	world_fini(&a.world);
	world_pages_free(a.memory, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_copies_than_places_take_turns),
		cmocka_unit_test(u2_no_direct_write_arrives_after_unmap_has_returned),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
