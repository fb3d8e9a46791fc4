/* SPDX-License-Identifier: BSD-2-Clause */
/* What the 82545GM has in another way than the 82576. */
#include "driver.h"

#include "testing.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "abi/e1000.h"
#include "igb/parse.h"

static void the_identity_is_that_of_an_82545gm(void **state)
{
	uint32_t ids = 0;

	assert_int_equal(function_config_read(c.fn, PCI_VENDOR_ID, &ids, sizeof(ids)), 0);
	assert_int_equal(ids, 0x10268086);
	assert_int_equal(c.fn->bar_size[0], 128 * 1024);
	for (unsigned int i = 1; i < FUNCTION_BAR_COUNT; i++)
		assert_int_equal(c.fn->bar_size[i], 0);
	assert_int_equal(c.fn->config.msix_offset, 0);
	/* Bit 13 would be PCI-X, for which Linux's driver asks for 64-bit addresses. */
	assert_int_equal(card_read(IGB_STATUS) & 0x3800, 0);
	assert_int_equal(card_phy_read(IGB_PHY_ID1), 0x0141);
	assert_int_equal(card_phy_read(IGB_PHY_ID2) & 0xfff0, 0x0c20);
}

static void registers_of_the_82576_do_not_exist(void **state)
{
	static const uint32_t missing[] = {
		IGB_GPIE, IGB_EIMS, IGB_RLPML, IGB_DTXTCPFLGL, 0x4100, IGB_RX_QUEUE(0), IGB_RX_QUEUE(0) + IGB_QUEUE_LEN,
		IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, IGB_SYSTIML, IGB_RETA, IGB_RX_OLD + IGB_QUEUE_SRRCTL,
		IGB_TX_OLD + IGB_QUEUE_WBAL, IGB_RX_OLD + 0x100, 0xff00, IGB_MRQC, IGB_VT_CTL, IGB_VFRE, IGB_VFTE, IGB_DTXSWC,
		IGB_VMOLR(0), IGB_VMOLR(7), IGB_VLVF(0), IGB_RA2, IGB_UTA, IGB_RSSRK, IGB_TIMINCA, IGB_EIAC, IGB_IVAR(0),
	};

	for (size_t i = 0; i < ARRAY_COUNT(missing); i++) {
		card_write(missing[i], ~0u);
		assert_int_equal(card_read(missing[i]), 0);
	}
	card_write(IGB_RX_OLD + IGB_QUEUE_LEN, ~0u);
	assert_int_equal(card_read(IGB_RX_OLD + IGB_QUEUE_LEN), 0xfff80);
}

/* One pulse of the clock. Returns what the EEPROM says. */
static bool pulse(bool bit)
{
	uint32_t pins = IGB_EECD_REQ | E1000_EECD_CS | (bit ? E1000_EECD_DI : 0);
	bool out;

	card_write(IGB_EECD, pins);
	card_write(IGB_EECD, pins | E1000_EECD_SK);
	out = card_read(IGB_EECD) & E1000_EECD_DO;
	card_write(IGB_EECD, pins);
	return out;
}

static void send_bits(uint32_t value, unsigned int count)
{
	while (count--)
		pulse(value >> count & 1);
}

static uint32_t receive_bits(unsigned int count)
{
	uint32_t value = 0;

	while (count--)
		value = value << 1 | pulse(false);
	return value;
}

static void select_eeprom(void)
{
	card_write(IGB_EECD, IGB_EECD_REQ);
	assert_true(card_read(IGB_EECD) & IGB_EECD_GNT);
	card_write(IGB_EECD, IGB_EECD_REQ | E1000_EECD_CS);
}

static uint32_t read_by_pins(uint32_t word)
{
	select_eeprom();
	send_bits(6, 3);
	send_bits(word, 6);
	return receive_bits(16);
}

static void the_eeprom_is_read_bit_by_bit(void **state)
{
	uint16_t sum = 0;

	for (uint32_t i = 0; i < 64; i++)
		sum = (uint16_t)(sum + read_by_pins(i));
	assert_int_equal(sum, 0xbaba);
	assert_int_equal(read_by_pins(0), 0x0002);
	assert_int_equal(read_by_pins(2), 0x0a00);
	/* A read goes on with the next word. */
	assert_int_equal(read_by_pins(1), 0x0000);
	assert_int_equal(receive_bits(16), 0x0a00);
	card_write(IGB_EERD, 2 << 8 | E1000_EERD_START);
	assert_int_equal(card_read(IGB_EERD), 0x0a000000 | 2 << 8 | E1000_EERD_DONE);
}

static void only_a_rising_clock_counts(void **state)
{
	select_eeprom();
	for (unsigned int i = 0; i < 9; i++) {
		uint32_t pins = IGB_EECD_REQ | E1000_EECD_CS | (0x182u << i & 0x100 ? E1000_EECD_DI : 0);

		card_write(IGB_EECD, pins);
		card_write(IGB_EECD, pins | E1000_EECD_SK);
		card_write(IGB_EECD, pins | E1000_EECD_SK);
	}
	card_write(IGB_EECD, IGB_EECD_REQ | E1000_EECD_CS);
	assert_int_equal(receive_bits(16), 0x0a00);
}

static void the_eeprom_is_not_written(void **state)
{
	select_eeprom();
	send_bits(5, 3);
	send_bits(2, 6);
	assert_int_equal(receive_bits(16), 0xffff);
	card_write(IGB_EECD, 0);
	assert_false(card_read(IGB_EECD) & IGB_EECD_GNT);
	assert_int_equal(read_by_pins(2), 0x0a00);
	/* Bits before the start bit are 0, and count for nothing. */
	select_eeprom();
	send_bits(0, 5);
	send_bits(6, 3);
	send_bits(2, 6);
	assert_int_equal(receive_bits(16), 0x0a00);
}

static void a_frame_goes_by_legacy_descriptors(void **state)
{
	uint8_t *frame = card_frame(100);
	const struct igb_descriptor *d;

	/* The queues have no bit that turns them on. */
	card_write(IGB_TX_OLD + IGB_QUEUE_DCTL, 0);
	card_write(IGB_RX_OLD + IGB_QUEUE_DCTL, 0);
	card_put(0, bus_ioba(CARD_DATA), 100 | IGB_TX_EOP | IGB_TX_IFCS | IGB_TX_RS, 0);
	card_ring(0);
	d = card_take(0);
	assert_non_null(d);
	assert_int_equal(le32_get(d->low) & 0xffff, 100);
	assert_int_equal(le32_get(d->high) & 0xff03, IGB_RX_DD | IGB_RX_EOP);
	assert_memory_equal(card_buffer(0), frame, 100);
	assert_int_equal(le32_get(card_tx_slot(0, 0)->high), IGB_TX_DD);
	assert_int_equal(card_read(IGB_TX_OLD + IGB_QUEUE_HEAD), 1);
	assert_int_equal(card_read(IGB_RX_OLD + IGB_QUEUE_HEAD), 1);
	assert_true(card_read(0xc0) & IGB_ICR_RXT0);
}

/* Both headers, whose sums go where IPv4 and the protocol have them. */
static void put_context(uint32_t l4, uint32_t to, uint32_t command, uint32_t high)
{
	card_put(0, 14u | 24u << 8 | 33u << 16 | (uint64_t)l4 << 32 | (uint64_t)to << 40,
		 IGB_TX_DEXT | E1000_TX_IPV4 | command, high);
}

static void put_data(uint32_t length, uint32_t command, uint32_t options)
{
	card_put(0, bus_ioba(CARD_DATA), length | E1000_TX_DATA | IGB_TX_DEXT | IGB_TX_IFCS | IGB_TX_EOP | command, options);
}

/* Takes the next frame, which must have an IPv4 and an L4 checksum that are right, for the card and for us. */
static const uint8_t *expect_sums(uint32_t length)
{
	const struct igb_descriptor *d = card_take(0);
	struct igb_headers h;

	assert_non_null(d);
	assert_int_equal(le32_get(d->low) & 0xffff, length);
	assert_int_equal(le32_get(d->high) & 0xffff, IGB_RX_DD | IGB_RX_EOP | IGB_RX_IPCS | IGB_RX_L4CS);
	h = igb_parse(card_buffer(0), length, 0x8100);
	assert_true(igb_ip_is_right(&h) && h.l4 && igb_l4_is_right(&h));
	return card_buffer(0);
}

static void sum_on(void)
{
	card_write(IGB_RXCSUM, IGB_RXCSUM_IPOFL | IGB_RXCSUM_TUOFL);
}

static void checksums_are_filled_in_as_the_context_says(void **state)
{
	uint8_t *ip = card_ipv4(IGB_PROTOCOL_UDP, 101) + 14;

	sum_on();
	ip[10] = ip[11] = 0xee;
	card_pseudo_sum(ip, IGB_PROTOCOL_UDP, 109, 6);
	put_context(34, 40, 0, 0);
	put_data(143, 0, IGB_TX_IXSM | IGB_TX_TXSM);
	card_ring(0);
	expect_sums(143);
	/* The context stays. Without options nothing is touched. */
	ip[10] = ip[11] = 0xee;
	put_data(143, 0, 0);
	card_ring(0);
	assert_non_null(card_take(0));
	assert_memory_equal(card_buffer(0), ip - 14, 143);
}

/* What lies behind the end of the sum does not count. */
static void a_sum_ends_where_the_context_says(void **state)
{
	uint8_t *ip = card_ipv4(IGB_PROTOCOL_UDP, 100) + 14;

	sum_on();
	card_pseudo_sum(ip, IGB_PROTOCOL_UDP, 108, 6);
	memset(ip + 128, 0xaa, 8);
	card_put(0, 14u | 24u << 8 | 33u << 16 | UINT64_C(34) << 32 | UINT64_C(40) << 40 | UINT64_C(141) << 48,
		 IGB_TX_DEXT | E1000_TX_IPV4, 0);
	put_data(150, 0, IGB_TX_IXSM | IGB_TX_TXSM);
	card_ring(0);
	expect_sums(150);
}

/* The context for segments is another one than that for checksums. */
static void a_large_packet_is_cut_into_segments(void **state)
{
	uint8_t *ip = card_ipv4(IGB_PROTOCOL_TCP, 2500) + 14;

	sum_on();
	card_pseudo_sum(ip, IGB_PROTOCOL_TCP, 0, 16);
	put_context(34, 50, E1000_TX_TCP | E1000_TX_TSE, 54u << 8 | 1000u << 16);
	put_context(34, 40, 0, 0);
	put_data(2554, E1000_TX_TSE, IGB_TX_IXSM | IGB_TX_TXSM);
	card_ring(0);
	assert_memory_equal(expect_sums(1054) + 54, ip + 40, 1000);
	assert_memory_equal(expect_sums(1054) + 54, ip + 1040, 1000);
	assert_memory_equal(expect_sums(554) + 54, ip + 2040, 500);
	assert_null(card_take(0));
	assert_int_equal(card_read(IGB_TSCTC), 1);
}

/* A pseudo header's length is 20 bits, so a descriptor may hold what a legacy one cannot. */
static void a_descriptor_has_twenty_bits_of_length(void **state)
{
	card_frame(64);
	put_data(0x10040, 0, 0);
	card_ring(0);
	assert_null(card_take(0));
	put_data(64, 0, 0);
	card_ring(0);
	assert_non_null(card_take(0));
}

static void tags_are_in_the_data_descriptor(void **state)
{
	uint8_t *frame = card_frame(100);

	card_write(IGB_CTRL, card_read(IGB_CTRL) | IGB_CTRL_VME);
	put_data(100, IGB_TX_VLE, 0x6123u << 16);
	card_ring(0);
	assert_int_equal(le32_get(card_rx_slot(0, 0)->high), IGB_RX_DD | IGB_RX_EOP | IGB_RX_VP | 0x6123u << 16);
	assert_non_null(card_take(0));
	assert_memory_equal(card_buffer(0), frame, 100);
}

static void contexts_that_lie_drop_their_packets_only(void **state)
{
	static const struct {
		uint32_t l4, to, high;
		uint32_t tse;
	} lies[] = {
		{ 34, 33, 0, 0 },                           /* the sum goes before its start */
		{ 34, 142, 0, 0 },                          /* or across the end */
		{ 200, 206, 0, 0 },                         /* the header lies behind the packet */
		{ 10, 16, 54u << 8 | 1000u << 16, E1000_TX_TSE },     /* L4 before IP */
		{ 34, 50, 30u << 8 | 1000u << 16, E1000_TX_TSE },     /* the payload before L4 */
		{ 34, 50, 255u << 8 | 1000u << 16, E1000_TX_TSE },    /* or behind the packet */
		{ 34, 50, 55u << 8 | 1000u << 16, E1000_TX_TSE },     /* an odd header */
		{ 34, 50, 54u << 8, E1000_TX_TSE },                   /* no segment size */
		{ 34, 50, 54u << 8 | 0xffffu << 16, E1000_TX_TSE },   /* or a giant one */
	};

	for (size_t i = 0; i < ARRAY_COUNT(lies); i++) {
		card_ipv4(IGB_PROTOCOL_TCP, 89);
		put_context(lies[i].l4, lies[i].to, E1000_TX_TCP | lies[i].tse, lies[i].high);
		put_data(143, lies[i].tse | IGB_TX_RS, IGB_TX_IXSM | IGB_TX_TXSM);
		card_ring(0);
		assert_null(card_take(0));
		assert_int_equal(card_read(IGB_TX_OLD + IGB_QUEUE_HEAD), 2 * (i + 1));
	}
	card_put(0, bus_ioba(CARD_DATA), 100 | IGB_TX_DEXT | 0x00500000u | IGB_TX_EOP, 0);
	card_put(0, bus_ioba(CARD_DATA), 100 | IGB_TX_EOP | IGB_TX_IFCS, 0);
	card_ring(0);
	assert_non_null(card_take(0));
	assert_null(card_take(0));
}

static void buffers_can_be_large(void **state)
{
	uint8_t *frame = card_frame(3000);

	card_write(IGB_RCTL, (card_read(IGB_RCTL) & ~(3u << IGB_RCTL_BSIZE_SHIFT)) | IGB_RCTL_LPE | IGB_RCTL_BSEX |
		   3u << IGB_RCTL_BSIZE_SHIFT);
	card_put(0, bus_ioba(CARD_DATA), 3000 | IGB_TX_EOP | IGB_TX_IFCS, 0);
	card_ring(0);
	assert_int_equal(le32_get(card_rx_slot(0, 0)->low) & 0xffff, 3000);
	assert_non_null(card_take(0));
	assert_memory_equal(card_buffer(0), frame, 3000);
}

static void each_read_clears_the_causes(void **state)
{
	card_write(0xc8, IGB_ICR_TXDW | 1u << 28);
	card_write(0xd0, IGB_ICR_LSC);
	assert_int_equal(card_read(0xc0), IGB_ICR_TXDW);
	assert_int_equal(card_read(0xc0), 0);
	card_write(0xc8, IGB_ICR_LSC);
	assert_int_equal(card_read(0xc0), IGB_ICR_LSC);
	assert_int_equal(card_read(0xd0), IGB_ICR_LSC);
}

static void a_restored_card_goes_on_in_the_middle_of_a_word(void **state)
{
	struct pack packed = { 0 };
	struct function_saved *saved;
	struct unpack from;

	put_context(34, 40, 0, 0);
	card_ring(0);
	select_eeprom();
	send_bits(6, 3);
	send_bits(2, 6);
	assert_int_equal(receive_bits(8), 0x0a);
	assert_int_equal(function_save(c.fn, &packed), 0);
	function_reset(c.fn);
	from = unpack_begin(packed.bytes, packed.size);
	assert_int_equal(function_judge(c.fn, &from, &saved), 0);
	function_apply(c.fn, saved);
	pack_fini(&packed);
	assert_int_equal(receive_bits(8), 0x00);
	assert_int_equal(receive_bits(16), igb_of(c.fn)->nvm[3]);
	card_pseudo_sum(card_ipv4(IGB_PROTOCOL_UDP, 101) + 14, IGB_PROTOCOL_UDP, 109, 6);
	sum_on();
	put_data(143, 0, IGB_TX_IXSM | IGB_TX_TXSM);
	card_ring(0);
	expect_sums(143);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		E1000_TEST_COLD(the_identity_is_that_of_an_82545gm),
		E1000_TEST_COLD(registers_of_the_82576_do_not_exist),
		E1000_TEST_COLD(the_eeprom_is_read_bit_by_bit),
		E1000_TEST_COLD(only_a_rising_clock_counts),
		E1000_TEST_COLD(the_eeprom_is_not_written),
		E1000_TEST(a_frame_goes_by_legacy_descriptors),
		E1000_TEST(checksums_are_filled_in_as_the_context_says),
		E1000_TEST(a_sum_ends_where_the_context_says),
		E1000_TEST(a_large_packet_is_cut_into_segments),
		E1000_TEST(a_descriptor_has_twenty_bits_of_length),
		E1000_TEST(tags_are_in_the_data_descriptor),
		E1000_TEST(contexts_that_lie_drop_their_packets_only),
		E1000_TEST(buffers_can_be_large),
		E1000_TEST(each_read_clears_the_causes),
		E1000_TEST(a_restored_card_goes_on_in_the_middle_of_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
