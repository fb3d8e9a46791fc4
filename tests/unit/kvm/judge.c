/* SPDX-License-Identifier: BSD-2-Clause */
/* The vector functions give the answers of their scalar twins. */
#include "testing.h"

#include "kvm/judge.h"
#include "tce/entry.h"

#include <string.h>

#define COUNT 67

static const struct kvm_judge judge = {
	.mask = 0xfff, .gpa = 0x100000, .last = 0x3fffff, .delta = 0x7f0000000000 - 0x100000,
};

static uint64_t next(uint64_t *x)
{
	*x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *x >> 11;
}

static void good_list(uint64_t *x, uint64_t *tce, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		tce[i] = (judge.gpa + next(x) % 1024 * 4096) | (1 + next(x) % 3);
}

static void every_length_gives_the_same_items(void **state)
{
	uint64_t tce[COUNT], wide[COUNT + 1], scalar[COUNT + 1], x = 1;

	for (unsigned int count = 0; count <= COUNT; count++) {
		good_list(&x, tce, count);
		memset(wide, 0x5a, sizeof(wide));
		memset(scalar, 0x5a, sizeof(scalar));
		assert_true(kvm_judge(&judge, tce, count, wide));
		assert_true(kvm_judge_scalar(&judge, tce, count, scalar));
		assert_memory_equal(wide, scalar, sizeof(wide));
		assert_true(kvm_judge(&judge, tce, count, NULL));
		assert_true(kvm_judge_scalar(&judge, tce, count, NULL));
	}
}

static void one_defect_anywhere_is_seen_by_both(void **state)
{
	static const uint64_t defects[] = {
		0, 0x100000, 0x100ffc, 0x100007, 0x100803, 0xff003, 0x500003, 0x3, UINT64_MAX,
		UINT64_C(1) << 63 | 0x100003, UINT64_C(0xfffffffffffff003),
	};
	uint64_t tce[COUNT], item[COUNT], x = 2;

	for (unsigned int d = 0; d < sizeof(defects) / sizeof(defects[0]); d++) {
		for (unsigned int at = 0; at < COUNT; at++) {
			good_list(&x, tce, COUNT);
			tce[at] = defects[d];
			assert_false(kvm_judge(&judge, tce, COUNT, item));
			assert_false(kvm_judge_scalar(&judge, tce, COUNT, item));
			assert_false(kvm_judge(&judge, tce, COUNT, NULL));
			assert_false(kvm_judge_scalar(&judge, tce, COUNT, NULL));
		}
	}
}

static void the_last_page_of_the_slot_is_inside(void **state)
{
	uint64_t tce[5] = { 0x100001, 0x4ff003, 0x4ff002, 0x100003, 0x4ff001 }, item[5];

	assert_true(kvm_judge(&judge, tce, 5, item));
	assert_int_equal(item[1], UINT64_C(0x7f00003ff003));
}

static void items_have_the_permissions_of_the_hardware(void **state)
{
	uint64_t tce[5] = { 0x100001, 0x101002, 0x102003, 0x103002, 0x104002 }, item[5];

	assert_true(kvm_judge(&judge, tce, 5, item));
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(item[i], tce_hardware_entry(to_vaddr((tce[i] & ~UINT64_C(0xfff)) + judge.delta), tce[i] & 3));
}

static void words_are_turned_alike(void **state)
{
	uint64_t wide[COUNT], scalar[COUNT], x = 3;

	for (unsigned int count = 0; count <= COUNT; count++) {
		for (unsigned int i = 0; i < COUNT; i++)
			wide[i] = scalar[i] = next(&x) << 9 ^ next(&x);
		kvm_judge_load(wide, count);
		kvm_judge_load_scalar(scalar, count);
		assert_memory_equal(wide, scalar, sizeof(wide));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_gives_the_same_items),
		cmocka_unit_test(one_defect_anywhere_is_seen_by_both),
		cmocka_unit_test(the_last_page_of_the_slot_is_inside),
		cmocka_unit_test(items_have_the_permissions_of_the_hardware),
		cmocka_unit_test(words_are_turned_alike),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
