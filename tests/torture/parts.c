/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarantees of tce/part.h: windows whose parts are found equal and opened again, all the time.
 */
#include "torture.h"

#include <sched.h>

#include "host/update_list.h"
#include "tce/scan.h"
#include "world.h"

#define WINDOWS 3
#define OWNERS  2
#define OWN     256            /* entries of an owner, in the first part */
#define PART    512
#define PAGES   (2 * PART)

struct arena {
	struct world world;
	struct host_window *window[WINDOWS];
	unsigned char *memory;
	_Atomic(uint64_t) rounds, shared, opened;
};

static uint64_t entry(struct arena *a, unsigned int k, uint64_t index)
{
	uint64_t value;

	rcu_read_lock();
	value = tce_table_get(host_window_table(a->window[k], 0), to_index(index));
	rcu_read_unlock();
	return value;
}

static uint64_t value_of(const struct arena *a, uint64_t page)
{
	return (uintptr_t)(a->memory + page * PAGE) | TCE_READ;
}

/* Puts an entry as a hypercall does: in real mode if that can finish it. */
static void put(struct arena *a, unsigned int k, uint64_t index, uint64_t value)
{
	struct host_list list = { a->window[k], to_index(index), 0, 1, &value, { { 0 }, 0 } };
	int r = SLOWER;

	for (enum host_tier tier = HOST_TIER_REAL; r == SLOWER; tier = HOST_TIER_VIRTUAL) {
		rcu_read_lock();
		r = host_list_prepare(&list, tier);
		if (!r)
			r = host_list_commit(&list, tier);
		rcu_read_unlock();
	}
	TORTURE_CHECK(!r);
}

static bool holds(struct arena *a, unsigned int k, uint64_t first, uint64_t page, uint64_t but)
{
	for (uint64_t i = 0; i < OWN; i++)
		if (first + i != but && entry(a, k, first + i) != value_of(a, page + i))
			return false;
	return true;
}

/* Writes entries of its own, while other threads write in the same parts. */
static void owner(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t first = self->number * OWN;

	while (torture_goes_on()) {
		uint64_t page = torture_below(self, 4) * OWN, at = first + torture_below(self, OWN);
		unsigned int k = torture_below(self, WINDOWS);
		unsigned char byte = 0;

		for (unsigned int n = 0; n < WINDOWS; n++)
			TORTURE_CHECK(!world_map(a->window[n], first, OWN, a->memory + page * PAGE, TCE_READ));
		sched_yield();
		/* (B3) (B4) The written entries are there, in all windows. */
		for (unsigned int n = 0; n < WINDOWS; n++)
			TORTURE_CHECK(holds(a, n, first, page, UINT64_MAX));
		/* (B1) One window differs, and no other sees it. */
		put(a, k, at, value_of(a, self->number));
		TORTURE_CHECK(entry(a, k, at) == value_of(a, self->number));
		for (unsigned int n = 0; n < WINDOWS; n++)
			TORTURE_CHECK(holds(a, n, first, page, n == k ? at : UINT64_MAX));
		TORTURE_CHECK(k || (!dma_read(&a->world.pe, to_ioba(at * PAGE), &byte, 1) && byte == 1 + self->number));
		atomic_fetch_add(&a->rounds, 1);
	}
}

/* Maps and clears whole parts and less. Only the counts must be right at the end. */
static void careless(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		unsigned int k = torture_below(self, WINDOWS), count = PART;
		uint64_t at = PART;

		if (torture_chance(self, 2)) {
			at += torture_below(self, PART);
			count = 1;
		}
		if (torture_chance(self, 2))
			TORTURE_CHECK(!world_map(a->window[k], at, count, a->memory + (at - PART) * PAGE, TCE_READ));
		else
			TORTURE_CHECK(!world_unmap(a->window[k], at, count));
	}
}

static bool has_shared_parts(struct tce_parts *parts)
{
	bool has;

	pthread_mutex_lock(&parts->lock);
	has = atomic_load(&parts->slot_count) > parts->part_count + WINDOWS;
	pthread_mutex_unlock(&parts->lock);
	return has;
}

/* Scans without a pause, and counts the parts that it finds shared. */
static void scanner(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		tce_scan_all(&a->world.phb.parts);
		atomic_fetch_add(&a->shared, has_shared_parts(&a->world.phb.parts));
		atomic_fetch_add(&a->opened, atomic_load(&a->world.phb.parts.vacated) != NULL);
		sched_yield();
	}
}

/* Removes a window while others hold its parts, and makes another in its place. */
static void remaker(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		struct host_window *window = world_window(&a->world, 0, 4 * MIB, 2);

		TORTURE_CHECK(!world_map(window, 0, PART, a->memory, TCE_READ));
		sched_yield();
		rcu_read_lock();
		host_update_clear(window);
		rcu_read_unlock();
		host_window_free(window);
	}
}

static void windows_that_hold_parts_together(void **state)
{
	static struct arena a;
	struct mem_region *region;

	world_init(&a.world);
	a.memory = world_pages(PAGES);
	for (unsigned int n = 0; n < OWNERS; n++)
		a.memory[n * PAGE] = (unsigned char)(1 + n);
	region = world_register(&a.world, a.memory, PAGES);
	for (unsigned int k = 0; k < WINDOWS; k++)
		a.window[k] = world_window(&a.world, 0, 4 * MIB, 2);
	host_pe_set_window(&a.world.pe, a.window[0]);
	TORTURE_WANTS(a.rounds);
	TORTURE_WANTS(a.shared);
	TORTURE_WANTS(a.opened);
	torture_run(&a, owner, (unsigned int)OWNERS, careless, 2u, scanner, 1u, remaker, 1u, NULL);
	host_pe_unset_window(&a.world.pe, 0);
	for (unsigned int k = 0; k < WINDOWS; k++) {
		rcu_read_lock();
		host_update_clear(a.window[k]);
		rcu_read_unlock();
		host_window_free(a.window[k]);
	}
	/* (B6) These fail unless every count and every part is gone. */
	assert_int_equal(mem_region_unregister(region), 0);
	world_fini(&a.world);
	world_pages_free(a.memory, PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_that_hold_parts_together),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
