/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of a PE, what moves it from one to another, and what is kept about its last freeze. */
#include "testing.h"

#include <errno.h>
#include <unistd.h>

#include "../../torture/world.h"
#include "host/eeh_op.h"
#include "util/os.h"

#define SECOND UINT64_C(1000000000)

static struct world w;
static unsigned char *memory;
static struct stce_news told[16];
static unsigned int told_count;
static unsigned int resets, thaws;
static uint64_t now;

uint64_t __wrap_os_now_ns(void);

uint64_t __wrap_os_now_ns(void)
{
	return now;
}

static void hear(void *context, const struct stce_news *item)
{
	if (told_count < 16)
		told[told_count++] = *item;
}

static void count_reset(struct host_member *member)
{
	resets++;
}

static void count_thaw(struct host_member *member)
{
	thaws++;
}

static const struct host_member_ops ops = { .reset = count_reset, .thawed = count_thaw };
static struct host_member member = { .ops = &ops };

static int start(void **state)
{
	world_init(&w);
	memory = world_pages(2);
	told_count = resets = thaws = 0;
	now = 1000 * SECOND;
	w.phb.news = (struct news){ hear, NULL };
	host_pe_add_member(&w.pe, &member);
	return 0;
}

static int stop(void **state)
{
	host_pe_remove_member(&w.pe, &member);
	world_pages_free(memory, 2);
	world_fini(&w);
	return 0;
}

static int reads(uint64_t ioba, size_t length)
{
	char x[2 * PAGE];

	return dma_read(&w.pe, to_ioba(ioba), x, length);
}

static enum stce_eeh_state state_now(void)
{
	return host_eeh_state(&w.pe.eeh);
}

static struct stce_eeh described(void)
{
	struct stce_eeh eeh;

	host_eeh_describe(&w.pe.eeh, &eeh, sizeof(eeh));
	return eeh;
}

static void each_set_of_bits_has_the_state_that_linux_names(void **state)
{
	static const struct { uint32_t word; enum stce_eeh_state state; } rows[] = {
		{ 0, STCE_EEH_NORMAL },
		{ HOST_EEH_ENABLED | HOST_EEH_WATCHED, STCE_EEH_NORMAL },
		{ HOST_EEH_MMIO_FROZEN, STCE_EEH_UNAVAILABLE },
		{ HOST_EEH_DMA_FROZEN, STCE_EEH_STOPPED_DMA },
		{ HOST_EEH_FROZEN, STCE_EEH_STOPPED },
		{ HOST_EEH_IN_RESET | HOST_EEH_FROZEN, STCE_EEH_RESET },
		{ HOST_EEH_IN_RESET, STCE_EEH_RESET },
		{ HOST_EEH_AWAY | HOST_EEH_IN_RESET | HOST_EEH_FROZEN, STCE_EEH_UNAVAILABLE },
		{ HOST_EEH_AWAY, STCE_EEH_UNAVAILABLE },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++) {
		atomic_store(&w.pe.eeh.word, rows[i].word);
		assert_int_equal(state_now(), rows[i].state);
	}
	atomic_store(&w.pe.eeh.word, 0);
}

static void a_client_thaws_registers_and_dma_one_by_one(void **state)
{
	host_eeh_force_freeze(&w.pe);
	assert_int_equal(state_now(), STCE_EEH_STOPPED);
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_MMIO_FROZEN), 0);
	assert_int_equal(state_now(), STCE_EEH_STOPPED_DMA);
	assert_int_equal(thaws, 0);
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_DMA_FROZEN), 0);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
	assert_int_equal(thaws, 1);
	/* A healthy PE can be thawed, and nobody hears of it. */
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_DMA_FROZEN), 0);
	assert_int_equal(thaws, 1);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0].kind, STCE_NEWS_PE_FROZEN);
	assert_int_equal(told[0].cause, STCE_EEH_CALL);
	assert_int_equal(told[1].kind, STCE_NEWS_PE_THAWED);
}

static void dma_first_leaves_the_registers_frozen(void **state)
{
	host_eeh_force_freeze(&w.pe);
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_DMA_FROZEN), 0);
	assert_int_equal(state_now(), STCE_EEH_UNAVAILABLE);
	assert_int_equal(told_count, 1);
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_MMIO_FROZEN), 0);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
}

static void a_reset_resets_each_function_and_ends_thawed(void **state)
{
	host_eeh_force_freeze(&w.pe);
	assert_int_equal(host_eeh_assert_reset(&w.pe), 0);
	assert_int_equal(resets, 1);
	assert_int_equal(state_now(), STCE_EEH_RESET);
	/* The device does not answer before the reset has ended. */
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_MMIO_FROZEN), 0);
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_DMA_FROZEN), 0);
	assert_int_equal(state_now(), STCE_EEH_RESET);
	assert_int_equal(reads(0, 1), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_frozen), 1);
	/* A freeze in the middle of it goes with it. */
	host_eeh_force_freeze(&w.pe);
	assert_int_equal(state_now(), STCE_EEH_RESET);
	assert_int_equal(host_eeh_deassert_reset(&w.pe), 0);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
	assert_int_equal(thaws, 1);
}

static void a_reset_is_no_freeze_and_keeps_the_cause(void **state)
{
	assert_int_equal(host_eeh_enable(&w.pe), 0);
	assert_int_equal(reads(0x5000, 1), -EFAULT);
	assert_int_equal(host_eeh_assert_reset(&w.pe), 0);
	assert_int_equal(host_eeh_deassert_reset(&w.pe), 0);
	assert_int_equal(described().freezes, 1);
	assert_int_equal(described().reason, STCE_EEH_FAULT);
	assert_int_equal(described().address, 0x5000);
}

/* A guest that reboots while its PE is frozen or in reset finds it in order. */
static void enabling_thaws_and_ends_a_reset(void **state)
{
	host_eeh_force_freeze(&w.pe);
	assert_int_equal(host_eeh_enable(&w.pe), 0);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
	assert_int_equal(host_eeh_assert_reset(&w.pe), 0);
	assert_int_equal(host_eeh_enable(&w.pe), 0);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
	assert_true(described().enabled);
}

static void a_change_of_owner_thaws_and_does_not_enable(void **state)
{
	host_eeh_force_freeze(&w.pe);
	assert_int_equal(host_eeh_change_owner(&w.pe), 0);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
	assert_false(described().enabled);
}

static void an_unavailable_pe_refuses_until_its_bridge_is_back(void **state)
{
	host_eeh_force_away(&w.pe, 1500);
	assert_int_equal(state_now(), STCE_EEH_UNAVAILABLE);
	assert_int_equal(described().wait, 1500);
	assert_int_equal(host_eeh_enable(&w.pe), -EIO);
	assert_int_equal(host_eeh_change_owner(&w.pe), -EIO);
	assert_int_equal(host_eeh_unfreeze(&w.pe, HOST_EEH_MMIO_FROZEN), -EIO);
	assert_int_equal(host_eeh_assert_reset(&w.pe), -EIO);
	assert_int_equal(host_eeh_deassert_reset(&w.pe), -EIO);
	assert_int_equal(resets, 0);
	now += SECOND;
	assert_int_equal(described().wait, 500);
	assert_int_equal(state_now(), STCE_EEH_UNAVAILABLE);
	now += SECOND / 2;
	/* The host leaves a PE that it has passed through frozen. */
	assert_int_equal(state_now(), STCE_EEH_STOPPED);
	assert_int_equal(described().wait, 0);
	assert_int_equal(host_eeh_assert_reset(&w.pe), 0);
	assert_int_equal(host_eeh_deassert_reset(&w.pe), 0);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
}

static void a_dead_bridge_stays_dead(void **state)
{
	host_eeh_force_away(&w.pe, 0);
	now += 1000000 * SECOND;
	assert_int_equal(state_now(), STCE_EEH_UNAVAILABLE);
	assert_int_equal(described().wait, 0);
	assert_int_equal(host_eeh_enable(&w.pe), -EIO);
	/* It is dead for the next owner, too. */
	host_pe_release_ownership(&w.pe);
	assert_int_equal(state_now(), STCE_EEH_UNAVAILABLE);
	assert_int_equal(host_pe_take_ownership(&w.pe), 0);
	host_eeh_force_thaw(&w.pe);
	assert_int_equal(state_now(), STCE_EEH_NORMAL);
}

/* (Y2) The cause names the byte and the TCE that failed, not where the access began. */
static void a_fault_keeps_its_address_direction_and_entry(void **state)
{
	struct host_window *window = world_window(&w, 0, 16 * MIB, 1);
	struct mem_region *region = world_register(&w, memory, 2);
	struct stce_eeh eeh;

	assert_int_equal(world_map(window, 3, 1, memory, TCE_READ), 0);
	host_pe_set_window(&w.pe, window);
	assert_int_equal(host_eeh_enable(&w.pe), 0);
	assert_int_equal(reads(3 * PAGE + 16, PAGE), -EFAULT);
	/* What a frozen PE refuses is no new cause. */
	assert_int_equal(reads(0, 1), -EFAULT);
	eeh = described();
	assert_int_equal(eeh.state, STCE_EEH_STOPPED);
	assert_int_equal(eeh.reason, STCE_EEH_FAULT);
	assert_int_equal(eeh.fault, STCE_FAULT_UNMAPPED);
	assert_int_equal(eeh.access, STCE_EEH_DMA_READ);
	assert_int_equal(eeh.address, 4 * PAGE);
	assert_int_equal(eeh.length, 16);
	assert_int_equal(eeh.window, 0);
	assert_int_equal(eeh.entry, 4);
	assert_int_equal(eeh.page_shift, 12);
	assert_int_equal(told[told_count - 1].kind, STCE_NEWS_FAULT);
	assert_int_equal(told[told_count - 2].kind, STCE_NEWS_FAULT);
	assert_int_equal(told[told_count - 3].kind, STCE_NEWS_PE_FROZEN);
	assert_int_equal(told[told_count - 3].start, 4 * PAGE);
	assert_int_equal(told[told_count - 3].size, STCE_FAULT_UNMAPPED);

	host_eeh_force_thaw(&w.pe);
	assert_int_equal(dma_write(&w.pe, to_ioba(3 * PAGE), "x", 1), -EFAULT);
	assert_int_equal(described().fault, STCE_FAULT_NO_WRITE);
	assert_int_equal(described().access, STCE_EEH_DMA_WRITE);
	assert_int_equal(described().freezes, 2);
	host_pe_unset_window(&w.pe, 0);
	world_unmap(window, 3, 1);
	host_window_free(window);
	assert_int_equal(mem_region_unregister(region), 0);
}

/* Linux begins to count anew with the first freeze that comes more than an hour after it began. */
static void freezes_are_counted_by_the_hour_as_linux_counts_them(void **state)
{
	static const struct { unsigned int minutes, count; } rows[] = {
		{ 0, 1 }, { 20, 2 }, { 20, 3 }, { 20, 4 }, { 1, 1 }, { 60, 2 }, { 1, 1 },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++) {
		now += rows[i].minutes * 60 * SECOND;
		host_eeh_force_freeze(&w.pe);
		host_eeh_force_freeze(&w.pe);
		assert_int_equal(described().freezes_hour, rows[i].count);
		host_eeh_force_thaw(&w.pe);
	}
	assert_int_equal(described().freezes, ARRAY_COUNT(rows));
}

static void an_older_program_gets_the_fields_that_it_knows(void **state)
{
	struct stce_eeh eeh = { .enabled = 77 };
	struct { struct stce_eeh eeh; uint64_t more; } newer = { .more = 1 };

	host_eeh_force_freeze(&w.pe);
	host_eeh_describe(&w.pe.eeh, &eeh, offsetof(struct stce_eeh, enabled));
	assert_int_equal(eeh.state, STCE_EEH_STOPPED);
	assert_int_equal(eeh.enabled, 77);
	host_eeh_describe(&w.pe.eeh, &newer.eeh, sizeof(newer));
	assert_int_equal(newer.more, 0);
	assert_int_equal(newer.eeh.freezes, 1);
}

static void freeze(struct world *world)
{
	host_eeh_force_freeze(&world->pe);
}

/* (P2) (Y1) A freeze from outside returns when the accesses have ended that had begun before it. */
static void a_freeze_waits_for_finders_and_then_for_devices(void **state)
{
	struct host_window *window = world_window(&w, 0, 16 * MIB, 1);

	host_pe_set_window(&w.pe, window);
	for (unsigned int round = 0; round < 2; round++) {
		world_change_waits(window, round, freeze, &w);
		assert_int_equal(reads(7 * PAGE, 1), -EFAULT);
		assert_int_equal(COUNTED(&w.counters, fault_frozen), round + 1);
		host_eeh_force_thaw(&w.pe);
	}
	host_pe_unset_window(&w.pe, 0);
	host_window_free(window);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_set_of_bits_has_the_state_that_linux_names),
		TEST(a_client_thaws_registers_and_dma_one_by_one),
		TEST(dma_first_leaves_the_registers_frozen),
		TEST(a_reset_resets_each_function_and_ends_thawed),
		TEST(a_reset_is_no_freeze_and_keeps_the_cause),
		TEST(enabling_thaws_and_ends_a_reset),
		TEST(a_change_of_owner_thaws_and_does_not_enable),
		TEST(an_unavailable_pe_refuses_until_its_bridge_is_back),
		TEST(a_dead_bridge_stays_dead),
		TEST(a_fault_keeps_its_address_direction_and_entry),
		TEST(freezes_are_counted_by_the_hour_as_linux_counts_them),
		TEST(an_older_program_gets_the_fields_that_it_knows),
		TEST(a_freeze_waits_for_finders_and_then_for_devices),
	};

	return cmocka_run_group_tests_name("eeh", tests, NULL, NULL);
}
