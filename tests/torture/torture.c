/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads, their random numbers, and the record of the first failure. */
#include "torture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/os.h"

#define THREADS_MAX 32
#define WANTS_MAX   4
#define DEFAULT_MS  1000
#define PATIENCE_MS 60000

static _Atomic(bool) stop;
static _Atomic(bool) failed;
static _Atomic(uint64_t) rounds;            /* of roles that have ended */
static _Thread_local uint64_t own_rounds;
static char failure[256];

static struct {
	const _Atomic(uint64_t) *count;
	const char *name;
} wanted[WANTS_MAX];
static unsigned int wants;

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

bool torture_waits_on(void)
{
	return !atomic_load_explicit(&stop, memory_order_relaxed);
}

bool torture_goes_on(void)
{
	own_rounds++;
	return torture_waits_on();
}

bool torture_check(bool good, const char *file, int line, const char *text)
{
	if (good)
		return true;
	if (!atomic_exchange(&failed, true))
		snprintf(failure, sizeof(failure), "%s:%d: %s", file, line, text);
	atomic_store(&stop, true);
	return false;
}

/* [xorshift64*] */
uint32_t torture_random(struct torture_thread *self)
{
	self->random ^= self->random >> 12;
	self->random ^= self->random << 25;
	self->random ^= self->random >> 27;
	return (uint32_t)((self->random * UINT64_C(2685821657736338717)) >> 32);
}

uint32_t torture_below(struct torture_thread *self, uint32_t n)
{
	return (uint32_t)((uint64_t)torture_random(self) * n >> 32);
}

bool torture_chance(struct torture_thread *self, uint32_t one_in)
{
	return torture_below(self, one_in) == 0;
}

void torture_stamp(volatile unsigned char *memory, size_t size)
{
	memset((void *)memory, TORTURE_STAMP, size);
}

bool torture_is_stamped(volatile unsigned char *memory, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (memory[i] != TORTURE_STAMP)
			return false;
	return true;
}

static void *run_role(void *argument)
{
	struct torture_thread *self = argument;

	own_rounds = 0;
	self->role(self);
	atomic_fetch_add(&rounds, own_rounds);
	return NULL;
}

static unsigned int add_role(struct torture_thread *threads, unsigned int n, torture_role *role,
			     unsigned int count, void *context, uint64_t seed)
{
	for (unsigned int i = 0; i < count; i++, n++) {
		assert_true(n < THREADS_MAX);
		threads[n] = (struct torture_thread){
			.role = role,
			.context = context,
			.number = i,
			.random = (seed + n + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1,
		};
	}
	return n;
}

void torture_wants(const _Atomic(uint64_t) *count, const char *name)
{
	assert_true(wants < WANTS_MAX);
	wanted[wants].count = count;
	wanted[wants++].name = name;
}

/* Returns the name of a count that is still 0, or NULL. */
static const char *still_wanted(void)
{
	for (unsigned int i = 0; i < wants; i++)
		if (!atomic_load(wanted[i].count))
			return wanted[i].name;
	return NULL;
}

/* Waits until the time is over and all counts are reached, or a check has failed. */
static void wait_out(uint64_t ms)
{
	uint64_t begin = os_now_ns(), now = begin;

	while (torture_waits_on() && (now < begin + ms * 1000000 ||
				     (still_wanted() && now < begin + PATIENCE_MS * UINT64_C(1000000)))) {
		os_sleep_us(5000);
		now = os_now_ns();
	}
	atomic_store(&stop, true);
}

void torture_run(void *context, ...)
{
	static struct torture_thread threads[THREADS_MAX];
	uint64_t seed = environment("TORTURE_SEED", os_now_ns() & 0xffffff);
	unsigned int n = 0;
	const char *missing;
	torture_role *role;
	va_list args;

	atomic_store(&stop, false);
	atomic_store(&failed, false);
	va_start(args, context);
	while ((role = va_arg(args, torture_role *)))
		n = add_role(threads, n, role, va_arg(args, unsigned int), context, seed);
	va_end(args);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(pthread_create(&threads[i].handle, NULL, run_role, &threads[i]), 0);
	wait_out(environment("TORTURE_MS", DEFAULT_MS));
	for (unsigned int i = 0; i < n; i++)
		pthread_join(threads[i].handle, NULL);
	print_message("# calls %llu\n", (unsigned long long)atomic_exchange(&rounds, 0));
	missing = still_wanted();
	wants = 0;
	if (atomic_load(&failed))
		fail_msg("%s (TORTURE_SEED=%llu)", failure, (unsigned long long)seed);
	if (missing)
		fail_msg("%s is 0 after %d s", missing, PATIENCE_MS / 1000);
}
