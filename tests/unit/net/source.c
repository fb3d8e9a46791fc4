/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames that a source makes, and when. */
#include "ports.h"

#include <endian.h>
#include <string.h>

#include "util/os.h"

#define NUMBER_AT 42
#define IP_AT     14
#define UDP_AT    34

static uint64_t number_in(const unsigned char *frame)
{
	uint64_t number;

	memcpy(&number, frame + NUMBER_AT, sizeof(number));
	return be64toh(number);
}

static unsigned int word_at(const unsigned char *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static void a_source_without_a_rate_always_has_the_next_frame(void **state)
{
	struct plugged source;
	uint32_t length;

	plug_in(&source, 1, "source:1500", NULL);
	assert_true(net_port_link(source.port));
	for (uint64_t i = 0; i < 1000; i++) {
		const unsigned char *frame = net_port_peek(source.port, &length);

		assert_ptr_equal(net_port_peek(source.port, &length), frame);
		assert_int_equal(length, 1500);
		assert_int_equal(number_in(frame), i);
		assert_int_equal(word_at(frame + UDP_AT), 1024 + i % 16);
		assert_true(net_port_poll(source.port));
		net_port_pop(source.port);
		net_port_pop(source.port);
	}
	assert_int_equal(net_port_stats(source.port).received_frames, 1000);
	assert_int_equal(net_port_stats(source.port).received_bytes, 1500000);
	pull(&source);
}

/* A checksum over a header with its checksum is all ones [RFC 1071]. */
static void its_headers_are_right(void **state)
{
	struct plugged source;
	const unsigned char *frame;
	uint32_t length, sum = 0;

	plug_in(&source, 1, "source:60", NULL);
	frame = net_port_peek(source.port, &length);
	for (unsigned int i = 0; i < 20; i += 2)
		sum += word_at(frame + IP_AT + i);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	assert_int_equal(word_at(frame + 12), 0x0800);
	assert_int_equal(word_at(frame + IP_AT + 2), 46);
	assert_int_equal(word_at(frame + UDP_AT + 4), 26);
	pull(&source);
}

/* (F13) */
static void a_source_with_a_rate_says_when_a_frame_is_due(void **state)
{
	struct plugged source;
	uint64_t start = os_now_ns();
	uint32_t length;

	plug_in(&source, 1, "source:64@100", NULL);
	for (unsigned int i = 0; i < 20;) {
		unsigned int seen = atomic_load(&source.ready);

		if (net_port_peek(source.port, &length)) {
			net_port_pop(source.port);
			i++;
		} else if (!net_port_poll(source.port)) {
			wait_ready(&source, seen);
		}
	}
	assert_true(os_now_ns() - start >= UINT64_C(190000000));
	assert_int_equal(net_port_stats(source.port).dropped, 0);
	pull(&source);
}

static void a_card_that_is_late_gets_a_burst_and_loses_the_rest(void **state)
{
	struct plugged source;
	struct net_port_stats stats;
	uint32_t length;

	plug_in(&source, 1, "source:64@100000", NULL);
	os_sleep_us(50000);
	for (unsigned int i = 0; i < 256; i++) {
		assert_non_null(net_port_peek(source.port, &length));
		net_port_pop(source.port);
	}
	stats = net_port_stats(source.port);
	assert_true(stats.dropped >= 4000);
	pull(&source);
}

/* (F14) */
static void a_stopped_source_calls_nobody(void **state)
{
	struct plugged source;
	unsigned int seen;

	plug_in(&source, 1, "source:64@50", NULL);
	assert_true(net_port_link(source.port));
	while (net_port_poll(source.port)) {
		uint32_t length;

		assert_non_null(net_port_peek(source.port, &length));
		net_port_pop(source.port);
	}
	net_port_stop(source.port);
	seen = atomic_load(&source.ready);
	os_sleep_us(60000);
	assert_int_equal(atomic_load(&source.ready), seen);
	assert_int_equal(net_port_start(source.port), 0);
	assert_true(net_port_poll(source.port));
	pull(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_without_a_rate_always_has_the_next_frame),
		cmocka_unit_test(its_headers_are_right),
		cmocka_unit_test(a_source_with_a_rate_says_when_a_frame_is_due),
		cmocka_unit_test(a_card_that_is_late_gets_a_burst_and_loses_the_rest),
		cmocka_unit_test(a_stopped_source_calls_nobody),
	};

	return cmocka_run_group_tests_name("source", tests, ports_begin, ports_end);
}
