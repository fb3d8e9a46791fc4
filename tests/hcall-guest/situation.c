/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries a situation. The line is sent to the host in three parts: the name before the call, the
 * answer right after it, and the rest at the end. So any message of the host about exits in between
 * belongs to this call.
 */
#include "situation.h"

#include "console.h"
#include "hcall.h"

#define WATCH_MAX 8

struct watched {
	uint64_t ioba;
	unsigned index;
	bool exists;
	uint64_t before, after, asked;
};

static uint64_t page_size(const struct window *window)
{
	return UINT64_C(1) << window->shift;
}

static bool in_memory(uint64_t address, uint64_t size)
{
	return address + size > address &&
	       (address + size <= RAM_END || (address >= SECOND_RAM && address + size <= SECOND_RAM_END));
}

static void write_list(const struct window *window, const struct situation *situation)
{
	uint64_t address = situation->value & ~UINT64_C(7);
	uint64_t *list = (uint64_t *)address;

	if (!situation->count || !in_memory(address, LIST_COUNT_MAX * sizeof(uint64_t)))
		return;
	for (unsigned i = 0; i < LIST_COUNT_MAX; i++)
		list[i] = (LIST_PAGES + i * page_size(window)) | TCE_RW;
	if (situation->has_odd)
		list[situation->odd_at] = situation->odd;
}

static unsigned choose_watched(const struct window *window, const struct situation *situation, struct watched *watched)
{
	uint64_t base = situation->ioba & ~(page_size(window) - 1);
	unsigned count = 0;

	if (base < window->start || base - window->start >= window->size)
		base = window->start;
	for (unsigned i = 0; i < WATCH_MAX; i++) {
		unsigned index = i < 4 ? i : situation->watch[i - 4];

		if (i >= 4 && !index)
			break;
		watched[count++] = (struct watched){ .ioba = base + index * page_size(window), .index = index };
	}
	return count;
}

static void set_old_entry(const struct window *window, struct watched *watched)
{
	uint64_t old = OLD_PAGES + (watched->index % LIST_COUNT_MAX) * page_size(window);

	hcall(H_PUT_TCE, window->liobn, watched->ioba, old | TCE_RW, 0);
	struct answer got = hcall(H_GET_TCE, window->liobn, watched->ioba, 0, 0);
	watched->exists = got.status == H_SUCCESS;
	watched->before = got.r4;
}

static uint64_t asked_entry(const struct window *window, const struct situation *situation, unsigned index)
{
	if (situation->call != H_PUT_TCE_INDIRECT)
		return situation->value;
	if (situation->has_odd && situation->odd_at == index)
		return situation->odd;
	return (LIST_PAGES + index * page_size(window)) | TCE_RW;
}

static bool changed(const struct watched *watched)
{
	return watched->exists && watched->after != watched->before;
}

static bool same_change(const struct watched *a, const struct watched *b)
{
	if (!changed(a) || !changed(b))
		return false;
	return a->after == a->asked ? b->after == b->asked : a->after == b->after && b->after != b->asked;
}

/* Prints the indexes FROM..TO of one change; consecutive ones as FIRST-LAST. */
static void print_indexes(const struct watched *from, const struct watched *to)
{
	for (const struct watched *first = from; first <= to;) {
		const struct watched *last = first;

		while (last < to && last[1].index == last->index + 1)
			last++;
		print(first == from ? "" : ",");
		print_decimal(first->index);
		if (last > first) {
			print("-");
			print_decimal(last->index);
		}
		first = last + 1;
	}
}

static void print_changes(const struct watched *watched, unsigned count)
{
	const struct watched *end = watched + count;

	for (const struct watched *from = watched; from < end; from++) {
		const struct watched *to = from;

		if (!changed(from))
			continue;
		while (to + 1 < end && same_change(from, to + 1))
			to++;
		print(" [");
		print_indexes(from, to);
		print("]=");
		if (from->after == from->asked)
			print("asked");
		else
			print_hex(from->after);
		from = to;
	}
}

static void print_r4(const struct situation *situation, const struct answer *answer)
{
	print(" r4=");
	if (answer->status != H_SUCCESS && answer->r4 == situation->liobn)
		print("kept");
	else
		print_hex(answer->r4);
}

void situation_try(const struct window *window, const struct situation *situation)
{
	struct watched watched[WATCH_MAX];
	bool get = situation->call == H_GET_TCE;
	unsigned count = get ? 0 : choose_watched(window, situation, watched);

	print(situation->name);
	print(" ");
	if (situation->danger & ~survived_dangers) {
		print("not-asked\n");
		flush();
		return;
	}
	for (unsigned i = 0; i < count; i++)
		set_old_entry(window, &watched[i]);
	if (situation->call == H_PUT_TCE_INDIRECT)
		write_list(window, situation);
	flush();

	struct answer answer =
		hcall(situation->call, situation->liobn, situation->ioba, situation->value, situation->count);
	print_status(answer.status);
	flush();

	for (unsigned i = 0; i < count; i++) {
		watched[i].after = hcall(H_GET_TCE, window->liobn, watched[i].ioba, 0, 0).r4;
		watched[i].asked = asked_entry(window, situation, watched[i].index);
	}
	print_changes(watched, count);
	if (get)
		print_r4(situation, &answer);
	print("\n");
	flush();
}
