/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams that are damaged, wrong, or not meant for this machine are refused with the reason, and
 * nothing has changed.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "side.h"
#include "store.h"
#include "util/alloc.h"
#include "stats_of.h"

/* The numbers of sections, as in src/state/stream.h. */
enum { ENTRIES = 1, VM, TABLE, BRIDGE, LINK, CONTAINER, MAPPINGS, DEVICE, END };

static struct side from, to;
static struct store good;
static int table;

/* Saves a bridge with two windows, and entries in both. */
static void save_a_bridge(void)
{
	side_register(&from);
	side_join(&from);
	assert_int_equal(create(&from.f, 16, 32), STCE_RTAS_SUCCESS);
	side_put(&from, side_liobn(&from, 0), 0x3000, (GPA + 5 * PAGE) | 3);
	side_put(&from, side_liobn(&from, 1), HIGH, GPA | 3);
	assert_int_equal(stce_state_save_begin(from.state, store_write, &good), 0);
	assert_int_equal(stce_state_save_end(from.state), 0);
	side_join(&to);
}

/* Saves a table with a link, a window without one, and mappings in it. */
static void save_a_link(void)
{
	uint64_t high;

	side_register(&from);
	assert_int_equal(create_window(from.f.v.c.container, 12, GIB, 1, &high), 0);
	table = side_link(&from);
	side_put(&from, SIDE_LIOBN, 0x7000, (GPA + 3 * PAGE) | 3);
	assert_int_equal(map_dma(from.f.v.c.container, from.f.v.ram, HIGH, 3 * PAGE, RW), 0);
	assert_int_equal(stce_state_save_begin(from.state, store_write, &good), 0);
	assert_int_equal(stce_state_save_end(from.state), 0);
	side_hold_group(&to);
}

static int start_empty(void **state)
{
	memset(&good, 0, sizeof(good));
	table = -1;
	side_start(&from, "power9", 'A');
	side_start(&to, "power9", 'a');
	return 0;
}

static int start_bridge(void **state)
{
	start_empty(state);
	save_a_bridge();
	return 0;
}

static int start_link(void **state)
{
	start_empty(state);
	save_a_link();
	return 0;
}

static int stop(void **state)
{
	if (table >= 0)
		stce_close(table);
	side_stop(&from);
	side_stop(&to);
	store_fini(&good);
	return 0;
}

/* (S1) A refused stream must leave this unchanged. */
struct look {
	uint64_t locked, registered, mapped, windows, table_bytes;
	uint32_t left;
	int has_high;
};

static struct look look(void)
{
	struct stce_stats s = stats_of(to.f.v.c.machine);

	return (struct look){
		.locked = s.locked_bytes,
		.registered = s.registered_bytes,
		.mapped = s.pages_mapped,
		.windows = s.windows_created - s.windows_removed,
		.table_bytes = s.table_bytes,
		.left = windows_left(&to.f),
		.has_high = has_table(&to.f, side_liobn(&to, 1), HIGH + GIB) || has_table(&to.f, SIDE_LIOBN, 0x3ff * PAGE),
	};
}

static void is_refused(struct store *bad, int error, const char *why)
{
	struct look before = look(), after;
	int r = store_restore(bad, to.state);

	if (r != error || !strstr(stce_last_reason(), why))
		fail_msg("answers %d (%s), not %d (%s)", r, stce_last_reason(), error, why);
	after = look();
	/* A default window that the container had not made yet need not be made again. */
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(h_get(&to.f.v, side_liobn(&to, 0), 0x3000), 0);
}

/* The undamaged stream is accepted after all these refusals. */
static void is_taken(void)
{
	int r = store_restore(&good, to.state);

	if (r)
		fail_msg("the good stream: %d, %s", r, stce_last_reason());
}

static void a_stream_that_ends_anywhere_is_refused(void **state)
{
	for (size_t size = 0; size < good.pack.size; size++) {
		struct store bad = store_copy(&good);

		bad.pack.size = size;
		is_refused(&bad, -ENODATA, "the stream ends inside section");
		store_fini(&bad);
	}
	is_taken();
}

static void a_byte_that_is_damaged_anywhere_is_noticed(void **state)
{
	for (size_t at = 0; at < good.pack.size; at++) {
		struct store bad = store_copy(&good);
		int r;

		bad.pack.bytes[at] ^= 0x10;
		r = store_restore(&bad, to.state);
		/* A damaged length may ask for more than there is. */
		if (r != -EBADMSG && r != -ENODATA)
			fail_msg("byte %zu: %d, %s", at, r, stce_last_reason());
		store_fini(&bad);
	}
	is_taken();
}

static void a_newer_version_is_refused(void **state)
{
	struct store bad = store_copy(&good);
	struct pack crc = { 0 };

	bad.pack.bytes[8] = 2;
	is_refused(&bad, -EBADMSG, "the header's checksum is wrong");
	/* The crc32 of the magic and version 2, as a later release will write it. */
	pack_u32(&crc, store_crc(bad.pack.bytes, 12));
	memcpy(bad.pack.bytes + 12, crc.bytes, 4);
	is_refused(&bad, -EPROTONOSUPPORT, "version 2, and only 1 is known");
	bad.pack.bytes[0] ^= 1;
	is_refused(&bad, -EBADMSG, "not a state of spapr-tce");
	pack_fini(&crc);
	store_fini(&bad);
	is_taken();
}

static void a_section_of_a_newer_kind_is_refused(void **state)
{
	struct store bad = store_copy(&good);
	size_t length, at = store_section(&bad, 1, &length);

	bad.pack.bytes[at] = 77;
	store_seal(&bad, 1);
	is_refused(&bad, -EPROTONOSUPPORT, "section 1 has the unknown type 77");
	store_fini(&bad);
}

static void sections_in_another_order_are_refused(void **state)
{
	struct store bad = { 0 };
	size_t first_length, second_length;
	size_t first = store_section(&good, 0, &first_length), second = store_section(&good, 1, &second_length);

	pack_bytes(&bad.pack, good.pack.bytes, first);
	pack_bytes(&bad.pack, good.pack.bytes + second, second_length);
	pack_bytes(&bad.pack, good.pack.bytes + first, first_length);
	pack_bytes(&bad.pack, good.pack.bytes + second + second_length,
		   good.pack.size - second - second_length);
	is_refused(&bad, -EBADMSG, "section 1 stands where section 0 belongs");
	store_fini(&bad);
}

static void a_section_that_claims_too_much_is_refused(void **state)
{
	struct store bad = store_copy(&good);

	bad.pack.bytes[STORE_HEADER + 8 + 7] = 0x80;
	is_refused(&bad, -EBADMSG, "section 0 claims to have 0x8");
	store_fini(&bad);
}

/* Makes one defect in the payload of the first section of a type, with a correct checksum. */
static void defect_at(uint32_t type, size_t at, uint8_t value, int error, const char *why)
{
	struct store bad = store_copy(&good);
	unsigned int n = store_find(&bad, type, 0);

	store_payload(&bad, n)[at] = value;
	store_seal(&bad, n);
	is_refused(&bad, error, why);
	store_fini(&bad);
}

static void a_bridge_that_is_another_is_refused(void **state)
{
	defect_at(BRIDGE, 0, 0x77, -ENOENT, "no bridge has BUID");
	defect_at(BRIDGE, 8 + 3, 0x10, -EINVAL, "has other LIOBNs or other starts");
	defect_at(BRIDGE, 20, 0x66, -EINVAL, "has other LIOBNs or other starts");
	/* A second default window; the first one's page shift; its size. */
	defect_at(BRIDGE, 92, 1, -EPROTO, "window 1 cannot be the bridge's");
	defect_at(BRIDGE, 52, 40, -EPROTO, "pages of 2^40 bytes");
	defect_at(BRIDGE, 64, 1, -EPROTO, "window 0 cannot be the bridge's");
	is_taken();
}

static void things_that_are_there_twice_are_refused(void **state)
{
	static const uint32_t types[] = { VM, BRIDGE, CONTAINER };

	for (unsigned int i = 0; i < ARRAY_COUNT(types); i++) {
		struct store bad = store_copy(&good);

		store_repeat(&bad, store_find(&bad, types[i], 0));
		is_refused(&bad, -EPROTO, "describe the same object");
		store_fini(&bad);
	}
	is_taken();
}

static void entries_behind_the_end_of_their_table_are_refused(void **state)
{
	defect_at(ENTRIES, 8 + 6, 1, -EPROTO, "entries beyond the end of LIOBN");
	defect_at(ENTRIES, 8 + 16, 9, -EPROTO, "a run has the unknown kind 9");
	is_taken();
}

static void entries_of_no_table_are_dropped(void **state)
{
	struct store bad = store_copy(&good);
	unsigned int n = store_find(&bad, ENTRIES, 0);

	store_payload(&bad, n)[7] = 1;
	store_seal(&bad, n);
	assert_int_equal(store_restore(&bad, to.state), 0);
	store_fini(&bad);
}

static void what_has_no_number_here_is_refused(void **state)
{
	struct stce_state *named = to.state;

	assert_int_equal(stce_state_new(to.f.v.vm, &to.state), 0);
	is_refused(&good, -ENOENT, "no container has number 1");
	assert_int_equal(stce_state_add_file(to.state, SIDE_CONTAINER, to.f.v.c.container), 0);
	is_refused(&good, -ENOENT, "no memory has number 7");
	assert_int_equal(stce_state_add_memory(to.state, SIDE_MEMORY, to.f.v.ram, PAGE), 0);
	is_refused(&good, -EINVAL, "memory 7 ends before");
	stce_state_free(to.state);
	assert_int_equal(stce_state_new(NULL, &to.state), 0);
	is_refused(&good, -ENOENT, "a VM was saved, but there is none here");
	stce_state_free(to.state);
	to.state = named;
	is_taken();
}

static void a_group_without_a_number_is_refused(void **state)
{
	defect_at(LINK, 8, 99, -ENOENT, "group 99 is linked to LIOBN 0x80000008");
	is_taken();
}

static void a_place_that_is_not_as_new_is_refused(void **state)
{
	is_taken();
	assert_int_equal(store_restore(&good, to.state), -EEXIST);
	assert_non_null(strstr(stce_last_reason(), "is not as after a reset"));
	assert_int_equal(side_byte(&to, 0x3000), 'f');
	assert_int_equal(stce_vm_reset(to.f.v.vm), 0);
	is_taken();
	assert_int_equal(side_byte(&to, 0x3000), 'f');
}

static void a_table_that_holds_something_is_refused(void **state)
{
	int other = make_table(&to.f.v, SIDE_LIOBN, 12, 0, 0x400);

	side_put(&to, SIDE_LIOBN, 0, GPA | 3);
	is_refused(&good, -EEXIST, "LIOBN 0x80000008 names a different table here, or one that is not empty");
	assert_int_equal(h_get(&to.f.v, SIDE_LIOBN, 0), GPA | 3);
	stce_close(other);
	other = make_table(&to.f.v, SIDE_LIOBN, 12, 0, 0x401);
	is_refused(&good, -EEXIST, "LIOBN 0x80000008 names a different table here");
	stce_close(other);
	is_taken();
}

static void a_container_with_mappings_is_refused(void **state)
{
	side_register(&to);
	assert_int_equal(map_dma(to.f.v.c.container, to.f.v.ram + PAGE, 0, PAGE, RW), 0);
	is_refused(&good, -EEXIST, "container 1 has windows or mappings already");
	assert_int_equal(side_byte(&to, 0), 'b');
	assert_int_equal(unmap_dma(to.f.v.c.container, 0, PAGE), 0);
	is_taken();
}

/* The guest's memory is different, so an entry cannot be mapped after much has been built. */
static void guest_memory_that_is_missing_undoes_everything(void **state)
{
	assert_int_equal(stce_vm_set_memory(to.f.v.vm, 0, GPA, PAGE_64K - PAGE, to.f.v.ram), 0);
	assert_int_equal(store_restore(&good, to.state), -EINVAL);
	assert_non_null(strstr(stce_last_reason(), "TCE 0x"));
	assert_int_equal(stce_vm_set_memory(to.f.v.vm, 0, GPA, RAM_PAGES * PAGE, to.f.v.ram), 0);
	assert_int_equal(side_mapped(&to), 0);
	is_taken();
}

static void a_restore_without_memory_changes_nothing(void **state)
{
	int r, n = 0;

	do {
		struct look before = look(), after;

		alloc_fail_after(n++);
		r = store_restore(&good, to.state);
		alloc_fail_after(-1);
		if (!r)
			break;
		after = look();
		if (r != -ENOMEM)
			fail_msg("allocation %d: %d, %s", n, r, stce_last_reason());
		assert_memory_equal(&before, &after, sizeof(before));
	} while (true);
	assert_true(n > 20);
}

/* Begins a stream of the test's own, which is made section by section. */
static void begin(struct store *store)
{
	pack_bytes(&store->pack, "spaprTCE", 8);
	pack_u32(&store->pack, 1);
	pack_u32(&store->pack, store_crc(store->pack.bytes, 12));
}

static void add(struct store *store, uint32_t type, uint32_t number, const struct pack *payload)
{
	size_t start = store->pack.size;

	pack_u32(&store->pack, type);
	pack_u32(&store->pack, number);
	pack_u64(&store->pack, payload->size);
	pack_bytes(&store->pack, payload->bytes, payload->size);
	pack_u32(&store->pack, store_crc(store->pack.bytes + start, store->pack.size - start));
}

static void add_table(struct store *store, uint32_t number, uint64_t serial, uint64_t liobn, uint64_t size)
{
	struct pack payload = { 0 };

	pack_u64(&payload, serial);
	pack_u64(&payload, liobn);
	pack_u32(&payload, 12);
	pack_u64(&payload, 0);
	pack_u64(&payload, size);
	add(store, TABLE, number, &payload);
	pack_fini(&payload);
}

/* Adds lines of zeros over the whole table, one over another. */
static void add_lines(struct store *store, uint32_t number, uint64_t serial, uint64_t size, unsigned int lines)
{
	struct pack payload = { 0 };

	pack_u64(&payload, serial);
	while (lines--) {
		pack_u64(&payload, 0);
		pack_u64(&payload, size);
		pack_u32(&payload, 0);
		pack_u64(&payload, 0);
		pack_u64(&payload, 0);
	}
	add(store, ENTRIES, number, &payload);
	pack_fini(&payload);
}

static void end(struct store *store, uint32_t number)
{
	add(store, END, number, &(struct pack){ 0 });
}

/* Symptom: less than 200 bytes made tables of 2 GiB. */
static void a_short_stream_makes_no_large_tables(void **state)
{
	struct store bad = { 0 };

	begin(&bad);
	for (uint32_t n = 0; n < 2; n++)
		add_table(&bad, n, 1000 + n, 0x90000000 + n, GIB / 8);
	end(&bad, 2);
	assert_in_range(bad.pack.size, 100, 200);
	is_refused(&bad, -E2BIG, "asks for at least 134217728 bytes of entries, and");
	store_fini(&bad);
	is_taken();
}

/* Symptom: less than 840 bytes wrote 128 MiB. */
static void runs_that_lie_upon_each_other_are_counted_each(void **state)
{
	struct store bad = { 0 };

	begin(&bad);
	add_table(&bad, 0, 1000, 0x90000000, MIB);
	add_lines(&bad, 1, 1000, MIB, 16);
	end(&bad, 2);
	assert_in_range(bad.pack.size, 600, 840);
	is_refused(&bad, -E2BIG, "bytes of entries, and");
	store_fini(&bad);
	is_taken();
}

/* 1 MiB of entries in one line, and a sixteenth of that for the table. */
#define ASKED (MIB + MIB / 16)
static void the_limit_is_the_embedder_s(void **state)
{
	struct store small = { 0 };

	begin(&small);
	add_table(&small, 0, 1000, SIDE_LIOBN, MIB / 8);
	add_lines(&small, 1, 1000, MIB / 8, 1);
	end(&small, 2);
	stce_state_limit(to.state, 0, ASKED - 1);
	is_refused(&small, -E2BIG, "asks for at least 1114112 bytes of entries, and 1114111 are allowed");
	stce_state_limit(to.state, small.pack.size - 1, ASKED);
	is_refused(&small, -E2BIG, "the stream is longer than");
	stce_state_limit(to.state, small.pack.size, ASKED);
	assert_int_equal(store_restore(&small, to.state), 0);
	store_fini(&small);
}

/* A section claims bytes that do not come; the source never ends. */
static ssize_t endless(void *context, void *bytes, size_t size)
{
	struct store *store = context;
	struct pack empty = { 0 };

	if (store->at == store->pack.size) {
		store->pack.size = store->at = 0;
		pack_u64(&empty, 1);
		add(store, ENTRIES, (uint32_t)store->most++, &empty);
		pack_fini(&empty);
	}
	if (size > store->pack.size - store->at)
		size = store->pack.size - store->at;
	memcpy(bytes, store->pack.bytes + store->at, size);
	store->at += size;
	return (ssize_t)size;
}

static void a_stream_without_an_end_is_refused(void **state)
{
	struct store source = { 0 };

	begin(&source);
	stce_state_limit(to.state, 64 * 1024, 0);
	assert_int_equal(stce_state_restore(to.state, endless, &source), -E2BIG);
	assert_int_equal(source.most, 64 * 1024 / 28);
	store_fini(&source);
}

/*
 * Symptom: 40 000 sections took 52 seconds, because each was compared with all before it. The
 * linker wraps memcmp() to count the comparisons.
 */
static unsigned long compared;

int __real_memcmp(const void *a, const void *b, size_t size);
int __wrap_memcmp(const void *a, const void *b, size_t size);
int __wrap_memcmp(const void *a, const void *b, size_t size)
{
	compared++;
	return __real_memcmp(a, b, size);
}

static unsigned long comparisons(unsigned int sections)
{
	struct store bad = { 0 };
	unsigned long before = compared;
	struct pack key = { 0 };

	begin(&bad);
	for (uint32_t n = 0; n < sections; n++) {
		pack_clear(&key);
		pack_u32(&key, n);
		add(&bad, DEVICE, n, &key);
	}
	end(&bad, sections);
	is_refused(&bad, -ENOENT, "no device has number 0");
	pack_fini(&key);
	store_fini(&bad);
	return compared - before;
}

static void many_sections_are_judged_in_little_more_than_linear_time(void **state)
{
	unsigned long few = comparisons(5000), many = comparisons(40000);

	assert_in_range(few, 1, 5000 * 40);
	assert_in_range(many, 1, 40000 * 40);
}

#define B(name) cmocka_unit_test_setup_teardown(name, start_bridge, stop)
#define L(name) cmocka_unit_test_setup_teardown(name, start_link, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		B(a_stream_that_ends_anywhere_is_refused),
		L(a_stream_that_ends_anywhere_is_refused),
		B(a_byte_that_is_damaged_anywhere_is_noticed),
		L(a_byte_that_is_damaged_anywhere_is_noticed),
		B(a_newer_version_is_refused),
		B(a_section_of_a_newer_kind_is_refused),
		B(sections_in_another_order_are_refused),
		B(a_section_that_claims_too_much_is_refused),
		B(a_bridge_that_is_another_is_refused),
		B(things_that_are_there_twice_are_refused),
		B(entries_behind_the_end_of_their_table_are_refused),
		B(entries_of_no_table_are_dropped),
		B(what_has_no_number_here_is_refused),
		L(a_group_without_a_number_is_refused),
		B(a_place_that_is_not_as_new_is_refused),
		L(a_table_that_holds_something_is_refused),
		L(a_container_with_mappings_is_refused),
		L(a_short_stream_makes_no_large_tables),
		L(runs_that_lie_upon_each_other_are_counted_each),
		B(the_limit_is_the_embedder_s),
		B(a_stream_without_an_end_is_refused),
		B(many_sections_are_judged_in_little_more_than_linear_time),
		B(guest_memory_that_is_missing_undoes_everything),
		B(a_restore_without_memory_changes_nothing),
		L(a_restore_without_memory_changes_nothing),
	};

	return cmocka_run_group_tests_name("states that are refused", tests, NULL, NULL);
}
