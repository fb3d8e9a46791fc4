/* SPDX-License-Identifier: BSD-2-Clause */
/* The file with a copy of every frame. */
#include "ports.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/pcap.h"

#define HEADER_SIZE 24
#define RECORD_SIZE 16

static char path[64];

static int begin(void **state)
{
	int r = ports_begin(state);

	snprintf(path, sizeof(path), "%s/frames.pcap", ports_directory);
	return r;
}

/* Reads the file and returns its length. */
static size_t contents(unsigned char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t r = read(fd, buffer, size);

	close(fd);
	assert_true(r >= 0);
	return (size_t)r;
}

static uint32_t word_at(const unsigned char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static void both_directions_are_written(void **state)
{
	static unsigned char file[4096];
	struct plugged port;
	uint32_t length;

	plug_in(&port, 1, "source:60", path);
	assert_int_equal(send_frame(port.port, 100, 7), 0);
	net_port_peek(port.port, &length);
	net_port_peek(port.port, &length);
	net_port_pop(port.port);
	pull(&port);
	assert_int_equal(contents(file, sizeof(file)), HEADER_SIZE + 2 * RECORD_SIZE + 160);
	assert_int_equal(word_at(file), 0xa1b23c4d);
	assert_int_equal(word_at(file + 20), 1);
	assert_int_equal(word_at(file + HEADER_SIZE + 8), 100);
	assert_int_equal(word_at(file + HEADER_SIZE + 12), 100);
	assert_true(is_frame(file + HEADER_SIZE + RECORD_SIZE, 100, 7));
	assert_int_equal(word_at(file + HEADER_SIZE + RECORD_SIZE + 108), 60);
	assert_int_equal(file[HEADER_SIZE + 2 * RECORD_SIZE + 100], 0xff);
}

static void a_port_that_starts_again_adds_to_the_file(void **state)
{
	static unsigned char file[4096];
	struct plugged port;

	plug_in(&port, 1, "sink", path);
	assert_int_equal(send_frame(port.port, 60, 1), 0);
	net_port_stop(port.port);
	assert_int_equal(net_port_start(port.port), 0);
	assert_int_equal(send_frame(port.port, 60, 2), 0);
	pull(&port);
	assert_int_equal(contents(file, sizeof(file)), HEADER_SIZE + 2 * (RECORD_SIZE + 60));
	assert_true(is_frame(file + HEADER_SIZE + 2 * RECORD_SIZE + 60, 60, 2));
}

static void a_file_of_another_kind_is_left_alone(void **state)
{
	struct net_port_init init = { .spec = "sink", .group = 1, .pcap = path };
	char why[NET_WHY_SIZE] = "";
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	unsigned char file[8];

	assert_int_equal(write(fd, "hello", 5), 5);
	close(fd);
	assert_int_equal(net_port_check(&init, why), -EINVAL);
	assert_non_null(strstr(why, "file of another kind"));
	assert_int_equal(contents(file, sizeof(file)), 5);
	init.pcap = ports_directory;
	assert_int_equal(net_port_check(&init, why), -EISDIR);
	init.pcap = "/nowhere/frames.pcap";
	assert_int_equal(net_port_check(&init, why), -ENOENT);
}

/* (F15) A limit on the size of files stands for a full disk. */
static void a_full_disk_ends_the_file_with_a_whole_record_and_not_the_traffic(void **state)
{
	static unsigned char file[4096];
	struct rlimit before, limit;
	struct plugged port;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	plug_in(&port, 1, "sink", path);
	limit = (struct rlimit){ 250, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &limit);
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(send_frame(port.port, 60, i), 0);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(net_port_stats(port.port).sent_frames, 10);
	pull(&port);
	assert_int_equal(contents(file, sizeof(file)), HEADER_SIZE + 2 * (RECORD_SIZE + 60));
	assert_true(is_frame(file + HEADER_SIZE + 2 * RECORD_SIZE + 60, 60, 1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, ports_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_directions_are_written),
		TEST(a_port_that_starts_again_adds_to_the_file),
		TEST(a_file_of_another_kind_is_left_alone),
		TEST(a_full_disk_ends_the_file_with_a_whole_record_and_not_the_traffic),
	};

	return cmocka_run_group_tests_name("pcap", tests, NULL, NULL);
}
