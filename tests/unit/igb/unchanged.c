/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that leave as their descriptors give them, which go straight into the memory of a wire. */
#include "driver.h"

#include "../net/ports.h"

#include <string.h>

#include "igb/worker.h"
#include "util/guard.h"
#include "util/os_copy.h"

#define WILD UINT64_C(0x7fffffff0000)

static struct plugged far;

/* Plugs the card into a wire, at whose other end is the test. */
static int begin(void **state)
{
	const struct net_port_init wire = {
		.spec = "peer:2", .function = "0000:01:00.0", .group = 1, .shared_directory = ports_directory,
	};
	struct igb *igb;

	/* Its descriptors stay, so they are there before the others are counted. */
	assert_int_equal(os_copy_begin(), 0);
	ports_begin(state);
	*state = "mac=02:00:00:00:00:0a,net=sink";
	card_setup(state);
	igb = igb_of(c.fn);
	net_port_close(igb->port);
	assert_int_equal(net_port_open(&wire, &igb_port_handler, igb, &igb->port, NULL), 0);
	plug_in(&far, 2, "peer:1", NULL);
	card_write(IGB_CTRL, card_read(IGB_CTRL) | IGB_CTRL_SLU);
	card_tx_on(0);
	card_write(IGB_TCTL, IGB_TCTL_EN | IGB_TCTL_PSP);
	wait_link(&far, true);
	card_wait();
	return 0;
}

static int end(void **state)
{
	card_teardown(state);
	pull(&far);
	return ports_end(state);
}

static const uint8_t *receive(uint32_t length)
{
	unsigned int seen = atomic_load(&far.ready);
	const uint8_t *frame;
	uint32_t size;

	while (!(frame = net_port_peek(far.port, &size))) {
		if (!net_port_poll(far.port))
			wait_ready(&far, seen);
		seen = atomic_load(&far.ready);
	}
	assert_int_equal(size, length);
	return frame;
}

static bool has_frame(void)
{
	uint32_t size;

	return net_port_peek(far.port, &size);
}

/* A packet in two pieces of the same page, of which every fourth gets a tag, and so changes. */
static void send_some(void)
{
	const uint8_t *frame = card_frame(1514);

	for (uint32_t i = 0; i < 5 * CARD_RING; i++) {
		uint32_t length = 60 + i * 4 % 1454, tag = i % 4 ? 0 : 4, command = IGB_TX_RS | (tag ? IGB_TX_VLE : 0);
		const uint8_t *got;

		card_put_data(0, bus_ioba(CARD_DATA), 20, command, 0);
		card_put_data(0, bus_ioba(CARD_DATA) + 20, length - 20, command | IGB_TX_EOP, 0);
		card_ring(0);
		got = receive(length + tag);
		assert_memory_equal(got, frame, 12);
		assert_memory_equal(got + 12 + tag, frame + 12, length - 12);
		net_port_pop(far.port);
		assert_int_equal(le32_get(card_tx_slot(0, (2 * i + 1) % CARD_RING)->high), IGB_TX_DD);
	}
	assert_int_equal(card_read(IGB_TPT), 5 * CARD_RING);
	assert_int_equal(net_port_stats(igb_of(c.fn)->port).sent_frames, 5 * CARD_RING);
}

static void frames_arrive_as_they_are_in_memory(void **state)
{
	send_some();
}

static void frames_arrive_without_system_calls_too(void **state)
{
	assert_int_equal(guard_take(), 0);
	send_some();
}

/* The frame behind it, which has the same room in the wire, is whole. */
static void a_frame_that_cannot_be_read_does_not_leave(void **state)
{
	const uint8_t *frame = card_frame(100);

	card_put_data(0, bus_ioba(CARD_DATA), 60, IGB_TX_RS, 0);
	card_put_data(0, WILD, 60, IGB_TX_RS | IGB_TX_EOP, 0);
	card_ring(0);
	assert_false(has_frame());
	assert_int_equal(COUNTED(&c.bus.counters, fault_no_window) + COUNTED(&c.bus.counters, fault_beyond_window), 1);
	assert_true(card_read(IGB_ICR) & IGB_ICR_DOUTSYNC);
	assert_int_equal(le32_get(card_tx_slot(0, 1)->high), IGB_TX_DD);
	card_send(0, 100);
	assert_memory_equal(receive(100), frame, 100);
}

/* A wire that is full makes packets wait, and none is lost. */
static void frames_wait_for_room(void **state)
{
	uint32_t sent = 0;

	card_frame(9000);
	while (card_read(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD) == sent % CARD_RING) {
		card_send(0, 9000);
		sent++;
	}
	assert_int_equal(net_port_stats(igb_of(c.fn)->port).sent_frames, sent - 1);
	for (uint32_t i = 0; i < sent; i++) {
		receive(9000);
		net_port_pop(far.port);
	}
	assert_false(has_frame());
	assert_int_equal(net_port_stats(igb_of(c.fn)->port).dropped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_arrive_as_they_are_in_memory, begin, end),
		cmocka_unit_test_setup_teardown(frames_arrive_without_system_calls_too, begin, end),
		cmocka_unit_test_setup_teardown(a_frame_that_cannot_be_read_does_not_leave, begin, end),
		cmocka_unit_test_setup_teardown(frames_wait_for_room, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
