/* SPDX-License-Identifier: BSD-2-Clause */
/* A file to which several programs append. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/append.h"

static char path[] = "/tmp/spapr-tce-append-XXXXXX";
static int fd;

static int setup(void **state)
{
	strcpy(strrchr(path, '-'), "-XXXXXX");
	fd = mkstemp(path);
	return fcntl(fd, F_SETFL, O_APPEND);
}

static int teardown(void **state)
{
	close(fd);
	return unlink(path);
}

static off_t size(void)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

/* Files may have so many bytes from now on. */
static void limit(rlim_t bytes)
{
	struct rlimit now;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
	now.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static void a_write_is_whole_or_leaves_nothing(void **state)
{
	assert_int_equal(append_whole(fd, "012345", 6), 0);
	limit(10);
	assert_int_equal(append_whole(fd, "abcdef", 6), -ENOSPC);
	limit(RLIM_INFINITY);
	assert_int_equal(size(), 6);
	assert_int_equal(append_whole(fd, "abcdef", 6), 0);
	assert_int_equal(size(), 12);
}

static void what_another_has_written_stays(void **state)
{
	char text[8] = "";
	int other = open(path, O_RDWR | O_APPEND);

	assert_int_equal(write(other, "0123", 4), 4);
	limit(6);
	assert_int_equal(append_whole(fd, "abcdef", 6), -ENOSPC);
	limit(RLIM_INFINITY);
	assert_int_equal(pread(other, text, sizeof(text), 0), 4);
	assert_string_equal(text, "0123");
	close(other);
}

static void an_error_is_passed_on(void **state)
{
	assert_int_equal(append_whole(-1, "x", 1), -EBADF);
	assert_int_equal(append_whole(fd, "x", 0), 0);
}

static char told[256];
static unsigned int times;

static void tell(const char *message)
{
	snprintf(told, sizeof(told), "%s", message);
	times++;
}

static void the_end_is_told_once(void **state)
{
	struct append_end end = { .tell = tell };

	append_end(&end, "trace", "/a/file", ENOSPC);
	append_end(&end, "trace", "/a/file", EIO);
	assert_int_equal(times, 1);
	assert_string_equal(told, "the trace ends here: /a/file: No space left on device");
}

static void without_a_listener_standard_error_is_told(void **state)
{
	struct append_end end = { 0 };
	char text[128] = "";
	int pipe_[2], before = dup(STDERR_FILENO);

	assert_int_equal(pipe(pipe_), 0);
	dup2(pipe_[1], STDERR_FILENO);
	append_end(&end, "recording", "/b", EIO);
	dup2(before, STDERR_FILENO);
	close(pipe_[1]);
	assert_true(read(pipe_[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "spapr-tce: the recording ends here: /b: Input/output error\n");
	close(pipe_[0]);
	close(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_write_is_whole_or_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(what_another_has_written_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(an_error_is_passed_on, setup, teardown),
		cmocka_unit_test(the_end_is_told_once),
		cmocka_unit_test(without_a_listener_standard_error_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
