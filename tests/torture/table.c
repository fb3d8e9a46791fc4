/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of tce/table.h. */
#include "torture.h"

#include <sched.h>

#include "counters.h"
#include "tce/table.h"

#define ENTRIES 4
#define WRITERS 3

static struct counters counters;

static void make(struct tce_table *t, uint64_t size, unsigned int levels)
{
	struct tce_geometry g;

	assert_int_equal(tce_geometry_init(&g, 12, size, levels, 12), 0);
	assert_int_equal(tce_geometry_check_limits(&g), 0);
	assert_int_equal(tce_table_init(t, &g, counters_stats(&counters), NUMA_ANYWHERE), 0);
}

static tce_entry *entry_at(struct tce_table *t, uint64_t index)
{
	uint64_t count;

	return tce_table_span(t, to_index(index), 1, &count);
}

/* Returns a value that shows whether it is whole: the upper half is a hash of the lower. */
static uint64_t signed_value(uint32_t n)
{
	return (uint64_t)(n * UINT32_C(2654435761)) << 32 | n;
}

/* Returns an index; successive ones are in many nodes of the lowest level. */
static uint64_t scattered(uint32_t n)
{
	return (uint64_t)n * 4099 % bit64(24);
}

static void sign(struct torture_thread *self)
{
	struct tce_table *t = self->context;

	while (torture_goes_on()) {
		uint64_t index = scattered(torture_below(self, ENTRIES));

		TORTURE_CHECK(tce_table_reserve(t, to_index(index), 1) == 0);
		tce_entry_exchange(entry_at(t, index), signed_value(torture_random(self)));
	}
}

static void read_signed(struct torture_thread *self)
{
	struct tce_table *t = self->context;

	while (torture_goes_on()) {
		uint64_t value = tce_table_get(t, to_index(scattered(torture_below(self, ENTRIES))));

		TORTURE_CHECK(!value || value == signed_value((uint32_t)value));
	}
}

/* (T1) */
static void t1_an_entry_read_is_one_that_somebody_wrote_whole(void **state)
{
	struct tce_table t;

	make(&t, bit64(36), 3);
	torture_run(&t, sign, 2u, read_signed, 2u, NULL);
	tce_table_fini(&t);
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

struct exchanges {
	struct tce_table table;
	_Atomic(uint64_t) put, got;      /* sums of all values written and read */
};

static void exchange_tokens(struct torture_thread *self)
{
	struct exchanges *x = self->context;
	uint64_t token = bit64(40) * (self->number + 1), put = 0, got = 0;

	while (torture_goes_on()) {
		tce_entry *entry = entry_at(&x->table, torture_below(self, 4));

		put += ++token;
		got += tce_entry_exchange(entry, token);
	}
	atomic_fetch_add(&x->put, put);
	atomic_fetch_add(&x->got, got);
}

/* (T2) */
static void t2_each_exchange_gets_what_the_other_left(void **state)
{
	struct exchanges x = { .put = 0 };
	uint64_t left = 0;

	make(&x.table, bit64(24), 1);
	torture_run(&x, exchange_tokens, 4u, NULL);
	for (uint64_t i = 0; i < 4; i++)
		left += tce_table_get(&x.table, to_index(i));
	assert_true(atomic_load(&x.put) == atomic_load(&x.got) + left);
	tce_table_fini(&x.table);
}

struct rounds {
	struct tce_table table;
	_Atomic(unsigned int) round;     /* starts a round for all at once */
	_Atomic(unsigned int) arrived;
};

/* All writers need the same missing leaf at the same moment. */
static void fill_a_missing_node(struct torture_thread *self)
{
	struct rounds *r = self->context;
	unsigned int turns = 0;

	for (unsigned int round = 0; torture_goes_on() && round < 4096; round++) {
		uint64_t index = (uint64_t)round * 512 + self->number;

		atomic_fetch_add(&r->arrived, 1);
		while (torture_waits_on() && atomic_load(&r->arrived) < (round + 1) * WRITERS)
			if (++turns % 1024 == 0)
				sched_yield();
		if (!TORTURE_CHECK(tce_table_reserve(&r->table, to_index(index), 1) == 0))
			return;
		TORTURE_CHECK(tce_entry_exchange(entry_at(&r->table, index), index | 1) == 0);
	}
}

/* (T3) */
static void t3_writers_that_need_one_missing_node_end_up_with_the_same(void **state)
{
	struct rounds r = { .round = 0 };
	uint64_t leaves = 0, nodes = 1;

	make(&r.table, bit64(12 + 9 + 12), 3);
	torture_run(&r, fill_a_missing_node, (unsigned int)WRITERS, NULL);
	for (uint64_t round = 0; round < 4096; round++) {
		bool any = false;

		for (uint64_t i = 0; i < WRITERS; i++) {
			uint64_t value = tce_table_get(&r.table, to_index(round * 512 + i));

			assert_true(!value || value == ((round * 512 + i) | 1));
			any |= value != 0;
		}
		leaves += any;
		nodes += any && round % 512 == 0;
	}
	assert_true(leaves > 0);
	/* The nodes that lost the race have been freed. */
	assert_int_equal(atomic_load(&r.table.bytes), 4096 * (leaves + nodes));
	tce_table_fini(&r.table);
	assert_int_equal(COUNTED(&counters, table_bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_an_entry_read_is_one_that_somebody_wrote_whole),
		cmocka_unit_test(t2_each_exchange_gets_what_the_other_left),
		cmocka_unit_test(t3_writers_that_need_one_missing_node_end_up_with_the_same),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
