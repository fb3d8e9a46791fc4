/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors that wait for an access: which one they meet, how often, and what the access gets. */
#include "testing.h"

#include <errno.h>

#include "../../torture/world.h"
#include "host/blame.h"
#include "host/eeh_op.h"
#include "host/eeh_trigger.h"

#define SECOND UINT64_C(1000000000)

static struct world w;
static struct host_window *low, *high;
static struct mem_region *region;
static unsigned char *memory;
static uint64_t now;

uint64_t __wrap_os_now_ns(void);

uint64_t __wrap_os_now_ns(void)
{
	return now;
}

static void ignore(struct host_member *member) { }

static bool has_register(struct host_member *member, uint32_t kind, uint64_t address)
{
	return address >= 0x1000 && address < 0x2000;
}

static const struct host_member_ops ops = { ignore, ignore, has_register };
static struct host_member member = { .ops = &ops };

/* Page n of memory is at bus address n * PAGE, and at HOST_HIGH_START + n * PAGE. */
static int start(void **state)
{
	world_init(&w);
	now = 1000 * SECOND;
	memory = world_pages(4);
	region = world_register(&w, memory, 4);
	low = world_window(&w, 0, 16 * MIB, 1);
	high = world_window(&w, 1, 16 * MIB, 1);
	assert_int_equal(world_map(low, 0, 4, memory, TCE_READ | TCE_WRITE), 0);
	assert_int_equal(world_map(high, 0, 4, memory, TCE_READ | TCE_WRITE), 0);
	host_pe_set_window(&w.pe, low);
	host_pe_set_window(&w.pe, high);
	host_pe_add_member(&w.pe, &member);
	return 0;
}

static int stop(void **state)
{
	host_pe_remove_member(&w.pe, &member);
	for (unsigned int i = 0; i < 2; i++) {
		struct host_window *window = i ? high : low;

		host_pe_unset_window(&w.pe, i);
		world_unmap(window, 0, 4);
		host_window_free(window);
	}
	assert_int_equal(mem_region_unregister(region), 0);
	world_pages_free(memory, 4);
	world_fini(&w);
	return 0;
}

static int reads(uint64_t ioba, size_t length)
{
	char x[4 * PAGE];

	return dma_read(&w.pe, to_ioba(ioba), x, length);
}

static int writes(uint64_t ioba)
{
	return dma_write(&w.pe, to_ioba(ioba), "w", 1);
}

static struct stce_eeh described(void)
{
	struct stce_eeh eeh;

	host_eeh_describe(&w.pe.eeh, &eeh, sizeof(eeh));
	return eeh;
}

static bool is_frozen(void)
{
	return described().state == STCE_EEH_STOPPED;
}

/* All sets of 8 bits, against a search of all addresses in the range. */
static void a_range_matches_if_one_of_its_addresses_does(void **state)
{
	unsigned long bad = 0;

	for (unsigned int mask = 0; mask < 256; mask++)
		for (unsigned int address = 0; address < 256; address += 3)
			for (unsigned int first = 0; first < 256; first += 5) {
				unsigned int length = 1 + (first * 7 + address) % 40;
				bool expected = false;

				for (unsigned int x = first; x < first + length && !expected; x++)
					expected = ((x ^ address) & mask) == 0;
				bad += host_eeh_matches(first, length, address, mask) != expected;
			}
	assert_int_equal(bad, 0);
	/* The ends of the space. */
	assert_true(host_eeh_matches(UINT64_MAX - 7, 8, UINT64_MAX, UINT64_MAX));
	assert_false(host_eeh_matches(0, 8, UINT64_MAX, UINT64_MAX));
	assert_true(host_eeh_matches(8, 8, 0, 0));
}

/* The freeze is noted with the access that met it, from its first byte on: none was translated that did not reach memory. */
static void expect_blame(uint64_t ioba, uint64_t length, uint32_t kind)
{
	struct blame blame;

	assert_true(blame_find(&w.phb, w.pe.group, STCE_FAULT_FROZEN, &blame));
	assert_int_equal(blame.access.ioba.value, ioba);
	assert_int_equal(blame.access.length, length);
	assert_int_equal(blame.access.failed.value, ioba);
	assert_int_equal(blame.access.kind, kind);
	assert_int_equal(blame.index, 0);
	assert_int_equal(blame.page_shift, 12);
}

static void an_injected_error_waits_for_its_access_and_acts_once(void **state)
{
	assert_int_equal(host_eeh_inject(&w.pe, 0, 12, PAGE, ~UINT64_C(0xfff)), 0);
	assert_int_equal(described().armed, 1);
	assert_int_equal(writes(PAGE), 0);
	assert_int_equal(reads(0, PAGE), 0);
	assert_int_equal(reads(2 * PAGE, PAGE), 0);
	assert_int_equal(reads(HOST_HIGH_START + PAGE, PAGE), 0);
	assert_false(is_frozen());
	/* A page in the middle of a longer access. EEH need not be enabled. */
	assert_int_equal(reads(8, 2 * PAGE), -EFAULT);
	assert_true(is_frozen());
	assert_int_equal(described().reason, STCE_EEH_INJECTED);
	assert_int_equal(described().access, STCE_EEH_DMA_READ);
	assert_int_equal(described().address, 8);
	assert_int_equal(described().entry, 0);
	assert_int_equal(described().page_shift, 12);
	assert_int_equal(described().armed, 0);
	assert_int_equal(COUNTED(&w.counters, fault_frozen), 1);
	expect_blame(8, 2 * PAGE, STCE_EEH_DMA_READ);
	host_eeh_force_thaw(&w.pe);
	assert_int_equal(reads(8, 2 * PAGE), 0);
	assert_false(is_frozen());
}

static void a_64_bit_error_is_of_the_high_window(void **state)
{
	assert_int_equal(host_eeh_inject(&w.pe, 1, 16, 0, 0), 0);
	assert_int_equal(reads(HOST_HIGH_START, 1), 0);
	assert_int_equal(writes(0), 0);
	assert_int_equal(writes(HOST_HIGH_START + 3 * PAGE), -EFAULT);
	assert_true(is_frozen());
	assert_int_equal(described().window, HOST_HIGH_START);
	assert_int_equal(described().entry, 3);
}

/* Firmware chooses an address itself if the PE does not have the one that was given. */
static void an_address_that_the_pe_lacks_stands_for_any(void **state)
{
	assert_int_equal(host_eeh_inject(&w.pe, 0, 12, 64 * MIB, UINT64_MAX), 0);
	assert_int_equal(reads(3 * PAGE, 1), -EFAULT);
	host_eeh_force_thaw(&w.pe);
	/* An address of the other window, likewise. */
	assert_int_equal(host_eeh_inject(&w.pe, 1, 12, PAGE, UINT64_MAX), 0);
	assert_int_equal(reads(PAGE, 1), 0);
	assert_int_equal(reads(HOST_HIGH_START, 1), -EFAULT);
	host_eeh_force_thaw(&w.pe);
	assert_int_equal(host_eeh_inject(&w.pe, 0, 0, 0x5000, UINT64_MAX), 0);
	assert_true(host_eeh_stops(&w.pe, HOST_EEH_NO_MMIO, STCE_EEH_LOAD, 0x1004, 4));
	host_eeh_force_thaw(&w.pe);
	assert_int_equal(host_eeh_inject(&w.pe, 0, 0, 0x1010, UINT64_MAX), 0);
	assert_false(host_eeh_stops(&w.pe, HOST_EEH_NO_MMIO, STCE_EEH_LOAD, 0x1004, 4));
	assert_false(host_eeh_stops(&w.pe, HOST_EEH_NO_MMIO, STCE_EEH_STORE, 0x1010, 4));
	assert_true(host_eeh_stops(&w.pe, HOST_EEH_NO_MMIO, STCE_EEH_LOAD, 0x1010, 4));
}

/* Each error function, against each kind of access. */
static void each_function_waits_for_its_kind(void **state)
{
	static const uint32_t kinds[20] = {
		STCE_EEH_LOAD, STCE_EEH_LOAD, 0, 0, STCE_EEH_CONFIG_READ, STCE_EEH_CONFIG_READ,
		STCE_EEH_STORE, STCE_EEH_STORE, 0, 0, STCE_EEH_CONFIG_WRITE, STCE_EEH_CONFIG_WRITE,
		STCE_EEH_DMA_READ, STCE_EEH_DMA_READ, STCE_EEH_DMA_READ, STCE_EEH_DMA_READ,
		STCE_EEH_DMA_WRITE, STCE_EEH_DMA_WRITE, STCE_EEH_DMA_WRITE, STCE_EEH_DMA_WRITE,
	};

	for (unsigned int f = 0; f < ARRAY_COUNT(kinds); f++) {
		assert_int_equal(host_eeh_inject(&w.pe, 0, f, 0, 0), kinds[f] ? 0 : -EIO);
		for (uint32_t kind = STCE_EEH_LOAD; kinds[f] && kind <= STCE_EEH_INTERRUPT; kind *= 2) {
			if (kind == kinds[f])
				continue;
			assert_false(host_eeh_stops(&w.pe, 0, kind, 0, 4));
		}
		if (kinds[f])
			assert_true(host_eeh_stops(&w.pe, 0, kinds[f], 0, 4));
		host_eeh_force_thaw(&w.pe);
		assert_int_equal(described().armed, 0);
	}
	assert_int_equal(host_eeh_inject(&w.pe, 5, 20, 0, 0), -EINVAL);
	assert_int_equal(host_eeh_inject(&w.pe, 2, 19, 0, 0), -ERANGE);
}

static void an_injection_replaces_the_one_before(void **state)
{
	assert_int_equal(host_eeh_inject(&w.pe, 0, 12, 0, 0), 0);
	assert_int_equal(host_eeh_inject(&w.pe, 0, 16, 0, 0), 0);
	assert_int_equal(described().armed, 1);
	assert_int_equal(reads(0, 1), 0);
	/* The host gets the PE back in working order. */
	host_pe_release_ownership(&w.pe);
	assert_int_equal(described().armed, 0);
	assert_int_equal(host_pe_take_ownership(&w.pe), 0);
	host_pe_set_window(&w.pe, low);
	host_pe_set_window(&w.pe, high);
	host_eeh_force_away(&w.pe, 0);
	assert_int_equal(host_eeh_inject(&w.pe, 0, 12, 0, 0), -EIO);
}

static void a_rule_counts_the_accesses_that_match(void **state)
{
	struct host_eeh_trigger rule = { .kinds = STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE, .rule = 3, .left = 4 };

	assert_int_equal(host_eeh_arm(&w.pe, &rule), 0);
	assert_int_equal(reads(0, 1), 0);
	/* A fault is none that the bridge carries out. */
	assert_int_equal(reads(8 * PAGE, 1), -EFAULT);
	/* A copy is two. */
	assert_int_equal(dma_copy(&w.pe, to_ioba(PAGE), to_ioba(0), 8), 0);
	assert_false(is_frozen());
	assert_int_equal(writes(0), -EFAULT);
	assert_int_equal(described().reason, STCE_EEH_RULE);
	assert_int_equal(described().rule, 3);
	assert_int_equal(described().access, STCE_EEH_DMA_WRITE);
}

static void the_target_of_a_copy_is_written(void **state)
{
	assert_int_equal(host_eeh_inject(&w.pe, 0, 16, 0, ~UINT64_C(0xfff)), 0);
	assert_int_equal(dma_copy(&w.pe, to_ioba(PAGE), to_ioba(0), 8), 0);
	assert_int_equal(dma_copy(&w.pe, to_ioba(0), to_ioba(PAGE), 8), -EFAULT);
	assert_int_equal(described().access, STCE_EEH_DMA_WRITE);
	assert_int_equal(described().address, 0);
	expect_blame(0, 8, STCE_EEH_DMA_WRITE);
}

/* Two rules that are due at once freeze once; more rules than there is room for are refused. */
static void rules_are_independent(void **state)
{
	struct host_eeh_trigger rule = { .kinds = STCE_EEH_DMA_READ, .left = 1 };

	for (unsigned int i = 1; i < HOST_EEH_TRIGGERS; i++) {
		rule.rule = i;
		rule.left = i < 3 ? 2 : 1000;
		assert_int_equal(host_eeh_arm(&w.pe, &rule), 0);
	}
	assert_int_equal(host_eeh_arm(&w.pe, &rule), -ENOSPC);
	assert_int_equal(host_eeh_inject(&w.pe, 0, 16, 0, 0), 0);
	assert_int_equal(reads(0, 1), 0);
	assert_int_equal(reads(0, 1), -EFAULT);
	assert_int_equal(described().rule, 1);
	assert_int_equal(described().armed, HOST_EEH_TRIGGERS - 2);
	assert_int_equal(described().freezes, 1);
}

/* The time begins when a program takes the PE, or with the rule if that is later. */
static void a_rule_may_wait_for_a_time(void **state)
{
	struct host_eeh_trigger rule = { .rule = 1, .after = 5 * SECOND };

	assert_int_equal(host_eeh_arm(&w.pe, &rule), 0);
	now += 4 * SECOND;
	assert_int_equal(reads(0, 1), 0);
	host_eeh_tick(&w.pe);
	assert_false(is_frozen());
	now += SECOND;
	assert_false(is_frozen());
	assert_int_equal(reads(0, 1), -EFAULT);
	assert_true(is_frozen());
	host_eeh_force_thaw(&w.pe);
	assert_int_equal(host_eeh_arm(&w.pe, &rule), 0);
	now += 5 * SECOND;
	host_eeh_tick(&w.pe);
	assert_true(is_frozen());
	assert_int_equal(described().access, 0);
}

static void the_time_of_a_rule_begins_with_the_first_owner(void **state)
{
	struct host_eeh_trigger rule = { .rule = 1, .after = 5 * SECOND };
	struct host_pe pe;

	assert_int_equal(host_pe_init(&pe, &w.phb, 9), 0);
	assert_int_equal(host_eeh_arm(&pe, &rule), 0);
	now += 100 * SECOND;
	host_eeh_tick(&pe);
	assert_int_equal(host_eeh_state(&pe.eeh), STCE_EEH_NORMAL);
	assert_int_equal(host_pe_take_ownership(&pe), 0);
	host_eeh_tick(&pe);
	assert_int_equal(host_eeh_state(&pe.eeh), STCE_EEH_NORMAL);
	now += 3 * SECOND;
	host_pe_release_ownership(&pe);
	assert_int_equal(host_pe_take_ownership(&pe), 0);
	now += 2 * SECOND;
	host_eeh_tick(&pe);
	assert_int_equal(host_eeh_state(&pe.eeh), STCE_EEH_STOPPED);
	host_pe_release_ownership(&pe);
	host_pe_fini(&pe);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_range_matches_if_one_of_its_addresses_does),
		TEST(an_injected_error_waits_for_its_access_and_acts_once),
		TEST(a_64_bit_error_is_of_the_high_window),
		TEST(an_address_that_the_pe_lacks_stands_for_any),
		TEST(each_function_waits_for_its_kind),
		TEST(an_injection_replaces_the_one_before),
		TEST(a_rule_counts_the_accesses_that_match),
		TEST(the_target_of_a_copy_is_written),
		TEST(rules_are_independent),
		TEST(a_rule_may_wait_for_a_time),
		TEST(the_time_of_a_rule_begins_with_the_first_owner),
	};

	return cmocka_run_group_tests_name("eeh_trigger", tests, NULL, NULL);
}
