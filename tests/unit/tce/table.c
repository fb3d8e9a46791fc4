/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of one to five levels: reading returns the written entries, and holes cost nothing. VFIO makes at most four, as a
 * bridge decodes too few address bits for five; the table does not know.
 */
#include "testing.h"

#include <errno.h>

#include "counters.h"
#include "tce/scan.h"
#include "tce/table.h"
#include "util/alloc.h"

static struct counters counters;

static void make(struct tce_table *t, unsigned int page_shift, uint64_t size, unsigned int levels)
{
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init(&g, page_shift, size, levels, 12), 0);
	assert_int_equal(tce_geometry_check_limits(&g), levels < TCE_LEVELS_MAX ? 0 : -EINVAL);
	assert_int_equal(tce_table_init(t, &g, counters_stats(&counters), NUMA_ANYWHERE), 0);
}

static uint64_t put(struct tce_table *t, uint64_t index, uint64_t value)
{
	uint64_t count;

	assert_int_equal(tce_table_reserve(t, to_index(index), 1), 0);
	return tce_entry_exchange(tce_table_span(t, to_index(index), 1, &count), value);
}

static uint64_t node_entries_of(const struct tce_table *t)
{
	return bit64(t->geometry.digit_bits);
}

static void what_is_written_is_read_at_every_level(void **state)
{
	for (unsigned int levels = 1; levels <= TCE_LEVELS_MAX; levels++) {
		struct tce_table t;
		uint64_t last;

		make(&t, 16, bit64(36), levels);
		last = t.geometry.entries - 1;
		assert_int_equal(tce_table_get(&t, to_index(last)), 0);
		assert_int_equal(put(&t, last, 0x10003), 0);
		assert_int_equal(put(&t, 0, 0x20003), 0);
		assert_int_equal(put(&t, last, 0x30001), 0x10003);
		assert_int_equal(tce_table_get(&t, to_index(last)), 0x30001);
		assert_int_equal(tce_table_get(&t, to_index(0)), 0x20003);
		assert_int_equal(tce_table_get(&t, to_index(1)), 0);
		tce_table_fini(&t);
	}
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

/* Five nodes lead to the entry, each by another digit of its index, and each missing one makes a hole of its width. */
static void the_fifth_level_is_walked(void **state)
{
	static const uint64_t digit[5] = { 1, 2, 3, 4, 5 };
	uint64_t index = 0, count;
	struct tce_table t;

	make(&t, 12, bit64(55), 5);
	assert_int_equal(t.geometry.digit_bits, 9);
	for (unsigned int i = 0; i < 5; i++)
		index |= digit[i] << (9 * i);
	assert_int_equal(put(&t, index, 0x10003), 0);
	assert_int_equal(atomic_load(&t.bytes), 5 * tce_geometry_node_size(&t.geometry));
	assert_int_equal(tce_table_get(&t, to_index(index)), 0x10003);
	assert_int_equal(put(&t, index + 1, 0x20003), 0);
	assert_int_equal(atomic_load(&t.bytes), 5 * tce_geometry_node_size(&t.geometry));
	for (unsigned int i = 1; i < 5; i++) {
		uint64_t other = (index & ~(bit64(9 * i) - 1)) ^ bit64(9 * i);

		assert_null(tce_table_span(&t, to_index(other), UINT64_MAX, &count));
		assert_int_equal(count, bit64(9 * i));
		assert_int_equal(tce_table_get(&t, to_index(other)), 0);
	}
	tce_table_fini(&t);
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

static void lower_nodes_appear_with_the_first_write(void **state)
{
	struct tce_table t;
	uint64_t node, top, count;

	make(&t, 12, bit64(40), 3);
	node = tce_geometry_node_size(&t.geometry);
	/* 28 bits in three levels: the top node needs 8 of its 10, and has 9. */
	top = node / 2;
	assert_int_equal(atomic_load(&t.bytes), top);
	assert_null(tce_table_span(&t, to_index(12345), 1, &count));
	put(&t, 12345, 3);
	assert_int_equal(atomic_load(&t.bytes), top + 2 * node);
	put(&t, 12346, 3);
	assert_int_equal(atomic_load(&t.bytes), top + 2 * node);
	tce_table_fini(&t);
}

static void a_hole_is_crossed_in_few_steps(void **state)
{
	struct tce_table t;
	unsigned int steps = 0;

	make(&t, 12, bit64(40), 3);
	for (uint64_t at = 0, count; at < t.geometry.entries; at += count, steps++)
		assert_null(tce_table_span(&t, to_index(at), t.geometry.entries - at, &count));
	assert_true(steps <= 1024);
	tce_table_fini(&t);
}

static void a_span_ends_at_its_limit_and_at_its_leaf(void **state)
{
	struct tce_table t;
	uint64_t count;

	make(&t, 12, 4 * MIB, 2);
	assert_int_equal(tce_table_reserve(&t, to_index(0), 1024), 0);
	assert_non_null(tce_table_span(&t, to_index(500), 100, &count));
	assert_int_equal(count, 12);
	assert_non_null(tce_table_span(&t, to_index(500), 5, &count));
	assert_int_equal(count, 5);
	tce_table_fini(&t);
}

/* A leaf of a million entries is a node of 128 slots and as many parts as are written. */
static void a_large_leaf_is_made_of_parts(void **state)
{
	const uint64_t part = bit64(TCE_PART_BITS_MAX);
	struct tce_table t;
	uint64_t count, node;

	make(&t, 12, bit64(32), 1);
	node = t.geometry.entries / part * sizeof(tce_slot);
	assert_int_equal(atomic_load(&t.bytes), node);
	assert_null(tce_table_span(&t, to_index(part + 5), UINT64_MAX, &count));
	assert_int_equal(count, part - 5);
	put(&t, part + 5, 3);
	assert_int_equal(atomic_load(&t.bytes), node + part * sizeof(tce_entry));
	assert_non_null(tce_table_span(&t, to_index(part + 5), UINT64_MAX, &count));
	assert_int_equal(count, part - 5);
	assert_null(tce_table_span(&t, to_index(2 * part), UINT64_MAX, &count));
	assert_int_equal(tce_table_get(&t, to_index(part + 5)), 3);
	tce_table_fini(&t);
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

/* Another writer comes while a node is being made for us, by the linker's --wrap. */
static struct tce_table *raced;
static unsigned int nodes_made;

void *__real_numa_memory(int node, size_t size);
void *__wrap_numa_memory(int node, size_t size);

void *__wrap_numa_memory(int node, size_t size)
{
	struct tce_table *t = raced;
	void *memory = __real_numa_memory(node, size);

	nodes_made++;
	raced = NULL;
	if (t)
		put(t, 12345, 0x5003);
	return memory;
}

/* (T3) This holds for each level at which both need a node. */
static void two_writers_that_need_one_missing_node_end_up_with_the_same(void **state)
{
	for (unsigned int missing = 1; missing <= 2; missing++) {
		struct tce_table t;
		uint64_t size;

		make(&t, 12, bit64(40), 3);
		size = tce_geometry_node_size(&t.geometry);
		/* Its entry is in another leaf below the same node of the middle level. */
		if (missing == 1)
			put(&t, 12345 ^ node_entries_of(&t), 3);
		nodes_made = 0;
		raced = &t;
		assert_int_equal(put(&t, 12346, 0x6003), 0);
		assert_int_equal(nodes_made, 1 + missing);
		/* The other writer's entry is there, and the surplus nodes have been freed. */
		assert_int_equal(tce_table_get(&t, to_index(12345)), 0x5003);
		assert_int_equal(tce_table_get(&t, to_index(12346)), 0x6003);
		assert_int_equal(atomic_load(&t.bytes), (missing == 1 ? 3 : 2) * size + size / 2);
		tce_table_fini(&t);
	}
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

static void running_out_of_memory_is_an_answer(void **state)
{
	struct tce_table t;
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init(&g, 12, bit64(40), 3, 12), 0);
	alloc_fail_after(0);
	assert_int_equal(tce_table_init(&t, &g, counters_stats(&counters), NUMA_ANYWHERE), -ENOMEM);
	assert_int_equal(tce_table_init(&t, &g, counters_stats(&counters), NUMA_ANYWHERE), 0);
	for (int n = 0; n < 2; n++) {
		alloc_fail_after(n);
		assert_int_equal(tce_table_reserve(&t, to_index(7), 1), -ENOMEM);
	}
	alloc_fail_after(-1);
	assert_int_equal(tce_table_reserve(&t, to_index(7), 1), 0);
	tce_table_fini(&t);
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

static struct tce_parts parts;
static struct tce_table first, second;

/* Lets two tables hold one part together, in which entry 3 is mapped. */
static void start_two(void)
{
	tce_parts_init(&parts, counters_stats(&counters));
	make(&first, 12, bit64(30), 1);
	make(&second, 12, bit64(30), 1);
	tce_table_share_parts(&first, &parts);
	tce_table_share_parts(&second, &parts);
	put(&first, 3, 0x5003);
	pthread_mutex_lock(&parts.lock);
	assert_int_equal(tce_table_copy(&second, &first), 0);
	pthread_mutex_unlock(&parts.lock);
}

static void stop_two(void)
{
	tce_table_fini(&first);
	tce_table_fini(&second);
	tce_parts_fini(&parts);
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

static const tce_entry *entries_of(const struct tce_table *t)
{
	uint64_t count;

	return tce_table_span(t, to_index(0), t->geometry.entries, &count);
}

/*
 * (B3) A reader that has found the part by the slot of a table, which has left it since, never sees what
 * another table writes. After a scan has waited for such readers, the part is the other table's own.
 */
static void a_part_that_a_slot_has_left_changes_after_its_readers_only(void **state)
{
	for (unsigned int is_taken = 0; is_taken < 2; is_taken++) {
		const tce_entry *seen;
		uint64_t count;

		start_two();
		seen = entries_of(&second);
		assert_ptr_equal(seen, entries_of(&first));
		if (is_taken)
			assert_ptr_equal(tce_table_take(&second, to_index(0), second.geometry.entries, &count), seen);
		else
			assert_int_equal(put(&second, 3, 0x6003), 0x5003);
		assert_int_equal(tce_table_get(&second, to_index(3)), is_taken ? 0 : 0x6003);
		assert_int_equal(put(&first, 3, 0x7003), 0x5003);
		assert_int_equal(seen[3], 0x5003);
		assert_ptr_not_equal(entries_of(&first), seen);
		stop_two();

		start_two();
		seen = entries_of(&first);
		if (is_taken)
			tce_table_take(&second, to_index(0), second.geometry.entries, &count);
		else
			put(&second, 3, 0x6003);
		tce_scan_all(&parts);
		assert_int_equal(put(&first, 3, 0x7003), 0x5003);
		assert_ptr_equal(entries_of(&first), seen);
		stop_two();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_at_every_level),
		cmocka_unit_test(the_fifth_level_is_walked),
		cmocka_unit_test(lower_nodes_appear_with_the_first_write),
		cmocka_unit_test(a_hole_is_crossed_in_few_steps),
		cmocka_unit_test(a_span_ends_at_its_limit_and_at_its_leaf),
		cmocka_unit_test(a_large_leaf_is_made_of_parts),
		cmocka_unit_test(a_part_that_a_slot_has_left_changes_after_its_readers_only),
		cmocka_unit_test(two_writers_that_need_one_missing_node_end_up_with_the_same),
		cmocka_unit_test(running_out_of_memory_is_an_answer),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
