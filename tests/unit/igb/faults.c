/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings and buffers that cannot be reached, and registers that make no sense: nothing else stops. */
#include "driver.h"

#include "testing.h"

#include <errno.h>
#include <string.h>

#include "igb/dma.h"
#include "util/guard.h"

#define WILD UINT64_C(0x7fffffff0000)

static void a_ring_outside_the_window_stops_its_queue(void **state)
{
	card_tx_on(1);
	card_write(IGB_TX_QUEUE(1) + IGB_QUEUE_BAH, 0x7fff);
	card_frame(64);
	card_send(1, 64);
	assert_null(card_take(0));
	assert_int_equal(COUNTED(&c.bus.counters, fault_no_window) + COUNTED(&c.bus.counters, fault_beyond_window), 1);
	assert_true(card_read(IGB_ICR) & IGB_ICR_DOUTSYNC);
	/* It is not tried again, and other queues work. */
	card_ring(1);
	card_send(0, 64);
	card_expect(0, 64);
	assert_int_equal(COUNTED(&c.bus.counters, fault_no_window) + COUNTED(&c.bus.counters, fault_beyond_window), 1);
	card_tx_on(1);
	card_write(IGB_TX_QUEUE(1) + IGB_QUEUE_BAH, 0);
	card_send(1, 64);
	card_expect(0, 64);
}

static void a_receive_ring_outside_the_window_stops_its_queue(void **state)
{
	card_write(IGB_RX_QUEUE(0) + IGB_QUEUE_BAH, 0x7fff);
	card_frame(64);
	card_send(0, 64);
	card_send(0, 64);
	assert_int_equal(COUNTED(&c.bus.counters, fault_no_window) + COUNTED(&c.bus.counters, fault_beyond_window), 1);
	card_rx_on(0, 1u << IGB_SRRCTL_TYPE_SHIFT | CARD_BUFFER / 1024);
	card_send(0, 64);
	card_expect(0, 64);
}

static void data_that_cannot_be_read_is_dropped(void **state)
{
	card_frame(64);
	card_put_data(0, WILD, 64, IGB_TX_EOP | IGB_TX_RS, 0);
	card_ring(0);
	assert_null(card_take(0));
	assert_int_equal(le32_get(card_tx_slot(0, 0)->high), IGB_TX_DD);
	card_send(0, 64);
	card_expect(0, 64);
}

static void a_buffer_that_cannot_be_written_has_a_bad_frame(void **state)
{
	const struct igb_descriptor *d;

	card_rx_slot(0, 0)->address = le64_make(WILD);
	card_frame(64);
	card_send(0, 64);
	d = card_take(0);
	assert_non_null(d);
	assert_int_equal(le32_get(d->low) & 0x80000000, 0x80000000);
	assert_int_equal(card_read(IGB_GPRC), 0);
	card_send(0, 64);
	card_expect(0, 64);
}

static void heads_and_tails_outside_the_ring_mean_an_empty_queue(void **state)
{
	static const uint32_t bad[] = { CARD_RING, CARD_RING + 1, 0xffff };

	card_frame(64);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, bad[i]);
		card_wait();
		card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD, bad[i]);
		card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, 5);
		card_wait();
		card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD, 5);
	}
	assert_null(card_take(0));
	assert_int_equal(COUNTED(&c.bus.counters, dma_accesses), 0);
	card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_LEN, 0);
	card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, 1);
	card_wait();
	card_tx_on(0);
	card_send(0, 64);
	card_expect(0, 64);
}

static void without_bus_mastering_nothing_moves(void **state)
{
	uint16_t command = 2;

	card_frame(64);
	assert_int_equal(function_config_write(c.fn, 4, &command, sizeof(command)), 0);
	card_send(0, 64);
	assert_null(card_take(0));
	assert_int_equal(COUNTED(&c.bus.counters, fault_bus_master_off), 1);
}

static void memory_that_is_gone_is_a_fault(void **state)
{
	card_frame(64);
	bus_drop_memory(&c.bus, CARD_DATA);
	card_send(0, 64);
	assert_null(card_take(0));
	assert_int_equal(COUNTED(&c.bus.counters, fault_memory_gone), 1);
}

/* The words before the page that is not there are written. */
static void a_word_that_cannot_be_written_is_a_fault(void **state)
{
	static const uint32_t offset[] = { 8, 40, 24, 4092, 4096, 4100 };
	struct ioba base = to_ioba(bus_ioba(CARD_DATA + 8));
	const char *page = bus_page(&c.bus, CARD_DATA + 8);
	uint32_t word;

	assert_int_equal(guard_take(), 0);
	assert_int_equal(igb_dma_write_words(c.fn, base, offset, 6, le32_make(0x01020304)), 0);
	for (unsigned int i = 0; i < 6; i++) {
		memcpy(&word, page + offset[i], sizeof(word));
		assert_int_equal(word, 0x01020304);
	}
	bus_map(&c.bus, bus_ioba(CARD_DATA + 9), CARD_DATA + 9, TCE_READ);
	assert_int_equal(igb_dma_write_words(c.fn, base, offset, 6, le32_make(5)), -EFAULT);
	assert_int_equal(page[4092], 5);
	assert_int_equal(page[4096], 4);
	assert_int_equal(COUNTED(&c.bus.counters, fault_no_write), 1);
	bus_protect_memory(&c.bus, CARD_DATA);
	assert_int_equal(igb_dma_write_words(c.fn, base, offset, 4, le32_make(6)), -EFAULT);
	assert_int_equal(page[8], 5);
	assert_int_equal(COUNTED(&c.bus.counters, fault_memory_gone), 1);
}

static void a_report_that_cannot_be_written_stops_its_queue(void **state)
{
	card_frame(64);
	bus_map(&c.bus, bus_ioba(0), 0, TCE_READ);
	card_send(0, 64);
	card_expect(0, 64);
	assert_true(card_read(IGB_ICR) & IGB_ICR_DOUTSYNC);
	assert_int_equal(COUNTED(&c.bus.counters, fault_no_write), 1);
	card_send(0, 64);
	assert_null(card_take(0));
}

/* A packet with so many of them that they are reported in two steps, of which the first fails. */
static void a_long_report_that_cannot_be_written_stops_its_queue(void **state)
{
	card_frame(64);
	bus_map(&c.bus, bus_ioba(0), 0, TCE_READ);
	card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_LEN, 2 * CARD_RING * IGB_DESCRIPTOR_SIZE);
	for (unsigned int i = 0; i < 2 * CARD_RING - 1; i++) {
		struct igb_descriptor *d = card_tx_slot(0, 0) + i;
		uint32_t command = IGB_TX_DATA | IGB_TX_DEXT | IGB_TX_IFCS | IGB_TX_RS;

		*d = (struct igb_descriptor){
			le64_make(bus_ioba(CARD_DATA)), le32_make(1 | command | (i == 100 ? IGB_TX_EOP : 0)), le32_make(0),
		};
	}
	card_write(IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, 2 * CARD_RING - 1);
	card_wait();
	assert_true(card_read(IGB_ICR) & IGB_ICR_DOUTSYNC);
	assert_int_equal(COUNTED(&c.bus.counters, fault_no_write), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARD_TEST(a_ring_outside_the_window_stops_its_queue),
		CARD_TEST(a_receive_ring_outside_the_window_stops_its_queue),
		CARD_TEST(data_that_cannot_be_read_is_dropped),
		CARD_TEST(a_buffer_that_cannot_be_written_has_a_bad_frame),
		CARD_TEST(heads_and_tails_outside_the_ring_mean_an_empty_queue),
		CARD_TEST(without_bus_mastering_nothing_moves),
		CARD_TEST(memory_that_is_gone_is_a_fault),
		CARD_TEST(a_word_that_cannot_be_written_is_a_fault),
		CARD_TEST(a_report_that_cannot_be_written_stops_its_queue),
		CARD_TEST(a_long_report_that_cannot_be_written_stops_its_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
