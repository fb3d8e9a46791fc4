/* SPDX-License-Identifier: BSD-2-Clause */
/* The owner of a PE, and the memory that its device can reach. */
#include "testing.h"

#include <errno.h>

#include "../../torture/world.h"
#include "host/eeh_op.h"
#include "util/os.h"

static struct world w;
static unsigned char *memory;
static struct stce_news told[16];
static unsigned int told_count;

static void hear(void *context, const struct stce_news *item)
{
	if (told_count < 16)
		told[told_count++] = *item;
}

static int start(void **state)
{
	world_init(&w);
	memory = world_pages(2);
	memory[0] = 'm';
	told_count = 0;
	w.phb.news = (struct news){ hear, NULL };
	return 0;
}

static int stop(void **state)
{
	world_pages_free(memory, 2);
	world_fini(&w);
	return 0;
}

static int reads(uint64_t ioba)
{
	char x;

	return dma_read(&w.pe, to_ioba(ioba), &x, 1);
}

static void taken_twice_is_busy(void **state)
{
	assert_int_equal(host_pe_take_ownership(&w.pe), -EBUSY);
	host_pe_release_ownership(&w.pe);
	assert_int_equal(host_pe_take_ownership(&w.pe), 0);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].kind, STCE_NEWS_GROUP_RETURNED);
	assert_int_equal(told[1].kind, STCE_NEWS_GROUP_TAKEN);
}

static void the_bypass_is_there_while_the_host_owns_it(void **state)
{
	uint64_t bypass = HOST_HIGH_START + (uintptr_t)memory;

	assert_int_equal(reads(bypass), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_no_window), 1);
	host_pe_release_ownership(&w.pe);
	assert_int_equal(reads(bypass), 0);
	/* The host's own window maps nothing. */
	assert_int_equal(reads(0), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_unmapped), 1);
	assert_int_equal(host_pe_take_ownership(&w.pe), 0);
	assert_int_equal(reads(bypass), -EFAULT);
	assert_int_equal(reads(0), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_no_window), 3);
}

static void address_bit_59_chooses_the_window(void **state)
{
	struct host_window *low = world_window(&w, 0, 16 * MIB, 1), *high = world_window(&w, 1, 16 * MIB, 1);
	struct mem_region *region = world_register(&w, memory, 2);

	assert_int_equal(world_map(low, 0, 1, memory, TCE_READ), 0);
	assert_int_equal(world_map(high, 1, 1, memory, TCE_READ), 0);
	host_pe_set_window(&w.pe, low);
	host_pe_set_window(&w.pe, high);
	assert_int_equal(reads(0), 0);
	assert_int_equal(reads(PAGE), -EFAULT);
	assert_int_equal(reads(HOST_HIGH_START), -EFAULT);
	assert_int_equal(reads(HOST_HIGH_START + PAGE), 0);
	host_pe_unset_window(&w.pe, 0);
	assert_int_equal(reads(0), -EFAULT);
	assert_int_equal(reads(HOST_HIGH_START + PAGE), 0);
	host_pe_unset_window(&w.pe, 1);
	/* Clearing an empty slot does nothing. */
	host_pe_unset_window(&w.pe, 1);
	world_unmap(low, 0, 1);
	world_unmap(high, 1, 1);
	host_window_free(low);
	host_window_free(high);
	assert_int_equal(mem_region_unregister(region), 0);
}

static void unset(struct world *world)
{
	host_pe_unset_window(&world->pe, 0);
}

/* (P1) An access that has found the window, and one inside its gate, end first. */
static void taking_a_window_away_waits_for_finders_and_then_for_devices(void **state)
{
	struct host_window *window = world_window(&w, 0, 16 * MIB, 1);

	for (unsigned int round = 0; round < 2; round++) {
		host_pe_set_window(&w.pe, window);
		world_change_waits(window, round, unset, &w);
		assert_int_equal(reads(0), -EFAULT);
	}
	host_window_free(window);
}

static void each_cause_is_news_once_and_counted_always(void **state)
{
	for (int i = 0; i < 3; i++)
		assert_int_equal(reads(0x1000), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_no_window), 3);
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0].kind, STCE_NEWS_FAULT);
	assert_int_equal(told[0].cause, STCE_FAULT_NO_WINDOW);
	assert_int_equal(told[0].start, 0x1000);
}

static void a_fault_freezes_only_who_enabled_eeh(void **state)
{
	assert_int_equal(reads(0), -EFAULT);
	assert_int_equal(host_eeh_state(&w.pe.eeh), STCE_EEH_NORMAL);
	assert_int_equal(host_eeh_enable(&w.pe), 0);
	assert_int_equal(reads(0), -EFAULT);
	assert_int_equal(host_eeh_state(&w.pe.eeh), STCE_EEH_STOPPED);
	assert_int_equal(reads(0), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_frozen), 1);
	/* The host gets a PE back in working order. */
	host_pe_release_ownership(&w.pe);
	assert_int_equal(host_eeh_state(&w.pe.eeh), STCE_EEH_NORMAL);
	assert_int_equal(host_pe_take_ownership(&w.pe), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(taken_twice_is_busy),
		TEST(the_bypass_is_there_while_the_host_owns_it),
		TEST(address_bit_59_chooses_the_window),
		TEST(taking_a_window_away_waits_for_finders_and_then_for_devices),
		TEST(each_cause_is_news_once_and_counted_always),
		TEST(a_fault_freezes_only_who_enabled_eeh),
	};

	return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
