/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantees of util/rcu.h, one at a time; tests/torture/rcu.c has them against each other. */
#include "testing.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "refuse.h"
#include "util/os.h"
#include "util/rcu.h"

#define CROWD    600     /* more than there are static records */
#define MEETINGS 1000000u
#define STEPS    5000    /* the most instructions of a first entry */
#define PATIENCE 60u     /* seconds before a hanging child is ended */

static atomic_int inside, waited;
/* The test holds this while readers must stay inside. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void shut_the_gate(void)
{
	pthread_mutex_lock(&gate);
	atomic_store(&inside, 0);
	atomic_store(&waited, 0);
}

static void wait_until_inside(int count)
{
	while (atomic_load(&inside) < count)
		os_sleep_us(100);
}

static void *read_until_told(void *depth)
{
	for (uintptr_t i = 0; i < (uintptr_t)depth; i++)
		rcu_read_lock();
	atomic_fetch_add(&inside, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	for (uintptr_t i = 0; i < (uintptr_t)depth; i++)
		rcu_read_unlock();
	return NULL;
}

static void *keep_a_record(void *context)
{
	rcu_read_lock();
	rcu_read_unlock();
	return read_until_told((void *)0);
}

static void *synchronize(void *context)
{
	rcu_synchronize();
	atomic_store(&waited, 1);
	return NULL;
}

static pthread_t start(void *(*function)(void *), void *argument)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, function, argument), 0);
	return thread;
}

/* (R1) */
static void r1_whoever_waits_returns_when_the_reader_has_left(void **state)
{
	pthread_t reader, waiter;

	shut_the_gate();
	reader = start(read_until_told, (void *)1);
	wait_until_inside(1);
	waiter = start(synchronize, NULL);
	os_sleep_us(50000);
	assert_int_equal(atomic_load(&waited), 0);
	pthread_mutex_unlock(&gate);
	pthread_join(waiter, NULL);
	pthread_join(reader, NULL);
	assert_int_equal(atomic_load(&waited), 1);
}

/* A reader may be delayed for any time between reading the phase and entering. */
static void *enter_with_an_old_phase(void *entry)
{
	rcu_read_lock();
	rcu_read_unlock();
	atomic_store(&rcu_reader_->ctr, (unsigned long)(uintptr_t)entry);
	read_until_told((void *)0);
	rcu_read_unlock();
	return NULL;
}

/* (R1) */
static void r1_a_reader_with_the_phase_of_long_ago_is_waited_for(void **state)
{
	unsigned long entry = atomic_load(&rcu_entry_);
	pthread_t reader, waiter;

	rcu_synchronize();
	assert_true(atomic_load(&rcu_entry_) != entry);
	shut_the_gate();
	reader = start(enter_with_an_old_phase, (void *)(uintptr_t)entry);
	wait_until_inside(1);
	waiter = start(synchronize, NULL);
	os_sleep_us(50000);
	assert_int_equal(atomic_load(&waited), 0);
	pthread_mutex_unlock(&gate);
	pthread_join(waiter, NULL);
	pthread_join(reader, NULL);
}

/* (R1) The last reader's record is behind all others, in a block that was added. */
static void r1_each_of_a_crowd_of_readers_is_waited_for(void **state)
{
	static pthread_t crowd[CROWD];
	pthread_t last, waiter;

	shut_the_gate();
	for (int i = 0; i < CROWD; i++)
		crowd[i] = start(keep_a_record, NULL);
	wait_until_inside(CROWD);
	last = start(read_until_told, (void *)1);
	wait_until_inside(CROWD + 1);
	waiter = start(synchronize, NULL);
	os_sleep_us(50000);
	assert_int_equal(atomic_load(&waited), 0);
	pthread_mutex_unlock(&gate);
	pthread_join(waiter, NULL);
	pthread_join(last, NULL);
	for (int i = 0; i < CROWD; i++)
		pthread_join(crowd[i], NULL);
}

/* (R3) */
static void r3_only_leaving_the_outermost_section_counts(void **state)
{
	rcu_read_lock();
	rcu_read_lock();
	rcu_read_unlock();
	assert_true(atomic_load(&rcu_reader_->ctr) & RCU_DEPTH);
	rcu_read_unlock();
	assert_false(atomic_load(&rcu_reader_->ctr) & RCU_DEPTH);
	rcu_synchronize();
}

static atomic_int handled;

static void read_in_a_handler(int number)
{
	rcu_read_lock();
	rcu_read_lock();
	rcu_read_unlock();
	rcu_read_unlock();
	atomic_fetch_add(&handled, 1);
}

/* A handler interrupts or makes a thread's first entry, and many later ones. */
static void *read_among_signals(void *context)
{
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	for (int seen = atomic_load(&handled); atomic_load(&handled) < seen + 20;) {
		for (int i = 0; i < 1000; i++) {
			rcu_read_lock();
			if ((atomic_load(&rcu_reader_->ctr) & RCU_DEPTH) != 1)
				abort();
			rcu_read_unlock();
			if (atomic_load(&rcu_reader_->ctr) & RCU_DEPTH)
				abort();
		}
	}
	return NULL;
}

/* (R3) */
static void r3_a_signal_handler_may_read_wherever_it_interrupts(void **state)
{
	struct sigaction action = { .sa_handler = read_in_a_handler, .sa_flags = SA_RESTART };
	const struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { { 0, 0 }, { 0, 0 } };
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 20; i++)
		pthread_join(start(read_among_signals, NULL), NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_IGN);
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	signal(SIGALRM, SIG_DFL);
	rcu_synchronize();
}

/*
 * Gives a place as a thread's first entry does. The place stays taken, and the thread looks as if
 * it had never entered.
 */
static struct rcu_reader *next_place(void)
{
	struct rcu_reader *place;

	rcu_read_lock();
	rcu_read_unlock();
	place = rcu_reader_;
	rcu_reader_ = (struct rcu_reader *)&rcu_nobody_;
	return place;
}

static void free_places(struct rcu_reader *a, struct rcu_reader *b)
{
	atomic_store(&a->is_claimed, false);
	atomic_store(&b->is_claimed, false);
}

/*
 * Enters for the first time again and again, each time between two stops, until it gets different
 * places.
 */
static void enter_again_and_again(void)
{
	struct rcu_reader *first, *second, *a, *b;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(77);
	signal(SIGUSR1, read_in_a_handler);
	rcu_reader_ = (struct rcu_reader *)&rcu_nobody_;
	first = next_place();
	second = next_place();
	do {
		free_places(first, second);
		kill(getpid(), SIGSTOP);
		a = next_place();
		kill(getpid(), SIGSTOP);
		/* This place is behind those that the first entries may have left taken. */
		b = next_place();
	} while (a == first && b == second);
	_exit(1);
}

/* Returns the signal that stopped the child; -1: it has ended. */
static int next_stop(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -1;
}

/* If the signal is blocked it comes later, after one more stop. */
static int go_on_with(pid_t child, int number)
{
	int stop;

	do {
		ptrace(PTRACE_CONT, child, NULL, (void *)(uintptr_t)number);
		stop = next_stop(child);
	} while (stop == number);
	return stop;
}

/* Executes this many instructions. Returns false if the child has stopped itself before. */
static bool step(pid_t child, unsigned int steps)
{
	while (steps--) {
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
		if (next_stop(child) != SIGTRAP)
			return false;
	}
	return true;
}

/* (R3) Symptom: the handler's own first entry took a place that was never returned. */
static void r3_a_handler_may_come_at_each_instruction_of_the_first_entry(void **state)
{
	unsigned int at = 0;
	pid_t child;
	int stop;

#if !defined(__x86_64__)
	/*
	 * Each single step ends the reservation of a load, so its conditional store would be
	 * repeated for ever.
	 */
	print_message("# single steps end reservations here\n");
	skip();
#endif
	child = fork();
	if (!child)
		enter_again_and_again();
	stop = next_stop(child);
	if (stop != SIGSTOP) {
		print_message("# programs cannot be traced here\n");
		skip();
	}
	while (stop == SIGSTOP && at < STEPS && step(child, at)) {
		stop = go_on_with(child, SIGUSR1);
		if (stop == SIGSTOP)
			stop = go_on_with(child, 0);
		at++;
	}
	kill(child, SIGKILL);
	if (stop == SIGSTOP)
		next_stop(child);
	print_message("# %u instructions\n", at);
	assert_int_equal(stop, SIGSTOP);
	assert_true(at > 10 && at < STEPS);
}

/*
 * Returns the exit status of a child that does this. A child that hangs is ended by a signal, and
 * has none.
 */
static int status_of_child(void (*act)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		alarm(PATIENCE);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void wait_and_read(void)
{
	rcu_synchronize();
	rcu_read_lock();
	rcu_read_unlock();
	rcu_synchronize();
	if (pthread_join(start(synchronize, NULL), NULL))
		_exit(1);
}

/* (R4) */
static void r4_a_child_waits_for_no_thread_of_its_parent(void **state)
{
	static pthread_t crowd[CROWD];
	pthread_t reader, last, waiter;

	shut_the_gate();
	reader = start(read_until_told, (void *)2);
	for (int i = 0; i < CROWD; i++)
		crowd[i] = start(keep_a_record, NULL);
	wait_until_inside(CROWD + 1);
	/* Its record is in a block that was added, as above. */
	last = start(read_until_told, (void *)1);
	wait_until_inside(CROWD + 2);
	waiter = start(synchronize, NULL);
	os_sleep_us(20000);
	/* fork() returns although both are inside a section. */
	assert_int_equal(status_of_child(wait_and_read), 0);
	assert_int_equal(atomic_load(&waited), 0);
	pthread_mutex_unlock(&gate);
	pthread_join(reader, NULL);
	pthread_join(last, NULL);
	pthread_join(waiter, NULL);
	for (int i = 0; i < CROWD; i++)
		pthread_join(crowd[i], NULL);
}

static void leave_and_wait(void)
{
	if ((atomic_load(&rcu_reader_->ctr) & RCU_DEPTH) != 1)
		_exit(1);
	rcu_read_unlock();
	rcu_synchronize();
}

/* (R4) */
static void r4_the_forking_thread_stays_in_its_section(void **state)
{
	rcu_read_lock();
	assert_int_equal(status_of_child(leave_and_wait), 0);
	rcu_read_unlock();
}

static void *record_of_a_thread(void *context)
{
	rcu_read_lock();
	rcu_read_unlock();
	return rcu_reader_;
}

/* (R5) */
static void r5_a_record_is_free_again_when_its_thread_has_ended(void **state)
{
	void *first, *next;

	rcu_read_lock();
	rcu_read_unlock();
	pthread_join(start(record_of_a_thread, NULL), &first);
	for (int i = 0; i < 1000; i++) {
		pthread_join(start(record_of_a_thread, NULL), &next);
		assert_ptr_equal(next, first);
	}
}

static void *end_inside(void *context)
{
	rcu_read_lock();
	return NULL;
}

static void nobody_waits_for_a_thread_that_ended_inside(void **state)
{
	alarm(PATIENCE);
	pthread_join(start(end_inside, NULL), NULL);
	rcu_synchronize();
	alarm(0);
}

static void *enter_with_an_errno(void *context)
{
	errno = ENOTTY;
	rcu_read_lock();
	rcu_read_unlock();
	rcu_synchronize();
	return (void *)(uintptr_t)errno;
}

static void errno_stays_as_it_was(void **state)
{
	void *error;

	pthread_join(start(enter_with_an_errno, NULL), &error);
	assert_int_equal((uintptr_t)error, ENOTTY);
}

/* The moment at which a reader and a waiter meet: at least one of them must see the other. */
static struct {
	_Atomic(struct rcu_reader *) reader;
	_Alignas(128) atomic_uint ready;         /* each has in its cache the line that the other writes */
	_Alignas(128) atomic_uint armed;
	_Alignas(128) atomic_uint round;         /* starts both */
	_Alignas(128) atomic_uint looked;        /* the reader may leave */
	_Alignas(128) atomic_uint left;
	_Alignas(128) atomic_int published;
	atomic_int found;
} meeting;

static bool await(atomic_uint *count, unsigned int wanted)
{
	for (unsigned int turn = 0; atomic_load(count) < wanted; turn++)
		if (turn > 10000)
			os_yield();
	return atomic_load(count) == wanted;
}

static void *meet_as_reader(void *context)
{
	rcu_read_lock();
	rcu_read_unlock();
	atomic_store(&meeting.reader, rcu_reader_);
	for (unsigned int i = 1; await(&meeting.ready, i); i++) {
		(void)atomic_load(&meeting.published);
		atomic_store(&meeting.armed, i);
		await(&meeting.round, i);
		rcu_read_lock();
		atomic_store_explicit(&meeting.found,
				      atomic_load_explicit(&meeting.published, memory_order_relaxed), memory_order_relaxed);
		await(&meeting.looked, i);
		rcu_read_unlock();
		atomic_store(&meeting.left, i);
	}
	return NULL;
}

/* Tells whether one saw the other. */
static bool meet(struct rcu_reader *reader, unsigned int i)
{
	unsigned long ctr;

	atomic_store(&meeting.published, 0);
	atomic_store(&meeting.ready, i);
	await(&meeting.armed, i);
	(void)atomic_load(&reader->ctr);
	atomic_store_explicit(&meeting.round, i, memory_order_release);
	for (unsigned int turn = i % 256; turn; turn--)
		atomic_signal_fence(memory_order_seq_cst);
	atomic_store_explicit(&meeting.published, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	ctr = atomic_load(&reader->ctr);
	atomic_store(&meeting.looked, i);
	await(&meeting.left, i);
	return atomic_load(&meeting.found) || ctr & RCU_DEPTH;
}

/* (R1) */
static void r1_without_membarrier_readers_have_fences(void **state)
{
	bool has = atomic_exchange(&rcu_has_membarrier_, false), missed = false;
	pthread_t thread = start(meet_as_reader, NULL);
	uint64_t end = os_now_ns() + UINT64_C(3000000000);
	struct rcu_reader *reader;
	unsigned int i;

	while (!(reader = atomic_load(&meeting.reader)))
		os_yield();
	for (i = 1; i < MEETINGS && os_now_ns() < end && !missed; i++)
		missed = !meet(reader, i);
	/* This round does not exist, and ends the reader. */
	atomic_store(&meeting.ready, UINT_MAX);
	pthread_join(thread, NULL);
	atomic_store(&rcu_has_membarrier_, has);
	print_message("# %u meetings\n", i - 1);
	assert_false(missed);
}

/* Refuses membarrier(2) from now on. */
static void forbid_membarrier(void)
{
	if (refuse_call(SYS_membarrier, EPERM))
		_exit(77);
}

static void wait_without_membarrier(void)
{
	forbid_membarrier();
	wait_and_read();
	if (atomic_load(&rcu_has_membarrier_))
		_exit(1);
}

static void a_program_that_forbids_itself_membarrier_still_gets_its_turn(void **state)
{
	int status = status_of_child(wait_without_membarrier);

	if (status == 77) {
		print_message("# SKIP the kernel refuses seccomp filters\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void wait_alone(void)
{
	rcu_read_lock();
	rcu_read_unlock();
	if (!atomic_load(&rcu_has_membarrier_))
		_exit(77);
	forbid_membarrier();
	rcu_synchronize();
	/* The refusal would have been noticed, and followed by a sleep. */
	if (!atomic_load(&rcu_has_membarrier_))
		_exit(1);
}

static void a_thread_that_is_alone_waits_without_a_system_call(void **state)
{
	int status = status_of_child(wait_alone);

	if (status == 77) {
		print_message("# SKIP the kernel has no membarrier(2), or refuses seccomp filters\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(r1_whoever_waits_returns_when_the_reader_has_left),
		cmocka_unit_test(r1_a_reader_with_the_phase_of_long_ago_is_waited_for),
		cmocka_unit_test(r1_each_of_a_crowd_of_readers_is_waited_for),
		cmocka_unit_test(r3_only_leaving_the_outermost_section_counts),
		cmocka_unit_test(r3_a_signal_handler_may_read_wherever_it_interrupts),
		cmocka_unit_test(r3_a_handler_may_come_at_each_instruction_of_the_first_entry),
		cmocka_unit_test(r4_a_child_waits_for_no_thread_of_its_parent),
		cmocka_unit_test(r4_the_forking_thread_stays_in_its_section),
		cmocka_unit_test(r5_a_record_is_free_again_when_its_thread_has_ended),
		cmocka_unit_test(nobody_waits_for_a_thread_that_ended_inside),
		cmocka_unit_test(errno_stays_as_it_was),
		cmocka_unit_test(r1_without_membarrier_readers_have_fences),
		cmocka_unit_test(a_program_that_forbids_itself_membarrier_still_gets_its_turn),
		cmocka_unit_test(a_thread_that_is_alone_waits_without_a_system_call),
	};

	return cmocka_run_group_tests_name("rcu", tests, NULL, NULL);
}
