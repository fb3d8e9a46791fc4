/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs many threads for a second or so. Roles loop while torture_goes_on(), and check with
 * TORTURE_CHECK(), which any thread may call. The first check that fails stops all threads and
 * fails the test. TORTURE_MS and TORTURE_SEED in the environment set the length of a round and the
 * random numbers. On a busy machine a round takes longer, until each event that it needs has
 * occurred.
 */
#ifndef STCE_TESTS_TORTURE_H
#define STCE_TESTS_TORTURE_H

#include <pthread.h>
#include <stdatomic.h>

#include "testing.h"
#include "util/types.h"

struct torture_thread;
typedef void torture_role(struct torture_thread *self);

struct torture_thread {
	torture_role *role;
	void *context;
	unsigned int number;      /* from 0, among the threads of its role */
	uint64_t random;
	pthread_t handle;
};

/* Runs `role, count` pairs, ended by NULL, with one context. Then asserts that no check failed. */
void torture_run(void *context, ...) __attribute__((sentinel));

/*
 * To be called before torture_run(). The round does not end while this count is 0, and the test
 * fails if it stays 0. At most 4 counts.
 */
void torture_wants(const _Atomic(uint64_t) *count, const char *name);
#define TORTURE_WANTS(count) torture_wants(&(count), #count)

/*
 * A role asks at the start of each round, which makes a call or more: the rounds are counted and printed as "# calls N",
 * of which scripts/campaign makes its sums. A loop that only waits asks torture_waits_on(), which does not count.
 */
bool torture_goes_on(void);
bool torture_waits_on(void);
uint32_t torture_random(struct torture_thread *self);
/* Returns a number below n. */
uint32_t torture_below(struct torture_thread *self, uint32_t n);
bool torture_chance(struct torture_thread *self, uint32_t one_in);

bool torture_check(bool good, const char *file, int line, const char *text);
#define TORTURE_CHECK(condition) torture_check((condition), __FILE__, __LINE__, #condition)

/*
 * Checks that "after X returns no thread writes this memory": fills the memory with a stamp, lets
 * other threads run, and checks that every byte still has it.
 */
void torture_stamp(volatile unsigned char *memory, size_t size);
bool torture_is_stamped(volatile unsigned char *memory, size_t size);

#define TORTURE_STAMP 0xa5

#endif
