/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads note changes while others look for them: what is found is whole. */
#include "torture.h"

#include "util/history.h"
#include "util/os.h"

#define RING   UINT64_C(8192)
#define SHARES 256
#define LENGTH UINT64_C(0x1000)

struct arena {
	uint64_t began;
	_Atomic(uint64_t) noted, found;
};

/* Everything in an item follows from its number, and each item has address 0. */
static uint64_t mixed(uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15);
}

static void noter(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		uint64_t number = torture_random(self);

		history_note(number & 1 ? HISTORY_MAP : HISTORY_UNMAP, (const void *)(uintptr_t)mixed(number),
			     to_ioba(0), LENGTH + number % SHARES, number);
		atomic_fetch_add(&a->noted, 1);
	}
}

static bool is_whole(const struct history_item *item)
{
	return item->length == LENGTH + item->value % SHARES && item->window == mixed(item->value) &&
	       item->kind == (item->value & 1 ? HISTORY_MAP : HISTORY_UNMAP);
}

/* Returns a moment at which the oldest items were noted that are still there; those are overwritten next. */
static uint64_t long_ago(struct torture_thread *self, const struct arena *a)
{
	uint64_t now = os_now_ns(), span = (now - a->began) * RING / (atomic_load(&a->noted) + RING);

	return now - span / 2 - span * torture_below(self, 1024) / 1024;
}

static void finder(struct torture_thread *self)
{
	struct arena *a = self->context;
	struct history_item item[64];

	while (torture_goes_on()) {
		unsigned int count = history_find(to_ioba(0), NULL, long_ago(self, a), item, 64);

		for (unsigned int i = 0; i < count; i++)
			TORTURE_CHECK(is_whole(&item[i]));
		atomic_fetch_add(&a->found, count);
	}
}

static void what_is_found_is_whole(void **state)
{
	static struct arena a;

	history_turn(true);
	a.began = os_now_ns();
	TORTURE_WANTS(a.noted);
	TORTURE_WANTS(a.found);
	torture_run(&a, noter, 3u, finder, 2u, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_whole),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
