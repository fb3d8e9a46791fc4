/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows that several bridges have: they travel as one table, and what cannot be is refused. */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "stats_of.h"
#include "store.h"
#include "unit/papr/bridges.h"
#include "util/alloc.h"

#define AT (HIGH + 3 * PAGE)
#define LATER (HIGH + 7 * PAGE)

/* The numbers of sections, as in src/state/stream.h, and offsets in that of an association. */
enum { BRIDGE = 4, ASSOCIATION = 10 };
enum { BUID = 0, SLOT = 8, SERIAL = 12, TABLE_LIOBN = 20, SHIFT = 24, OFFSET = 28, SIZE = 36, LENGTH = 44 };

static struct bridges from, to;
static struct stce_state *from_state, *to_state;
static struct store stream;
static uint32_t liobn;          /* of the window of bridge 0 */

static struct stce_state *new_state(struct bridges *b)
{
	struct stce_state *state;

	assert_int_equal(stce_state_new(b->f.v.vm, &state), 0);
	assert_int_equal(stce_state_add_memory(state, 1, b->f.v.ram, RAM_PAGES * PAGE), 0);
	for (unsigned int n = 0; n < b->count; n++) {
		assert_int_equal(stce_state_add_file(state, n, b->container[n]), 0);
		assert_int_equal(stce_state_add_file(state, n, b->group[n]), 0);
	}
	return state;
}

/* The restored machine registers what the saved one had. */
static void start_side(struct bridges *b, struct stce_state **state)
{
	bridges_start(b);
	*state = new_state(b);
}

static int start(void **state)
{
	memset(&stream, 0, sizeof(stream));
	start_side(&from, &from_state);
	start_side(&to, &to_state);
	for (unsigned int n = 0; n < BRIDGES; n++)
		assert_int_equal(unregister_memory(to.container[n], to.f.v.ram, RAM_PAGES * PAGE), 0);
	liobn = from.config[0].liobn[1];
	assert_int_equal(create_on(&from, 0, 12, 30), STCE_RTAS_SUCCESS);
	map_page(&from, liobn, AT, 5);
	for (unsigned int n = 1; n < BRIDGES; n++)
		assert_int_equal(associate(&from, n, liobn), STCE_RTAS_SUCCESS);
	return 0;
}

static int stop(void **state)
{
	stce_state_free(from_state);
	stce_state_free(to_state);
	bridges_stop(&from);
	bridges_stop(&to);
	store_fini(&stream);
	return 0;
}

static void save(void)
{
	assert_int_equal(stce_state_save_begin(from_state, store_write, &stream), 0);
	assert_int_equal(stce_state_save_end(from_state), 0);
}

static void restore(void)
{
	int r = store_restore(&stream, to_state);

	if (r)
		fail_msg("%d, %s", r, stce_last_reason());
}

static unsigned int count_sections(uint32_t type)
{
	unsigned int count = 0;
	size_t length;

	for (unsigned int n = 0; store_section(&stream, n, &length); n++)
		count += store_type(&stream, n) == type;
	return count;
}

/* The guest goes on with one table for the bridges from `first` on. */
static void goes_on(unsigned int first)
{
	map_page(&to, liobn, LATER, 6);
	for (unsigned int n = 0; n < BRIDGES; n++) {
		assert_int_equal(sees(&to, n, AT, 5), n >= first);
		assert_int_equal(sees(&to, n, LATER, 6), n >= first);
	}
	for (unsigned int n = first; n < BRIDGES; n++) {
		assert_int_equal(dissociate(&to, n, liobn), STCE_RTAS_SUCCESS);
		assert_true(is_blind(&to, n, AT));
		assert_int_equal(has_table(&to.f, liobn, HIGH), n + 1 < BRIDGES);
	}
}

static void one_table_of_three_bridges_travels(void **state)
{
	uint64_t tables = stats_of(to.f.v.c.machine).guest_tables;

	save();
	assert_int_equal(count_sections(ASSOCIATION), 2);
	restore();
	assert_int_equal(stats_of(to.f.v.c.machine).guest_tables, tables + 1);
	goes_on(0);
}

static void it_travels_without_the_bridge_that_made_it(void **state)
{
	assert_int_equal(reset_of(&from, 0), STCE_RTAS_SUCCESS);
	save();
	assert_int_equal(count_sections(ASSOCIATION), 2);
	restore();
	assert_int_equal(left_on(&to, 0), 0);
	goes_on(1);
	assert_int_equal(left_on(&to, 0), 1);
}

static void it_travels_to_a_bridge_without_another_window(void **state)
{
	assert_int_equal(remove_liobn(&from.f, from.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	save();
	restore();
	assert_false(has_table(&to.f, to.config[1].liobn[0], 0));
	goes_on(0);
	assert_true(has_table(&to.f, to.config[1].liobn[0], 0));
}

/* As older versions write it, and read it. */
static void a_stream_without_associations_has_no_such_section(void **state)
{
	for (unsigned int n = 1; n < BRIDGES; n++)
		assert_int_equal(dissociate(&from, n, liobn), STCE_RTAS_SUCCESS);
	save();
	assert_int_equal(count_sections(ASSOCIATION), 0);
	restore();
	assert_true(sees(&to, 0, AT, 5));
	assert_true(is_blind(&to, 1, AT));
}

static void is_refused(struct store *bad, int error, const char *why)
{
	struct stce_stats before = stats_of(to.f.v.c.machine), after;
	int r = store_restore(bad, to_state);

	if (r != error || !strstr(stce_last_reason(), why))
		fail_msg("answers %d (%s), not %d (%s)", r, stce_last_reason(), error, why);
	after = stats_of(to.f.v.c.machine);
	assert_int_equal(after.locked_bytes, before.locked_bytes);
	assert_int_equal(after.pages_mapped, before.pages_mapped);
	assert_int_equal(after.guest_tables, before.guest_tables);
	assert_int_equal(after.windows_created, before.windows_created);
	assert_false(has_table(&to.f, liobn, HIGH));
	for (unsigned int n = 0; n < BRIDGES; n++)
		assert_int_equal(left_on(&to, n), 1);
}

/* Changes bytes of the n-th association. */
static void defect(unsigned int n, size_t at, uint64_t value, size_t size, const char *why)
{
	struct store bad = store_copy(&stream);
	unsigned int section = store_find(&bad, ASSOCIATION, n);

	for (size_t i = 0; i < size; i++)
		store_payload(&bad, section)[at + i] = (uint8_t)(value >> 8 * i);
	store_seal(&bad, section);
	is_refused(&bad, -EPROTO, why);
	store_fini(&bad);
}

/* (S1) (W3) */
static void associations_that_cannot_be_are_refused(void **state)
{
	uint64_t last, own, buid;

	save();
	memcpy(&buid, &store_payload(&stream, store_find(&stream, ASSOCIATION, 0))[BUID], 8);
	last = from.config[2].buid == buid ? 2 : 1;
	own = from.config[last].liobn[1];
	defect(0, BUID, 0x77, 8, "no bridge with BUID 0x77");
	defect(0, SLOT, 0, 4, "cannot be in slot 0");
	defect(0, SLOT, 2, 4, "cannot be in slot 2");
	defect(0, SERIAL, 0, 8, "cannot be in slot 1");
	defect(0, SERIAL, 0x1234, 8, "occurs twice");
	defect(0, TABLE_LIOBN, own, 4, "cannot be in slot 1");
	defect(0, TABLE_LIOBN, liobn + 0x1000, 4, "another shape");
	defect(0, SHIFT, 16, 4, "cannot be in slot 1");
	defect(0, SHIFT, 64, 4, "pages of 2^64 bytes");
	defect(0, OFFSET, 0, 8, "cannot be in slot 1");
	defect(0, SIZE, 16, 8, "another shape");
	defect(0, SIZE, 0, 8, "no table has 0 pages");
	/* The two sections are of one bridge, one slot. */
	defect(1, BUID, buid, 8, "describe the same object");
	/* The bridge that has made the window cannot have it twice. */
	defect(0, BUID, from.config[0].buid, 8, "cannot be in slot 1");
	restore();
}

/* Removes the last byte of the first association. */
static void a_section_that_is_cut_is_refused(void **state)
{
	struct store bad;
	unsigned int n;
	size_t length, at;

	save();
	bad = store_copy(&stream);
	n = store_find(&bad, ASSOCIATION, 0);
	at = store_section(&bad, n, &length);
	memmove(bad.pack.bytes + at + 16 + LENGTH - 1, bad.pack.bytes + at + 16 + LENGTH,
		bad.pack.size - at - 16 - LENGTH);
	bad.pack.size--;
	bad.pack.bytes[at + 8] = LENGTH - 1;
	store_seal(&bad, n);
	is_refused(&bad, -EPROTO, "an association is incomplete");
	store_fini(&bad);
	restore();
}

/* Returns the least limit in steps of 16 KiB with which the stream is taken, and resets the VM again. */
static uint64_t least_limit(void)
{
	uint64_t limit = 0;
	int r = -E2BIG;

	while (r) {
		limit += 16 * KIB;
		assert_true(limit < GIB);
		stce_state_limit(to_state, 0, limit);
		r = store_restore(&stream, to_state);
		assert_true(!r || r == -E2BIG);
	}
	assert_int_equal(stce_vm_reset(to.f.v.vm), 0);
	for (unsigned int n = 0; n < BRIDGES; n++)
		assert_int_equal(unregister_memory(to.container[n], to.f.v.ram, RAM_PAGES * PAGE), 0);
	return limit;
}

/* Half a byte for each of 262144 entries of a hardware table. */
static void each_association_counts_for_the_limit(void **state)
{
	uint64_t with_two;

	save();
	with_two = least_limit();
	assert_int_equal(dissociate(&from, 1, liobn), STCE_RTAS_SUCCESS);
	store_fini(&stream);
	memset(&stream, 0, sizeof(stream));
	save();
	assert_int_equal(with_two - least_limit(), 128 * KIB);
}

/* The first bridge has left, so that the section itself makes the table. */
static void tables_that_cannot_be_are_refused(void **state)
{
	struct store bad;
	unsigned int section;

	assert_int_equal(reset_of(&from, 0), STCE_RTAS_SUCCESS);
	assert_int_equal(dissociate(&from, 1, liobn), STCE_RTAS_SUCCESS);
	save();
	defect(0, SERIAL, 0, 8, "cannot be in slot 1");
	defect(0, OFFSET, 0, 8, "cannot be in slot 1");
	defect(0, TABLE_LIOBN, from.config[2].liobn[1], 4, "cannot be in slot 1");
	defect(0, TABLE_LIOBN, from.config[1].liobn[0], 4, "cannot be in slot 1");
	bad = store_copy(&stream);
	section = store_find(&bad, ASSOCIATION, 0);
	memset(&store_payload(&bad, section)[SIZE], 0x7f, 5);
	store_seal(&bad, section);
	is_refused(&bad, -E2BIG, "bytes of entries");
	store_fini(&bad);
	restore();
}

static void a_window_that_is_in_another_ones_slot_is_refused(void **state)
{
	assert_int_equal(dissociate(&from, 1, liobn), STCE_RTAS_SUCCESS);
	assert_int_equal(create_on(&from, 1, 12, 20), STCE_RTAS_SUCCESS);
	/* The policy would allow another window. */
	assert_int_equal(remove_liobn(&from.f, from.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	save();
	defect(0, BUID, from.config[1].buid, 8, "cannot be in slot 1");
	restore();
}

/* A default window's LIOBN is its bridge's even if the guest has removed the window. */
static void a_default_windows_liobn_is_not_associated(void **state)
{
	assert_int_equal(reset_of(&from, 0), STCE_RTAS_SUCCESS);
	assert_int_equal(dissociate(&from, 1, liobn), STCE_RTAS_SUCCESS);
	assert_int_equal(remove_liobn(&from.f, from.config[1].liobn[0]), STCE_RTAS_SUCCESS);
	save();
	defect(0, TABLE_LIOBN, from.config[1].liobn[0], 4, "cannot be in slot 1");
	restore();
}

static void a_bridge_has_no_more_windows_than_its_policy_allows(void **state)
{
	to.config[2].window_count = 1;
	bridges_again(&to, 2);
	save();
	assert_int_equal(store_restore(&stream, to_state), -EPROTO);
	assert_non_null(strstr(stce_last_reason(), "cannot be in slot 1"));
	assert_false(has_table(&to.f, liobn, HIGH));
}

static void a_vm_that_associates_nothing_refuses(void **state)
{
	to.config[1].no_ddw = true;
	bridges_again(&to, 1);
	save();
	assert_int_equal(store_restore(&stream, to_state), -EINVAL);
	assert_non_null(strstr(stce_last_reason(), "associates no windows here"));
	assert_false(has_table(&to.f, liobn, HIGH));
}

/* (S1) */
static void every_allocation_of_a_restore_may_fail(void **state)
{
	int r = -ENOMEM, n = 0;

	save();
	for (; r; n++) {
		uint64_t before = locked(&to.f);

		alloc_fail_after(n);
		r = store_restore(&stream, to_state);
		alloc_fail_after(-1);
		if (!r)
			break;
		assert_int_equal(r, -ENOMEM);
		assert_int_equal(locked(&to.f), before);
		assert_false(has_table(&to.f, liobn, HIGH));
		for (unsigned int i = 0; i < BRIDGES; i++)
			assert_int_equal(left_on(&to, i), 1);
	}
	assert_true(n > 20);
	goes_on(0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_table_of_three_bridges_travels),
		T(it_travels_without_the_bridge_that_made_it),
		T(it_travels_to_a_bridge_without_another_window),
		T(a_stream_without_associations_has_no_such_section),
		T(associations_that_cannot_be_are_refused),
		T(a_section_that_is_cut_is_refused),
		T(each_association_counts_for_the_limit),
		T(tables_that_cannot_be_are_refused),
		T(a_window_that_is_in_another_ones_slot_is_refused),
		T(a_default_windows_liobn_is_not_associated),
		T(a_bridge_has_no_more_windows_than_its_policy_allows),
		T(a_vm_that_associates_nothing_refuses),
		T(every_allocation_of_a_restore_may_fail),
	};

	return cmocka_run_group_tests_name("saved windows of several bridges", tests, NULL, NULL);
}
