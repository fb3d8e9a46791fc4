/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads note changes while others look for them: what is found is whole. */
#include "torture.h"

#include <signal.h>
#include <ucontext.h>

#include "util/history.h"
#include "util/os.h"

#define RING   UINT64_C(8192)
#define SHARES 256
#define LENGTH UINT64_C(0x1000)

struct arena {
	_Atomic(uint64_t) noted, found;
};

/* Everything in an item follows from its number, and each item has address 0. */
static uint64_t mixed(uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15);
}

static void note(uint64_t number)
{
	history_note(number & 1 ? HISTORY_MAP : HISTORY_UNMAP, (const void *)(uintptr_t)mixed(number), to_ioba(0),
		     LENGTH + number % SHARES, number);
}

static void noter(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		note(torture_random(self));
		atomic_fetch_add(&a->noted, 1);
	}
}

static bool is_whole(const struct history_item *item)
{
	return item->length == LENGTH + item->value % SHARES && item->window == mixed(item->value) &&
	       item->kind == (item->value & 1 ? HISTORY_MAP : HISTORY_UNMAP);
}

/* Half of the searches go back to the changes that are about to be overwritten. */
static void finder(struct torture_thread *self)
{
	static __thread struct history_item item[RING];
	struct arena *a = self->context;

	while (torture_goes_on()) {
		unsigned int max = torture_below(self, 2) ? (unsigned int)RING : 64;
		unsigned int count = history_find(to_ioba(0), NULL, UINT64_MAX, item, max);

		for (unsigned int i = 0; i < count; i++)
			TORTURE_CHECK(is_whole(&item[i]));
		atomic_fetch_add(&a->found, count);
	}
}

static void what_is_found_is_whole(void **state)
{
	static struct arena a;

	history_turn(true);
	TORTURE_WANTS(a.noted);
	TORTURE_WANTS(a.found);
	torture_run(&a, noter, 3u, finder, 2u, NULL);
}

static struct {
	pthread_t writer;
	atomic_bool has_writer;
	_Atomic(uint64_t) laps, found;
} lapped;

/* Where a processor can step, the interrupted thread goes on so slowly that a finder sees each of its stores. */
#ifdef __x86_64__
#define STEPS 64
#define TRAP_FLAG INT64_C(0x100)

static void set_stepping(void *context, bool on)
{
	greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];

	*flags = on ? *flags | TRAP_FLAG : *flags & ~TRAP_FLAG;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	static unsigned int steps;

	if (++steps % STEPS == 0)
		set_stepping(context, false);
}
#else
static void set_stepping(void *context, bool on) {}
static void on_step(int number, siginfo_t *info, void *context) {}
#endif

/* The ring comes round to the item that the interrupted thread may be writing. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	uint64_t lap = atomic_load(&lapped.laps);

	for (uint64_t i = 0; i < RING; i++)
		note(lap * RING + i);
	atomic_store(&lapped.laps, lap + 1);
	set_stepping(context, true);
}

static void interrupted_noter(struct torture_thread *self)
{
	lapped.writer = pthread_self();
	atomic_store(&lapped.has_writer, true);
	while (torture_goes_on())
		note(torture_random(self));
}

static void interrupter(struct torture_thread *self)
{
	while (torture_goes_on()) {
		uint64_t laps = atomic_load(&lapped.laps);

		if (!atomic_load(&lapped.has_writer) || pthread_kill(lapped.writer, SIGUSR1))
			continue;
		while (torture_waits_on() && atomic_load(&lapped.laps) == laps)
			os_yield();
	}
}

static void finder_of_the_newest(struct torture_thread *self)
{
	struct history_item item;

	while (torture_goes_on())
		if (history_find(to_ioba(0), NULL, UINT64_MAX, &item, 1)) {
			TORTURE_CHECK(is_whole(&item));
			atomic_fetch_add(&lapped.found, 1);
		}
}

static void what_is_found_is_whole_after_a_lap(void **state)
{
	struct sigaction lap = { .sa_sigaction = on_signal, .sa_flags = SA_RESTART | SA_SIGINFO };
	struct sigaction step = { .sa_sigaction = on_step, .sa_flags = SA_RESTART | SA_SIGINFO };

	sigaddset(&step.sa_mask, SIGUSR1);
	sigaction(SIGUSR1, &lap, NULL);
	sigaction(SIGTRAP, &step, NULL);
	history_turn(true);
	TORTURE_WANTS(lapped.laps);
	TORTURE_WANTS(lapped.found);
	torture_run(&lapped, interrupted_noter, 1u, finder_of_the_newest, 1u, interrupter, 1u, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_whole),
		cmocka_unit_test(what_is_found_is_whole_after_a_lap),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
