/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers are claimed by compare and swap. The destructor of a thread key gives a number back when
 * its thread ends. After a fork only the forking thread's number stays claimed.
 */
#include "util/thread.h"

#include <pthread.h>
#include <stdatomic.h>

#include "util/thread_key.h"

__thread unsigned int thread_number_;

static _Atomic(bool) claimed[THREAD_NUMBERS];
static _Atomic(unsigned int) used = THREAD_WITHOUT_NUMBER + 1;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void give_back(void *value)
{
	thread_number_ = 0;
	atomic_store_explicit(&claimed[(uintptr_t)value], false, memory_order_release);
}

/* The parent's other threads do not exist in the child, so their numbers are free. */
void thread_after_fork_in_child(void)
{
	for (unsigned int i = 0; i < THREAD_NUMBERS; i++)
		if (i != thread_number_)
			atomic_store_explicit(&claimed[i], false, memory_order_relaxed);
}

static void init_key(void)
{
	pthread_key_create(&key, give_back);
}

/* If the library is unloaded, its destructor of the key must not be called afterwards. */
__attribute__((destructor))
static void delete_key(void)
{
	if (key)
		pthread_key_delete(key);
}

/* Notes that a number has been claimed, before its thread uses it. */
static void note_used(unsigned int number)
{
	unsigned int seen = atomic_load(&used);

	while (seen <= number && !atomic_compare_exchange_weak(&used, &seen, number + 1))
		;
}

unsigned int thread_numbers_used(void)
{
	return atomic_load(&used);
}

unsigned int thread_number_claim(void)
{
	pthread_once(&once, init_key);
	for (unsigned int i = THREAD_WITHOUT_NUMBER + 1; i < THREAD_NUMBERS; i++) {
		bool is_free = false;

		if (!atomic_compare_exchange_strong(&claimed[i], &is_free, true))
			continue;
		if (thread_key_set(key, (void *)(uintptr_t)i)) {
			atomic_store(&claimed[i], false);
			break;
		}
		note_used(i);
		return thread_number_ = i;
	}
	return thread_number_ = THREAD_WITHOUT_NUMBER;
}
