/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of util/stats.h, gauges, and their peaks. */
#include "testing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counters.h"
#include "util/fork.h"
#include "util/mm.h"

static struct counters *counters;
static struct stats *stats;
static int life_fd;

/* The counters are in memory that a forked child shares. */
static int setup(void **state)
{
	counters = mmap(NULL, sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(counters, MAP_FAILED);
	stats = counters_stats(counters);
	life_fd = memfd_create("life", MFD_CLOEXEC);
	return life_init(&counters->life, dup(life_fd)) || life_show(&counters->life);
}

static int teardown(void **state)
{
	life_fini(&counters->life);
	close(life_fd);
	return munmap(counters, sizeof(*counters));
}

static void a_peak_is_the_highest_that_a_gauge_was(void **state)
{
	STATS_GAUGE_ADD(stats, locked_bytes, 5);
	STATS_GAUGE_SUB(stats, locked_bytes, 3);
	STATS_GAUGE_ADD(stats, locked_bytes, 2);
	assert_int_equal(COUNTED(counters, locked_bytes), 4);
	assert_int_equal(COUNTED(counters, locked_bytes_peak), 5);
}

/* Symptom: the peak was 2^64 - 1. */
static void a_gauge_below_0_is_no_peak(void **state)
{
	STATS_GAUGE_SUB(stats, locked_bytes, 3);
	STATS_GAUGE_ADD(stats, locked_bytes, 2);
	STATS_GAUGE_ADD(stats, locked_bytes, 2);
	assert_int_equal(COUNTED(counters, locked_bytes), 1);
	assert_int_equal(COUNTED(counters, locked_bytes_peak), 1);
	stats_map(stats, -(uint64_t)3);
	stats_map(stats, 4);
	assert_int_equal(COUNTED(counters, pages_mapped), 1);
	assert_int_equal(COUNTED(counters, pages_mapped_peak), 1);
}

static void the_peak_of_pages_is_exact_while_one_thread_maps(void **state)
{
	for (uint64_t n = 1; n <= 4 * STATS_BOUND_SLACK; n += 7) {
		stats_map(stats, n);
		stats_map(stats, -n);
		assert_int_equal(COUNTED(counters, pages_mapped), 0);
		assert_int_equal(COUNTED(counters, pages_mapped_peak), n);
	}
}

static void *map_and_unmap(void *argument)
{
	uint64_t n = *(uint64_t *)argument;

	STATS_ADD(stats, map_calls, 1);
	stats_map(stats, n);
	stats_map(stats, -n);
	return NULL;
}

/* Runs in another thread, which has ended when this returns. */
static void map_elsewhere(uint64_t n)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, map_and_unmap, &n), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* (C2) */
static void c2_other_threads_add_little_to_the_peak(void **state)
{
	map_and_unmap(&(uint64_t){ 1000 });
	map_elsewhere(1000);
	assert_in_range(COUNTED(counters, pages_mapped_peak), 1000, 1000 + STATS_BOUND_SLACK);
	map_and_unmap(&(uint64_t){ STATS_BOUND_SLACK });
	map_elsewhere(2000);
	assert_in_range(COUNTED(counters, pages_mapped_peak), 2000, 2000 + STATS_BOUND_SLACK);
}

static void a_thread_takes_over_what_one_before_it_has_counted(void **state)
{
	for (unsigned int i = 0; i < 3 * STATS_PARTS; i++)
		map_elsewhere(1);
	assert_int_equal(COUNTED(counters, map_calls), 3 * STATS_PARTS);
	/* The parts of this thread and one other at a time, whichever thread numbers they had. */
	assert_in_range(atomic_load(&counters->shared.part_count), 1, 2);
}

#define TIMES 20000u

/* Counts once while threads start, and many times when all are there. */
static void *count_and_wait(void *argument)
{
	STATS_ADD(stats, map_calls, 1);
	stats_map(stats, 1);
	pthread_barrier_wait(argument);
	for (unsigned int i = 0; i < TIMES; i++)
		STATS_ADD(stats, unmap_calls, 1);
	return NULL;
}

/* (C1) */
static void c1_a_sum_is_exact_with_more_threads_than_parts(void **state)
{
	enum { MORE = 20, THREADS = STATS_PARTS + MORE };
	static pthread_t thread[THREADS];
	pthread_barrier_t all;

	pthread_barrier_init(&all, NULL, THREADS + 1);
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count_and_wait, &all), 0);
	pthread_barrier_wait(&all);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&all);
	assert_int_equal(COUNTED(counters, map_calls), THREADS);
	/* Threads without a part add to one number. */
	assert_int_equal(COUNTED(counters, unmap_calls), THREADS * TIMES);
	assert_int_equal(COUNTED(counters, pages_mapped), THREADS);
	assert_in_range(COUNTED(counters, pages_mapped_peak), THREADS, THREADS + STATS_BOUND_SLACK * THREADS);
}

/* Counts in another process, which then ends abruptly. */
static void count_and_die(void (*count)(struct stats *own))
{
	pid_t child = fork();

	if (!child) {
		struct life life;
		struct stats own;

		if (life_init(&life, dup(life_fd)) || life_show(&life))
			abort();
		stats_init(&own, &counters->shared, &life);
		count(&own);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void count_everything(struct stats *own)
{
	STATS_ADD(own, map_calls, 3);
	stats_map(own, 100);
	STATS_GAUGE_ADD(own, locked_bytes, 8);
	STATS_GAUGE_ADD(own, registered_bytes, 16);
	STATS_GAUGE_ADD(own, table_bytes, 32);
}

/* Symptom: later programs could not use the parts of programs that had ended. */
static void parts_of_a_dead_process_are_taken_over(void **state)
{
	count_and_die(count_everything);
	for (unsigned int i = 1; i < STATS_PARTS; i++)
		atomic_store(&counters->shared.part[i].owner, mm_current());
	atomic_store(&counters->shared.part_count, STATS_PARTS);
	STATS_ADD(stats, map_calls, 1);
	assert_ptr_equal(stats_part(stats), &counters->shared.part[0]);
	assert_int_equal(COUNTED(counters, map_calls), 4);
	assert_int_equal(COUNTED(counters, pages_mapped), 0);
}

/* (C3) Symptom: a program that was killed while others lived stayed in the totals. */
static void c3_gauges_of_a_dead_process_go_alone(void **state)
{
	stats_map(stats, 5);
	STATS_GAUGE_ADD(stats, locked_bytes, 7);
	count_and_die(count_everything);
	assert_int_equal(COUNTED(counters, pages_mapped), 105);
	stats_bury(&counters->shared, &counters->life);
	assert_int_equal(COUNTED(counters, pages_mapped), 5);
	assert_int_equal(COUNTED(counters, locked_bytes), 7);
	assert_int_equal(COUNTED(counters, registered_bytes), 0);
	assert_int_equal(COUNTED(counters, table_bytes), 0);
	assert_int_equal(COUNTED(counters, map_calls), 3);
	assert_in_range(COUNTED(counters, pages_mapped_peak), 105, 105 + STATS_BOUND_SLACK);
	STATS_GAUGE_ADD(stats, locked_bytes, 9);
	assert_int_equal(COUNTED(counters, locked_bytes_peak), 16);
	stats_map(stats, 300);
	assert_int_equal(COUNTED(counters, pages_mapped_peak), 305);
}

enum { MANY = STATS_PARTS + 44 };

static pthread_barrier_t all_have_counted;

static void *count_as_one_of_many(void *own)
{
	STATS_ADD((struct stats *)own, map_calls, 1);
	stats_map(own, 100);
	STATS_GAUGE_ADD((struct stats *)own, locked_bytes, 8);
	pthread_barrier_wait(&all_have_counted);
	return NULL;
}

static void count_with_many_threads(struct stats *own)
{
	pthread_t thread;

	pthread_barrier_init(&all_have_counted, NULL, MANY + 1);
	for (unsigned int i = 0; i < MANY; i++)
		if (pthread_create(&thread, NULL, count_as_one_of_many, own))
			abort();
	pthread_barrier_wait(&all_have_counted);
}

/*
 * (C3) Symptom: the pages of threads beyond the 256th stayed in the totals when their program was
 * killed.
 */
static void c3_gauges_of_a_dead_process_go_with_more_threads_than_parts(void **state)
{
	stats_map(stats, 5);
	STATS_GAUGE_ADD(stats, locked_bytes, 7);
	count_and_die(count_with_many_threads);
	assert_int_equal(COUNTED(counters, pages_mapped), 5 + 100 * MANY);
	assert_int_equal(stats_sum(&counters->shared, &counters->life).pages_mapped, 5);
	assert_int_equal(stats_sum(&counters->shared, &counters->life).locked_bytes, 7);
	stats_bury(&counters->shared, &counters->life);
	assert_int_equal(COUNTED(counters, pages_mapped), 5);
	assert_int_equal(COUNTED(counters, locked_bytes), 7);
	assert_int_equal(COUNTED(counters, map_calls), MANY);
	assert_int_equal(COUNTED(counters, locked_bytes_peak), 7 + 8 * MANY);
	/* Their parts are free again. */
	count_and_die(count_with_many_threads);
	assert_int_equal(COUNTED(counters, map_calls), 2 * MANY);
	STATS_GAUGE_ADD(stats, locked_bytes, 1);
	assert_int_equal(COUNTED(counters, locked_bytes_peak), 7 + 8 * MANY);
}

/*
 * (C3) Symptom: if the counters were not read in between, the gauges of a killed program were added
 * to the next one's peak.
 */
static void c3_a_peak_is_of_the_living(void **state)
{
	count_and_die(count_everything);
	STATS_GAUGE_ADD(stats, locked_bytes, 9);
	assert_int_equal(COUNTED(counters, locked_bytes_peak), 9);
}

/* (C4) Symptom: with a part_count out of bounds the launcher and every later program died. */
static void c4_whatever_stands_there_every_call_ends(void **state)
{
	static const unsigned char bytes[] = { 0x00, 0xff, 0x7f, 0x80, 0x01 };

	for (unsigned int i = 0; i < ARRAY_COUNT(bytes); i++) {
		struct stats other;

		memset(&counters->shared, bytes[i], sizeof(counters->shared));
		stats_init(&other, &counters->shared, &counters->life);
		STATS_ADD(&other, map_calls, 1);
		STATS_GAUGE_ADD(&other, locked_bytes, 8);
		stats_map(&other, 1000);
		memset(&counters->shared, ~bytes[i], sizeof(counters->shared));
		stats_map(&other, 1000);
		stats_add_common(&other, offsetof(struct stce_stats, map_calls), 1);
		stats_sum(&counters->shared, NULL);
		stats_sum(&counters->shared, &counters->life);
		stats_bury(&counters->shared, &counters->life);
		stats_fini(&other);
		stats_forget(&counters->shared);
		assert_int_equal(COUNTED(counters, locked_bytes), 0);
	}
}

static void map_100(struct stats *own)
{
	stats_map(own, 100);
}

/* (C3) */
static void c3_what_a_part_held_before_it_had_a_dead_owner_stays(void **state)
{
	STATS_GAUGE_ADD(stats, table_bytes, 4);
	stats_map(stats, -(uint64_t)2);
	stats_fini(stats);
	count_and_die(map_100);
	assert_int_equal(COUNTED(counters, pages_mapped), 98);
	stats_bury(&counters->shared, &counters->life);
	assert_int_equal(COUNTED(counters, pages_mapped), -(uint64_t)2);
	assert_int_equal(COUNTED(counters, table_bytes), 4);
	stats_init(stats, &counters->shared, &counters->life);
}

static void parts_come_back_when_a_process_has_done(void **state)
{
	stats_map(stats, 5);
	stats_fini(stats);
	assert_int_equal(atomic_load(&counters->shared.part[0].owner), 0);
	assert_int_equal(COUNTED(counters, pages_mapped), 5);
	stats_init(stats, &counters->shared, &counters->life);
	stats_map(stats, 2);
	assert_int_equal(COUNTED(counters, pages_mapped), 7);
	assert_int_equal(COUNTED(counters, pages_mapped_peak), 7);
}

static void a_run_without_programs_has_gauges_at_0(void **state)
{
	stats_map(stats, 100);
	STATS_ADD(stats, map_calls, 1);
	STATS_GAUGE_ADD(stats, locked_bytes, 8);
	stats_forget(&counters->shared);
	stats_init(stats, &counters->shared, &counters->life);
	assert_int_equal(COUNTED(counters, pages_mapped), 0);
	assert_int_equal(COUNTED(counters, locked_bytes), 0);
	assert_int_equal(COUNTED(counters, map_calls), 1);
	stats_map(stats, 30);
	assert_int_equal(COUNTED(counters, pages_mapped_peak), 100);
	stats_map(stats, 80);
	assert_int_equal(COUNTED(counters, pages_mapped_peak), 110);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_peak_is_the_highest_that_a_gauge_was),
		TEST(a_gauge_below_0_is_no_peak),
		TEST(the_peak_of_pages_is_exact_while_one_thread_maps),
		TEST(c2_other_threads_add_little_to_the_peak),
		TEST(a_thread_takes_over_what_one_before_it_has_counted),
		TEST(c1_a_sum_is_exact_with_more_threads_than_parts),
		TEST(parts_of_a_dead_process_are_taken_over),
		TEST(c3_gauges_of_a_dead_process_go_alone),
		TEST(c3_gauges_of_a_dead_process_go_with_more_threads_than_parts),
		TEST(c3_a_peak_is_of_the_living),
		TEST(c4_whatever_stands_there_every_call_ends),
		TEST(c3_what_a_part_held_before_it_had_a_dead_owner_stays),
		TEST(a_run_without_programs_has_gauges_at_0),
		TEST(parts_come_back_when_a_process_has_done),
	};

	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
