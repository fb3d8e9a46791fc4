/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters of a port in the run's directory. */
#include "ports.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/tally.h"

#define FILE_OF_1 TALLY_PREFIX "0000:01:00.0"

static int directory;

static int begin(void **state)
{
	int r = ports_begin(state);

	directory = r < 0 ? -1 : open(ports_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory < 0 ? -1 : r;
}

static int end(void **state)
{
	close(directory);
	return ports_end(state);
}

static struct tally tally_of_1(void)
{
	struct tally tally = { .spec = "" };

	assert_int_equal(tally_read(directory, FILE_OF_1, &tally), 0);
	return tally;
}

static void send_some(unsigned int frames)
{
	struct plugged card;

	plug_in(&card, 1, "sink", NULL);
	for (unsigned int i = 0; i < frames; i++)
		assert_int_equal(send_frame(card.port, 100, i), 0);
	pull(&card);
}

static void counters_outlive_the_program(void **state)
{
	pid_t child;
	int status;

	send_some(2);
	child = fork();
	if (!child) {
		struct plugged card;

		plug_in(&card, 1, "sink", NULL);
		send_frame(card.port, 60, 0);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	send_some(3);
	assert_int_equal(tally_of_1().stats.sent_frames, 6);
	assert_int_equal(tally_of_1().stats.sent_bytes, 560);
	assert_string_equal(tally_of_1().spec, "sink");
}

/* A card that is not plugged in yet drops what its driver sends. */
static void what_was_dropped_before_the_start_counts(void **state)
{
	static const struct net_port_handler handler = { NULL };
	struct net_port_init init = { .spec = "sink", .function = "0000:01:00.0", .shared_directory = ports_directory };
	struct net_port *port;

	assert_int_equal(net_port_open(&init, &handler, NULL, &port, NULL), 0);
	assert_int_equal(send_frame(port, 60, 0), -ENETDOWN);
	assert_int_equal(faccessat(directory, FILE_OF_1, F_OK, 0), -1);
	assert_int_equal(net_port_start(port), 0);
	net_port_stop(port);
	assert_int_equal(net_port_start(port), 0);
	assert_int_equal(tally_of_1().stats.dropped, 1);
	assert_int_equal(net_port_stats(port).dropped, 1);
	net_port_close(port);
}

static void a_frame_that_is_missed_is_not_received(void **state)
{
	struct plugged card;
	uint32_t length;

	plug_in(&card, 1, "source:64", NULL);
	net_port_miss(card.port);
	assert_non_null(net_port_peek(card.port, &length));
	net_port_miss(card.port);
	assert_non_null(net_port_peek(card.port, &length));
	net_port_pop(card.port);
	assert_int_equal(tally_of_1().stats.missed, 1);
	assert_int_equal(tally_of_1().stats.received_frames, 1);
	assert_int_equal(tally_of_1().stats.received_bytes, 64);
	pull(&card);
}

static void traffic_goes_on_without_the_file(void **state)
{
	struct plugged card;

	assert_int_equal(symlinkat("/dev/null", directory, FILE_OF_1), 0);
	plug_in(&card, 1, "sink", NULL);
	assert_int_equal(send_frame(card.port, 60, 0), 0);
	assert_int_equal(net_port_stats(card.port).sent_frames, 1);
	pull(&card);
}

static void what_is_no_tally_is_not_read(void **state)
{
	struct tally tally;
	int fd;

	assert_int_equal(tally_read(directory, FILE_OF_1, &tally), -ENOENT);
	send_some(1);
	fd = openat(directory, FILE_OF_1, O_RDWR | O_CLOEXEC);
	memset(&tally, 'x', sizeof(tally));
	assert_int_equal(pwrite(fd, &tally, sizeof(tally), 0), sizeof(tally));
	assert_int_equal(strlen(tally_of_1().spec), TALLY_SPEC_SIZE - 1);
	assert_int_equal(ftruncate(fd, sizeof(tally) - 1), 0);
	close(fd);
	assert_int_equal(tally_read(directory, FILE_OF_1, &tally), -ENODATA);
	assert_int_equal(unlinkat(directory, FILE_OF_1, 0), 0);
	assert_int_equal(symlinkat("/dev/zero", directory, FILE_OF_1), 0);
	assert_int_equal(tally_read(directory, FILE_OF_1, &tally), -ELOOP);
}

#define TALLY_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TALLY_TEST(counters_outlive_the_program),
		TALLY_TEST(what_was_dropped_before_the_start_counts),
		TALLY_TEST(a_frame_that_is_missed_is_not_received),
		TALLY_TEST(traffic_goes_on_without_the_file),
		TALLY_TEST(what_is_no_tally_is_not_read),
	};

	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
