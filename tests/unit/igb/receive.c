/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters, queues, descriptors and counters of the receive side. */
#include "driver.h"

#include "testing.h"

#include <string.h>

#include "igb/parse.h"
#include "igb/sum.h"

#define ONE_BUFFER (1u << IGB_SRRCTL_TYPE_SHIFT | CARD_BUFFER / 1024)

static void set_bits(uint32_t offset, uint32_t bits)
{
	card_write(offset, card_read(offset) | bits);
}

/* Sends a frame of 64 bytes to an address, and returns whether it was received. */
static bool comes_in(const uint8_t to[6])
{
	memcpy(card_frame(64), to, 6);
	card_send(0, 64);
	if (!card_take(0))
		return false;
	card_refill(0);
	return true;
}

static void unicast_is_filtered(void **state)
{
	static const uint8_t ours[] = { 2, 0, 0, 0, 0, 10 }, other[] = { 2, 0, 0, 0, 1, 10 },
			     last[] = { 2, 0x23, 0x45, 0x67, 0x89, 0xab };

	assert_true(comes_in(ours));
	assert_false(comes_in(other));
	assert_false(comes_in(last));
	card_write(IGB_RA2 + 8 * 7, 0x67452302);
	card_write(IGB_RA2 + 8 * 7 + 4, 0xab89);
	assert_false(comes_in(last));
	card_write(IGB_RA2 + 8 * 7 + 4, IGB_RAH_VALID | 0xab89);
	assert_true(comes_in(last));
	set_bits(IGB_RCTL, IGB_RCTL_UPE);
	assert_true(comes_in(other));
}

static void multicast_is_filtered_by_a_table(void **state)
{
	static const uint8_t group[] = { 1, 0, 0x5e, 0, 0x12, 0x34 };
	static const unsigned int shift[] = { 4, 3, 2, 0 };

	assert_false(comes_in(group));
	for (uint32_t mo = 0; mo < 4; mo++) {
		uint32_t bits = 0x3412u >> shift[mo] & 0xfff, rctl = card_read(IGB_RCTL) & ~(3u << IGB_RCTL_MO_SHIFT);

		card_write(IGB_RCTL, rctl | mo << IGB_RCTL_MO_SHIFT);
		card_write(IGB_MTA + 4 * (bits >> 5), 1u << (bits & 31));
		assert_true(comes_in(group));
		card_write(IGB_MTA + 4 * (bits >> 5), ~(1u << (bits & 31)));
		assert_false(comes_in(group));
		card_write(IGB_MTA + 4 * (bits >> 5), 0);
	}
	set_bits(IGB_RCTL, IGB_RCTL_MPE);
	assert_true(comes_in(group));
}

static void broadcast_is_a_choice(void **state)
{
	static const uint8_t all[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	assert_true(comes_in(all));
	card_write(IGB_RCTL, card_read(IGB_RCTL) & ~IGB_RCTL_BAM);
	assert_false(comes_in(all));
	assert_int_equal(card_read(IGB_BPRC), 1);
	assert_int_equal(card_read(IGB_BPTC), 2);
	assert_int_equal(card_read(IGB_TPR), 2);
	assert_int_equal(card_read(IGB_GPRC), 1);
}

static void tag_frame(uint16_t tag)
{
	uint8_t *frame = card_frame(100);

	frame[12] = 0x81;
	frame[13] = 0;
	frame[14] = (uint8_t)(tag >> 8);
	frame[15] = (uint8_t)tag;
}

static void tags_are_stripped_and_filtered(void **state)
{
	const struct igb_descriptor *d;
	uint8_t *frame = bus_page(&c.bus, CARD_DATA);

	tag_frame(0x6123);
	card_send(0, 100);
	assert_memory_equal(card_expect(0, 100), frame, 100);
	set_bits(IGB_CTRL, IGB_CTRL_VME);
	card_send(0, 100);
	d = card_take(0);
	assert_non_null(d);
	assert_int_equal(le32_get(d->high), 0x6123u << 16 | 96);
	assert_true(le32_get(d->low) & IGB_RX_VP);
	assert_memory_equal(card_buffer(0), frame, 12);
	assert_memory_equal(card_buffer(0) + 12, frame + 16, 84);
	set_bits(IGB_RCTL, IGB_RCTL_VFE);
	card_send(0, 100);
	assert_null(card_take(0));
	card_write(IGB_VFTA + 4 * (0x123 >> 5), 1u << (0x123 & 31));
	card_send(0, 100);
	assert_non_null(card_take(0));
	/* A frame without a tag passes. */
	card_frame(100);
	card_send(0, 100);
	card_expect(0, 100);
}

static void too_long_frames_are_counted(void **state)
{
	card_frame(1515);
	card_send(0, 1514);
	card_expect(0, 1514);
	card_send(0, 1515);
	assert_null(card_take(0));
	assert_int_equal(card_read(IGB_ROC), 1);
	set_bits(IGB_RCTL, IGB_RCTL_LPE);
	card_write(IGB_RLPML, 1600);
	card_send(0, 1596);
	card_expect(0, 1596);
	card_send(0, 1597);
	assert_null(card_take(0));
	assert_int_equal(card_read(IGB_ROC), 1);
}

static void the_fcs_can_be_kept(void **state)
{
	uint8_t *frame = card_frame(64);
	const uint8_t *got;
	uint32_t crc = igb_crc32(frame, 64);

	card_write(IGB_RCTL, card_read(IGB_RCTL) & ~IGB_RCTL_SECRC);
	card_send(0, 64);
	got = card_expect(0, 68);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(got[64 + i], crc >> 8 * i & 0xff);
	/* The check value of CRC-32 and CRC-32C. */
	assert_int_equal(igb_crc32((const uint8_t *)"123456789", 9), 0xcbf43926);
	assert_int_equal(igb_crc32c((const uint8_t *)"123456789", 9), 0xe3069283);
}

static void wrong_checksums_are_told(void **state)
{
	uint8_t *frame = card_ipv4(IGB_PROTOCOL_TCP, 40);
	const struct igb_descriptor *d;

	card_send(0, 94);
	d = card_take(0);
	assert_int_equal(le32_get(d->low) & (IGB_RX_IPCS | IGB_RX_L4CS | IGB_RX_IPE | IGB_RX_L4E),
			 IGB_RX_IPCS | IGB_RX_L4CS | IGB_RX_L4E);
	assert_int_equal(le64_get(d->address) >> 4 & 0xfff, IGB_RX_TYPE_IPV4 | IGB_RX_TYPE_TCP);
	frame[14 + 11] ^= 1;
	card_send(0, 94);
	assert_int_equal(le32_get(card_take(0)->low) & (IGB_RX_IPCS | IGB_RX_IPE), IGB_RX_IPCS | IGB_RX_IPE);
	card_write(IGB_RXCSUM, 0);
	card_send(0, 94);
	assert_int_equal(le32_get(card_take(0)->low) & (IGB_RX_IPCS | IGB_RX_IPE | IGB_RX_L4CS | IGB_RX_L4E), 0);
}

/* The key and two of the results with which Microsoft's documentation of RSS verifies an implementation. */
static void flows_are_spread_as_rss_says(void **state)
{
	static const uint8_t key[40] = {
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
		0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
		0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
	};
	static const uint8_t flow[12] = { 66, 9, 149, 187, 161, 142, 100, 80, 0x0a, 0xea, 0x06, 0xe6 };
	uint8_t *frame = card_ipv4(IGB_PROTOCOL_TCP, 40);
	const struct igb_descriptor *d;

	memcpy(frame + 26, flow, sizeof(flow));
	for (unsigned int i = 0; i < 40; i += 4)
		card_write(IGB_RSSRK + i, key[i] | key[i + 1] << 8 | key[i + 2] << 16 | (uint32_t)key[i + 3] << 24);
	for (unsigned int i = 0; i < 32; i++)
		card_write(IGB_RETA + 4 * i, 0x03030303);
	card_rx_on(3, ONE_BUFFER);
	card_write(IGB_MRQC, IGB_MRQC_RSS | IGB_MRQC_TCP_IPV4 | IGB_MRQC_IPV4);
	card_send(0, 94);
	assert_null(card_take(0));
	d = card_take(3);
	assert_non_null(d);
	assert_int_equal(le64_get(d->address) >> 32, 0x51ccc178);
	assert_int_equal(le64_get(d->address) & 15, 1);
	card_write(IGB_MRQC, IGB_MRQC_RSS | IGB_MRQC_IPV4);
	card_send(0, 94);
	d = card_take(3);
	assert_int_equal(le64_get(d->address) >> 32, 0x323e8fc2);
	assert_int_equal(le64_get(d->address) & 15, 2);
	/* Others go to queue 0. */
	card_frame(64);
	card_send(0, 64);
	card_expect(0, 64);
}

static void legacy_descriptors_are_filled_in(void **state)
{
	const struct igb_descriptor *d;

	card_rx_on(0, 0);
	card_ipv4(IGB_PROTOCOL_TCP, 40);
	card_send(0, 94);
	d = card_rx_slot(0, 0);
	assert_int_equal(le32_get(d->low) & 0xffff, 94);
	assert_int_equal(le32_get(d->high) & 0xff, IGB_RX_DD | IGB_RX_EOP | IGB_RX_IPCS | IGB_RX_L4CS);
	assert_int_equal(le32_get(d->high) >> 8 & 0xff, 0x20);
}

/* Sends frames until the ring of a queue is full, and then some more. */
static void overflow(unsigned int more)
{
	card_frame(64);
	for (unsigned int i = 0; i < CARD_RING - 1 + more; i++)
		card_send(0, 64);
}

static void frames_without_a_descriptor_are_missed(void **state)
{
	overflow(3);
	assert_int_equal(card_read(IGB_MPC), 3);
	assert_int_equal(card_read(IGB_RNBC), 3);
	assert_int_equal(card_read(IGB_GPRC), CARD_RING - 1);
	assert_int_equal(card_read(IGB_RX_QUEUE(0) + IGB_QUEUE_HEAD), CARD_RING - 1);
	for (unsigned int i = 0; i < CARD_RING - 1; i++)
		card_expect(0, 64);
	card_refill(0);
	card_send(0, 64);
	card_expect(0, 64);
}

static void a_queue_that_drops_counts_for_itself(void **state)
{
	card_rx_on(0, ONE_BUFFER | IGB_SRRCTL_DROP);
	overflow(2);
	assert_int_equal(card_read(IGB_RX_QUEUE(0) + IGB_QUEUE_RQDPC), 2);
	assert_int_equal(card_read(IGB_RX_QUEUE(0) + IGB_QUEUE_RQDPC), 0);
	assert_int_equal(card_read(IGB_MPC), 0);
}

static void a_receiver_that_is_off_takes_nothing(void **state)
{
	card_write(IGB_RCTL, card_read(IGB_RCTL) & ~IGB_RCTL_EN);
	card_frame(64);
	card_send(0, 64);
	assert_null(card_take(0));
	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_EN);
	card_write(IGB_RX_QUEUE(0) + IGB_QUEUE_DCTL, 0);
	card_send(0, 64);
	assert_null(card_take(0));
	assert_int_equal(card_read(IGB_MPC), 1);
}

static void headers_that_lie_are_no_headers(void **state)
{
	static const struct {
		unsigned int at;
		uint8_t value;
	} lies[] = {
		{ 14, 0x44 },      /* an IP header of 16 bytes */
		{ 14, 0x4f },      /* of 60, more than the total length says */
		{ 16, 0x10 },      /* a total length behind the end of the frame */
		{ 17, 10 },        /* or before that of the header */
		{ 14, 0x65 },      /* another version than the EtherType's */
	};

	for (size_t i = 0; i < ARRAY_COUNT(lies); i++) {
		uint8_t *frame = card_ipv4(IGB_PROTOCOL_UDP, 10);
		const struct igb_descriptor *d;

		frame[lies[i].at] = lies[i].value;
		card_send(0, 60);
		d = card_take(0);
		assert_non_null(d);
		assert_int_equal(le32_get(d->low) & (IGB_RX_IPCS | IGB_RX_L4CS), 0);
		assert_int_equal(le64_get(d->address) >> 4 & 0xfff, 0);
	}
}

/* Hop-by-hop options of 8 bytes, then destination options of 16, then UDP. */
static void the_headers_of_ipv6_are_followed(void **state)
{
	static const uint8_t head[] = { 0x60, 0, 0, 0, 0, 40, 0, 64 }, udp[] = { 0, 9, 0, 10, 0, 16, 0, 0 };
	uint8_t *frame = card_frame(94), *ip = frame + 14;
	struct igb_headers h;

	frame[12] = 0x86;
	frame[13] = 0xdd;
	memcpy(ip, head, sizeof(head));
	memset(ip + 40, 0, 40);
	ip[40] = 60;
	ip[48] = IGB_PROTOCOL_UDP;
	ip[49] = 1;
	memcpy(ip + 64, udp, sizeof(udp));
	h = igb_parse(frame, 94, 0x8100);
	assert_int_equal(h.type, IGB_RX_TYPE_IPV6E | IGB_RX_TYPE_UDP);
	assert_ptr_equal(h.l4, ip + 64);
	assert_int_equal(h.l4_size, 16);
	ip[40] = 44;                         /* a fragment has no header of the next layer */
	h = igb_parse(frame, 94, 0x8100);
	assert_int_equal(h.type, IGB_RX_TYPE_IPV6E);
	assert_null(h.l4);
	ip[40] = 60;
	ip[49] = 9;                          /* options that pass the end */
	h = igb_parse(frame, 94, 0x8100);
	assert_null(h.ip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARD_TEST(unicast_is_filtered),
		CARD_TEST(multicast_is_filtered_by_a_table),
		CARD_TEST(broadcast_is_a_choice),
		CARD_TEST(tags_are_stripped_and_filtered),
		CARD_TEST(too_long_frames_are_counted),
		CARD_TEST(the_fcs_can_be_kept),
		CARD_TEST(wrong_checksums_are_told),
		CARD_TEST(flows_are_spread_as_rss_says),
		CARD_TEST(legacy_descriptors_are_filled_in),
		CARD_TEST(frames_without_a_descriptor_are_missed),
		CARD_TEST(a_queue_that_drops_counts_for_itself),
		CARD_TEST(a_receiver_that_is_off_takes_nothing),
		CARD_TEST(headers_that_lie_are_no_headers),
		CARD_TEST(the_headers_of_ipv6_are_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
