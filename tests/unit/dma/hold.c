/* SPDX-License-Identifier: BSD-2-Clause */
/* Held mappings: pieces, limits, several windows at once, the bypass. */
#include "testing.h"

#include <errno.h>
#include <string.h>

#include "../../torture/world.h"
#include "host/blame.h"
#include "host/eeh_op.h"
#include "host/eeh_trigger.h"
#include "util/alloc.h"

#define PAGES 8
#define REQUEST(...) (&(const struct dma_request){ __VA_ARGS__ })

static struct world w;
static struct host_window *low, *high;
static char *memory;
static struct mem_region *region;
static struct iovec iov[16];
static struct dma_hold hold;

static int start(void **state)
{
	world_init(&w);
	memory = world_pages(PAGES);
	region = world_register(&w, memory, PAGES);
	low = world_window(&w, 0, 16 * MIB, 1);
	high = world_window(&w, 1, 16 * MIB, 2);
	host_pe_set_window(&w.pe, low);
	host_pe_set_window(&w.pe, high);
	return 0;
}

static void drop(struct host_window *window, unsigned int slot)
{
	host_pe_unset_window(&w.pe, slot);
	world_unmap(window, 0, window->geometry.entries);
	host_window_free(window);
}

static int stop(void **state)
{
	drop(low, 0);
	drop(high, 1);
	assert_int_equal(mem_region_unregister(region), 0);
	world_pages_free(memory, PAGES);
	world_fini(&w);
	return 0;
}

static void map(struct host_window *window, uint64_t index, unsigned int page, uint64_t permissions)
{
	assert_int_equal(world_map(window, index, 1, memory + page * PAGE, permissions), 0);
}

static unsigned int places_taken(struct host_window *window)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		n += atomic_load(&window->gate.place[i]) != 0;
	return n;
}

/* The PE knows how many bytes its devices have moved, by whichever window or by none. */
static void assert_moved(const struct host_pe *pe, uint64_t read, uint64_t written)
{
	uint64_t read_now, written_now;

	host_pe_moved(pe, &read_now, &written_now);
	assert_int_equal(read_now, read);
	assert_int_equal(written_now, written);
}

static void neighbours_in_memory_are_one_piece(void **state)
{
	struct dma_range range = { { 100 }, 3 * PAGE };

	for (unsigned int i = 0; i < 4; i++)
		map(low, i, i, TCE_READ);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), 0);
	assert_int_equal(hold.iov_count, 1);
	assert_ptr_equal(iov[0].iov_base, memory + 100);
	assert_int_equal(iov[0].iov_len, 3 * PAGE);
	dma_release(&hold, 0);
}

static void scattered_pages_are_a_piece_each(void **state)
{
	struct dma_range range = { { PAGE - 8 }, PAGE + 16 };

	map(low, 0, 5, TCE_READ);
	map(low, 1, 2, TCE_READ);
	map(low, 2, 7, TCE_READ);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), 0);
	assert_int_equal(hold.iov_count, 3);
	assert_ptr_equal(iov[0].iov_base, memory + 6 * PAGE - 8);
	assert_int_equal(iov[0].iov_len, 8);
	assert_ptr_equal(iov[1].iov_base, memory + 2 * PAGE);
	assert_int_equal(iov[1].iov_len, PAGE);
	assert_ptr_equal(iov[2].iov_base, memory + 7 * PAGE);
	assert_int_equal(iov[2].iov_len, 8);
	dma_release(&hold, 0);
}

static void more_pieces_than_room_hold_nothing(void **state)
{
	struct dma_range range = { { 0 }, 3 * PAGE };

	map(low, 0, 0, TCE_READ);
	map(low, 1, 2, TCE_READ);
	map(low, 2, 4, TCE_READ);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 2, true), &hold), -E2BIG);
	assert_int_equal(places_taken(low), 0);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 3, true), &hold), 0);
	assert_int_equal(places_taken(low), 1);
	dma_release(&hold, 0);
	assert_int_equal(places_taken(low), 0);
	/* This is not a fault, so none is counted. */
	assert_int_equal(COUNTED(&w.counters, fault_unmapped), 0);
}

static void a_scatter_list_of_256_pages_allocates_nothing(void **state)
{
	static struct iovec list[256];
	struct dma_range range = { { 0 }, 256 * PAGE };

	for (unsigned int i = 0; i < 256; i++)
		map(low, i, i * 3 % PAGES, TCE_READ);
	/* The next allocation of this thread fails. None must come once the list exists. */
	alloc_fail_after(0);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, list, 256, true), &hold), 0);
	dma_release(&hold, 0);
	assert_null(alloc_zero(1, 1));
	assert_int_equal(hold.iov_count, 256);
}

static void one_hold_may_reach_through_both_windows(void **state)
{
	struct dma_range ranges[] = { { { 0 }, 16 }, { { HOST_HIGH_START + 3 * PAGE }, 32 }, { { PAGE }, 8 } };

	map(low, 0, 0, TCE_READ | TCE_WRITE);
	map(low, 1, 6, TCE_READ | TCE_WRITE);
	map(high, 3, 3, TCE_READ | TCE_WRITE);
	assert_int_equal(dma_hold(&w.pe, REQUEST(ranges, 3, TCE_WRITE, iov, 16, true), &hold), 0);
	assert_int_equal(hold.iov_count, 3);
	assert_ptr_equal(iov[0].iov_base, memory);
	assert_ptr_equal(iov[1].iov_base, memory + 3 * PAGE);
	assert_int_equal(iov[1].iov_len, 32);
	assert_ptr_equal(iov[2].iov_base, memory + 6 * PAGE);
	assert_int_equal(places_taken(low), 1);
	assert_int_equal(places_taken(high), 1);
	dma_release(&hold, 56);
	assert_int_equal(COUNTED(&w.counters, dma_write_bytes), 56);
	assert_int_equal(places_taken(low) + places_taken(high), 0);
}

static void one_bad_range_fails_the_hold(void **state)
{
	struct dma_range ranges[] = { { { 0 }, 16 }, { { 5 * PAGE }, 16 } };

	map(low, 0, 0, TCE_READ);
	assert_int_equal(dma_hold(&w.pe, REQUEST(ranges, 2, TCE_READ, iov, 16, true), &hold), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_unmapped), 1);
	assert_int_equal(places_taken(low), 0);
	ranges[1].ioba = to_ioba(16 * MIB);
	assert_int_equal(dma_hold(&w.pe, REQUEST(ranges, 2, TCE_READ, iov, 16, true), &hold), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_beyond_window), 1);
	ranges[1] = (struct dma_range){ { 0 }, UINT64_MAX };
	assert_int_equal(dma_hold(&w.pe, REQUEST(ranges, 2, TCE_READ, iov, 16, true), &hold), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_beyond_window), 2);
}

static void each_permission_is_asked_for(void **state)
{
	struct dma_range range = { { 0 }, 16 };

	map(low, 0, 0, TCE_READ);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_WRITE, iov, 16, true), &hold), -EFAULT);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ | TCE_WRITE, iov, 16, true), &hold), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_no_write), 2);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), 0);
	dma_release(&hold, 0);
}

/* A hold of one page, of several pages and of several ranges is counted by its permissions, once for each. */
static void what_is_moved_is_counted_by_its_permissions(void **state)
{
	static const struct dma_range ranges[] = { { { 0 }, 2 * PAGE }, { { PAGE }, 8 } }, one = { { 16 }, 8 };
	uint64_t accesses = 0, read = 0, written = 0;

	map(low, 0, 0, TCE_READ | TCE_WRITE);
	map(low, 1, 3, TCE_READ | TCE_WRITE);
	for (uint64_t permission = TCE_READ; permission <= TCE_PERMISSIONS; permission++)
		for (unsigned int count = 0; count <= ARRAY_COUNT(ranges); count++) {
			const struct dma_range *range = count ? ranges : &one;

			memset(&hold, 0xff, sizeof(hold));
			assert_int_equal(dma_hold(&w.pe, REQUEST(range, count ? count : 1, permission, iov, 16, true), &hold), 0);
			dma_release(&hold, 10 + count);
			accesses += permission == TCE_PERMISSIONS ? 2 : 1;
			read += permission & TCE_READ ? 10 + count : 0;
			written += permission & TCE_WRITE ? 10 + count : 0;
			assert_int_equal(COUNTED(&w.counters, dma_accesses), accesses);
			assert_int_equal(COUNTED(&w.counters, dma_read_bytes), read);
			assert_int_equal(COUNTED(&w.counters, dma_write_bytes), written);
			assert_moved(&w.pe, read, written);
			assert_int_equal(places_taken(low), 0);
		}
}

static void a_range_that_begins_in_its_last_page_ends_there(void **state)
{
	uint64_t last = low->geometry.entries - 1;
	struct dma_range range = { { last * PAGE + 8 }, PAGE };

	map(low, last, 0, TCE_READ);
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), -EFAULT);
	range.length = UINT64_MAX;
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_beyond_window), 2);
	range.length = PAGE - 8;
	assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), 0);
	dma_release(&hold, 0);
}

static void the_bypass_holds_without_a_gate(void **state)
{
	struct dma_range range = { { HOST_HIGH_START + (uintptr_t)memory + 10 }, 2 * PAGE };
	struct host_pe host;

	assert_int_equal(host_pe_init(&host, &w.phb, 2), 0);
	assert_int_equal(dma_hold(&host, REQUEST(&range, 1, TCE_WRITE, iov, 16, true), &hold), 0);
	assert_int_equal(hold.iov_count, 1);
	assert_ptr_equal(iov[0].iov_base, memory + 10);
	assert_int_equal(iov[0].iov_len, 2 * PAGE);
	assert_true(hold.in_bypass);
	dma_release(&hold, 7);
	assert_moved(&host, 0, 7);
	host_pe_fini(&host);
}

static void a_copy_keeps_its_halves_apart(void **state)
{
	/* Source and target are adjacent in memory, and no piece may cover both. */
	map(low, 0, 0, TCE_READ);
	map(low, 9, 1, TCE_READ | TCE_WRITE);
	assert_int_equal(dma_hold_copy(&w.pe, to_ioba(9 * PAGE), to_ioba(0), PAGE, iov, 16, &hold), 0);
	assert_int_equal(hold.iov_count, 2);
	assert_int_equal(hold.written_from, 1);
	assert_int_equal(places_taken(low), 1);
	dma_release(&hold, PAGE);
	assert_int_equal(COUNTED(&w.counters, dma_read_bytes), PAGE);
	assert_int_equal(COUNTED(&w.counters, dma_write_bytes), PAGE);
	assert_moved(&w.pe, PAGE, PAGE);
}

static void a_copy_asks_each_half_for_its_own_permission(void **state)
{
	map(low, 0, 0, TCE_READ);
	map(low, 1, 1, TCE_READ);
	assert_int_equal(dma_copy(&w.pe, to_ioba(PAGE), to_ioba(0), 16), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_no_write), 1);
	assert_int_equal(dma_copy(&w.pe, to_ioba(0), to_ioba(2 * PAGE), 16), -EFAULT);
	assert_int_equal(COUNTED(&w.counters, fault_unmapped), 1);
}

/* Checks what the newest fault by that cause says of its access. */
static void assert_blamed(enum stce_fault cause, uint64_t failed, uint32_t kind)
{
	struct blame blame;

	assert_true(blame_find(&w.phb, w.pe.group, cause, &blame));
	assert_int_equal(blame.access.failed.value, failed);
	assert_int_equal(blame.access.kind, kind);
}

static int copy_pages(uint64_t to, uint64_t from)
{
	return dma_hold_copy(&w.pe, to_ioba(to * PAGE), to_ioba(from * PAGE), PAGE, iov, 16, &hold);
}

/* Everything is mapped, so the bytes behind the range fail no more than those in it. */
static void a_frozen_access_fails_with_its_first_byte(void **state)
{
	const struct dma_range ranges[] = { { { 8 }, 16 }, { { PAGE + 24 }, PAGE } };

	for (unsigned int i = 0; i < 4; i++)
		map(low, i, i, TCE_READ | TCE_WRITE);
	assert_int_equal(host_eeh_inject(&w.pe, 0, 12, PAGE, ~UINT64_C(0xfff)), 0);
	assert_int_equal(dma_hold(&w.pe, REQUEST(ranges, 2, TCE_READ, iov, 16, true), &hold), -EFAULT);
	assert_blamed(STCE_FAULT_FROZEN, PAGE + 24, STCE_EEH_DMA_READ);
	/* The PE is stopped now, so the first range is refused. */
	assert_int_equal(dma_hold(&w.pe, REQUEST(ranges, 2, TCE_WRITE, iov, 16, true), &hold), -EFAULT);
	assert_blamed(STCE_FAULT_FROZEN, 8, STCE_EEH_DMA_WRITE);
	assert_int_equal(copy_pages(3, 2), -EFAULT);
	assert_blamed(STCE_FAULT_FROZEN, 2 * PAGE, STCE_EEH_DMA_READ);
	host_eeh_force_thaw(&w.pe);
	assert_int_equal(places_taken(low), 0);
}

static void a_copy_is_blamed_for_the_half_that_failed(void **state)
{
	const uint64_t away = 8 * GIB / PAGE;

	for (unsigned int i = 0; i < 4; i++)
		map(low, i, i, TCE_READ | TCE_WRITE);
	assert_int_equal(host_eeh_inject(&w.pe, 0, 16, 3 * PAGE, ~UINT64_C(0xfff)), 0);
	assert_int_equal(copy_pages(3, 2), -EFAULT);
	assert_blamed(STCE_FAULT_FROZEN, 3 * PAGE, STCE_EEH_DMA_WRITE);
	host_eeh_force_thaw(&w.pe);
	assert_int_equal(copy_pages(1, away), -EFAULT);
	assert_blamed(STCE_FAULT_BEYOND_WINDOW, away * PAGE, STCE_EEH_DMA_READ);
	assert_int_equal(copy_pages(away, 1), -EFAULT);
	assert_blamed(STCE_FAULT_BEYOND_WINDOW, away * PAGE, STCE_EEH_DMA_WRITE);
	assert_int_equal(copy_pages(9, 1), -EFAULT);
	assert_blamed(STCE_FAULT_UNMAPPED, 9 * PAGE, STCE_EEH_DMA_WRITE);
	assert_int_equal(places_taken(low), 0);
}

static char *written;
static size_t written_length;

static unsigned int written_times;

static void note_write(void *context, void *address, size_t length)
{
	written_times++;
	/* The gate has no user meanwhile, so the listener may unmap. */
	assert_int_equal(places_taken(low), 0);
	written = address;
	written_length = length;
}

static void who_listens_hears_of_the_target_only(void **state)
{
	written_times = 0;
	w.phb.written = (struct host_write_hook){ note_write, NULL };
	map(low, 0, 0, TCE_READ);
	map(low, 1, 4, TCE_READ | TCE_WRITE);
	memset(memory, 'c', 16);
	assert_int_equal(dma_copy(&w.pe, to_ioba(PAGE + 32), to_ioba(0), 16), 0);
	assert_int_equal(written_times, 1);
	assert_ptr_equal(written, memory + 4 * PAGE + 32);
	assert_int_equal(written_length, 16);
	assert_memory_equal(memory + 4 * PAGE + 32, memory, 16);
}

/* With two windows: the place in the first gate is returned if the second has none. */
static void one_hold_more_never_waits_for_a_place(void **state)
{
	const struct dma_range both[] = { { { 0 }, 16 }, { { HOST_HIGH_START }, 16 } };
	struct dma_hold held[GATE_PLACE_COUNT];
	struct iovec piece[GATE_PLACE_COUNT];

	map(low, 0, 0, TCE_READ);
	map(high, 0, 1, TCE_READ);
	for (unsigned int i = 0; i < GATE_PLACE_COUNT; i++)
		assert_int_equal(dma_hold(&w.pe, REQUEST(&both[1], 1, TCE_READ, &piece[i], 1, false), &held[i]), 0);
	assert_int_equal(places_taken(high), GATE_PLACE_COUNT);
	assert_int_equal(dma_hold(&w.pe, REQUEST(both, 2, TCE_READ, iov, 16, false), &hold), SLOWER);
	assert_int_equal(places_taken(low), 0);
	assert_int_equal(COUNTED(&w.counters, fault_unmapped), 0);
	dma_release(&held[0], 16);
	assert_int_equal(dma_hold(&w.pe, REQUEST(both, 2, TCE_READ, iov, 16, false), &hold), 0);
	assert_int_equal(hold.iov_count, 2);
	dma_release(&hold, 32);
	for (unsigned int i = 1; i < GATE_PLACE_COUNT; i++)
		dma_release(&held[i], 16);
	assert_int_equal(places_taken(high), 0);
	assert_moved(&w.pe, GATE_PLACE_COUNT * 16 + 32, 0);
}

static int hold_low(uint64_t permission)
{
	const struct dma_range range = { { PAGE + 24 }, 16 };

	return dma_hold(&w.pe, REQUEST(&range, 1, permission, iov, 16, false), &hold);
}

/* Returns whether the hold was what it should be. It is released before anything is asserted, or stop() would wait for it. */
static bool hold_and_release_low(unsigned int place)
{
	bool good = !hold_low(TCE_READ | TCE_WRITE);

	if (!good)
		return false;
	good = hold.iov_count == 1 && iov[0].iov_base == memory + 2 * PAGE + 24 && iov[0].iov_len == 16 &&
	       atomic_load(&low->gate.place[place]);
	dma_release(&hold, 16);
	return good && !atomic_load(&low->gate.place[place]);
}

/* Does so three times: before anything is shut, while another page is, and after the page itself was. */
static bool hold_behind_shut_ranges(unsigned int place)
{
	bool good = hold_and_release_low(place);
	unsigned int slot = tce_gate_try_shut(&low->gate, to_index(0), 1);
	int r;

	good &= hold_and_release_low(place);
	tce_gate_open(&low->gate, slot);
	slot = tce_gate_try_shut(&low->gate, to_index(1), 1);
	r = hold_low(TCE_READ);
	if (!r)
		dma_release(&hold, 0);
	good &= r == SLOWER && places_taken(low) == place;
	tce_gate_open(&low->gate, slot);
	return good & hold_and_release_low(place);
}

/* In tables of one part, of one node and of several levels; alone in the gate, and with another hold at its first place. */
static void one_page_is_held_behind_a_gate_that_shuts(void **state)
{
	const struct { uint64_t size; unsigned int levels; } table[] = { { 16 * MIB, 1 }, { 256 * MIB, 1 }, { GIB, 3 } };
	const struct dma_range other = { { 5 * PAGE }, 16 };
	uint64_t moved = 0;

	for (unsigned int i = 0; i < 2 * ARRAY_COUNT(table); i++) {
		bool is_second = i & 1, good;
		struct dma_hold first;
		struct iovec piece;

		drop(low, 0);
		low = world_window(&w, 0, table[i / 2].size, table[i / 2].levels);
		host_pe_set_window(&w.pe, low);
		map(low, 1, 2, TCE_READ | TCE_WRITE);
		map(low, 5, 3, TCE_READ);
		if (is_second)
			assert_int_equal(dma_hold(&w.pe, REQUEST(&other, 1, TCE_READ, &piece, 1, false), &first), 0);
		good = hold_behind_shut_ranges(is_second);
		if (is_second)
			dma_release(&first, 0);
		assert_true(good);
		assert_int_equal(places_taken(low), 0);
		moved += 3 * 16;
		assert_moved(&w.pe, moved, moved);
	}
	assert_int_equal(COUNTED(&w.counters, dma_read_bytes), moved);
	assert_int_equal(COUNTED(&w.counters, dma_write_bytes), moved);
}

#define RUN 40

static uint64_t random_below(uint64_t n)
{
	static uint64_t x = 1;

	x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (x >> 33) % n;
}

/* Returns what a hold answers, by the entries one by one, and the pieces that it gives. */
static int expect(const struct dma_range *range, const unsigned int page[RUN], unsigned int piece_max,
		  struct iovec *pieces, unsigned int *count)
{
	uint64_t at = range->ioba.value, end = at + range->length;

	*count = 0;
	while (at < end) {
		unsigned int n = page[at / PAGE];
		uint64_t length = min_u64(end - at, PAGE - at % PAGE);
		char *address = memory + n * PAGE + at % PAGE;
		struct iovec *last = *count ? &pieces[*count - 1] : NULL;

		at += length;
		if (n == PAGES)
			return -EFAULT;
		if (last && (char *)last->iov_base + last->iov_len == address) {
			last->iov_len += length;
			continue;
		}
		if (*count == piece_max)
			return -E2BIG;
		pieces[(*count)++] = (struct iovec){ address, length };
	}
	return 0;
}

/* Pages side by side in memory and others, with a missing one now and then, in one part and across two. */
static void a_run_of_pages_is_held_as_its_entries_say(void **state)
{
	const uint64_t start[] = { 0, 8192 - RUN / 2 };
	struct iovec expected[RUN], got[RUN];
	unsigned int page[RUN], answers[3] = { 0 }, count, bad = 0;

	drop(low, 0);
	low = world_window(&w, 0, 256 * MIB, 1);
	host_pe_set_window(&w.pe, low);
	for (unsigned int round = 0; round < 20000 && !bad; round++) {
		uint64_t base = start[round / 16 & 1], offset = random_below(2) * random_below(2 * PAGE);
		struct dma_range range = { { offset }, 1 + random_below(RUN * PAGE - offset) };
		unsigned int max = 1 + (unsigned int)random_below(RUN);
		int r, want;

		for (unsigned int i = 0; i < RUN && !(round & 15); i++) {
			page[i] = i && random_below(3) ? (page[i - 1] + 1) % PAGES : (unsigned int)random_below(PAGES);
			page[i] = random_below(60) ? page[i] : PAGES;
			world_unmap(low, base + i, 1);
			if (page[i] < PAGES)
				map(low, base + i, page[i], TCE_READ);
		}
		want = expect(&range, page, max, expected, &count);
		range.ioba.value += base * PAGE;
		r = dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, got, max, true), &hold);
		bad = r != want || (!r && (hold.iov_count != count || memcmp(got, expected, count * sizeof(*got))));
		answers[!r ? 0 : r == -EFAULT ? 1 : 2]++;
		if (!r)
			dma_release(&hold, 0);
		bad += places_taken(low);
	}
	assert_int_equal(bad, 0);
	for (unsigned int i = 0; i < ARRAY_COUNT(answers); i++)
		assert_true(answers[i] > 1000);
	print_message("# %u held, %u faults, %u too long\n", answers[0], answers[1], answers[2]);
}

/* The part with the last page of the small window goes on behind the window, and the large one has no more slots. */
static void a_range_ends_with_its_window(void **state)
{
	const uint64_t size[] = { 4 * PAGE, 16 * GIB };

	for (unsigned int i = 0; i < ARRAY_COUNT(size); i++) {
		struct dma_range range = { { size[i] - 2 * PAGE }, 2 * PAGE };

		drop(low, 0);
		low = world_window(&w, 0, size[i], 1);
		host_pe_set_window(&w.pe, low);
		map(low, size[i] / PAGE - 2, 1, TCE_READ);
		map(low, size[i] / PAGE - 1, 3, TCE_READ);
		assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), 0);
		assert_int_equal(hold.iov_count, 2);
		dma_release(&hold, 0);
		range.length++;
		assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), -EFAULT);
		range.length = UINT64_MAX;
		assert_int_equal(dma_hold(&w.pe, REQUEST(&range, 1, TCE_READ, iov, 16, true), &hold), -EFAULT);
		assert_int_equal(places_taken(low), 0);
	}
}

/* VFIO makes no window of five levels, since a bridge decodes too few bits for one, but our devices walk it. */
static void five_levels_lead_to_the_page(void **state)
{
	const uint64_t index = 1 | 2 << 9 | 3 << 18 | UINT64_C(4) << 27 | UINT64_C(5) << 36;
	char seen[4] = "";

	drop(low, 0);
	low = world_window(&w, 0, bit64(52), 5);
	host_pe_set_window(&w.pe, low);
	map(low, index, 3, TCE_READ | TCE_WRITE);
	assert_int_equal(dma_write(&w.pe, to_ioba(index * PAGE + 5), "tce", 4), 0);
	assert_string_equal(memory + 3 * PAGE + 5, "tce");
	assert_int_equal(dma_read(&w.pe, to_ioba(index * PAGE + 5), seen, 4), 0);
	assert_string_equal(seen, "tce");
	for (unsigned int level = 0; level < 5; level++)
		assert_int_not_equal(dma_read(&w.pe, to_ioba((index ^ bit64(9 * level)) * PAGE), seen, 1), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_range_ends_with_its_window),
		TEST(five_levels_lead_to_the_page),
		TEST(neighbours_in_memory_are_one_piece),
		TEST(scattered_pages_are_a_piece_each),
		TEST(more_pieces_than_room_hold_nothing),
		TEST(a_scatter_list_of_256_pages_allocates_nothing),
		TEST(one_hold_may_reach_through_both_windows),
		TEST(one_bad_range_fails_the_hold),
		TEST(each_permission_is_asked_for),
		TEST(what_is_moved_is_counted_by_its_permissions),
		TEST(a_range_that_begins_in_its_last_page_ends_there),
		TEST(the_bypass_holds_without_a_gate),
		TEST(a_copy_keeps_its_halves_apart),
		TEST(a_copy_asks_each_half_for_its_own_permission),
		TEST(a_frozen_access_fails_with_its_first_byte),
		TEST(a_copy_is_blamed_for_the_half_that_failed),
		TEST(who_listens_hears_of_the_target_only),
		TEST(one_hold_more_never_waits_for_a_place),
		TEST(one_page_is_held_behind_a_gate_that_shuts),
		TEST(a_run_of_pages_is_held_as_its_entries_say),
	};

	return cmocka_run_group_tests_name("hold", tests, NULL, NULL);
}
