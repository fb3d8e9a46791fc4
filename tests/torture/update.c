/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of host/update.h. */
#include "torture.h"

#include <errno.h>

#include "util/os.h"
#include "world.h"

#define MAPPERS 3
#define OWN_PAGES 4            /* the pages of the window that each mapper has */
#define PATIENCE 200

struct arena {
	struct world world;
	struct host_window *window;
	unsigned char *memory;       /* twice OWN_PAGES for each mapper, so that one can be mapped over the other */
	_Atomic(uint64_t) written, rounds;
};

/* Writes over several pages at once, so that an access takes a while. */
static void device_writes(struct torture_thread *self)
{
	struct arena *a = self->context;
	unsigned char bytes[OWN_PAGES * PAGE] = { 0 };

	while (torture_goes_on()) {
		uint64_t owner = torture_below(self, MAPPERS);
		uint64_t ioba = owner * OWN_PAGES * PAGE + torture_below(self, 8) * 64;

		atomic_fetch_add(&a->written,
				 dma_write(&a->world.pe, to_ioba(ioba), bytes, sizeof(bytes) - 1024) == 0);
	}
}

static void device_copies(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint64_t to = torture_below(self, MAPPERS) * OWN_PAGES * PAGE;
		uint64_t from = torture_below(self, MAPPERS) * OWN_PAGES * PAGE;

		if (to != from)
			dma_copy(&a->world.pe, to_ioba(to), to_ioba(from), OWN_PAGES * PAGE);
	}
}

/* Waits until a device has written there, or for a limited time. */
static void await_a_write(const volatile unsigned char *page)
{
	for (int i = 0; i < PATIENCE && *page == TORTURE_STAMP; i++)
		os_yield();
}

static bool stays_untouched(unsigned char *pages)
{
	torture_stamp(pages, OWN_PAGES * PAGE);
	for (int i = 0; i < 3; i++)
		os_yield();
	return torture_is_stamped(pages, OWN_PAGES * PAGE);
}

static void map_and_unmap(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t first = self->number * OWN_PAGES;
	unsigned char *pages = a->memory + 2 * first * PAGE, *others = pages + OWN_PAGES * PAGE;
	struct mem_region *region, *second = world_register(&a->world, others, OWN_PAGES);

	if (!TORTURE_CHECK(second))
		return;
	while (torture_goes_on()) {
		region = world_register(&a->world, pages, OWN_PAGES);
		if (!TORTURE_CHECK(region))
			break;
		torture_stamp(pages, OWN_PAGES * PAGE);
		TORTURE_CHECK(!world_map(a->window, first, OWN_PAGES, pages, TCE_READ | TCE_WRITE));
		await_a_write(pages + PAGE);
		/* (U1) After refused calls the entries are those written here. */
		for (uint64_t i = 0; i < OWN_PAGES; i++)
			TORTURE_CHECK(tce_table_get(host_window_table(a->window, 0), to_index(first + i)) ==
				      ((uintptr_t)(pages + i * PAGE) | TCE_READ | TCE_WRITE));
		switch (torture_below(self, 3)) {
		case 0:
			world_unmap(a->window, first, OWN_PAGES);
			break;
		case 1:
			TORTURE_CHECK(!world_map(a->window, first, OWN_PAGES, others,
						 TCE_READ | TCE_WRITE));
			break;
		case 2:
			TORTURE_CHECK(!world_map(a->window, first, OWN_PAGES, pages, TCE_READ));
			TORTURE_CHECK(stays_untouched(pages));
			world_unmap(a->window, first, OWN_PAGES);
			break;
		}
		/* (U2) No device writes there any more, and the region may end. */
		TORTURE_CHECK(stays_untouched(pages));
		TORTURE_CHECK(mem_region_unregister(region) == 0);
		atomic_fetch_add(&a->rounds, 1);
	}
	world_unmap(a->window, first, OWN_PAGES);
	TORTURE_CHECK(mem_region_unregister(second) == 0);
}

/* A range that starts in registered memory and ends outside is refused as a whole. */
static void map_badly(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		const unsigned char *end = a->memory + 2 * MAPPERS * OWN_PAGES * PAGE;
		uint64_t index = torture_below(self, (MAPPERS - 1) * OWN_PAGES);

		TORTURE_CHECK(world_map(a->window, index, OWN_PAGES + 1, end - OWN_PAGES * PAGE,
					TCE_READ | TCE_WRITE) == -EINVAL);
	}
}

static void start(struct arena *a, uint64_t size, unsigned int levels)
{
	world_init(&a->world);
	a->window = world_window(&a->world, 0, size, levels);
	host_pe_set_window(&a->world.pe, a->window);
	a->memory = world_pages(2 * MAPPERS * OWN_PAGES);
	TORTURE_WANTS(a->rounds);
	TORTURE_WANTS(a->written);
}

static void stop(struct arena *a)
{
	host_pe_unset_window(&a->world.pe, 0);
	host_window_free(a->window);
	world_fini(&a->world);
	world_pages_free(a->memory, 2 * MAPPERS * OWN_PAGES);
}

static void u2_after_unmap_no_device_writes_the_old_pages(void **state)
{
	static struct arena a;

	start(&a, 64 * MIB, 1);
	torture_run(&a, map_and_unmap, (unsigned int)MAPPERS, device_writes, 2u, device_copies, 1u, NULL);
	stop(&a);
}

static void u1_a_refused_map_changes_no_entry_and_no_count(void **state)
{
	static struct arena a;

	start(&a, bit64(36), 3);
	torture_run(&a, map_and_unmap, (unsigned int)MAPPERS, map_badly, 2u, device_writes, 1u, NULL);
	stop(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(u1_a_refused_map_changes_no_entry_and_no_count),
		cmocka_unit_test(u2_after_unmap_no_device_writes_the_old_pages),
	};

	return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
