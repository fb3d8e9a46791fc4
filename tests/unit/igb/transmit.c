/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors, reports and offloads of the transmit queues. */
#include "driver.h"

#include "testing.h"

#include <string.h>

#include "igb/parse.h"
#include "util/guard.h"

#define LENGTHS(ip_size) (14u << 9 | (ip_size))

static void a_frame_comes_back_and_is_reported(void **state)
{
	uint8_t *frame = card_frame(100);

	card_send(0, 100);
	assert_memory_equal(card_expect(0, 100), frame, 100);
	assert_null(card_take(0));
	assert_int_equal(le32_get(card_tx_slot(0, 0)->high), IGB_TX_DD);
	assert_int_equal(card_read(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD), 1);
	assert_int_equal(card_read(IGB_RX_QUEUE(0) + IGB_QUEUE_HEAD), 1);
}

static void pieces_become_one_frame(void **state)
{
	uint8_t *frame = card_frame(3000);

	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_LPE);
	card_put_data(0, bus_ioba(CARD_DATA), 1, 0, 0);
	card_put_data(0, bus_ioba(CARD_DATA) + 1, 0, 0, 0);
	card_put_data(0, bus_ioba(CARD_DATA) + 1, 1999, 0, 0);
	card_ring(0);
	assert_null(card_take(0));
	assert_int_equal(card_read(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD), 0);
	card_put_data(0, bus_ioba(CARD_DATA) + 2000, 1000, IGB_TX_EOP, 0);
	card_ring(0);
	assert_int_equal(le32_get(card_rx_slot(0, 0)->low), IGB_RX_DD);
	assert_int_equal(le32_get(card_rx_slot(0, 0)->high) & 0xffff, CARD_BUFFER);
	assert_non_null(card_take(0));
	assert_memory_equal(card_buffer(0), frame, CARD_BUFFER);
	assert_memory_equal(card_expect(0, 3000 - CARD_BUFFER), frame + CARD_BUFFER, 3000 - CARD_BUFFER);
	/* Nothing has asked for a report. */
	assert_int_equal(le32_get(card_tx_slot(0, 3)->high), 0);
}

static void many_frames_go_around_the_ring(void **state)
{
	for (unsigned int i = 0; i < 5 * CARD_RING; i++) {
		uint8_t *frame = card_frame(60 + i);

		card_send(0, 60 + i);
		assert_memory_equal(card_expect(0, 60 + i), frame, 60 + i);
		card_refill(0);
	}
	assert_int_equal(card_read(IGB_TPT), 5 * CARD_RING);
	assert_int_equal(card_read(IGB_GPRC), 5 * CARD_RING);
	assert_int_equal(card_read(IGB_TPT), 0);
}

/* Every third packet asks for no report. Three bursts go once around the ring, and a half. */
static void send_bursts(void)
{
	card_frame(64);
	for (unsigned int i = 0; i < 96; i++) {
		uint32_t index = i % CARD_RING;

		card_put_data(0, bus_ioba(CARD_DATA), 64, IGB_TX_EOP | (i % 3 ? IGB_TX_RS : 0), 0);
		if (i % 32 != 31)
			continue;
		card_ring(0);
		for (unsigned int n = i - 31; n <= i; n++)
			assert_int_equal(le32_get(card_tx_slot(0, n % CARD_RING)->high), n % 3 ? IGB_TX_DD : 0);
		assert_int_equal(card_read(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD), (index + 1) % CARD_RING);
		for (unsigned int n = 0; n < 32; n++)
			card_expect(0, 64);
		card_refill(0);
	}
}

static void bursts_are_reported_by_descriptor(void **state)
{
	send_bursts();
}

static void bursts_are_reported_without_system_calls_too(void **state)
{
	assert_int_equal(guard_take(), 0);
	send_bursts();
}

/* The sum starts at the UDP header, and goes into its field. */
static void legacy_descriptors_are_understood(void **state)
{
	uint8_t *frame = card_ipv4(IGB_PROTOCOL_UDP, 50);
	struct igb_headers h;
	const uint8_t *got;

	card_pseudo_sum(frame + 14, IGB_PROTOCOL_UDP, 58, 6);
	card_put(0, bus_ioba(CARD_DATA), 92 | 40u << 16 | IGB_TX_EOP | IGB_TX_IFCS | IGB_TX_IC | IGB_TX_RS, 34u << 8);
	card_ring(0);
	got = card_expect(0, 92);
	assert_memory_equal(got, frame, 40);
	h = igb_parse(got, 92, 0x8100);
	assert_true(h.l4 && igb_l4_is_right(&h) && (h.l4[6] | h.l4[7]));
	assert_int_equal(le32_get(card_tx_slot(0, 0)->high), IGB_TX_DD);
}

static void short_frames_are_padded(void **state)
{
	uint8_t *frame = card_frame(20), zeros[40] = { 0 };
	const uint8_t *got;

	card_send(0, 20);
	got = card_expect(0, 60);
	assert_memory_equal(got, frame, 20);
	assert_memory_equal(got + 20, zeros, sizeof(zeros));
}

static void checksums_are_filled_in(void **state)
{
	static const struct {
		uint8_t protocol;
		uint32_t kind, field, size;
	} kinds[] = {
		{ IGB_PROTOCOL_TCP, IGB_TX_L4_TCP, 16, 20 },
		{ IGB_PROTOCOL_UDP, IGB_TX_L4_UDP, 6, 8 },
		{ IGB_PROTOCOL_SCTP, IGB_TX_L4_SCTP, 8, 12 },
	};

	card_write(IGB_RXCSUM, IGB_RXCSUM_IPOFL | IGB_RXCSUM_TUOFL | IGB_RXCSUM_CRCOFL);
	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		uint32_t l4 = kinds[i].size + 101, length = 34 + l4;
		uint8_t *ip = card_ipv4(kinds[i].protocol, 101) + 14;
		const struct igb_descriptor *d;
		struct igb_headers h;

		if (kinds[i].protocol != IGB_PROTOCOL_SCTP)
			card_pseudo_sum(ip, kinds[i].protocol, l4, kinds[i].field);
		ip[10] = ip[11] = 0xee;
		card_put_context(0, LENGTHS(20), IGB_TX_IPV4 | kinds[i].kind, 0);
		card_put_data(0, bus_ioba(CARD_DATA), length, IGB_TX_EOP, IGB_TX_IXSM | IGB_TX_TXSM);
		card_ring(0);
		d = card_take(0);
		assert_non_null(d);
		h = igb_parse(card_buffer(0), length, 0x8100);
		assert_true(igb_ip_is_right(&h));
		assert_non_null(h.l4);
		assert_true(igb_l4_is_right(&h));
		assert_int_equal(le32_get(d->low) & (IGB_RX_IPCS | IGB_RX_L4CS | IGB_RX_IPE | IGB_RX_L4E),
				 IGB_RX_IPCS | IGB_RX_L4CS);
	}
}

/* Segments have their own lengths, numbers, sequence and flags, and right sums. */
static void a_large_packet_is_cut_into_segments(void **state)
{
	static const uint8_t flags[] = { 0x90, 0x10, 0x10, 0x19 };
	const uint32_t payload = 3100, mss = 1000;
	uint8_t *frame = card_ipv4(IGB_PROTOCOL_TCP, payload), *ip = frame + 14;
	uint32_t at = 0;

	ip[33] = 0x99;                       /* CWR, ACK, PSH, FIN */
	card_pseudo_sum(ip, IGB_PROTOCOL_TCP, 0, 16);
	card_put_context(0, LENGTHS(20), IGB_TX_IPV4 | IGB_TX_L4_TCP, mss << 16 | 20 << 8);
	card_put_data(0, bus_ioba(CARD_DATA), 54 + payload, IGB_TX_EOP | IGB_TX_RS | IGB_TX_TSE,
		      IGB_TX_IXSM | IGB_TX_TXSM | payload << 14);
	card_ring(0);
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t size = payload - at < mss ? payload - at : mss;
		const uint8_t *got = card_expect(0, 54 + size);
		struct igb_headers h = igb_parse(got, 54 + size, 0x8100);

		assert_true(igb_ip_is_right(&h) && h.l4 && igb_l4_is_right(&h));
		assert_int_equal(got[14 + 4] << 8 | got[14 + 5], 0x1234 + i);
		assert_int_equal(got[14 + 2] << 8 | got[14 + 3], 40 + size);
		assert_int_equal(got[40] << 8 | got[41], at);
		assert_int_equal(got[47], flags[i]);
		assert_memory_equal(got + 54, frame + 54 + at, size);
		at += size;
	}
	assert_null(card_take(0));
	assert_int_equal(le32_get(card_tx_slot(0, 1)->high), IGB_TX_DD);
	assert_int_equal(card_read(IGB_TSCTC), 1);
}

static void a_tag_is_inserted(void **state)
{
	static const uint8_t tag[] = { 0x81, 0x00, 0x61, 0x23 };
	uint8_t *frame = card_frame(100);
	const uint8_t *got;

	card_put_context(0, 0x6123u << 16, 0, 0);
	card_put_data(0, bus_ioba(CARD_DATA), 100, IGB_TX_EOP | IGB_TX_VLE, 0);
	card_ring(0);
	got = card_expect(0, 104);
	assert_memory_equal(got, frame, 12);
	assert_memory_equal(got + 12, tag, 4);
	assert_memory_equal(got + 16, frame + 12, 88);
}

static void the_head_is_written_where_the_driver_wants_it(void **state)
{
	const struct le32 *head = bus_page(&c.bus, CARD_DATA + 8);

	card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_WBAL, (uint32_t)bus_ioba(CARD_DATA + 8) | IGB_WBAL_ENABLE);
	card_frame(64);
	card_send(0, 64);
	card_send(0, 64);
	assert_int_equal(le32_get(*head), 2);
	assert_int_equal(le32_get(card_tx_slot(0, 0)->high), 0);
}

static void every_queue_sends(void **state)
{
	card_frame(64);
	for (unsigned int q = 0; q < IGB_QUEUES; q++) {
		card_tx_on(q);
		card_send(q, 64);
		card_expect(0, 64);
	}
}

/* One defect in each; the packet is dropped and reported, and the next one is sent. */
static void what_cannot_be_sent_is_dropped(void **state)
{
	static const struct {
		uint32_t lengths, context, mss, length, command, options;
	} bad[] = {
		{ LENGTHS(20), IGB_TX_IPV4, 0, 13, 0, 0 },                      /* no whole header */
		{ LENGTHS(8), IGB_TX_IPV4, 0, 100, 0, IGB_TX_IXSM },            /* an IP header of 8 bytes */
		{ LENGTHS(0x1fc), IGB_TX_IPV4, 0, 100, 0, IGB_TX_IXSM },        /* behind the end */
		{ LENGTHS(60), IGB_TX_L4_TCP, 0, 80, 0, IGB_TX_TXSM },          /* TCP behind the end */
		{ 20, IGB_TX_IPV4, 0, 100, 0, IGB_TX_IXSM },                    /* no MAC header */
		{ LENGTHS(20), IGB_TX_IPV4 | IGB_TX_L4_TCP, 20 << 8, 200, IGB_TX_TSE, 0 },      /* MSS 0 */
		{ LENGTHS(20), IGB_TX_IPV4 | IGB_TX_L4_TCP, 100 << 16 | 8 << 8, 200, IGB_TX_TSE, 0 },
		{ LENGTHS(20), IGB_TX_IPV4 | IGB_TX_L4_TCP, 100 << 16 | 21 << 8, 200, IGB_TX_TSE, 0 },
		{ LENGTHS(20), IGB_TX_IPV4 | IGB_TX_L4_TCP, 0xffffu << 16 | 20 << 8, 200, IGB_TX_TSE, 0 },
		{ LENGTHS(20), IGB_TX_IPV4 | IGB_TX_L4_TCP, 100u << 16 | 0xfc << 8, 200, IGB_TX_TSE, 0 },
		{ LENGTHS(20), IGB_TX_L4_TCP, 100u << 16 | 20 << 8, 200, IGB_TX_TSE, 0 },       /* IPv6 of 20 bytes */
		{ LENGTHS(20), IGB_TX_IPV4 | IGB_TX_L4_SCTP, 100u << 16 | 20 << 8, 200, IGB_TX_TSE, 0 },
		{ LENGTHS(20), 0, 0, 10000, 0, 0 },                             /* longer than any frame */
	};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		uint32_t at = c.tx_tail[0];

		card_frame(200);
		card_put_context(0, bad[i].lengths, bad[i].context, bad[i].mss);
		card_put_data(0, bus_ioba(CARD_DATA), bad[i].length, bad[i].command | IGB_TX_EOP | IGB_TX_RS, bad[i].options);
		card_ring(0);
		assert_null(card_take(0));
		assert_int_equal(le32_get(card_tx_slot(0, at + 1)->high) & IGB_TX_DD, IGB_TX_DD);
		assert_true(card_read(IGB_ICR) & IGB_ICR_DOUTSYNC);
		card_send(0, 200);
		card_expect(0, 200);
		card_refill(0);
	}
}

static void endless_chains_and_other_types_are_dropped(void **state)
{
	card_frame(64);
	for (unsigned int i = 0; i < 5; i++)
		card_put_data(0, bus_ioba(CARD_DATA), 0xffff, i == 4 ? IGB_TX_EOP : 0, 0);
	card_ring(0);
	assert_null(card_take(0));
	card_put(0, bus_ioba(CARD_DATA), 64 | IGB_TX_DEXT | IGB_TX_EOP | 0x00500000, 0);
	card_ring(0);
	assert_null(card_take(0));
	/* A chain without an end stays in the ring. */
	for (unsigned int i = 0; i < CARD_RING - 10; i++)
		card_put_data(0, bus_ioba(CARD_DATA), 1, 0, 0);
	card_ring(0);
	assert_null(card_take(0));
	assert_int_equal(card_read(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD), 6);
	card_tx_on(0);
	card_send(0, 64);
	card_expect(0, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARD_TEST(a_frame_comes_back_and_is_reported),
		CARD_TEST(pieces_become_one_frame),
		CARD_TEST(many_frames_go_around_the_ring),
		CARD_TEST(bursts_are_reported_by_descriptor),
		CARD_TEST(bursts_are_reported_without_system_calls_too),
		CARD_TEST(legacy_descriptors_are_understood),
		CARD_TEST(short_frames_are_padded),
		CARD_TEST(checksums_are_filled_in),
		CARD_TEST(a_large_packet_is_cut_into_segments),
		CARD_TEST(a_tag_is_inserted),
		CARD_TEST(the_head_is_written_where_the_driver_wants_it),
		CARD_TEST(every_queue_sends),
		CARD_TEST(what_cannot_be_sent_is_dropped),
		CARD_TEST(endless_chains_and_other_types_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
