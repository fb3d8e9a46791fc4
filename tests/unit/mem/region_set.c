/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of regions gives the answers of an array of places, whatever the order of changes. */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "mem/region.h"
#include "mem/region_node.h"
#include "util/alloc.h"
#include "util/os.h"

#define PLACES 4096u
#define STEP   0x1000u

/* Place n, if it is taken, is [n * STEP, n * STEP + length). */
struct model {
	struct mem_region_set set;
	struct mem_region region[PLACES];
	bool taken[PLACES];
	unsigned int count;
	uint64_t random;
};

static struct model m;

static unsigned int below(unsigned int n)
{
	m.random = m.random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)((m.random >> 33) % n);
}

static void start_model(uint64_t seed)
{
	memset(&m, 0, sizeof(m));
	region_set_init(&m.set);
	m.random = seed;
}

static void free_retired(void)
{
	region_nodes_free(region_set_take_retired(&m.set));
}

static int add(unsigned int n)
{
	int r;

	m.region[n] = (struct mem_region){ .start = to_vaddr((uint64_t)n * STEP), .length = 1 + below(STEP) };
	r = region_set_add(&m.set, &m.region[n]);
	if (!r) {
		m.taken[n] = true;
		m.count++;
	}
	return r;
}

static int take_out(unsigned int n, bool is_shared)
{
	int r = 0;

	if (is_shared)
		r = region_set_remove(&m.set, (uint64_t)n * STEP);
	else
		region_set_remove_unshared(&m.set, (uint64_t)n * STEP);
	if (!r) {
		m.taken[n] = false;
		m.count--;
	}
	return r;
}

/*
 * Returns the number of regions below a node. Each key must be in [low, high), as (Q3) says, and only
 * the root may be empty (Q4).
 */
static size_t check_node(const struct region_node *node, uint64_t low, uint64_t high)
{
	size_t count = 0;

	assert_true(node->count <= REGION_NODE_MAX);
	assert_true(node->count || node == m.set.root);
	for (unsigned int i = 0; i < node->count; i++) {
		uint64_t from = !i && node->level ? low : node->key[i];
		uint64_t to = i + 1 < node->count ? node->key[i + 1] : high;
		const struct region_node *child = node->child[i];

		assert_true(from >= low && from < to && to <= high);
		if (node->level) {
			assert_int_equal(child->level + 1, node->level);
			count += check_node(child, from, to);
		} else {
			assert_int_equal(m.region[from / STEP].start.value, from);
			assert_true(m.taken[from / STEP]);
			count++;
		}
	}
	return count;
}

static struct mem_region *taken_from(unsigned int n)
{
	while (n < PLACES && !m.taken[n])
		n++;
	return n < PLACES ? &m.region[n] : NULL;
}

static void check_place(unsigned int n)
{
	struct mem_region *here = m.taken[n] ? &m.region[n] : NULL;
	uint64_t start = (uint64_t)n * STEP, length = m.region[n].length;

	assert_ptr_equal(region_set_from(&m.set, start), taken_from(n));
	assert_ptr_equal(region_set_from(&m.set, start + 1), taken_from(n + 1));
	assert_ptr_equal(region_set_find(&m.set, start, 1), here);
	assert_ptr_equal(region_set_overlapping(&m.set, start, STEP), here);
	if (!here)
		return;
	assert_ptr_equal(region_set_find(&m.set, start + length - 1, 1), here);
	assert_null(region_set_find(&m.set, start, length + 1));
	assert_ptr_equal(region_set_find_exact(&m.set, start, length), here);
	assert_null(region_set_find_exact(&m.set, start, length + 1));
	assert_null(region_set_overlapping(&m.set, start + length, STEP - length));
	assert_null(region_set_overlapping(&m.set, start, 0));
}

static void check_all(void)
{
	assert_int_equal(m.set.count, m.count);
	assert_int_equal(check_node(m.set.root, 0, UINT64_MAX), m.count);
	for (unsigned int n = 0; n < PLACES; n++)
		check_place(n);
}

/* Grows the set to this many regions, with changes of both kinds, and shrinks it to nothing. */
static void grow_and_shrink(unsigned int most, bool is_shared)
{
	unsigned int n = 0;

	for (unsigned int phase = 0; phase < 2; phase++)
		while (phase ? m.count : m.count < most) {
			n = below(4) ? n + 1 < PLACES ? n + 1 : 0 : below(PLACES);
			if (!m.taken[n] && !phase)
				assert_int_equal(add(n), 0);
			else if (m.taken[n] && (phase || !below(4)))
				assert_int_equal(take_out(n, is_shared), 0);
			check_place(n);
			check_place(below(PLACES));
			if (!below(512))
				check_all();
			free_retired();
		}
	check_all();
	assert_ptr_equal(m.set.root, &region_node_none);
}

static void a_set_does_what_an_array_does(void **state)
{
	static const unsigned int most[] = { 1, 5, 31, 200, 1000, 2500 };

	for (uint64_t seed = 1; seed <= 4; seed++)
		for (unsigned int i = 0; i < ARRAY_COUNT(most); i++) {
			print_message("# seed %u, %u regions\n", (unsigned int)seed, most[i]);
			start_model(seed);
			grow_and_shrink(most[i], seed & 1);
			region_set_fini(&m.set);
		}
}

/* A region may cover addresses that once separated two leaves. */
static void a_region_that_passes_an_old_bound_is_found(void **state)
{
	static struct mem_region wide = { .length = PLACES * STEP };

	start_model(1);
	for (unsigned int n = 0; n < PLACES; n++)
		assert_int_equal(add(n), 0);
	for (unsigned int n = 1; n < PLACES; n++)
		if (n % 64 != 63)
			assert_int_equal(take_out(n, true), 0);
	for (unsigned int n = 63; n < PLACES; n += 64) {
		/*
		 * It reaches from the place before to the one after, and no other region is in it.
		 */
		wide.start = to_vaddr((uint64_t)(n - 62) * STEP);
		wide.length = 62 * STEP;
		assert_int_equal(region_set_add(&m.set, &wide), 0);
		for (unsigned int k = n - 62; k < n; k++)
			assert_ptr_equal(region_set_find(&m.set, (uint64_t)k * STEP, STEP), &wide);
		assert_int_equal(region_set_remove(&m.set, wide.start.value), 0);
		free_retired();
	}
	region_set_fini(&m.set);
}

/* (Q2) */
static void q2_a_change_without_memory_changes_nothing(void **state)
{
	unsigned int refused = 0;

	start_model(7);
	for (unsigned int round = 0; round < 3000; round++) {
		unsigned int n = below(PLACES / 2), count = m.count, failed = 0;
		bool was = m.taken[n];
		int r;

		do {
			alloc_fail_after((int)failed++);
			r = was ? take_out(n, true) : add(n);
			alloc_fail_after(-1);
			assert_true(!r || r == -ENOMEM);
			if (r) {
				refused++;
				assert_int_equal(m.set.retired_count, 0);
				assert_int_equal(m.count, count);
				check_place(n);
				if (!below(64))
					check_all();
			}
		} while (r);
		free_retired();
	}
	check_all();
	assert_true(refused > 3000);
	/* Without memory, a set that has no readers still shrinks. */
	alloc_fail_after(0);
	for (unsigned int n = 0; n < PLACES; n++)
		if (m.taken[n])
			assert_int_equal(take_out(n, false), 0);
	alloc_fail_after(-1);
	assert_ptr_equal(m.set.root, &region_node_none);
	region_set_fini(&m.set);
}

static size_t nodes_below(const struct region_node *node)
{
	size_t count = 1;

	for (unsigned int i = 0; node->level && i < node->count; i++)
		count += nodes_below(node->child[i]);
	return count;
}

static void nodes_are_full_in_order_and_merged_when_small(void **state)
{
	for (unsigned int is_shared = 0; is_shared < 2; is_shared++) {
		start_model(3);
		assert_int_equal(add(PLACES - 1), 0);
		for (unsigned int n = 0; n < PLACES - 1; n++)
			assert_int_equal(add(n), 0);
		assert_true(nodes_below(m.set.root) <= PLACES / REGION_NODE_MAX + 12);
		for (unsigned int n = 0; n < PLACES; n++)
			if (n % 30)
				assert_int_equal(take_out(n, is_shared), 0);
		free_retired();
		check_all();
		assert_true(nodes_below(m.set.root) <= 2 * m.count / REGION_MERGE_BELOW);
		region_set_fini(&m.set);
	}
}

/* (Q3) A bound of an inner node's first child can be too high until the node is merged. */
static void the_first_bound_of_a_merged_node_is_its_parent_s(void **state)
{
	enum { BELOW = REGION_NODE_MAX * REGION_NODE_MAX };

	for (unsigned int is_shared = 0; is_shared < 2; is_shared++) {
		start_model(5);
		for (unsigned int n = 0; n < PLACES; n++)
			assert_int_equal(add(n), 0);
		/* The first leaf of each inner node goes, and something comes into its range. */
		for (unsigned int first = BELOW; first < PLACES; first += BELOW) {
			for (unsigned int n = first; n < first + REGION_NODE_MAX + 15; n++)
				assert_int_equal(take_out(n, is_shared), 0);
			assert_int_equal(add(first + 5), 0);
		}
		for (unsigned int n = 0; n < PLACES; n++) {
			if (m.taken[n] && n % 100 != 50 && n % BELOW != 5)
				assert_int_equal(take_out(n, is_shared), 0);
			if (n % 128 == 0)
				check_all();
		}
		free_retired();
		check_all();
		region_set_fini(&m.set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_does_what_an_array_does),
		cmocka_unit_test(a_region_that_passes_an_old_bound_is_found),
		cmocka_unit_test(q2_a_change_without_memory_changes_nothing),
		cmocka_unit_test(the_first_bound_of_a_merged_node_is_its_parent_s),
		cmocka_unit_test(nodes_are_full_in_order_and_merged_when_small),
	};

	return cmocka_run_group_tests_name("region_set", tests, NULL, NULL);
}
