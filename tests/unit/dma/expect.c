/* SPDX-License-Identifier: BSD-2-Clause */
/* An access that is expected: nothing is checked, counted or held, whatever the address leads to. */
#include "testing.h"

#include <sys/mman.h>

#include "../../torture/world.h"
#include "dma/expect.h"
#include "util/rcu.h"

#define PAGES 4

static struct world w;
static struct host_window *window;
static char *memory;
static struct mem_region *region;

static int start(void **state)
{
	world_init(&w);
	memory = world_pages(PAGES);
	region = world_register(&w, memory, PAGES);
	window = world_window(&w, 0, GIB, 1);
	host_pe_set_window(&w.pe, window);
	return 0;
}

static int stop(void **state)
{
	host_pe_unset_window(&w.pe, 0);
	world_unmap(window, 0, window->geometry.entries);
	host_window_free(window);
	assert_int_equal(mem_region_unregister(region), 0);
	world_pages_free(memory, PAGES);
	world_fini(&w);
	return 0;
}

/* No access and no fault is counted, no place is taken, and the read lock is left. */
static void assert_no_trace(void)
{
	uint64_t read, written;

	assert_int_equal(COUNTED(&w.counters, dma_accesses), 0);
	assert_int_equal(w.pe.faults_told, 0);
	host_pe_moved(&w.pe, &read, &written);
	assert_int_equal(read + written, 0);
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		assert_int_equal(atomic_load(&window->gate.place[i]), 0);
	assert_int_equal(atomic_load(&rcu_reader_->ctr) & RCU_DEPTH, 0);
}

static void pages_are_fetched_up_to_a_hole(void **state)
{
	assert_int_equal(world_map(window, 0, 2, memory, TCE_READ | TCE_WRITE), 0);
	dma_expect(&w.pe, to_ioba(100), 2 * PAGE, TCE_READ);
	assert_no_trace();
}

static void an_address_without_a_page_is_no_fault(void **state)
{
	dma_expect(&w.pe, to_ioba(0), PAGE, TCE_READ);
	dma_expect(&w.pe, to_ioba(GIB - 1), PAGE, TCE_READ);
	dma_expect(&w.pe, to_ioba(GIB), PAGE, TCE_READ);
	dma_expect(&w.pe, to_ioba(bit64(58)), PAGE, TCE_READ);
	dma_expect(&w.pe, to_ioba(UINT64_MAX), UINT64_MAX, TCE_READ);
	assert_no_trace();
}

static void a_permission_that_is_missing_is_no_fault(void **state)
{
	assert_int_equal(world_map(window, 0, 1, memory, TCE_READ), 0);
	dma_expect(&w.pe, to_ioba(0), PAGE, TCE_WRITE);
	assert_no_trace();
}

/* The program may take its memory away at any time. */
static void memory_that_is_gone_is_not_touched(void **state)
{
	assert_int_equal(world_map(window, 0, 1, memory, TCE_READ), 0);
	assert_int_equal(mprotect(memory, PAGE, PROT_NONE), 0);
	dma_expect(&w.pe, to_ioba(0), PAGE, TCE_READ);
	assert_int_equal(mprotect(memory, PAGE, PROT_READ | PROT_WRITE), 0);
	assert_no_trace();
}

static void a_pe_may_have_no_window(void **state)
{
	host_pe_unset_window(&w.pe, 0);
	dma_expect(&w.pe, to_ioba(0), PAGE, TCE_READ);
	host_pe_set_window(&w.pe, window);
	assert_no_trace();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_are_fetched_up_to_a_hole),
		TEST(an_address_without_a_page_is_no_fault),
		TEST(a_permission_that_is_missing_is_no_fault),
		TEST(memory_that_is_gone_is_not_touched),
		TEST(a_pe_may_have_no_window),
	};

	return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
