/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small driver for tests of the cards, which loops the card's frames back to itself. Each queue has
 * a ring of one page: queue n transmits from page n and receives into page 16 + n. Receive buffers are
 * pages from CARD_BUFFERS on, and the pages from CARD_DATA on belong to the test.
 */
#ifndef STCE_TESTS_IGB_DRIVER_H
#define STCE_TESTS_IGB_DRIVER_H

#include "../dev/bus.h"
#include "igb/card.h"

#define CARD_RING      64u         /* descriptors */
#define CARD_BUFFERS   64u
#define CARD_DATA      512u
#define CARD_BUFFER    2048u       /* bytes of a receive buffer */

struct card {
	struct bus bus;
	struct function *fn;
	uint32_t tx_queue, rx_queue;   /* where the registers of queue 0 are */
	bool has_legacy;               /* receive descriptors */
	uint32_t tx_tail[IGB_QUEUES], rx_head[IGB_QUEUES], rx_tail[IGB_QUEUES];
};

extern struct card c;

int card_setup(void **state);      /* the function as at power-on; *state: its options, or NULL */
int card_start(void **state);      /* and looped, with queue 0 on */
int card_setup_e1000(void **state);
int card_start_e1000(void **state);
int card_teardown(void **state);
#define CARD_TEST(test)      cmocka_unit_test_setup_teardown(test, card_start, card_teardown)
#define CARD_TEST_COLD(test) cmocka_unit_test_setup_teardown(test, card_setup, card_teardown)
#define E1000_TEST(test)      cmocka_unit_test_setup_teardown(test, card_start_e1000, card_teardown)
#define E1000_TEST_COLD(test) cmocka_unit_test_setup_teardown(test, card_setup_e1000, card_teardown)

static inline uint32_t card_read(uint32_t offset)
{
	return bus_read32(c.fn, offset);
}

static inline void card_write(uint32_t offset, uint32_t value)
{
	bus_write32(c.fn, offset, value);
}

void card_tx_on(unsigned int queue);
/* Gives the queue all buffers of its ring but one. */
void card_rx_on(unsigned int queue, uint32_t srrctl);
/* Waits until the worker sleeps, and with it everything that was asked for has happened. */
void card_wait(void);

struct igb_descriptor *card_tx_slot(unsigned int queue, uint32_t index);
struct igb_descriptor *card_rx_slot(unsigned int queue, uint32_t index);
/* These put a descriptor into the ring without a doorbell. */
void card_put(unsigned int queue, uint64_t address, uint32_t low, uint32_t high);
void card_put_data(unsigned int queue, uint64_t address, uint32_t length, uint32_t command, uint32_t options);
void card_put_context(unsigned int queue, uint32_t lengths, uint32_t command, uint32_t mss);
/* Writes the tail, and waits. */
void card_ring(unsigned int queue);
/* Sends the first bytes of page CARD_DATA as one frame. */
void card_send(unsigned int queue, uint32_t length);

/* Returns the next received descriptor, or NULL; its frame is at card_buffer(). */
const struct igb_descriptor *card_take(unsigned int queue);
const uint8_t *card_buffer(unsigned int queue);
/* Fails the test unless a frame of this length has come, without errors; returns it. */
const uint8_t *card_expect(unsigned int queue, uint32_t length);
/* Gives descriptors back up to the one that was taken last. */
void card_refill(unsigned int queue);

/* Makes a frame to the card's own address in page CARD_DATA: EtherType 0x88b5, then a pattern. */
uint8_t *card_frame(uint32_t length);
/* Makes an IPv4 packet in page CARD_DATA, whose TCP, UDP or SCTP checksum is 0. */
uint8_t *card_ipv4(uint8_t protocol, uint32_t payload);

/* Puts the sum of the pseudo header into the field of the L4 header at ip + 20, as a driver does. */
void card_pseudo_sum(uint8_t *ip, uint8_t protocol, uint32_t length, unsigned int field);

uint32_t card_phy_read(unsigned int number);
void card_phy_write(unsigned int number, uint16_t value);

#endif
