/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls as a guest sees them: buffers, counts, statuses, outputs. */
#include "testing.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "api/handles.h"
#include "firmware.h"

static struct firmware f;

static int start(void **state)
{
	firmware_start(&f, "power9");
	return 0;
}

static int stop(void **state)
{
	firmware_stop(&f);
	return 0;
}

static void another_token_is_the_vmms(void **state)
{
	assert_int_equal(raw_call(&f, 0x2025, 0, NULL, 1), STCE_H_TOO_HARD);
	assert_int_equal(f.ret[0], UNTOUCHED);
}

static void a_buffer_outside_memory_is_refused(void **state)
{
	assert_int_equal(stce_vm_rtas(f.v.vm, 0), STCE_H_PARAMETER);
	assert_int_equal(stce_vm_rtas(f.v.vm, UINT64_MAX - 3), STCE_H_PARAMETER);
	/* Only its outputs are there. */
	put_call(&f, GPA + 8 * PAGE, STCE_RTAS_RESET_PE_DMA_WINDOWS, 3, f.ret, 1);
	memmove(f.v.ram + RAM_PAGES * PAGE - 24, f.v.ram + 8 * PAGE, 24);
	assert_int_equal(stce_vm_rtas(f.v.vm, GPA + RAM_PAGES * PAGE - 24), STCE_H_PARAMETER);
}

static void a_misaligned_buffer_is_refused(void **state)
{
	put_call(&f, BUFFER, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, f.ret, 5);
	for (unsigned int i = 1; i < 4; i++)
		assert_int_equal(stce_vm_rtas(f.v.vm, BUFFER + i), STCE_H_PARAMETER);
}

static void a_buffer_may_cross_slots_that_touch(void **state)
{
	uint64_t buid = f.config.buid, half = RAM_PAGES * PAGE / 2, at = GPA + half - 16;
	uint32_t args[3] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid };

	assert_int_equal(stce_vm_set_memory(f.v.vm, 0, 0, 0, NULL), 0);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 0, GPA, half, f.v.ram), 0);
	put_call(&f, at, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, 6);
	/* There is no second slot yet. */
	assert_int_equal(stce_vm_rtas(f.v.vm, at), STCE_H_PARAMETER);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 1, GPA + half, half, f.v.ram + half), 0);
	assert_int_equal(stce_vm_rtas(f.v.vm, at), STCE_H_SUCCESS);
	assert_int_equal(((uint32_t *)(f.v.ram + half))[2], 0);
	assert_int_equal(be32toh(((uint32_t *)(f.v.ram + half))[3]), 1);
}

/* The slots are adjacent for the guest, and far apart for the program. */
static void a_buffer_may_cross_slots_of_separate_memory(void **state)
{
	uint64_t buid = f.config.buid, half = RAM_PAGES * PAGE / 2, at = GPA + half - 20;
	uint32_t args[3] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid };
	char *other = get_pages(RAM_PAGES / 2), *behind = f.v.ram + half;

	assert_int_equal(stce_vm_set_memory(f.v.vm, 0, 0, 0, NULL), 0);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 0, GPA, half, f.v.ram), 0);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 1, GPA + half, half, other), 0);
	put_call(&f, at, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, 6);
	/* The last argument and the outputs are in the second slot. */
	memcpy(other, behind, 4);
	memset(behind, 0xff, 64);
	assert_int_equal(stce_vm_rtas(f.v.vm, at), STCE_H_SUCCESS);
	assert_int_equal(((uint32_t *)other)[1], STCE_RTAS_SUCCESS);
	assert_int_equal(be32toh(((uint32_t *)other)[2]), 1);
	/* The program's memory behind the first slot is not the guest's. */
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal((unsigned char)behind[i], 0xff);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 1, 0, 0, NULL), 0);
	drop_pages(other, RAM_PAGES / 2);
}

/* If the memory map could not be followed, the buffer's memory cannot be known. */
static void without_a_memory_map_the_call_is_the_vmm_s(void **state)
{
	uint64_t buid = f.config.buid;
	uint32_t args[3] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid };

	atomic_fetch_or(&f.v.vm->kvm->calls, KVM_CALLS_BLIND);
	assert_int_equal(raw_call(&f, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, 5), STCE_H_TOO_HARD);
	assert_int_equal(f.ret[0], UNTOUCHED);
	atomic_fetch_and(&f.v.vm->kvm->calls, ~KVM_CALLS_BLIND);
	assert_int_equal(raw_call(&f, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, 5), STCE_H_SUCCESS);
}

static void a_buffer_that_cannot_be_written_changes_nothing(void **state)
{
	uint64_t buid = f.config.buid;
	uint32_t args[5] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, 16, 20 };
	size_t length = OWN_PAGE;

	put_call(&f, BUFFER, STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, args, 4);
	assert_int_equal(mprotect(f.v.ram, length, PROT_READ), 0);
	assert_int_equal(stce_vm_rtas(f.v.vm, BUFFER), STCE_H_PARAMETER);
	assert_int_equal(mprotect(f.v.ram, length, PROT_NONE), 0);
	assert_int_equal(stce_vm_rtas(f.v.vm, BUFFER), STCE_H_PARAMETER);
	assert_int_equal(mprotect(f.v.ram, length, PROT_READ | PROT_WRITE), 0);
	assert_false(has_table(&f, f.config.liobn[1], HIGH));
	assert_int_equal(windows_left(&f), 1);
}

static void take_the_buffer_away(void *context, const struct stce_news *item)
{
	struct firmware *firmware = context;

	if (item->kind == STCE_NEWS_WINDOW_CREATED && item->start == HIGH)
		mprotect(firmware->v.ram, OWN_PAGE, PROT_READ);
}

static void a_window_whose_answer_cannot_be_told_goes_again(void **state)
{
	uint64_t buid = f.config.buid, before;
	uint32_t args[5] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, 16, 20 };

	assert_int_equal(stce_phb_add_group(f.phb, f.v.c.container, f.v.c.group), 0);
	before = locked(&f);
	stce_machine_on_news(f.v.c.machine, take_the_buffer_away, &f);
	put_call(&f, BUFFER, STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, args, 4);
	assert_int_equal(stce_vm_rtas(f.v.vm, BUFFER), STCE_H_PARAMETER);
	stce_machine_on_news(f.v.c.machine, NULL, NULL);
	assert_int_equal(mprotect(f.v.ram, OWN_PAGE, PROT_READ | PROT_WRITE), 0);
	assert_false(has_table(&f, f.config.liobn[1], HIGH));
	assert_int_equal(locked(&f), before);
	assert_int_equal(windows_left(&f), 1);
}

static void the_vmm_chooses_the_tokens_once_before_bridges(void **state)
{
	const uint32_t alike[] = { 7, 8, 9, 7 }, mine[] = { 1, 2, 3, 0xffffffff };
	uint64_t buid = f.config.buid;
	uint32_t args[3] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid };

	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, mine), -EBUSY);
	stce_phb_free(f.phb);
	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, alike), -EINVAL);
	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, mine), 0);
	assert_int_equal(stce_vm_set_rtas_tokens(f.v.vm, mine), -EBUSY);
	assert_int_equal(stce_phb_new(f.v.vm, &f.config, &f.phb), 0);
	assert_int_equal(raw_call(&f, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, 5), STCE_H_TOO_HARD);
	assert_int_equal(raw_call(&f, 1, 3, args, 5), STCE_H_SUCCESS);
	assert_int_equal(f.ret[0], 0);
	assert_int_equal(raw_call(&f, 0xffffffff, 3, args, 1), STCE_H_SUCCESS);
	assert_int_equal(f.ret[0], 0);
}

static void counts_that_no_buffer_has_are_refused(void **state)
{
	uint32_t args[17] = { 0 };

	assert_int_equal(raw_call(&f, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, 0), STCE_H_PARAMETER);
	assert_int_equal(raw_call(&f, STCE_RTAS_QUERY_PE_DMA_WINDOW, 17, args, 5), STCE_H_PARAMETER);
	put_call(&f, BUFFER, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, UINT32_MAX);
	assert_int_equal(stce_vm_rtas(f.v.vm, BUFFER), STCE_H_PARAMETER);
}

static void wrong_counts_are_parameter_errors(void **state)
{
	static const struct {
		uint32_t token, nargs, nret;
	} bad[] = {
		{ STCE_RTAS_QUERY_PE_DMA_WINDOW, 2, 5 }, { STCE_RTAS_QUERY_PE_DMA_WINDOW, 4, 5 },
		{ STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, 4 }, { STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, 7 },
		{ STCE_RTAS_CREATE_PE_DMA_WINDOW, 4, 4 }, { STCE_RTAS_CREATE_PE_DMA_WINDOW, 6, 4 },
		{ STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, 3 }, { STCE_RTAS_CREATE_PE_DMA_WINDOW, 5, 5 },
		{ STCE_RTAS_REMOVE_PE_DMA_WINDOW, 0, 1 }, { STCE_RTAS_REMOVE_PE_DMA_WINDOW, 2, 1 },
		{ STCE_RTAS_REMOVE_PE_DMA_WINDOW, 1, 2 }, { STCE_RTAS_RESET_PE_DMA_WINDOWS, 2, 1 },
		{ STCE_RTAS_RESET_PE_DMA_WINDOWS, 5, 1 }, { STCE_RTAS_RESET_PE_DMA_WINDOWS, 3, 2 },
	};
	uint64_t buid = f.config.buid;
	uint32_t args[6] = { CONFIG_ADDRESS, (uint32_t)(buid >> 32), (uint32_t)buid, 16, 20 };

	for (unsigned int i = 0; i < ARRAY_COUNT(bad); i++) {
		assert_int_equal(raw_call(&f, bad[i].token, bad[i].nargs, args, bad[i].nret),
				 STCE_H_SUCCESS);
		assert_int_equal((int)f.ret[0], STCE_RTAS_PARAMETER_ERROR);
	}
	assert_int_equal(windows_left(&f), 1);
}

static void an_unknown_bridge_is_a_parameter_error(void **state)
{
	f.config.buid++;
	assert_int_equal(query(&f, 5), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create(&f, 16, 20), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(reset(&f), STCE_RTAS_PARAMETER_ERROR);
	f.config.buid += UINT64_C(1) << 32;
	assert_int_equal(query(&f, 6), STCE_RTAS_PARAMETER_ERROR);
}

static void any_config_address_is_one_of_the_bridge(void **state)
{
	const uint32_t buid[] = { (uint32_t)(f.config.buid >> 32), (uint32_t)f.config.buid };

	for (unsigned int i = 0; i < 32; i++) {
		const uint32_t args[] = { 1u << i, buid[0], buid[1] };

		assert_int_equal(raw_call(&f, STCE_RTAS_QUERY_PE_DMA_WINDOW, 3, args, 5), STCE_H_SUCCESS);
		assert_int_equal(f.ret[0], STCE_RTAS_SUCCESS);
	}
}

static void a_bridge_without_dynamic_windows_refuses_all(void **state)
{
	f.config.no_ddw = true;
	firmware_again(&f);
	assert_int_equal(query(&f, 5), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create(&f, 16, 20), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(reset(&f), STCE_RTAS_PARAMETER_ERROR);
	assert_true(has_table(&f, f.config.liobn[0], 0));
}

static void a_query_tells_windows_block_and_pages(void **state)
{
	uint64_t block;

	assert_int_equal(query(&f, 6), STCE_RTAS_SUCCESS);
	block = (uint64_t)f.ret[2] << 32 | f.ret[3];
	assert_int_equal(f.ret[1], 1);
	assert_true(block >= 1 << 20 && is_power_of_two(block));
	/* 128K of memory is less than one page of 2M. */
	assert_int_equal(f.ret[4], 0x003);
	assert_int_equal(f.ret[5], 0);
	assert_int_equal(query(&f, 5), STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[1], 1);
	assert_int_equal(f.ret[2], block < bit64(31) ? block : bit64(31));
	assert_int_equal(f.ret[3], 0x003);
	assert_int_equal(f.ret[4], 0);
}

/*
 * On a host with 64K pages a table can have so many entries that one cell of the answer cannot hold
 * their number.
 */
static void five_outputs_tell_2_to_the_31_entries_at_most(void **state)
{
	uint64_t block;

	firmware_stop(&f);
	firmware_start_bare(&f, "power9", "page-size", "64K");
	assert_int_equal(query(&f, 6), STCE_RTAS_SUCCESS);
	block = (uint64_t)f.ret[2] << 32 | f.ret[3];
	assert_true(block > UINT32_MAX);
	assert_int_equal(query(&f, 5), STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[2], bit64(31));
	assert_int_equal(f.ret[3], 0x003);
}

static void all_page_sizes_have_their_bits(void **state)
{
	assert_int_equal(stce_vm_set_memory(f.v.vm, 0, 0, 0, NULL), 0);
	f.config.page_sizes = 0x1f211000;
	firmware_again(&f);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 0, GPA, RAM_PAGES * PAGE, f.v.ram), 0);
	assert_int_equal(query(&f, 6), 0);
	assert_int_equal(f.ret[4], 0x003);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 1, 64 * GIB, 32 * GIB, (void *)(1 * GIB)), 0);
	assert_int_equal(query(&f, 6), 0);
	assert_int_equal(f.ret[4], 0x1ff & ~0x080);
	f.config.page_sizes = UINT64_MAX;
	firmware_again(&f);
	assert_int_equal(query(&f, 6), 0);
	assert_int_equal(f.ret[4], 0x1ff);
	assert_int_equal(stce_vm_set_memory(f.v.vm, 1, 0, 0, NULL), 0);
}

static void create_refuses_what_is_not_offered(void **state)
{
	assert_int_equal(create(&f, 13, 30), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create(&f, 24, 30), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create(&f, 64, 70), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create(&f, 0x80000010, 30), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create(&f, 16, 15), STCE_RTAS_PARAMETER_ERROR);
	/* Linux asks for this on a machine whose tree says that it can have no memory. */
	assert_int_equal(create(&f, 16, 0), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(create(&f, 16, 64), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(windows_left(&f), 1);
}

static void create_answers_liobn_and_start(void **state)
{
	assert_int_equal(create(&f, 16, 30), STCE_RTAS_SUCCESS);
	assert_int_equal(f.ret[1], f.config.liobn[1]);
	assert_int_equal(created_start(&f), HIGH);
	assert_true(has_table(&f, f.config.liobn[1], HIGH + GIB - PAGE_64K));
	assert_false(has_table(&f, f.config.liobn[1], HIGH + GIB));
	assert_int_equal(windows_left(&f), 0);
}

static void a_third_window_is_a_hardware_error(void **state)
{
	assert_int_equal(create(&f, 16, 30), STCE_RTAS_SUCCESS);
	assert_int_equal(create(&f, 16, 30), STCE_RTAS_HARDWARE_ERROR);
	stce_vm_set_strict(f.v.vm, true);
	assert_int_equal(create(&f, 16, 30), STCE_RTAS_PARAMETER_ERROR);
}

static void a_window_larger_than_any_table_is_a_hardware_error(void **state)
{
	uint64_t before = locked(&f);

	assert_int_equal(create(&f, 12, 63), STCE_RTAS_HARDWARE_ERROR);
	assert_int_equal(locked(&f), before);
	assert_int_equal(windows_left(&f), 1);
}

static void remove_refuses_liobns_without_a_window(void **state)
{
	assert_int_equal(remove_liobn(&f, f.config.liobn[1]), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(remove_liobn(&f, 0), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_int_equal(remove_liobn(&f, f.config.liobn[0]), STCE_RTAS_PARAMETER_ERROR);
	assert_int_equal(windows_left(&f), 2);
}

static void liobns_find_their_bridge_among_many(void **state)
{
	struct stce_phb_config config;
	struct stce_phb *second, *third;

	assert_int_equal(stce_phb_config_init(&config, "powervm", 1), 0);
	assert_int_equal(stce_phb_new(f.v.vm, &config, &second), 0);
	assert_int_equal(stce_phb_new(f.v.vm, &config, &third), -EEXIST);
	config.buid++;
	assert_int_equal(stce_phb_new(f.v.vm, &config, &third), -EBUSY);
	assert_int_equal(remove_liobn(&f, config.liobn[0]), STCE_RTAS_SUCCESS);
	assert_true(has_table(&f, f.config.liobn[0], 0));
	assert_false(has_table(&f, config.liobn[0], 0));
	stce_phb_free(second);
}

static void bridges_that_cannot_be_are_refused(void **state)
{
	struct stce_phb_config c = f.config;
	struct stce_phb *phb;

	assert_int_equal(stce_phb_config_init(&c, "power11", 0), -ENOENT);
	c.window_count = 3;
	assert_int_equal(stce_phb_new(f.v.vm, &c, &phb), -EINVAL);
	c = f.config;
	c.liobn[1] = c.liobn[0];
	assert_int_equal(stce_phb_new(f.v.vm, &c, &phb), -EINVAL);
	c = f.config;
	c.default_size = 3 * GIB;
	assert_int_equal(stce_phb_new(f.v.vm, &c, &phb), -EINVAL);
	c = f.config;
	c.start[1] = c.default_size - 1;
	assert_int_equal(stce_phb_new(f.v.vm, &c, &phb), -EINVAL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(another_token_is_the_vmms),
		T(a_buffer_outside_memory_is_refused),
		T(a_misaligned_buffer_is_refused),
		T(a_buffer_may_cross_slots_that_touch),
		T(a_buffer_may_cross_slots_of_separate_memory),
		T(without_a_memory_map_the_call_is_the_vmm_s),
		T(a_buffer_that_cannot_be_written_changes_nothing),
		T(a_window_whose_answer_cannot_be_told_goes_again),
		T(the_vmm_chooses_the_tokens_once_before_bridges),
		T(counts_that_no_buffer_has_are_refused),
		T(wrong_counts_are_parameter_errors),
		T(an_unknown_bridge_is_a_parameter_error),
		T(any_config_address_is_one_of_the_bridge),
		T(a_bridge_without_dynamic_windows_refuses_all),
		T(a_query_tells_windows_block_and_pages),
		T(five_outputs_tell_2_to_the_31_entries_at_most),
		T(all_page_sizes_have_their_bits),
		T(create_refuses_what_is_not_offered),
		T(create_answers_liobn_and_start),
		T(a_third_window_is_a_hardware_error),
		T(a_window_larger_than_any_table_is_a_hardware_error),
		T(remove_refuses_liobns_without_a_window),
		T(liobns_find_their_bridge_among_many),
		T(bridges_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests_name("RTAS", tests, NULL, NULL);
}
