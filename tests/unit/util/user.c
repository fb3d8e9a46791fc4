/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's arguments: on the stack, in memory, at the end of memory, and nowhere. */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/user.h"

static char *end;      /* of readable memory */
static size_t page;

static int start(void **state)
{
	char *p;

	page = (size_t)sysconf(_SC_PAGESIZE);
	p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	end = p + page;
	return mprotect(end, page, PROT_NONE);
}

static int stop(void **state)
{
	return munmap(end - page, 2 * page);
}

static void what_is_on_the_stack_is_copied(void **state)
{
	char from[32] = "on the stack", to[32] = "", back[32] = "";

	assert_int_equal(user_read(to, from, sizeof(to)), 0);
	assert_string_equal(to, "on the stack");
	assert_int_equal(user_write(back, to, sizeof(to)), 0);
	assert_string_equal(back, "on the stack");
}

static void the_stack_ends_where_it_ends(void **state)
{
	user_find_stack_();
	assert_true(user_is_on_known_stack((void *)(user_stack_.high - 8), 8));
	assert_false(user_is_on_known_stack((void *)(user_stack_.high - 8), 9));
	assert_false(user_is_on_known_stack((void *)user_stack_.high, 1));
}

static void what_is_elsewhere_is_copied(void **state)
{
	char to[16] = "";

	memcpy(end - 16, "at the very end", 16);
	assert_int_equal(user_read(to, end - 16, 16), 0);
	assert_string_equal(to, "at the very end");
	assert_int_equal(user_write(end - 16, "another thing..", 16), 0);
	assert_string_equal(end - 16, "another thing..");
}

static void bad_pointers_answer_efault(void **state)
{
	/* Each is volatile, because the compiler warns of a copy from an address that it knows to be bad. */
	char to[16];
	void *volatile none = NULL, *volatile first = (void *)(uintptr_t)1;
	void *volatile wraps = (void *)(UINTPTR_MAX - 3), *volatile of_kernel = (void *)((uintptr_t)1 << 63);

	assert_int_equal(user_read(to, none, 1), -EFAULT);
	assert_int_equal(user_write(none, to, 1), -EFAULT);
	assert_int_equal(user_read(to, first, 8), -EFAULT);
	assert_int_equal(user_read(to, wraps, 16), -EFAULT);
	assert_int_equal(user_read(to, of_kernel, 16), -EFAULT);
}

static void half_an_argument_is_none(void **state)
{
	char to[16];

	assert_int_equal(user_read(to, end - 8, 16), -EFAULT);
	assert_int_equal(user_write(end - 8, to, 16), -EFAULT);
}

static void memory_that_may_only_be_read_is_not_written(void **state)
{
	char *p = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), to[4];

	assert_int_equal(user_read(to, p, 4), 0);
	assert_int_equal(user_write(p, to, 4), -EFAULT);
	munmap(p, page);
}

static void a_string_may_end_where_memory_ends(void **state)
{
	char to[64];

	memcpy(end - 13, "0000:01:00.0", 13);
	assert_int_equal(user_read_string(to, end - 13, sizeof(to)), 0);
	assert_string_equal(to, "0000:01:00.0");
	assert_int_equal(user_read_string(to, end - 1, sizeof(to)), 0);
	assert_string_equal(to, "");
}

static void a_string_without_end_is_refused(void **state)
{
	char to[64];

	memset(end - 100, 'x', 100);
	assert_int_equal(user_read_string(to, end - 100, sizeof(to)), -EINVAL);
	assert_int_equal(user_read_string(to, end - 20, sizeof(to)), -EFAULT);
	assert_int_equal(user_read_string(to, NULL, sizeof(to)), -EFAULT);
}

/* The last byte of the buffer is the string's NUL. */
static void a_string_may_fill_the_buffer(void **state)
{
	char to[64];

	memset(end - 64, 'y', 63);
	end[-1] = 0;
	assert_int_equal(user_read_string(to, end - 64, sizeof(to)), 0);
	assert_int_equal(strlen(to), 63);
	assert_int_equal(user_read_string(to, end - 64, 63), -EINVAL);
}

static void *in_a_thread(void *result)
{
	char from[64] = "a thread's own stack", to[64];

	*(int *)result = user_read(to, from, sizeof(to)) || strcmp(to, from) ||
			 user_read(to, NULL, 4) != -EFAULT;
	return NULL;
}

static void each_thread_has_a_stack_of_its_own(void **state)
{
	int result = -1;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, in_a_thread, &result), 0);
	pthread_join(thread, NULL);
	assert_int_equal(result, 0);
}

static bool is_in_handler;

static bool in_handler(void)
{
	return is_in_handler;
}

/* The memory lies above the frame of a function that looks at it, as a program's does. */
static __attribute__((noinline)) bool is_found_on_stack(const void *p, size_t size)
{
	return user_is_on_stack(p, size);
}

static void *first_in_a_handler(void *result)
{
	char from[64] = "not known to be a stack", to[64];
	bool found;

	is_in_handler = true;
	found = is_found_on_stack(from, sizeof(from));
	*(int *)result = found || user_read(to, from, sizeof(to)) || strcmp(to, from);
	is_in_handler = false;
	*(int *)result |= !is_found_on_stack(from, sizeof(from));
	is_in_handler = true;
	*(int *)result |= !is_found_on_stack(from, sizeof(from));
	return NULL;
}

/* The lookup takes locks that the interrupted code may hold. */
static void a_handler_does_not_look_for_the_stack(void **state)
{
	int result = -1;
	pthread_t thread;

	user_set_in_handler(in_handler);
	assert_int_equal(pthread_create(&thread, NULL, first_in_a_handler, &result), 0);
	pthread_join(thread, NULL);
	user_set_in_handler(NULL);
	assert_int_equal(result, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_the_stack_is_copied),
		cmocka_unit_test(the_stack_ends_where_it_ends),
		cmocka_unit_test(what_is_elsewhere_is_copied),
		cmocka_unit_test(bad_pointers_answer_efault),
		cmocka_unit_test(half_an_argument_is_none),
		cmocka_unit_test(memory_that_may_only_be_read_is_not_written),
		cmocka_unit_test(a_string_may_end_where_memory_ends),
		cmocka_unit_test(a_string_without_end_is_refused),
		cmocka_unit_test(a_string_may_fill_the_buffer),
		cmocka_unit_test(each_thread_has_a_stack_of_its_own),
		cmocka_unit_test(a_handler_does_not_look_for_the_stack),
	};

	return cmocka_run_group_tests_name("user", tests, start, stop);
}
