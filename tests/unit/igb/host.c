/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's driver of a card: its answers to the mail of virtual functions, true mail and false. */
#include "vf_driver.h"

#include "testing.h"

#include <string.h>

#define ACK   0x80000000u
#define NACK  0x40000000u
#define CLEAR 0x20000000u
#define INFO(n) ((uint32_t)(n) << 16)

#define LONG_FRAME 1900u     /* bytes; one buffer holds it */

static void request(unsigned int n, uint32_t first, uint32_t second, uint32_t third)
{
	const uint32_t word[] = { first, second, third };

	vf_write(n, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	assert_true(vf_read(n, IGB_VF_MAILBOX) & IGB_MAILBOX_VFU);
	for (unsigned int i = 0; i < ARRAY_COUNT(word); i++)
		vf_write(n, IGB_VF_VMBMEM + 4 * i, word[i]);
	vf_write(n, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	assert_int_equal(vf_read(n, IGB_VF_MAILBOX) & 0x3f, IGB_V2PMAILBOX_PFSTS | IGB_V2PMAILBOX_PFACK);
}

/* Sends mail as igbvf does, reads the answer, and returns its first word. */
static uint32_t ask(unsigned int n, uint32_t first, uint32_t second, uint32_t third)
{
	uint32_t answer;

	request(n, first, second, third);
	answer = vf_read(n, IGB_VF_VMBMEM);
	vf_write(n, IGB_VF_MAILBOX, IGB_V2PMAILBOX_ACK);
	return answer;
}

static void begin(unsigned int n)
{
	vf_write(n, IGB_CTRL, IGB_CTRL_RST);
	assert_int_equal(ask(n, 1, 0, 0), 1 | ACK);
	assert_int_equal(ask(n, 2, 2, (n + 1) << 8), 2 | ACK | CLEAR);
	vf_rings_on(n);
}

static void begin_both(void)
{
	begin(0);
	begin(1);
}

static bool gets(unsigned int from, unsigned int to)
{
	vf_send(from);
	return vf_take(to);
}

static void a_reset_by_mail_gives_an_address_and_the_link(void **state)
{
	assert_int_equal(vf_read(1, IGB_VF_MAILBOX), IGB_V2PMAILBOX_RSTD);
	assert_int_equal(vf_read(1, IGB_VF_MAILBOX), 0);
	assert_false(vf_read(1, IGB_STATUS) & IGB_STATUS_LU);
	assert_int_equal(ask(1, 1, 0, 0), 1 | ACK);
	assert_int_equal(vf_read(1, IGB_VF_VMBMEM + 4), igb_of(c.fn)->settings.mac[0] |
			 igb_of(c.fn)->settings.mac[1] << 8 | igb_of(c.fn)->settings.mac[2] << 16 |
			 (uint32_t)igb_of(c.fn)->settings.mac[3] << 24);
	assert_int_equal(vf_read(1, IGB_VF_VMBMEM + 8) & 0xffff, igb_of(c.fn)->settings.mac[4] |
			 (igb_of(c.fn)->settings.mac[5] + 0x82) << 8);
	assert_true(vf_read(1, IGB_STATUS) & IGB_STATUS_LU);
	assert_int_equal(card_read(IGB_VFRE), 2);
	assert_int_equal(card_read(IGB_VFTE), 2);
}

static int setup_high_address(void **state)
{
	*state = "mac=02:82:00:01:ff:fe";
	return vf_setup_hosted(state);
}

/* Only one byte was added to, so the address was that of another card. */
static void an_address_is_added_to_in_all_bytes(void **state)
{
	assert_int_equal(ask(1, 1, 0, 0), 1 | ACK);
	assert_int_equal(vf_read(1, IGB_VF_VMBMEM + 4), 0x02008202);
	assert_int_equal(vf_read(1, IGB_VF_VMBMEM + 8) & 0xffff, 0x8000);
}

static void what_waits_in_a_ring_is_sent_after_a_reset_by_mail(void **state)
{
	begin(1);
	vf_rings_on(0);
	vf_frame(0, 2, 2);
	vf_send(0);
	assert_int_equal(vf_read(0, VF_TX(IGB_QUEUE_HEAD)), 0);
	assert_int_equal(ask(0, 1, 0, 0), 1 | ACK);
	card_wait();
	assert_int_equal(vf_read(0, VF_TX(IGB_QUEUE_HEAD)), 1);
}

/* As the worker does when the port's far end has come or gone. */
static void change_link(void)
{
	pthread_mutex_lock(&c.fn->lock);
	igb_of(c.fn)->host->link(igb_of(c.fn));
	pthread_mutex_unlock(&c.fn->lock);
}

static void the_link_is_told_by_mail(void **state)
{
	begin(0);
	vf_write(0, IGB_IVAR_MISC, 0x80 | 1);
	vf_write(0, IGB_EIMS, 7);
	change_link();
	assert_int_equal(bus_signals(v[0].event[1]), 1);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX) & 0x30, IGB_V2PMAILBOX_PFSTS);
	assert_int_equal(vf_read(0, IGB_VF_VMBMEM), 0x100 | CLEAR);
	assert_int_equal(vf_read(1, IGB_VF_VMBMEM), 0x100);
}

/* A driver reads the flags, which clears PFSTS, before it reads the message. */
static void news_of_the_link_waits_for_an_answer_to_be_read(void **state)
{
	begin(0);
	vf_write(0, IGB_IVAR_MISC, 0x80 | 1);
	vf_write(0, IGB_EIMS, 7);
	request(0, 2, 2, 0x100);
	bus_signals(v[0].event[1]);
	vf_write(0, IGB_EICR, 7);
	change_link();
	assert_int_equal(vf_read(0, IGB_VF_VMBMEM), 2 | ACK | CLEAR);
	vf_write(0, IGB_VF_MAILBOX, IGB_V2PMAILBOX_ACK);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX) & 0x30, IGB_V2PMAILBOX_PFSTS);
	assert_int_equal(vf_read(0, IGB_VF_VMBMEM), 0x100 | CLEAR);
	assert_int_equal(bus_signals(v[0].event[1]), 1);
	vf_write(0, IGB_VF_MAILBOX, IGB_V2PMAILBOX_ACK);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX) & 0x30, 0);
}

static void news_of_the_link_waits_for_a_request_to_be_answered(void **state)
{
	begin(0);
	vf_write(0, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	vf_write(0, IGB_VF_VMBMEM, 2);
	change_link();
	assert_int_equal(vf_read(0, IGB_VF_VMBMEM), 2);
	vf_write(0, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	assert_int_equal(vf_read(0, IGB_VF_VMBMEM) & 0x1ff, 2);
	vf_write(0, IGB_VF_MAILBOX, IGB_V2PMAILBOX_ACK);
	assert_int_equal(vf_read(0, IGB_VF_VMBMEM), 0x100 | CLEAR);
}

static void nothing_is_answered_before_that(void **state)
{
	for (uint32_t kind = 2; kind < 8; kind++)
		assert_int_equal(ask(0, kind, 2, 1), kind | NACK);
	assert_int_equal(card_read(IGB_VFRE), 0);
	assert_int_equal(card_read(IGB_RA2 + 8 * 7 + 4), 0);
}

static void frames_follow_the_addresses(void **state)
{
	begin_both();
	vf_frame(0, 2, 1);
	assert_true(gets(0, 1));
	vf_frame(0, 3, 1);
	assert_false(gets(0, 1));
	assert_int_equal(ask(1, 2 | INFO(2), 2, 3 << 8), 2 | INFO(2) | ACK | CLEAR);
	assert_true(gets(0, 1));
	assert_int_equal(ask(1, 2 | INFO(1), 0, 0), 2 | INFO(1) | ACK | CLEAR);
	assert_false(gets(0, 1));
	vf_frame(0, 2, 1);
	assert_true(gets(0, 1));
	/* A sender's address that is another's. */
	vf_frame(0, 2, 2);
	assert_false(gets(0, 1));
	memset(vf_frame(0, 0, 1), 0xff, 6);
	assert_true(gets(0, 1));
}

static void what_nobody_has_is_for_nobody(void **state)
{
	begin_both();
	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_LBM_MAC);
	card_write(IGB_DTXSWC, 0);
	vf_frame(0, 99, 1);
	assert_false(gets(0, 0));
	vf_frame(0, 1, 1);
	assert_true(gets(0, 0));
}

static void multicast_follows_the_hashes(void **state)
{
	begin_both();
	memcpy(vf_frame(0, 0, 1), (const uint8_t[]){ 1, 0, 0x5e, 0, 0x10, 0x20 }, 6);
	assert_false(gets(0, 1));
	/* The hash has 12 bits from bit 4 of the last two bytes on. */
	assert_int_equal(ask(1, 3 | INFO(1), 0x201, 0), 3 | INFO(1) | ACK | CLEAR);
	assert_true(gets(0, 1));
	assert_int_equal(ask(1, 3 | INFO(1), 0x202, 0), 3 | INFO(1) | ACK | CLEAR);
	assert_false(gets(0, 1));
	assert_int_equal(ask(1, 3 | INFO(31), 0, 0), 3 | INFO(31) | ACK | CLEAR);
	assert_true(gets(0, 1));
	assert_int_equal(ask(1, 3, 0, 0), 3 | ACK | CLEAR);
	assert_false(gets(0, 1));
	assert_int_equal(ask(1, 6 | INFO(2), 0, 0), 6 | INFO(2) | ACK | CLEAR);
	assert_true(gets(0, 1));
	assert_int_equal(ask(1, 6, 0, 0), 6 | ACK | CLEAR);
	assert_false(gets(0, 1));
}

static void put_tag(uint8_t *frame, uint16_t vlan)
{
	memcpy(frame + 12, (const uint8_t[]){ 0x81, 0, (uint8_t)(vlan >> 8), (uint8_t)vlan, 0x88, 0xb5 }, 6);
}

static void vlans_are_joined_and_left(void **state)
{
	begin_both();
	card_write(0x0038, 0x8100);
	put_tag(vf_frame(0, 2, 1), 0x123);
	assert_false(gets(0, 1));
	assert_int_equal(ask(1, 4 | INFO(1), 0x123, 0), 4 | INFO(1) | ACK | CLEAR);
	assert_true(gets(0, 1));
	assert_int_equal(ask(0, 4 | INFO(1), 0x123, 0), 4 | INFO(1) | ACK | CLEAR);
	assert_int_equal(ask(1, 4, 0x123, 0), 4 | ACK | CLEAR);
	assert_false(gets(0, 1));
	assert_int_equal(card_read(IGB_VLVF(0)), IGB_VLVF_ENABLE | 0x123 | 1 << IGB_VLVF_POOL_SHIFT);
	for (uint32_t i = 1; i < IGB_VLVF_COUNT; i++)
		assert_int_equal(ask(1, 4 | INFO(1), i, 0), 4 | INFO(1) | ACK | CLEAR);
	assert_int_equal(ask(1, 4 | INFO(1), 99, 0), 4 | INFO(1) | NACK | CLEAR);
	vf_write(1, IGB_CTRL, IGB_CTRL_RST);
	for (uint32_t i = 1; i < IGB_VLVF_COUNT; i++)
		assert_int_equal(card_read(IGB_VLVF(i)), 0);
	assert_int_not_equal(card_read(IGB_VLVF(0)), 0);
}

static void mail_that_lies_gets_nothing(void **state)
{
	uint32_t before[IGB_WORDS], after[IGB_WORDS];

	begin_both();
	vf_copy_registers(before);
	assert_int_equal(ask(0, 0, 0, 0), CLEAR | NACK);
	assert_int_equal(ask(0, 7, 0, 0), 7 | CLEAR | NACK);
	assert_int_equal(ask(0, 0xffff, 0, 0), 0xffff | CLEAR | NACK);
	assert_int_equal(ask(0, 2, 3, 0), 2 | CLEAR | NACK);
	assert_int_equal(ask(0, 2, 0, 0), 2 | CLEAR | NACK);
	assert_int_equal(ask(0, 2 | INFO(3), 2, 0), 2 | INFO(3) | CLEAR | NACK);
	assert_int_equal(ask(0, 2 | INFO(2), 1, 0), 2 | INFO(2) | CLEAR | NACK);
	assert_int_equal(ask(0, 5, IGB_FRAME_MAX + 1, 0), 5 | CLEAR | NACK);
	assert_int_equal(ask(0, 5, UINT32_MAX, 0), 5 | CLEAR | NACK);
	assert_int_equal(ask(0, 6 | INFO(0xf0), 0, 0), 6 | INFO(0xf0) | CLEAR | NACK);
	vf_copy_registers(after);
	memcpy(&before[IGB_VMBMEM(0) / 4], &after[IGB_VMBMEM(0) / 4], IGB_VMBMEM_SIZE);
	assert_memory_equal(before, after, sizeof(before));
	/* There are addresses to add for so many and no more, and what one takes it loses by a reset. */
	for (uint32_t i = 1; i < IGB_RA_COUNT - IGB_VFS; i++)
		assert_int_equal(ask(0, 2 | INFO(2), 2, (0x80 | i) << 8), 2 | INFO(2) | ACK | CLEAR);
	assert_int_equal(ask(0, 2 | INFO(2), 2, 0xee00), 2 | INFO(2) | NACK | CLEAR);
	vf_write(0, IGB_CTRL, IGB_CTRL_RST);
	assert_int_equal(ask(1, 2 | INFO(2), 2, 0xee00), 2 | INFO(2) | ACK | CLEAR);
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Any register, and mail of every kind with any words. */
static void write_anything(unsigned int n, uint32_t *seed)
{
	vf_write(n, next(seed) % IGB_VF_BAR_SIZE & ~3u, next(seed) << 8 | (next(seed) & 0xff));
	vf_write(n, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	vf_write(n, IGB_VF_VMBMEM, next(seed) % 9 | (next(seed) % 256) << 16);
	vf_write(n, IGB_VF_VMBMEM + 4, next(seed) << 8 | 2);
	vf_write(n, IGB_VF_VMBMEM + 8, next(seed));
	vf_write(n, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
}

static void whatever_one_writes_another_works(void **state)
{
	static const uint32_t of_1[] = {
		IGB_VMOLR(1), IGB_RA2 + 8 * 6, IGB_RA2 + 8 * 6 + 4, IGB_RX_QUEUE(1) + IGB_QUEUE_BAL, IGB_RX_QUEUE(1) + IGB_QUEUE_LEN,
		IGB_RX_QUEUE(1) + IGB_QUEUE_DCTL, IGB_TX_QUEUE(1) + IGB_QUEUE_DCTL, IGB_EITR(19), IGB_EITR(20), IGB_EITR(21),
		IGB_CTRL, IGB_RCTL, IGB_TCTL, IGB_MRQC, IGB_VT_CTL, IGB_DTXSWC,
	};
	uint32_t before[ARRAY_COUNT(of_1)], seed = 1;

	begin_both();
	for (size_t i = 0; i < ARRAY_COUNT(of_1); i++)
		before[i] = card_read(of_1[i]);
	for (unsigned int i = 0; i < 20000; i++)
		write_anything(0, &seed);
	for (size_t i = 0; i < ARRAY_COUNT(of_1); i++)
		assert_int_equal(card_read(of_1[i]), before[i]);
	assert_int_equal(card_read(IGB_VFRE) & 2, 2);
	assert_int_equal(card_read(IGB_VFTE) & 2, 2);
	begin(0);
	vf_frame(0, 2, 1);
	assert_true(gets(0, 1));
}

static void an_answer_is_no_request(void **state)
{
	vf_write(0, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	vf_write(0, IGB_VF_VMBMEM, 1 | NACK);
	vf_write(0, IGB_VF_MAILBOX, IGB_V2PMAILBOX_REQ);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX) & 0x30, IGB_V2PMAILBOX_PFACK);
	assert_int_equal(vf_read(0, IGB_VF_VMBMEM), 1 | NACK);
	assert_int_equal(card_read(IGB_VFRE), 0);
}

static void one_that_keeps_its_mailbox_waits_for_itself(void **state)
{
	vf_write(0, IGB_VF_MAILBOX, IGB_MAILBOX_VFU);
	vf_write(0, IGB_VF_VMBMEM, 1);
	vf_write(0, IGB_VF_MAILBOX, IGB_MAILBOX_VFU | IGB_V2PMAILBOX_REQ);
	assert_int_equal(vf_read(0, IGB_VF_MAILBOX) & 0x30, IGB_V2PMAILBOX_PFACK);
	begin_both();
	vf_frame(0, 2, 1);
	assert_true(gets(0, 1));
}

static void long_frames_are_asked_for(void **state)
{
	begin_both();
	assert_int_equal(ask(1, 5, 9018, 0), 5 | ACK | CLEAR);
	assert_int_equal(card_read(IGB_VMOLR(1)) & (IGB_VMOLR_LPE | IGB_VMOLR_LENGTH), IGB_VMOLR_LPE | 9018);
}

static void a_long_frame_comes_from_the_wire_to_one_that_asks_for_it(void **state)
{
	begin_both();
	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_LBM_MAC);
	vf_frame(0, 2, 1);
	vf_send_long(0, LONG_FRAME);
	assert_null(vf_take(1));
	assert_int_equal(ask(1, 5, LONG_FRAME + IGB_FCS_SIZE, 0), 5 | ACK | CLEAR);
	vf_send_long(0, LONG_FRAME);
	assert_non_null(vf_take_long(1, LONG_FRAME));
	vf_send_long(0, LONG_FRAME + 1);
	assert_null(vf_take(1));
}

static void the_card_s_reset_is_over_at_once(void **state)
{
	begin_both();
	function_reset(c.fn);
	assert_true(vf_read(0, IGB_VF_MAILBOX) & IGB_V2PMAILBOX_RSTD);
	vf_frame(0, 2, 1);
	assert_false(gets(0, 1));
	begin_both();
	assert_true(gets(0, 1));
}

static void the_card_s_reset_ends_what_was_asked_for(void **state)
{
	begin_both();
	assert_int_equal(ask(0, 6 | INFO(2), 0, 0), 6 | INFO(2) | ACK | CLEAR);
	assert_true(card_read(IGB_VMOLR(0)) & IGB_VMOLR_MPME);
	function_reset(c.fn);
	assert_int_equal(ask(0, 4 | INFO(1), 1, 0), 4 | INFO(1) | NACK);
	begin(1);
	assert_int_equal(card_read(IGB_VMOLR(0)) & IGB_VMOLR_MPME, 0);
}

static void without_virtual_functions_the_card_is_off(void **state)
{
	begin_both();
	function_set_vfs(c.fn, 0);
	assert_int_equal(card_read(IGB_MRQC), 0);
	assert_int_equal(card_read(IGB_RCTL), 0);
	assert_int_equal(card_read(IGB_RA2 + 8 * 7 + 4), 0);
	assert_false(igb_of(c.fn)->is_started);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST_HOSTED(a_reset_by_mail_gives_an_address_and_the_link),
		cmocka_unit_test_setup_teardown(an_address_is_added_to_in_all_bytes, setup_high_address, vf_teardown),
		VF_TEST_HOSTED(what_waits_in_a_ring_is_sent_after_a_reset_by_mail),
		VF_TEST_HOSTED(the_link_is_told_by_mail),
		VF_TEST_HOSTED(news_of_the_link_waits_for_an_answer_to_be_read),
		VF_TEST_HOSTED(news_of_the_link_waits_for_a_request_to_be_answered),
		VF_TEST_HOSTED(nothing_is_answered_before_that),
		VF_TEST_HOSTED(frames_follow_the_addresses),
		VF_TEST_HOSTED(what_nobody_has_is_for_nobody),
		VF_TEST_HOSTED(multicast_follows_the_hashes),
		VF_TEST_HOSTED(vlans_are_joined_and_left),
		VF_TEST_HOSTED(mail_that_lies_gets_nothing),
		VF_TEST_HOSTED(whatever_one_writes_another_works),
		VF_TEST_HOSTED(an_answer_is_no_request),
		VF_TEST_HOSTED(one_that_keeps_its_mailbox_waits_for_itself),
		VF_TEST_HOSTED(long_frames_are_asked_for),
		VF_TEST_HOSTED(a_long_frame_comes_from_the_wire_to_one_that_asks_for_it),
		VF_TEST_HOSTED(the_card_s_reset_is_over_at_once),
		VF_TEST_HOSTED(the_card_s_reset_ends_what_was_asked_for),
		VF_TEST_HOSTED(without_virtual_functions_the_card_is_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
