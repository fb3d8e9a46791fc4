/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantee of host/pe.h, for windows and for the host's bypass. */
#include "torture.h"

#include <errno.h>

#include "util/os.h"
#include "world.h"

#define PAGES 4
#define PATIENCE 200

struct arena {
	struct world world;
	unsigned char *memory;
	struct mem_region *region;
	_Atomic(uint64_t) ioba;        /* the address to which the device writes */
	_Atomic(uint64_t) written;
};

static void device_writes(struct torture_thread *self)
{
	struct arena *a = self->context;
	unsigned char bytes[PAGES * PAGE] = { 0 };

	while (torture_goes_on()) {
		int r = dma_write(&a->world.pe, to_ioba(atomic_load(&a->ioba)), bytes, sizeof(bytes));

		TORTURE_CHECK(r == 0 || r == -EFAULT);
		atomic_fetch_add(&a->written, r == 0);
	}
}

static void await_a_write(const volatile unsigned char *page)
{
	for (int i = 0; i < PATIENCE && *page == TORTURE_STAMP; i++)
		os_yield();
}

static bool stays_untouched(unsigned char *pages)
{
	torture_stamp(pages, PAGES * PAGE);
	for (int i = 0; i < 3; i++)
		os_yield();
	return torture_is_stamped(pages, PAGES * PAGE);
}

/* The window always has valid TCEs; only its slot is set and cleared. */
static void set_and_unset(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		unsigned int slot = torture_below(self, 2);
		struct host_window *window = world_window(&a->world, slot, 16 * MIB, 1 + torture_below(self, 2));

		atomic_store(&a->ioba, window->start.value);
		TORTURE_CHECK(!world_map(window, 0, PAGES, a->memory, TCE_READ | TCE_WRITE));
		torture_stamp(a->memory, PAGES * PAGE);
		host_pe_set_window(&a->world.pe, window);
		await_a_write(a->memory);
		host_pe_unset_window(&a->world.pe, slot);
		/* (P1) So the memory is ours again, and the window, too. */
		TORTURE_CHECK(stays_untouched(a->memory));
		world_unmap(window, 0, PAGES);
		host_window_free(window);
	}
}

/* The bypass belongs to the host, and ends when a container takes the PE. */
static void take_and_release(struct torture_thread *self)
{
	struct arena *a = self->context;

	atomic_store(&a->ioba, HOST_HIGH_START + (uintptr_t)a->memory);
	while (torture_goes_on()) {
		torture_stamp(a->memory, PAGES * PAGE);
		host_pe_release_ownership(&a->world.pe);
		await_a_write(a->memory);
		TORTURE_CHECK(host_pe_take_ownership(&a->world.pe) == 0);
		TORTURE_CHECK(stays_untouched(a->memory));
	}
}

static void run(torture_role *role)
{
	static struct arena a;

	atomic_store(&a.written, 0);
	atomic_store(&a.ioba, 0);
	world_init(&a.world);
	a.memory = world_pages(PAGES);
	a.region = world_register(&a.world, a.memory, PAGES);
	assert_non_null(a.region);
	TORTURE_WANTS(a.written);
	torture_run(&a, role, 1u, device_writes, 3u, NULL);
	assert_int_equal(mem_region_unregister(a.region), 0);
	world_fini(&a.world);
	world_pages_free(a.memory, PAGES);
}

static void p1_after_unset_no_device_reaches_through_the_window(void **state)
{
	run(set_and_unset);
}

static void p1_after_the_host_gave_it_away_no_device_uses_the_bypass(void **state)
{
	run(take_and_release);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_after_unset_no_device_reaches_through_the_window),
		cmocka_unit_test(p1_after_the_host_gave_it_away_no_device_uses_the_bypass),
	};

	return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
