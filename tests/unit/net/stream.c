/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream socket whose far end the test plays. */
#include "ports.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/framing.h"
#include "util/fork.h"
#include "util/os.h"

static char path[100], spec[120];
static struct plugged card;
static int listener, far_end;

static int begin(void **state)
{
	int r = ports_begin(state);

	/* From here on fork() does what it does in the library. */
	fork_lock();
	fork_unlock();
	snprintf(path, sizeof(path), "%s/socket", ports_directory);
	snprintf(spec, sizeof(spec), "unix:%s", path);
	return r;
}

static void begin_listening(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
}

static void end_listening(void)
{
	close(listener);
	unlink(path);
}

/* The card's worker looks while the far end accepts. */
static void connect_both(void)
{
	far_end = accept(listener, NULL, NULL);
	assert_true(far_end >= 0);
	wait_link(&card, true);
}

static void begin_connection(void)
{
	begin_listening();
	plug_in(&card, 1, spec, NULL);
	connect_both();
}

static void end_connection(void)
{
	pull(&card);
	close(far_end);
	end_listening();
}

static void far_end_sends(uint32_t length, uint32_t number)
{
	static unsigned char bytes[FRAMING_PREFIX + NET_FRAME_SIZE_MAX];

	framing_put_length(bytes, length);
	fill_frame(bytes + FRAMING_PREFIX, length, number);
	assert_int_equal(send(far_end, bytes, FRAMING_PREFIX + length, 0), FRAMING_PREFIX + length);
}

static bool is_readable(void)
{
	return poll(&(struct pollfd){ .fd = far_end, .events = POLLIN }, 1, 0) == 1;
}

/* Lets the card send until there is something to read. (F13) */
static void wait_readable(void)
{
	unsigned int seen = atomic_load(&card.ready);

	while (!is_readable()) {
		if (!net_port_poll(card.port) && !is_readable())
			wait_ready(&card, seen);
		seen = atomic_load(&card.ready);
	}
}

static void read_all(unsigned char *to, size_t count)
{
	while (count) {
		ssize_t r;

		wait_readable();
		r = read(far_end, to, count);
		assert_true(r > 0);
		to += r;
		count -= (size_t)r;
	}
}

static void far_end_expects(uint32_t length, uint32_t number)
{
	static unsigned char bytes[FRAMING_PREFIX + NET_FRAME_SIZE_MAX];
	unsigned char wanted[FRAMING_PREFIX];

	framing_put_length(wanted, length);
	read_all(bytes, FRAMING_PREFIX);
	assert_memory_equal(bytes, wanted, FRAMING_PREFIX);
	read_all(bytes + FRAMING_PREFIX, length);
	assert_true(is_frame(bytes + FRAMING_PREFIX, length, number));
}

static void frames_go_both_ways(void **state)
{
	begin_connection();
	for (uint32_t i = 0; i < 300; i++) {
		far_end_sends(60 + i * 5, i);
		assert_int_equal(send_frame(card.port, 60 + i * 30, i), 0);
		expect_frame(&card, 60 + i * 5, i);
		(void)!net_port_poll(card.port);
		far_end_expects(60 + i * 30, i);
	}
	assert_int_equal(net_port_stats(card.port).errors, 0);
	end_connection();
}

/* (F13) */
static void a_sleeping_card_is_woken_for_a_frame(void **state)
{
	begin_connection();
	for (uint32_t i = 0; i < 50; i++) {
		unsigned int seen = atomic_load(&card.ready);

		if (net_port_poll(card.port))
			continue;
		far_end_sends(100, i);
		wait_ready(&card, seen);
		expect_frame(&card, 100, i);
	}
	end_connection();
}

/* (F11) (F13) */
static void a_far_end_that_does_not_read_makes_nothing_wait(void **state)
{
	uint32_t n = 0;

	begin_connection();
	while (send_frame(card.port, 9000, n) == 0)
		n++;
	assert_true(n > 10);
	assert_int_equal(net_port_stats(card.port).dropped, 0);
	for (uint32_t i = 0; i < n; i++)
		far_end_expects(9000, i);
	(void)!net_port_poll(card.port);
	assert_int_equal(send_frame(card.port, 9000, n), 0);
	(void)!net_port_poll(card.port);
	far_end_expects(9000, n);
	end_connection();
}

/* (F12) */
static void a_far_end_that_comes_late_or_back_is_connected(void **state)
{
	plug_in(&card, 1, spec, NULL);
	assert_false(net_port_link(card.port));
	assert_int_equal(send_frame(card.port, 60, 0), -ENETDOWN);
	for (uint32_t i = 0; i < 3; i++) {
		begin_listening();
		connect_both();
		assert_int_equal(send_frame(card.port, 60, i), 0);
		(void)!net_port_poll(card.port);
		far_end_expects(60, i);
		end_listening();
		close(far_end);
		wait_link(&card, false);
	}
	assert_int_equal(net_port_stats(card.port).link_changes, 6);
	assert_int_equal(net_port_stats(card.port).errors, 0);
	pull(&card);
}

/* (F12) What follows after a mistake begins with a whole frame on a new connection. */
static void expect_new_connection(uint32_t errors)
{
	uint32_t length;
	unsigned int seen = atomic_load(&card.ready);

	for (unsigned int i = 0; net_port_stats(card.port).errors < errors; i++) {
		assert_in_range(i, 0, 1000);
		assert_null(net_port_peek(card.port, &length));
		if (net_port_stats(card.port).errors < errors && !net_port_poll(card.port))
			wait_ready(&card, seen);
		seen = atomic_load(&card.ready);
	}
	wait_link(&card, false);
	close(far_end);
	connect_both();
	far_end_sends(77, errors);
	expect_frame(&card, 77, errors);
	assert_int_equal(net_port_stats(card.port).errors, errors);
}

static void a_giant_length_and_half_a_frame_are_counted_and_end_the_connection(void **state)
{
	unsigned char prefix[FRAMING_PREFIX];

	begin_connection();
	framing_put_length(prefix, NET_FRAME_SIZE_MAX + 1);
	assert_int_equal(send(far_end, prefix, sizeof(prefix), 0), sizeof(prefix));
	expect_new_connection(1);
	framing_put_length(prefix, 1000);
	assert_int_equal(send(far_end, prefix, sizeof(prefix), 0), sizeof(prefix));
	assert_int_equal(send(far_end, path, 10, 0), 10);
	shutdown(far_end, SHUT_WR);
	expect_new_connection(2);
	end_connection();
}

static void a_short_frame_is_counted_and_the_connection_stays(void **state)
{
	begin_connection();
	far_end_sends(13, 0);
	far_end_sends(100, 1);
	expect_frame(&card, 100, 1);
	assert_int_equal(net_port_stats(card.port).errors, 1);
	end_connection();
}

/* (F14) */
static void a_stopped_port_has_no_descriptor_and_calls_nobody(void **state)
{
	unsigned int seen;
	char byte;

	begin_connection();
	(void)!net_port_poll(card.port);
	net_port_stop(card.port);
	seen = atomic_load(&card.ready);
	assert_int_equal(read(far_end, &byte, 1), 0);
	close(far_end);
	os_sleep_us(300000);
	assert_int_equal(atomic_load(&card.ready), seen);
	assert_int_equal(net_port_start(card.port), 0);
	connect_both();
	end_connection();
}

/* What was sent before a card is reset still goes out. */
static void what_was_gathered_is_sent_before_a_stop(void **state)
{
	begin_connection();
	assert_int_equal(send_frame(card.port, 60, 5), 0);
	net_port_stop(card.port);
	far_end_expects(60, 5);
	end_connection();
}

/* passt takes what fills a frame up to 60 bytes for data. */
static void padding_is_left_out(void **state)
{
	static const struct {
		uint8_t type[2], total[2], sent;
	} frames[] = {
		{ { 0x08, 0x00 }, { 0, 40 }, 54 },
		{ { 0x08, 0x00 }, { 0, 46 }, 60 },
		{ { 0x08, 0x00 }, { 0, 47 }, 60 },
		{ { 0x08, 0x00 }, { 0xff, 0xff }, 60 },
		{ { 0x08, 0x00 }, { 0, 0 }, 60 },
		{ { 0x08, 0x06 }, { 0, 40 }, 60 },
	};

	begin_connection();
	for (size_t i = 0; i < ARRAY_COUNT(frames); i++) {
		unsigned char frame[60] = { 0 }, got[FRAMING_PREFIX + 60];

		memcpy(frame + 12, frames[i].type, 2);
		memcpy(frame + 16, frames[i].total, 2);
		assert_int_equal(net_port_send(card.port, &(struct iovec){ frame, 60 }, 1), 0);
		(void)!net_port_poll(card.port);
		read_all(got, FRAMING_PREFIX + frames[i].sent);
		assert_int_equal(got[3], frames[i].sent);
		assert_memory_equal(got + FRAMING_PREFIX, frame, frames[i].sent);
	}
	end_connection();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, ports_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_go_both_ways),
		TEST(a_sleeping_card_is_woken_for_a_frame),
		TEST(a_far_end_that_does_not_read_makes_nothing_wait),
		TEST(a_far_end_that_comes_late_or_back_is_connected),
		TEST(a_giant_length_and_half_a_frame_are_counted_and_end_the_connection),
		TEST(a_short_frame_is_counted_and_the_connection_stays),
		TEST(a_stopped_port_has_no_descriptor_and_calls_nobody),
		TEST(what_was_gathered_is_sent_before_a_stop),
		TEST(padding_is_left_out),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
