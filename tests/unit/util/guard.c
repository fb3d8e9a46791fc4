/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies that may fault, and faults and signals that are not ours. */
#include "testing.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/guard.h"

static char *end;      /* of readable memory */

static int start(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	end = p + page;
	return mprotect(end, page, PROT_NONE);
}

static void a_copy_ends_where_memory_does(void **state)
{
	char to[32] = "";

	/* The guard is installed here, because cmocka takes the signal for each test. */
	assert_int_equal(guard_install(), 0);
	memcpy(end - 16, "at the very end", 16);
	assert_true(guard_copy(to, end - 16, 16));
	assert_string_equal(to, "at the very end");
	assert_false(guard_copy(to, end - 16, 17));
	assert_false(guard_copy(to, end, 8));
	assert_true(guard_copy(to, end, 0));
}

/* Vectors, words and the string instruction each copy a part of some size. */
static void every_size_is_copied_and_no_byte_beyond_it(void **state)
{
	static char from[2200], to[2200];

	assert_int_equal(guard_install(), 0);
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (char)(i * 7 + i / 251 + 1);
	for (size_t size = 0; size <= 2100; size++) {
		memset(to, 0, sizeof(to));
		assert_true(guard_copy(to + 3, from + 5, size));
		assert_memory_equal(to + 3, from + 5, size);
		assert_int_equal(to[2] | to[3 + size], 0);
	}
}

/* The copy ends at each of the places where one part of it follows another. */
static void a_copy_of_every_size_ends_where_memory_does(void **state)
{
	static char to[4096];

	assert_int_equal(guard_install(), 0);
	for (size_t size = 1; size <= 2100; size++) {
		assert_true(guard_copy(to, end - size, size));
		assert_false(guard_copy(to, end - size + 1, size));
		assert_false(guard_copy(end - size + 1, to, size));
	}
}

/*
 * Returns the wait status of a child in which `before` handled the signal when the guard was
 * installed.
 */
static int status_of_child(int number, void (*before)(int), void (*act)(int number))
{
	struct rlimit none = { 0, 0 };
	pid_t child = fork();
	int status;

	if (!child) {
		setrlimit(RLIMIT_CORE, &none);
		signal(number, before);
		if (guard_install())
			_exit(77);
		act(number);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void exit_3(int number)
{
	_exit(3);
}

static void fault(int number)
{
	*(volatile char *)end = 1;
}

static void send_to_self(int number)
{
	kill(getpid(), number);
}

static void other_faults_are_the_program_s(void **state)
{
	int status = status_of_child(SIGSEGV, SIG_DFL, fault);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	assert_int_equal(status_of_child(SIGSEGV, exit_3, fault), 3 << 8);
}

/* Symptom: the first kill -SEGV of a program was swallowed. */
static void a_signal_that_was_sent_does_what_it_did_before(void **state)
{
	int status = status_of_child(SIGSEGV, SIG_DFL, send_to_self);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	assert_int_equal(status_of_child(SIGBUS, exit_3, send_to_self), 3 << 8);
	assert_int_equal(status_of_child(SIGBUS, SIG_IGN, send_to_self), 0);
}

static struct sigaction chained;
static volatile sig_atomic_t chain_calls;

static void chain(int number, siginfo_t *info, void *context)
{
	chain_calls++;
	chained.sa_sigaction(number, info, context);
}

/* Sets a handler that passes other faults to the previous one, as crash reporters do. */
static void set_chain(int number)
{
	struct sigaction action = { .sa_sigaction = chain, .sa_flags = SA_SIGINFO };

	sigaction(number, &action, &chained);
}

static void exit_with_chain_calls(int number)
{
	_exit(10 + chain_calls);
}

static void chain_and_fault(int number)
{
	char to[8];

	set_chain(number);
	if (!guard_install() && !guard_copy(to, end, 8))
		*(volatile char *)end = 1;
}

/* The program's handler runs first, with the signal blocked. */
static void copy_twice_below_a_chain(int number)
{
	char to[8];

	set_chain(number);
	_exit(!guard_copy(to, end, 8) && !guard_copy(to, end, 8) ? 10 + chain_calls : 0);
}

static sigjmp_buf out;

static void jump(int number, siginfo_t *info, void *context)
{
	chain_calls++;
	siglongjmp(out, 1);
}

static void jump_twice_and_fault(int number)
{
	struct sigaction action = { .sa_sigaction = jump, .sa_flags = SA_SIGINFO };

	sigaction(number, &action, NULL);
	guard_install();
	if (!sigsetjmp(out, 1))
		*(volatile char *)end = 1;
	if (!sigsetjmp(out, 1))
		*(volatile char *)end = 1;
	_exit(10 + chain_calls);
}

/*
 * Symptom: when a second VM installed the handler again, the two handlers called each other until
 * the stack ended.
 */
static void a_later_handler_may_pass_faults_on_to_ours(void **state)
{
	assert_int_equal(status_of_child(SIGSEGV, exit_with_chain_calls, chain_and_fault), 11 << 8);
	assert_true(WIFSIGNALED(status_of_child(SIGSEGV, SIG_DFL, chain_and_fault)));
}

static void a_copy_that_faulted_blocks_no_signal(void **state)
{
	assert_int_equal(status_of_child(SIGSEGV, SIG_DFL, copy_twice_below_a_chain), 12 << 8);
}

static void a_handler_that_jumps_out_hears_of_the_next_fault(void **state)
{
	assert_int_equal(status_of_child(SIGSEGV, SIG_DFL, jump_twice_and_fault), 12 << 8);
}

/* The kernel kills a thread that faults while it blocks the signal. */
static void copy_with_signals_blocked(int number)
{
	sigset_t faults;
	char to[32];

	sigemptyset(&faults);
	sigaddset(&faults, number);
	sigprocmask(SIG_BLOCK, &faults, NULL);
	guard_ask();
	memcpy(end - 16, "at the very end", 16);
	if (!guard_copy(to, end - 16, 16) || strcmp(to, "at the very end") || guard_copy(to, end - 16, 17))
		_exit(1);
	/* The signal is unblocked again. */
	sigprocmask(SIG_UNBLOCK, &faults, NULL);
	_exit(guard_copy(to, end - 16, 16) && !guard_copy(to, end, 1) ? 5 : 2);
}

static void a_thread_that_blocks_the_signals_has_the_kernel_copy(void **state)
{
	assert_int_equal(status_of_child(SIGSEGV, SIG_DFL, copy_with_signals_blocked), 5 << 8);
	assert_int_equal(status_of_child(SIGBUS, SIG_DFL, copy_with_signals_blocked), 5 << 8);
}

/* A guest's memory whose file has shrunk gives SIGBUS. */
static void copy_from_a_file_that_shrank(int number)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("shrinks", 0);
	char to[8], *p;

	if (ftruncate(fd, (off_t)page))
		_exit(1);
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!guard_copy(to, p, 8) || ftruncate(fd, 0))
		_exit(2);
	_exit(guard_copy(to, p, 8) ? 3 : 6);
}

static void memory_that_its_file_has_lost_ends_the_copy(void **state)
{
	assert_int_equal(status_of_child(SIGBUS, SIG_DFL, copy_from_a_file_that_shrank), 6 << 8);
}

static void exit_4(int number)
{
	_exit(4);
}

/* The program sets its handlers again and again, and so does the library. */
static void take_turns_and_fault(int number)
{
	for (unsigned int i = 0; i < 20; i++) {
		signal(number, i % 2 ? exit_3 : SIG_IGN);
		guard_install();
	}
	signal(number, exit_4);
	guard_install();
	guard_install();
	fault(number);
}

static void of_many_handlers_the_newest_gets_the_fault(void **state)
{
	assert_int_equal(status_of_child(SIGSEGV, SIG_DFL, take_turns_and_fault), 4 << 8);
}

/* Ignoring the signal does not help a program that faults. */
static void a_fault_that_is_ignored_kills(void **state)
{
	int status = status_of_child(SIGSEGV, SIG_IGN, fault);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_ends_where_memory_does),
		cmocka_unit_test(every_size_is_copied_and_no_byte_beyond_it),
		cmocka_unit_test(a_copy_of_every_size_ends_where_memory_does),
		cmocka_unit_test(other_faults_are_the_program_s),
		cmocka_unit_test(a_signal_that_was_sent_does_what_it_did_before),
		cmocka_unit_test(a_later_handler_may_pass_faults_on_to_ours),
		cmocka_unit_test(a_copy_that_faulted_blocks_no_signal),
		cmocka_unit_test(a_handler_that_jumps_out_hears_of_the_next_fault),
		cmocka_unit_test(a_thread_that_blocks_the_signals_has_the_kernel_copy),
		cmocka_unit_test(memory_that_its_file_has_lost_ends_the_copy),
		cmocka_unit_test(of_many_handlers_the_newest_gets_the_fault),
		cmocka_unit_test(a_fault_that_is_ignored_kills),
	};

	return cmocka_run_group_tests_name("guard", tests, start, NULL);
}
