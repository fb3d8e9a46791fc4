/* SPDX-License-Identifier: BSD-2-Clause */
/* Associations that are refused or that fail half-way: the status, and that nothing is left behind. */
#include "testing.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "bridges.h"
#include "stats_of.h"
#include "util/alloc.h"

#define AT (HIGH + 3 * PAGE)
#define EXTRA (GPA + GIB)       /* more memory of the guest, in a slot of its own */

static struct bridges b;
static uint32_t liobn;          /* of the window of bridge 0 */

/* Bridge 0 has a window that maps page 5, and bridge 1 a second group in another container. */
static int start(void **state)
{
	bridges_start(&b);
	liobn = b.config[0].liobn[1];
	assert_int_equal(create_on(&b, 0, 12, 30), STCE_RTAS_SUCCESS);
	map_page(&b, liobn, AT, 5);
	assert_int_equal(stce_phb_remove_group(b.phb[2], b.group[2]), 0);
	assert_int_equal(stce_phb_add_group(b.phb[1], b.container[2], b.group[2]), 0);
	return 0;
}

static int stop(void **state)
{
	bridges_stop(&b);
	return 0;
}

/* Asserts that bridge 1 has nothing of the window, and bridge 0 all of it. */
static void nothing_is_left(uint64_t locked_before)
{
	assert_int_equal(locked(&b.f), locked_before);
	assert_true(is_blind(&b, 1, AT));
	assert_true(is_blind(&b, 2, AT));
	assert_int_equal(remove_window(b.container[1], HIGH), -EINVAL);
	assert_int_equal(remove_window(b.container[2], HIGH), -EINVAL);
	assert_true(sees(&b, 0, AT, 5));
	assert_int_equal(left_on(&b, 1), 1);
	map_page(&b, liobn, AT, 5);
}

static void associates_now(void)
{
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_SUCCESS);
	assert_true(sees(&b, 1, AT, 5));
	assert_true(sees(&b, 2, AT, 5));
}

static void unknown_bridges_and_liobns_are_parameter_errors(void **state)
{
	uint64_t buid = b.config[1].buid;

	b.config[1].buid += BRIDGES;
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(dissociate(&b, 1, liobn), STCE_RTAS_PARAMETER_ERROR);
	b.config[1].buid = buid;
	assert_int_equal(associate(&b, 1, liobn + 1), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(dissociate(&b, 1, liobn + 1), STCE_RTAS_PARAMETER_ERROR);
	/* It has a window of its own LIOBN only if it makes one. */
	assert_int_equal(associate(&b, 0, b.config[1].liobn[1]), STCE_RTAS_PARAMETER_ERROR);
	associates_now();
}

static void wrong_counts_are_parameter_errors(void **state)
{
	uint64_t buid = b.config[1].buid;
	const uint32_t args[5] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, liobn };

	for (uint32_t token = ASSOCIATE; token <= DISSOCIATE; token++) {
		assert_int_equal(raw_call(&b.f, token, 3, args, 1), STCE_H_SUCCESS);
		assert_int_equal((int)b.f.ret[0], STCE_RTAS_PARAMETER_ERROR);
		assert_int_equal(raw_call(&b.f, token, 5, args, 1), STCE_H_SUCCESS);
		assert_int_equal((int)b.f.ret[0], STCE_RTAS_PARAMETER_ERROR);
		assert_int_equal(raw_call(&b.f, token, 4, args, 2), STCE_H_SUCCESS);
		assert_int_equal((int)b.f.ret[0], STCE_RTAS_PARAMETER_ERROR);
	}
	associates_now();
}

static void a_bridge_has_a_window_once(void **state)
{
	assert_int_equal(associate(&b, 0, liobn), STCE_RTAS_PARAMETER_ERROR);
	associates_now();
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(dissociate(&b, 2, liobn), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(dissociate(&b, 1, liobn), STCE_RTAS_SUCCESS);
	assert_int_equal(dissociate(&b, 1, liobn), STCE_RTAS_PARAMETER_ERROR);
	associates_now();
}

/* (W3) */
static void a_default_window_is_one_bridges(void **state)
{
	assert_int_equal(remove_liobn(&b.f, b.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(associate(&b, 1, b.config[0].liobn[0]), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(dissociate(&b, 0, b.config[0].liobn[0]), STCE_RTAS_PARAMETER_ERROR);
	assert_true(has_table(&b.f, b.config[0].liobn[0], 0));
	/* A window that the guest has made at the place of the default one. */
	assert_int_equal(remove_liobn(&b.f, b.config[0].liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(create_on(&b, 0, 12, 20), STCE_RTAS_SUCCESS);
	assert_int_equal(associate(&b, 1, b.config[0].liobn[0]), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(dissociate(&b, 0, b.config[0].liobn[0]), STCE_RTAS_SUCCESS);
}

static void a_bridge_without_dynamic_windows_takes_none(void **state)
{
	b.config[2].no_ddw = true;
	bridges_free(&b, 2);
	assert_int_equal(stce_phb_new(b.f.v.vm, &b.config[2], &b.phb[2]), 0);
	assert_int_equal(associate(&b, 2, liobn), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(dissociate(&b, 2, liobn), STCE_RTAS_PARAMETER_ERROR);
}

static void pages_that_the_bridge_does_not_offer_are_a_parameter_error(void **state)
{
	b.config[2].page_sizes = bit64(16);
	bridges_free(&b, 2);
	assert_int_equal(stce_phb_new(b.f.v.vm, &b.config[2], &b.phb[2]), 0);
	assert_int_equal(associate(&b, 2, liobn), STCE_RTAS_PARAMETER_ERROR);
	associates_now();
}

static void a_bridge_whose_slot_is_taken_has_none_left(void **state)
{
	uint64_t before;

	assert_int_equal(create_on(&b, 1, 12, 30), STCE_RTAS_SUCCESS);
	before = locked(&b.f);
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_HARDWARE_ERROR);
	assert_true(has_table(&b.f, b.config[1].liobn[1], HIGH));
	/* LoPAR's status for a bridge without another window, as for a window that is made. */
	stce_vm_set_strict(b.f.v.vm, true);
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_PARAMETER_ERROR);
	stce_vm_set_strict(b.f.v.vm, false);
	assert_int_equal(locked(&b.f), before);
	assert_int_equal(remove_liobn(&b.f, b.config[1].liobn[1]), STCE_RTAS_SUCCESS);
	associates_now();
}

static void a_bridge_of_one_window_wants_the_default_gone_first(void **state)
{
	b.config[2].window_count = 1;
	bridges_free(&b, 2);
	assert_int_equal(stce_phb_new(b.f.v.vm, &b.config[2], &b.phb[2]), 0);
	assert_int_equal(associate(&b, 2, liobn), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(remove_liobn(&b.f, b.config[2].liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(associate(&b, 2, liobn), STCE_RTAS_SUCCESS);
}

/* In limited mode the bridge has no slot where the window is. */
static void a_bridge_with_other_starts_takes_none(void **state)
{
	uint64_t buid = b.config[1].buid, before;
	const uint32_t args[4] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, 1 };

	assert_int_equal(raw_call(&b.f, STCE_RTAS_RESET_PE_DMA_WINDOWS, 4, args, 1), STCE_H_SUCCESS);
	before = locked(&b.f);
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(locked(&b.f), before);
	/* Its only slot is free, but the window is elsewhere. */
	assert_int_equal(remove_liobn(&b.f, b.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_HARDWARE_ERROR);
	assert_true(is_blind(&b, 1, AT));
	assert_int_equal(reset_of(&b, 1), STCE_RTAS_SUCCESS);
	nothing_is_left(before);
	associates_now();
}

/* (W1) The VMM has used the only free slot of one container without the bridge's knowledge. */
static void hardware_that_refuses_half_way_leaves_nothing(void **state)
{
	for (unsigned int n = 1; n <= 2; n++) {
		uint64_t at, before;

		assert_int_equal(create_window(b.container[n], 12, GIB, 1, &at), 0);
		before = locked(&b.f);
		assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_HARDWARE_ERROR);
		assert_int_equal(locked(&b.f), before);
		assert_int_equal(remove_window(b.container[3 - n], HIGH), -EINVAL);
		assert_int_equal(remove_window(b.container[n], at), 0);
	}
	nothing_is_left(locked(&b.f));
	associates_now();
}

/* (W1) */
static void every_allocation_may_fail(void **state)
{
	uint64_t before = locked(&b.f), pages = stats_of(b.f.v.c.machine).pages_mapped;
	int status = STCE_RTAS_HARDWARE_ERROR, n = 0;

	for (; status; n++) {
		alloc_fail_after(n);
		status = associate(&b, 1, liobn);
		alloc_fail_after(-1);
		if (!status)
			break;
		assert_int_equal(status, STCE_RTAS_HARDWARE_ERROR);
		nothing_is_left(before);
		assert_int_equal(stats_of(b.f.v.c.machine).pages_mapped, pages);
	}
	assert_true(n > 5);
	assert_true(sees(&b, 1, AT, 5));
	assert_true(sees(&b, 2, AT, 5));
}

/* (W1) A page cannot be mapped for the new window any longer: the guest has lost that memory. */
static void an_entry_that_cannot_be_mapped_leaves_nothing(void **state)
{
	uint64_t before;

	assert_int_equal(stce_vm_set_memory(b.f.v.vm, 1, EXTRA, PAGE, b.f.v.ram + 9 * PAGE), 0);
	assert_int_equal(h_put(&b.f.v, liobn, HIGH + 5000 * PAGE, EXTRA | 3), STCE_H_SUCCESS);
	assert_int_equal(stce_vm_set_memory(b.f.v.vm, 1, EXTRA, 0, NULL), 0);
	before = locked(&b.f);
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_HARDWARE_ERROR);
	nothing_is_left(before);
	assert_int_equal(h_put(&b.f.v, liobn, HIGH + 5000 * PAGE, 0), STCE_H_SUCCESS);
	associates_now();
}

static void locked_memory_that_does_not_suffice_leaves_nothing(void **state)
{
	uint64_t before;

	bridges_stop(&b);
	bridges_start_with(&b, "memlock", "14M");
	/* For 1 GiB the guest's table is charged 2 MiB, a window 4 MiB. The default one leaves that much. */
	assert_int_equal(remove_liobn(&b.f, b.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(create_on(&b, 0, 12, 30), STCE_RTAS_SUCCESS);
	map_page(&b, liobn, AT, 5);
	assert_int_equal(create_on(&b, 1, 12, 26), STCE_RTAS_SUCCESS);
	before = locked(&b.f);
	assert_int_equal(associate(&b, 1, liobn), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(locked(&b.f), before);
	assert_true(is_blind(&b, 1, AT));
	assert_true(sees(&b, 0, AT, 5));
}

/* (W2) Another table of the VM has taken the LIOBN of the default window meanwhile. */
static void a_default_window_that_cannot_come_back_is_a_hardware_error(void **state)
{
	int table;

	assert_int_equal(remove_liobn(&b.f, b.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	associates_now();
	table = make_table(&b.f.v, b.config[1].liobn[0], 12, 0, 16);
	assert_int_equal(dissociate(&b, 1, liobn), STCE_RTAS_HARDWARE_ERROR);
	assert_true(is_blind(&b, 1, AT));
	assert_int_equal(left_on(&b, 1), 2);
	stce_close(table);
	assert_int_equal(reset_of(&b, 1), STCE_RTAS_SUCCESS);
	assert_true(has_table(&b.f, b.config[1].liobn[0], GIB - PAGE));
	assert_true(sees(&b, 0, AT, 5));
}

static void take_the_buffer_away(void *context, const struct stce_news *item)
{
	if (item->kind == STCE_NEWS_WINDOW_CREATED && item->start == HIGH)
		mprotect(b.f.v.ram, OWN_PAGE, PROT_READ);
}

static void associate_untold(void)
{
	uint64_t buid = b.config[1].buid;
	const uint32_t args[4] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, liobn };

	stce_machine_on_news(b.f.v.c.machine, take_the_buffer_away, NULL);
	put_call(&b.f, BUFFER, ASSOCIATE, 4, args, 1);
	assert_int_equal(stce_vm_rtas(b.f.v.vm, BUFFER), STCE_H_PARAMETER);
	stce_machine_on_news(b.f.v.c.machine, NULL, NULL);
	assert_int_equal(mprotect(b.f.v.ram, OWN_PAGE, PROT_READ | PROT_WRITE), 0);
}

static void an_association_whose_answer_cannot_be_told_is_undone(void **state)
{
	uint64_t before = locked(&b.f);

	associate_untold();
	nothing_is_left(before);
	/* A bridge without any window has none again. */
	assert_int_equal(remove_liobn(&b.f, b.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	associate_untold();
	assert_true(is_blind(&b, 1, AT));
	assert_false(has_table(&b.f, b.config[1].liobn[0], 0));
	associates_now();
}

/* Tokens are chosen once, before there is a bridge, and no two calls have the same. */
static void the_tokens_are_the_vmms_alone(void **state)
{
	const uint32_t usual[] = { STCE_RTAS_RESET_PE_DMA_WINDOWS, 1 }, alike[] = { 7, 7 }, mine[] = { 1, 2 };
	const uint32_t clash[] = { 3, 4, 5, 2 }, fine[] = { 3, 4, 5, 6 };
	struct firmware f;

	firmware_start(&f, "power9");
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, mine), -EBUSY);
	stce_phb_free(f.phb);
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, alike), -EINVAL);
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, usual), -EINVAL);
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, mine), 0);
	assert_int_equal(stce_vm_set_rtas_associate(f.v.vm, mine), -EBUSY);
	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, clash), -EINVAL);
	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, fine), 0);
	assert_int_equal(stce_phb_new(f.v.vm, &f.config, &f.phb), 0);
	firmware_stop(&f);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(unknown_bridges_and_liobns_are_parameter_errors),
		T(wrong_counts_are_parameter_errors),
		T(a_bridge_has_a_window_once),
		T(a_default_window_is_one_bridges),
		T(a_bridge_without_dynamic_windows_takes_none),
		T(pages_that_the_bridge_does_not_offer_are_a_parameter_error),
		T(a_bridge_whose_slot_is_taken_has_none_left),
		T(a_bridge_of_one_window_wants_the_default_gone_first),
		T(a_bridge_with_other_starts_takes_none),
		T(hardware_that_refuses_half_way_leaves_nothing),
		T(every_allocation_may_fail),
		T(an_entry_that_cannot_be_mapped_leaves_nothing),
		T(locked_memory_that_does_not_suffice_leaves_nothing),
		T(a_default_window_that_cannot_come_back_is_a_hardware_error),
		T(an_association_whose_answer_cannot_be_told_is_undone),
		cmocka_unit_test(the_tokens_are_the_vmms_alone),
	};

	return cmocka_run_group_tests_name("associations that are refused", tests, NULL, NULL);
}
