/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of virtual functions: who gets them, through whose memory, and what a bad one does to the others. */
#include "vf_driver.h"

#include "testing.h"

#include <string.h>

static void frames_go_from_one_virtual_function_to_another(void **state)
{
	vf_write(1, IGB_IVAR(0), 0x80 | 0x81 << 8);
	vf_write(1, IGB_EIMS, 3);
	vf_write(0, IGB_IVAR(0), 0x80 | 0x81 << 8);
	vf_write(0, IGB_EIMS, 3);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_non_null(vf_take(1));
	assert_null(vf_take(0));
	assert_null(card_take(2));
	assert_int_equal(bus_signals(v[1].event[0]), 1);
	assert_int_equal(bus_signals(v[1].event[1]), 0);
	assert_int_equal(bus_signals(v[0].event[1]), 1);
	assert_int_equal(vf_read(0, 0x0f14), 1);
	assert_int_equal(vf_read(1, 0x0f10), 1);
	assert_int_equal(vf_read(1, 0x0f10), 1);
	assert_int_equal(vf_read(1, 0x0f18), 68);
}

static uint64_t on_the_wire(void)
{
	return net_port_stats(igb_of(c.fn)->port).sent_frames;
}

static void what_a_pool_gets_does_not_leave_the_card(void **state)
{
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_non_null(vf_take(1));
	assert_int_equal(on_the_wire(), 0);
	vf_frame(0, 99, 1);
	vf_send(0);
	assert_int_equal(on_the_wire(), 1);
	memset(vf_frame(0, 0, 1), 0xff, 6);
	vf_send(0);
	assert_non_null(vf_take(1));
	assert_int_equal(on_the_wire(), 2);
}

static void the_physical_function_sends_to_them_and_receives(void **state)
{
	card_frame(64)[5] = 1;
	card_send(2, 64);
	assert_non_null(vf_take(0));
	vf_frame(1, 3, 2);
	vf_send(1);
	card_expect(2, 64);
}

static void a_broadcast_goes_to_all_pools_that_want_it_but_its_own(void **state)
{
	memset(vf_frame(0, 0, 1), 0xff, 6);
	card_write(IGB_VMOLR(1), IGB_VMOLR_STRCRC | IGB_VMOLR_AUPE);
	vf_send(0);
	assert_null(vf_take(0));
	assert_null(vf_take(1));
	card_expect(2, 64);
	card_write(IGB_DTXSWC, IGB_DTXSWC_LOOPBACK | IGB_DTXSWC_LOCAL(0));
	vf_send(0);
	assert_non_null(vf_take(0));
}

static void a_frame_that_comes_back_counts_as_sent(void **state)
{
	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_LBM_MAC);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_non_null(vf_take(1));
	assert_int_equal(vf_read(0, 0x0f14), 1);
	assert_int_equal(card_read(IGB_GPTC), 1);
}

static void an_unknown_address_from_the_wire_is_for_the_default_pool(void **state)
{
	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_LBM_MAC);
	card_frame(64)[5] = 99;
	card_send(2, 64);
	card_expect(2, 64);
	card_write(IGB_VT_CTL, 1 << IGB_VT_CTL_POOL_SHIFT);
	card_send(2, 64);
	assert_non_null(vf_take(1));
	card_write(IGB_VT_CTL, IGB_VT_CTL_NO_DEFAULT);
	card_send(2, 64);
	assert_null(vf_take(0));
	assert_null(vf_take(1));
	assert_null(card_take(2));
}

static void multicast_follows_the_table(void **state)
{
	uint8_t *frame = vf_frame(0, 0x10, 1);

	frame[0] = 3;
	vf_send(0);
	assert_null(vf_take(1));
	card_write(IGB_VMOLR(1), card_read(IGB_VMOLR(1)) | IGB_VMOLR_ROMPE);
	vf_send(0);
	assert_null(vf_take(1));
	card_write(IGB_MTA + 4 * (0x100 >> 5), 1);
	vf_send(0);
	assert_non_null(vf_take(1));
}

static void vlans_divide_the_pools(void **state)
{
	card_write(IGB_RCTL, card_read(IGB_RCTL) | IGB_RCTL_VFE);
	memcpy(vf_frame(0, 2, 1) + 12, (const uint8_t[]){ 0x81, 0, 0x20, 0x05, 0x88, 0xb5 }, 6);
	vf_send(0);
	assert_null(vf_take(1));
	card_write(IGB_VLVF(31), IGB_VLVF_ENABLE | 2 << IGB_VLVF_POOL_SHIFT | 5);
	vf_send(0);
	assert_non_null(vf_take(1));
	card_write(IGB_VMOLR(1), IGB_VMOLR_STRCRC | IGB_VMOLR_BAM);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_null(vf_take(1));
}

static void a_false_sender_is_stopped_and_noted(void **state)
{
	card_write(IGB_DTXSWC, IGB_DTXSWC_LOOPBACK | IGB_DTXSWC_SPOOF(0));
	vf_frame(0, 2, 7);
	vf_send(0);
	assert_null(vf_take(1));
	assert_int_equal(card_read(IGB_WVBR), 1);
	assert_int_equal(card_read(IGB_WVBR), 0);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_non_null(vf_take(1));
}

static void a_pool_that_is_off_neither_sends_nor_receives(void **state)
{
	card_write(IGB_VFTE, 6);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_null(vf_take(1));
	assert_int_equal(vf_read(0, VF_TX(IGB_QUEUE_HEAD)), 0);
	/* The frame that waits leaves as soon as the pool may send. */
	card_write(IGB_VFRE, 5);
	card_write(IGB_VFTE, 7);
	vf_send(0);
	assert_null(vf_take(1));
	/* Without pools there are no virtual functions for the card. */
	card_write(IGB_VFRE, 7);
	card_write(IGB_MRQC, 0);
	vf_send(0);
	assert_int_not_equal(vf_read(0, VF_TX(IGB_QUEUE_HEAD)), vf_read(0, VF_TX(IGB_QUEUE_TAIL)));
}

static void a_pool_that_is_enabled_sends_what_waits_in_its_ring(void **state)
{
	card_write(IGB_VFTE, 6);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_null(vf_take(1));
	card_write(IGB_VFTE, 7);
	card_wait();
	assert_non_null(vf_take(1));
	card_write(IGB_MRQC, 0);
	vf_send(0);
	assert_null(vf_take(1));
	card_write(IGB_MRQC, IGB_MRQC_VMDQ);
	card_wait();
	assert_non_null(vf_take(1));
}

static uint64_t faults(struct bus *bus)
{
	return COUNTED(&bus->counters, fault_no_window) + COUNTED(&bus->counters, fault_beyond_window) +
	       COUNTED(&bus->counters, fault_unmapped) + COUNTED(&bus->counters, fault_bus_master_off);
}

/* Its PE has the fault, and everybody else goes on. */
static void a_ring_outside_its_window_stops_that_function_alone(void **state)
{
	vf_write(0, VF_TX(IGB_QUEUE_DCTL), 0);
	vf_write(0, VF_TX(IGB_QUEUE_BAH), 0x7fff);
	vf_write(0, VF_TX(IGB_QUEUE_DCTL), IGB_DCTL_ENABLE);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_int_equal(vf_read(0, VF_TX(IGB_QUEUE_HEAD)), 0);
	assert_true(faults(&v[0].bus) > 0);
	assert_int_equal(faults(&v[1].bus), 0);
	assert_int_equal(faults(&c.bus), 0);
	vf_frame(1, 3, 2);
	vf_send(1);
	card_expect(2, 64);
}

static void a_buffer_outside_the_window_of_the_receiver_is_its_fault(void **state)
{
	vf_write(1, VF_RX(IGB_QUEUE_DCTL), 0);
	bus_map(&v[1].bus, bus_ioba(VF_BUFFERS), VF_BUFFERS, 0);
	vf_write(1, VF_RX(IGB_QUEUE_DCTL), IGB_DCTL_ENABLE);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_true(faults(&v[1].bus) > 0);
	assert_int_equal(faults(&v[0].bus), 0);
	assert_int_equal(vf_read(0, VF_TX(IGB_QUEUE_HEAD)), 1);
}

static void one_that_is_no_master_reaches_no_memory(void **state)
{
	uint16_t command = 2;

	assert_int_equal(function_config_write(v[0].fn, 4, &command, sizeof(command)), 0);
	vf_frame(0, 2, 1);
	vf_send(0);
	assert_null(vf_take(1));
	assert_true(faults(&v[0].bus) > 0);
	assert_int_equal(faults(&c.bus), 0);
}

/* Resets of the card, of a function and changes of config space while the worker moves frames. */
static void resets_while_frames_move_lose_frames_only(void **state)
{
	uint16_t command = 6;

	for (unsigned int i = 0; i < 200; i++) {
		vf_frame(0, 2, 1);
		vf_write(0, VF_TX(IGB_QUEUE_TAIL), (i + 5) % VF_RING);
		vf_write(1, VF_RX(IGB_QUEUE_TAIL), i % VF_RING);
		assert_int_equal(function_config_write(v[i % 2].fn, 4, &command, sizeof(command)), 0);
		if (i % 3 == 0)
			function_reset(v[i % 2].fn);
		if (i % 7 == 0)
			card_write(IGB_CTRL, IGB_CTRL_RST);
		if (i % 11 == 0)
			function_reset(c.fn);
	}
	vf_teardown(state);
	vf_start(state);
	frames_go_from_one_virtual_function_to_another(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VF_TEST(frames_go_from_one_virtual_function_to_another),
		VF_TEST(what_a_pool_gets_does_not_leave_the_card),
		VF_TEST(the_physical_function_sends_to_them_and_receives),
		VF_TEST(a_broadcast_goes_to_all_pools_that_want_it_but_its_own),
		VF_TEST(a_frame_that_comes_back_counts_as_sent),
		VF_TEST(an_unknown_address_from_the_wire_is_for_the_default_pool),
		VF_TEST(multicast_follows_the_table),
		VF_TEST(vlans_divide_the_pools),
		VF_TEST(a_false_sender_is_stopped_and_noted),
		VF_TEST(a_pool_that_is_off_neither_sends_nor_receives),
		VF_TEST(a_pool_that_is_enabled_sends_what_waits_in_its_ring),
		VF_TEST(a_ring_outside_its_window_stops_that_function_alone),
		VF_TEST(a_buffer_outside_the_window_of_the_receiver_is_its_fault),
		VF_TEST(one_that_is_no_master_reaches_no_memory),
		VF_TEST(resets_while_frames_move_lose_frames_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
