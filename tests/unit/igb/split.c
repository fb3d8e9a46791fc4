/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of received frames in buffers of their own [82576 7.1.10]. */
#include "driver.h"

#include "testing.h"

#include <string.h>

#include "igb/parse.h"

#define SPLIT        2u
#define SPLIT_ALWAYS 5u
#define UNITS        2u                  /* of 64 bytes, in a header buffer */
#define MOST         (64 * UNITS)
#define HEADERS      (CARD_DATA + 64)    /* page n has the header buffer of descriptor n */
#define IPV4         (1u << 1)
#define IPV4_TCP     (1u << 2)
#define IPV4_UDP     (1u << 3)
#define FRAME_TCP    (14 + 20 + 20)
#define FRAME_UDP    (14 + 20 + 8)

static void queue_splits(uint32_t type, uint32_t units, uint32_t kinds)
{
	card_write(IGB_RX_QUEUE(0) + IGB_QUEUE_DCTL, 0);
	card_write(IGB_PSRTYPE(0), kinds);
	card_rx_on(0, type << IGB_SRRCTL_TYPE_SHIFT | units << IGB_SRRCTL_HEADER_SHIFT | CARD_BUFFER / 1024);
	for (uint32_t i = 0; i < CARD_RING; i++) {
		uint64_t at = bus_ioba(HEADERS + i);

		/* Bit 0 is no part of the address. */
		card_rx_slot(0, i)->low = le32_make((uint32_t)at | 1);
		card_rx_slot(0, i)->high = le32_make((uint32_t)(at >> 32));
		memset(bus_page(&c.bus, HEADERS + i), 0xee, 4096);
	}
}

/* The frame of page CARD_DATA comes in, `split` bytes of it in the header buffer, and the rest behind them. */
static void comes_split(uint32_t length, uint32_t split, uint32_t first, uint32_t status)
{
	uint32_t slot = c.rx_head[0], at = split;
	const uint8_t *frame = bus_page(&c.bus, CARD_DATA), *header = bus_page(&c.bus, HEADERS + slot);
	const struct igb_descriptor *d;

	card_send(0, length);
	do {
		uint32_t size = length - at < CARD_BUFFER ? length - at : CARD_BUFFER;

		d = card_take(0);
		assert_non_null(d);
		assert_int_equal(le32_get(d->high) & 0xffff, size);
		assert_int_equal((uint32_t)le64_get(d->address) & 0xffe00000u, at == split ? first : 0);
		assert_memory_equal(card_buffer(0), frame + at, size);
		at += size;
		assert_int_equal(le32_get(d->low) & IGB_RX_EOP, at == length ? IGB_RX_EOP : 0);
	} while (at < length);
	assert_int_equal(le32_get(d->low) & IGB_RX_HBO, status);
	assert_memory_equal(header, frame, split);
	assert_int_equal(header[split], 0xee);
}

static uint32_t length_of(uint32_t size)
{
	return size << IGB_RX_HEADER_SHIFT;
}

static void headers_are_split_from_data(void **state)
{
	queue_splits(SPLIT, UNITS, IPV4 | IPV4_TCP | IPV4_UDP);
	card_ipv4(IGB_PROTOCOL_TCP, 1000);
	comes_split(FRAME_TCP + 1000, FRAME_TCP, IGB_RX_SPH | length_of(FRAME_TCP), 0);
	card_ipv4(IGB_PROTOCOL_UDP, 1000);
	comes_split(FRAME_UDP + 1000, FRAME_UDP, IGB_RX_SPH | length_of(FRAME_UDP), 0);
	card_ipv4(IGB_PROTOCOL_SCTP, 1000);
	comes_split(34 + 12 + 1000, 34, IGB_RX_SPH | length_of(34), 0);
}

static void only_chosen_kinds_are_split(void **state)
{
	queue_splits(SPLIT, UNITS, IPV4_UDP);
	card_ipv4(IGB_PROTOCOL_TCP, 1000);
	comes_split(FRAME_TCP + 1000, 0, 0, 0);
	card_ipv4(IGB_PROTOCOL_UDP, 1000);
	comes_split(FRAME_UDP + 1000, FRAME_UDP, IGB_RX_SPH | length_of(FRAME_UDP), 0);
	card_frame(1000);
	comes_split(1000, 0, 0, 0);
}

static void fragments_are_split_unless_that_is_off(void **state)
{
	uint8_t *frame = card_ipv4(IGB_PROTOCOL_UDP, 1000);

	frame[20] = 0x20;
	queue_splits(SPLIT, UNITS, IPV4);
	comes_split(FRAME_UDP + 1000, 34, IGB_RX_SPH | length_of(34), 0);
	card_write(IGB_RFCTL, IGB_RFCTL_IPFRSP_DIS);
	comes_split(FRAME_UDP + 1000, 0, 0, 0);
}

/* Linux's igbvf does so with an MTU above 1500, and leaves PSRTYPE as it is. */
static void a_queue_can_always_use_the_header_buffer(void **state)
{
	queue_splits(SPLIT_ALWAYS, UNITS, 0);
	card_frame(60);
	comes_split(60, 60, length_of(60), 0);
	card_frame(MOST);
	comes_split(MOST, MOST, length_of(MOST), 0);
	card_ipv4(IGB_PROTOCOL_TCP, 1000);
	comes_split(FRAME_TCP + 1000, MOST, length_of(MOST), 0);
	queue_splits(SPLIT_ALWAYS, UNITS, IPV4_TCP);
	card_ipv4(IGB_PROTOCOL_TCP, 1000);
	comes_split(FRAME_TCP + 1000, FRAME_TCP, IGB_RX_SPH | length_of(FRAME_TCP), 0);
}

static void headers_that_do_not_fit_are_told(void **state)
{
	uint8_t *frame = card_ipv4(IGB_PROTOCOL_TCP, 1000);

	frame[14 + 20 + 12] = 0xf0;
	queue_splits(SPLIT, 1, IPV4_TCP);
	comes_split(FRAME_TCP + 1000, 0, IGB_RX_SPH | length_of(94), IGB_RX_HBO);
	queue_splits(SPLIT_ALWAYS, 1, IPV4_TCP);
	comes_split(FRAME_TCP + 1000, 64, IGB_RX_SPH | length_of(94), IGB_RX_HBO);
	/* A header that claims to be longer than the packet is none. */
	frame = card_ipv4(IGB_PROTOCOL_TCP, 20);
	frame[14 + 20 + 12] = 0xf0;
	queue_splits(SPLIT, UNITS, IPV4_TCP);
	comes_split(FRAME_TCP + 20, 0, 0, 0);
}

static void the_rest_of_a_long_frame_takes_several_buffers(void **state)
{
	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_LPE);
	card_write(IGB_RLPML, 4000);
	queue_splits(SPLIT, UNITS, IPV4_TCP);
	card_ipv4(IGB_PROTOCOL_TCP, 3000);
	comes_split(FRAME_TCP + 3000, FRAME_TCP, IGB_RX_SPH | length_of(FRAME_TCP), 0);
	/* All that is behind the headers fits into one buffer. */
	card_ipv4(IGB_PROTOCOL_TCP, CARD_BUFFER);
	comes_split(FRAME_TCP + CARD_BUFFER, FRAME_TCP, IGB_RX_SPH | length_of(FRAME_TCP), 0);
	card_frame(64);
	comes_split(64, 0, 0, 0);
}

static void a_header_buffer_out_of_reach_ends_its_frame_only(void **state)
{
	const struct igb_descriptor *d;

	queue_splits(SPLIT_ALWAYS, UNITS, 0);
	card_rx_slot(0, 0)->high = le32_make(0xffff);
	card_frame(60);
	card_send(0, 60);
	d = card_take(0);
	assert_non_null(d);
	assert_int_equal(le32_get(d->low) & (IGB_RX_EOP | 0x80000000u), IGB_RX_EOP | 0x80000000u);
	comes_split(60, 60, length_of(60), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARD_TEST(headers_are_split_from_data),
		CARD_TEST(only_chosen_kinds_are_split),
		CARD_TEST(fragments_are_split_unless_that_is_off),
		CARD_TEST(a_queue_can_always_use_the_header_buffer),
		CARD_TEST(headers_that_do_not_fit_are_told),
		CARD_TEST(the_rest_of_a_long_frame_takes_several_buffers),
		CARD_TEST(a_header_buffer_out_of_reach_ends_its_frame_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
