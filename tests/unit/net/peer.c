/* SPDX-License-Identifier: BSD-2-Clause */
/* A wire between two functions, in one process and in two. */
#include "ports.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/wire.h"
#include "util/fork.h"
#include "util/os.h"

static struct plugged a, b;

static int begin(void **state)
{
	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	return ports_begin(state);
}

/* Both cards look at their links in turn, as their own threads would. */
static void wait_both(struct plugged *one, struct plugged *other)
{
	for (unsigned int i = 0; i < 10000; i++) {
		bool up = net_port_link(one->port);

		if (net_port_link(other->port) && up)
			return;
		(void)!net_port_poll(one->port);
		(void)!net_port_poll(other->port);
		os_sleep_us(1000);
	}
	fail_msg("the wire carries no frames");
}

static void plug_both(void)
{
	plug_in(&a, 1, "peer:2", NULL);
	plug_in(&b, 2, "peer:1", NULL);
	wait_both(&a, &b);
}

static void pull_both(void)
{
	pull(&a);
	pull(&b);
}

static void a_port_that_cannot_open_its_wire_stops(void **state)
{
	assert_int_equal(rmdir(ports_directory), 0);
	plug_in(&a, 1, "peer:2", NULL);
	assert_false(net_port_poll(a.port));
	assert_false(net_port_link(a.port));
	pull(&a);
	assert_int_equal(mkdir(ports_directory, 0700), 0);
}

static void frames_go_both_ways(void **state)
{
	plug_both();
	for (uint32_t i = 0; i < 5000; i++) {
		assert_int_equal(send_frame(a.port, 60 + i % 1441, i), 0);
		assert_int_equal(send_frame(b.port, 60 + i % 9000, ~i), 0);
		expect_frame(&b, 60 + i % 1441, i);
		expect_frame(&a, 60 + i % 9000, ~i);
	}
	assert_int_equal(net_port_stats(a.port).sent_frames, 5000);
	assert_int_equal(net_port_stats(a.port).received_frames, 5000);
	assert_int_equal(net_port_stats(a.port).received_bytes, net_port_stats(b.port).sent_bytes);
	pull_both();
}

static void a_frame_may_be_made_in_the_wire_s_own_memory(void **state)
{
	uint32_t length;
	void *room;

	plug_both();
	for (uint32_t i = 0; i < 5000; i++) {
		/* What is made and not pushed is not sent. */
		fill_frame(net_port_room(a.port, 900), 900, ~i);
		assert_null(net_port_peek(b.port, &length));
		fill_frame(net_port_room(a.port, 60 + i % 1441), 60 + i % 1441, i);
		net_port_push(a.port, 60 + i % 1441);
		expect_frame(&b, 60 + i % 1441, i);
	}
	assert_int_equal(net_port_stats(a.port).sent_frames, 5000);
	assert_int_equal(net_port_stats(a.port).sent_bytes, net_port_stats(b.port).received_bytes);
	assert_null(net_port_room(a.port, NET_FRAME_SIZE_MIN - 1));
	assert_null(net_port_room(a.port, NET_FRAME_SIZE_MAX + 1));
	while ((room = net_port_room(a.port, 9000))) {
		fill_frame(room, 9000, 0);
		net_port_push(a.port, 9000);
	}
	assert_int_equal(send_frame(a.port, 9000, 0), -EAGAIN);
	pull_both();
}

/* (F11) */
static void without_a_far_end_the_link_is_down_and_nothing_waits(void **state)
{
	uint32_t length;

	plug_in(&a, 1, "peer:2", NULL);
	assert_false(net_port_link(a.port));
	assert_int_equal(send_frame(a.port, 60, 0), -ENETDOWN);
	assert_null(net_port_peek(a.port, &length));
	assert_int_equal(net_port_stats(a.port).dropped, 1);
	pull(&a);
}

/* (F13) Nobody polls in a loop here: each end sleeps until it is called. */
static void a_sleeping_end_is_woken_for_a_frame(void **state)
{
	plug_both();
	for (uint32_t i = 0; i < 200; i++) {
		unsigned int seen = atomic_load(&b.ready);

		if (net_port_poll(b.port))
			continue;
		assert_int_equal(send_frame(a.port, 60, i), 0);
		(void)!net_port_poll(a.port);
		wait_ready(&b, seen);
		expect_frame(&b, 60, i);
	}
	pull_both();
}

/* (F13) */
static void a_sleeping_end_is_woken_for_room(void **state)
{
	uint32_t in = 0, out = 0, length;
	unsigned int seen;

	plug_both();
	while (send_frame(a.port, 9000, in) == 0)
		in++;
	seen = atomic_load(&a.ready);
	while (net_port_poll(a.port))
		seen = atomic_load(&a.ready);
	assert_int_equal(send_frame(a.port, 9000, in), -EAGAIN);
	assert_int_equal(net_port_stats(a.port).dropped, 0);
	while (net_port_peek(b.port, &length))
		expect_frame(&b, 9000, out++);
	assert_int_equal(in, out);
	wait_ready(&a, seen);
	assert_int_equal(send_frame(a.port, 9000, in), 0);
	pull_both();
}

/* (F12) (F18) */
static void an_end_that_leaves_and_comes_back_starts_with_an_empty_wire(void **state)
{
	plug_both();
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(send_frame(a.port, 100, i), 0);
	net_port_stop(b.port);
	wait_link(&a, false);
	assert_int_equal(send_frame(a.port, 100, 10), -ENETDOWN);
	assert_int_equal(net_port_start(b.port), 0);
	wait_both(&a, &b);
	assert_int_equal(send_frame(a.port, 100, 11), 0);
	expect_frame(&b, 100, 11);
	assert_int_equal(net_port_stats(a.port).errors, 0);
	assert_int_equal(net_port_stats(b.port).errors, 0);
	assert_int_equal(net_port_stats(a.port).link_changes, 3);
	pull_both();
}

/* A sender that sends and leaves at once must not lose what it has sent. */
static void frames_of_an_end_that_has_left_are_received(void **state)
{
	plug_both();
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(send_frame(a.port, 100, i), 0);
	net_port_stop(a.port);
	for (uint32_t i = 0; i < 10; i++)
		expect_frame(&b, 100, i);
	assert_false(net_port_link(b.port));
	pull_both();
}

static void only_one_port_has_an_end_and_the_next_gets_it_when_it_is_free(void **state)
{
	struct plugged second;

	plug_both();
	plug_in(&second, 2, "peer:1", NULL);
	assert_false(net_port_link(second.port));
	assert_int_equal(send_frame(a.port, 100, 1), 0);
	expect_frame(&b, 100, 1);
	pull(&b);
	wait_both(&a, &second);
	assert_int_equal(send_frame(a.port, 100, 2), 0);
	expect_frame(&second, 100, 2);
	pull(&second);
	pull(&a);
}

/* Plays a far end in a process of its own: returns each frame until it is killed. */
static void echo(void)
{
	plug_in(&b, 2, "peer:1", NULL);
	while (!net_port_stats(b.port).errors) {
		unsigned int seen = atomic_load(&b.ready);
		uint32_t length;
		const void *frame = net_port_peek(b.port, &length);

		if (frame) {
			net_port_send(b.port, &(struct iovec){ (void *)frame, length }, 1);
			net_port_pop(b.port);
		} else if (!net_port_poll(b.port)) {
			wait_ready(&b, seen);
		}
	}
}

static pid_t begin_echo(void)
{
	pid_t child = fork();

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo();
		_exit(1);
	}
	return child;
}

static void kill_child(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, SIGKILL);
}

/* (F12) (F18) Frames are on their way whenever the far end is killed. */
static void a_far_end_that_is_killed_and_comes_back_stops_nothing(void **state)
{
	plug_in(&a, 1, "peer:2", NULL);
	for (uint32_t round = 0; round < 5; round++) {
		pid_t child = begin_echo();

		wait_link(&a, true);
		for (uint32_t i = 0; i < 300; i++) {
			assert_int_equal(send_frame(a.port, 200, round << 16 | i), 0);
			if (i < 200)
				expect_frame(&a, 200, round << 16 | i);
		}
		kill_child(child);
		wait_link(&a, false);
	}
	assert_int_equal(net_port_stats(a.port).errors, 0);
	pull(&a);
}

/* A child that is forked, without the library's knowing of it, must not keep its parent's end. */
static void a_forked_child_does_not_keep_the_end(void **state)
{
	pid_t child, grandchild;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	plug_in(&a, 1, "peer:2", NULL);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		plug_in(&b, 2, "peer:1", NULL);
		wait_link(&b, true);
		grandchild = fork();
		if (!grandchild)
			for (;;)
				pause();
		if (write(ends[1], &grandchild, sizeof(grandchild)) != sizeof(grandchild))
			_exit(1);
		for (;;)
			pause();
	}
	wait_link(&a, true);
	assert_int_equal(read(ends[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	kill_child(child);
	wait_link(&a, false);
	kill(grandchild, SIGKILL);
	close(ends[0]);
	close(ends[1]);
	pull(&a);
}

static struct wire_end *map_ends(void)
{
	char path[128];
	void *ends;
	int fd;

	snprintf(path, sizeof(path), "%s/wire-1-2", ports_directory);
	fd = open(path, O_RDWR);
	ends = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	assert_ptr_not_equal(ends, MAP_FAILED);
	return ends;
}

/* (F16) */
static void a_far_end_that_writes_nonsense_is_counted_and_the_wire_starts_anew(void **state)
{
	struct wire_end *ends;

	plug_both();
	ends = map_ends();
	atomic_store(&ends[1].sent, 12345);
	(void)!net_port_poll(a.port);
	assert_int_equal(net_port_stats(a.port).errors, 1);
	assert_false(net_port_link(a.port));
	wait_both(&a, &b);
	assert_int_equal(send_frame(b.port, 100, 5), 0);
	expect_frame(&a, 100, 5);
	munmap(ends, 65536);
	pull_both();
}

/* (F16) (F11) Another process stores random numbers everywhere while both ends work. */
static void random_stores_crash_nobody(void **state)
{
	unsigned int seed = (unsigned int)os_now_ns();
	struct wire_end *ends;
	uint32_t length;

	print_message("# seed %u\n", seed);
	plug_both();
	ends = map_ends();
	for (unsigned int i = 0; i < 200000; i++) {
		unsigned char *at = (unsigned char *)ends + (unsigned int)rand_r(&seed) % (2 * sizeof(*ends));
		uint64_t number = (uint64_t)rand_r(&seed) << (rand_r(&seed) % 48);

		if (i % 16 == 0)
			memcpy(at, &number, 1u + (unsigned int)rand_r(&seed) % 8);
		send_frame(i % 2 ? a.port : b.port, 60 + i % 1000, i);
		if (net_port_peek(i % 3 ? b.port : a.port, &length)) {
			assert_in_range(length, NET_FRAME_SIZE_MIN, NET_FRAME_SIZE_MAX);
			net_port_pop(i % 3 ? b.port : a.port);
		}
		(void)!net_port_poll(a.port);
		(void)!net_port_poll(b.port);
	}
	assert_true(net_port_stats(a.port).errors + net_port_stats(b.port).errors > 0);
	munmap(ends, 65536);
	wait_both(&a, &b);
	pull_both();
}

static void a_peer_without_a_run_is_refused(void **state)
{
	static const struct net_port_handler handler = { NULL };
	struct net_port_init init = { .spec = "peer:2", .group = 1 };
	struct net_port *port;

	assert_int_equal(net_port_open(&init, &handler, NULL, &port, NULL), 0);
	assert_int_equal(net_port_start(port), -EOPNOTSUPP);
	net_port_close(port);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, ports_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_that_cannot_open_its_wire_stops),
		TEST(frames_go_both_ways),
		TEST(a_frame_may_be_made_in_the_wire_s_own_memory),
		TEST(without_a_far_end_the_link_is_down_and_nothing_waits),
		TEST(a_sleeping_end_is_woken_for_a_frame),
		TEST(a_sleeping_end_is_woken_for_room),
		TEST(an_end_that_leaves_and_comes_back_starts_with_an_empty_wire),
		TEST(frames_of_an_end_that_has_left_are_received),
		TEST(only_one_port_has_an_end_and_the_next_gets_it_when_it_is_free),
		TEST(a_far_end_that_is_killed_and_comes_back_stops_nothing),
		TEST(a_forked_child_does_not_keep_the_end),
		TEST(a_far_end_that_writes_nonsense_is_counted_and_the_wire_starts_anew),
		TEST(random_stores_crash_nobody),
		TEST(a_peer_without_a_run_is_refused),
	};

	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
