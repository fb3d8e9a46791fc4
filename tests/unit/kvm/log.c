/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dirty log of a guest table, guarantees (D1) and (D2) of kvm/log.h: every call that writes
 * marks the pages that it has written.
 */
#include "testing.h"

#include <errno.h>
#include <pthread.h>

#include "api/handles.h"
#include "kvm/log.h"
#include "util/os.h"
#include "vmm.h"

#define PAGES   4
#define ENTRIES (PAGES * KVM_LOG_PAGE)
#define NUMBER  7                      /* the LIOBN */

static struct vmm v;
static struct kvm_table *table;
static int fd;

static uint64_t ioba(uint64_t index)
{
	return index * PAGE;
}

/* Takes all marks, and returns the marked pages as bits. */
static uint64_t take_all(void)
{
	uint64_t marked = 0;

	for (uint64_t page = 0; kvm_log_take(table, &page); page++)
		marked |= bit64(page);
	return marked;
}

static int start_logs(void)
{
	int r;

	pthread_mutex_lock(&v.vm->kvm->lock);
	r = kvm_log_start_all(v.vm->kvm);
	pthread_mutex_unlock(&v.vm->kvm->lock);
	return r;
}

static void stop_logs(void)
{
	pthread_mutex_lock(&v.vm->kvm->lock);
	kvm_log_stop_all(v.vm->kvm);
	pthread_mutex_unlock(&v.vm->kvm->lock);
}

static int start(void **state)
{
	vmm_start(&v);
	fd = make_table(&v, NUMBER, 12, 0, ENTRIES);
	rcu_read_lock();
	table = kvm_liobn_find(v.vm->kvm, NUMBER);
	rcu_read_unlock();
	/* Makes every page of the table present for the real-mode tier. */
	assert_int_equal(h_stuff(&v, NUMBER, 0, 4, ENTRIES), STCE_H_SUCCESS);
	assert_int_equal(start_logs(), 0);
	return 0;
}

static int stop(void **state)
{
	stop_logs();
	stce_close(fd);
	vmm_stop(&v);
	return 0;
}

static void a_log_begins_with_everything_marked(void **state)
{
	assert_int_equal(kvm_log_count(table), PAGES);
	assert_int_equal(take_all(), bit64(PAGES) - 1);
	assert_int_equal(kvm_log_count(table), 0);
	/* Starting again leaves it as it is. */
	assert_int_equal(start_logs(), 0);
	assert_int_equal(kvm_log_count(table), 0);
}

/*
 * One row for each way to write entries: the call, its place and length, and the pages that it
 * writes.
 */
static const struct {
	uint64_t nr, first, last, count;
	uint64_t pages;
} calls[] = {
	{ STCE_H_PUT_TCE, KVM_LOG_PAGE, GPA | 3, 0, 0x2 },
	{ STCE_H_PUT_TCE, 2 * KVM_LOG_PAGE - 1, 0, 0, 0x2 },
	{ STCE_H_PUT_TCE, ENTRIES - 1, 8, 0, 0x8 },
	{ STCE_H_STUFF_TCE, 2 * KVM_LOG_PAGE, 0, 1, 0x4 },
	{ STCE_H_STUFF_TCE, KVM_LOG_PAGE - 1, 0, 2, 0x3 },
	{ STCE_H_STUFF_TCE, 2 * KVM_LOG_PAGE - 1, 0x10, 2, 0x6 },
	{ STCE_H_STUFF_TCE, KVM_LOG_PAGE, 0x20, KVM_LOG_PAGE, 0x2 },
	{ STCE_H_PUT_TCE_INDIRECT, 0, LIST, 4, 0x1 },
	{ STCE_H_PUT_TCE_INDIRECT, 3 * KVM_LOG_PAGE - 2, LIST, 4, 0xc },
};

/* (D1) */
static void d1_every_call_marks_what_it_wrote_in_both_tiers(void **state)
{
	uint64_t list[4] = { GPA | 3, GPA | 1, 0, GPA | 2 }, ret;

	list[2] = GPA;
	set_list(&v, LIST, list, 4);
	/* The real-mode tier reads lists only in registered memory. */
	assert_int_equal(register_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
	for (unsigned int tier = 0; tier < 2; tier++) {
		for (unsigned int i = 0; i < ARRAY_COUNT(calls); i++) {
			uint64_t args[5] = { NUMBER, ioba(calls[i].first), calls[i].last, calls[i].count };

			take_all();
			assert_int_equal((tier ? stce_vm_hcall_virtual : stce_vm_hcall_real)(
				v.vm, calls[i].nr, args, &ret), STCE_H_SUCCESS);
			if (take_all() != calls[i].pages)
				fail_msg("call %u of tier %u marks other pages", i, tier);
		}
	}
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
}

static void a_refused_call_marks_nothing(void **state)
{
	take_all();
	assert_int_equal(h_put(&v, NUMBER, 0, 0x9000003), STCE_H_TOO_HARD);
	assert_int_equal(h_stuff(&v, NUMBER, 0, 3, 1), STCE_H_PARAMETER);
	assert_int_equal(h_indirect(&v, NUMBER, 0, 0x9000000, 1), STCE_H_TOO_HARD);
	assert_int_equal(take_all(), 0);
}

/* (D2) */
static void d2_what_is_taken_is_marked_no_more_until_it_is_written_again(void **state)
{
	uint64_t page = 1;

	assert_true(kvm_log_take(table, &page));
	assert_int_equal(page, 1);
	assert_int_equal(kvm_log_count(table), PAGES - 1);
	page = 1;
	assert_true(kvm_log_take(table, &page));
	assert_int_equal(page, 2);
	/* A call between taking the mark and reading the entries marks them again. */
	assert_int_equal(h_put(&v, NUMBER, ioba(2 * KVM_LOG_PAGE), GPA | 3), STCE_H_SUCCESS);
	assert_int_equal(take_all(), 0xd);
}

static atomic_int started;

static void *start_a_log(void *context)
{
	start_logs();
	atomic_store(&started, 1);
	return NULL;
}

/* (D1) A call that found no log writes entries without marks, so the log begins after its end. */
static void d1_a_log_begins_when_the_calls_without_it_have_ended(void **state)
{
	pthread_t thread;
	int was_started;

	stop_logs();
	atomic_store(&started, 0);
	rcu_read_lock();
	assert_int_equal(pthread_create(&thread, NULL, start_a_log, NULL), 0);
	os_sleep_us(50000);
	was_started = atomic_load(&started);
	rcu_read_unlock();
	pthread_join(thread, NULL);
	assert_int_equal(was_started, 0);
	assert_int_equal(atomic_load(&started), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_begins_with_everything_marked),
		TEST(d1_every_call_marks_what_it_wrote_in_both_tiers),
		TEST(a_refused_call_marks_nothing),
		TEST(d2_what_is_taken_is_marked_no_more_until_it_is_written_again),
		TEST(d1_a_log_begins_when_the_calls_without_it_have_ended),
	};

	return cmocka_run_group_tests_name("kvm/log", tests, NULL, NULL);
}
