/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's side of rings and registers. */
#include "driver.h"

#include "testing.h"

#include <string.h>

#include "igb/sum.h"
#include "util/os.h"

struct card c;

static int setup(const char *type, void **state)
{
	memset(&c, 0, sizeof(c));
	bus_init(&c.bus);
	c.fn = bus_function(&c.bus, type, *state ? *state : "mac=02:00:00:00:00:0a");
	bus_enable(c.fn);
	return 0;
}

int card_setup(void **state)
{
	setup("igb", state);
	c.tx_queue = IGB_TX_QUEUE(0);
	c.rx_queue = IGB_RX_QUEUE(0);
	return 0;
}

int card_setup_e1000(void **state)
{
	setup("e1000", state);
	c.tx_queue = IGB_TX_OLD;
	c.rx_queue = IGB_RX_OLD;
	c.has_legacy = true;
	return 0;
}

static int start(void)
{
	card_write(IGB_CTRL, card_read(IGB_CTRL) | IGB_CTRL_SLU);
	card_tx_on(0);
	card_rx_on(0, 1 << IGB_SRRCTL_TYPE_SHIFT | CARD_BUFFER / 1024);
	card_write(IGB_TCTL, IGB_TCTL_EN | IGB_TCTL_PSP);
	card_write(IGB_RCTL, IGB_RCTL_EN | IGB_RCTL_LBM_MAC | IGB_RCTL_SECRC | IGB_RCTL_BAM);
	card_read(0xc0);                     /* ICR, where both have it */
	return 0;
}

int card_start(void **state)
{
	card_setup(state);
	return start();
}

int card_start_e1000(void **state)
{
	card_setup_e1000(state);
	return start();
}

int card_teardown(void **state)
{
	(void)state;
	function_free(c.fn);
	bus_fini(&c.bus);
	return 0;
}

static void ring_on(uint32_t queue, unsigned int page)
{
	memset(bus_page(&c.bus, page), 0, BUS_PAGE_SIZE);
	card_write(queue + IGB_QUEUE_DCTL, 0);
	card_write(queue + IGB_QUEUE_BAL, (uint32_t)bus_ioba(page));
	card_write(queue + IGB_QUEUE_BAH, 0);
	card_write(queue + IGB_QUEUE_LEN, CARD_RING * IGB_DESCRIPTOR_SIZE);
	card_write(queue + IGB_QUEUE_HEAD, 0);
	card_write(queue + IGB_QUEUE_TAIL, 0);
	card_write(queue + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE);
}

void card_tx_on(unsigned int queue)
{
	c.tx_tail[queue] = 0;
	ring_on(c.tx_queue + 0x40 * queue, queue);
}

static uint64_t buffer_at(unsigned int queue, uint32_t index)
{
	return bus_ioba(CARD_BUFFERS + queue * 16) + (uint64_t)(index % 32) * CARD_BUFFER;
}

static void fill(unsigned int queue, uint32_t index)
{
	*card_rx_slot(queue, index) = (struct igb_descriptor){ .address = le64_make(buffer_at(queue, index)) };
}

void card_rx_on(unsigned int queue, uint32_t srrctl)
{
	ring_on(c.rx_queue + 0x40 * queue, 16 + queue);
	card_write(c.rx_queue + 0x40 * queue + IGB_QUEUE_SRRCTL, srrctl);
	for (uint32_t i = 0; i < CARD_RING; i++)
		fill(queue, i);
	c.rx_head[queue] = 0;
	c.rx_tail[queue] = CARD_RING - 1;
	card_write(c.rx_queue + 0x40 * queue + IGB_QUEUE_TAIL, CARD_RING - 1);
}

void card_wait(void)
{
	const struct igb_worker *w = &igb_of(c.fn)->worker;

	while (atomic_load(&w->rung) || !atomic_load(&w->sleeps))
		os_sleep_us(50);
}

struct igb_descriptor *card_tx_slot(unsigned int queue, uint32_t index)
{
	return (struct igb_descriptor *)bus_page(&c.bus, queue) + index % CARD_RING;
}

struct igb_descriptor *card_rx_slot(unsigned int queue, uint32_t index)
{
	return (struct igb_descriptor *)bus_page(&c.bus, 16 + queue) + index % CARD_RING;
}

void card_put(unsigned int queue, uint64_t address, uint32_t low, uint32_t high)
{
	*card_tx_slot(queue, c.tx_tail[queue]) = (struct igb_descriptor){
		le64_make(address), le32_make(low), le32_make(high),
	};
	c.tx_tail[queue] = (c.tx_tail[queue] + 1) % CARD_RING;
}

void card_put_data(unsigned int queue, uint64_t address, uint32_t length, uint32_t command, uint32_t options)
{
	card_put(queue, address, length | IGB_TX_DATA | IGB_TX_DEXT | IGB_TX_IFCS | command, options);
}

void card_put_context(unsigned int queue, uint32_t lengths, uint32_t command, uint32_t mss)
{
	card_put(queue, lengths, IGB_TX_CONTEXT | IGB_TX_DEXT | command, mss);
}

void card_ring(unsigned int queue)
{
	card_write(c.tx_queue + 0x40 * queue + IGB_QUEUE_TAIL, c.tx_tail[queue]);
	card_wait();
}

void card_send(unsigned int queue, uint32_t length)
{
	card_put_data(queue, bus_ioba(CARD_DATA), length, IGB_TX_EOP | IGB_TX_RS, 0);
	card_ring(queue);
}

const struct igb_descriptor *card_take(unsigned int queue)
{
	const struct igb_descriptor *d = card_rx_slot(queue, c.rx_head[queue]);

	if (!(le32_get(c.has_legacy ? d->high : d->low) & IGB_RX_DD))
		return NULL;
	c.rx_head[queue] = (c.rx_head[queue] + 1) % CARD_RING;
	return d;
}

/* Returns the buffer of the descriptor that was taken last. */
const uint8_t *card_buffer(unsigned int queue)
{
	uint64_t at = buffer_at(queue, c.rx_head[queue] + CARD_RING - 1) - BUS_START;

	return (const uint8_t *)c.bus.arena + at;
}

const uint8_t *card_expect(unsigned int queue, uint32_t length)
{
	const struct igb_descriptor *d = card_take(queue);

	assert_non_null(d);
	assert_int_equal(le32_get(d->low) & (IGB_RX_EOP | 0xff000000), IGB_RX_EOP);
	assert_int_equal(le32_get(d->high) & 0xffff, length);
	return card_buffer(queue);
}

void card_refill(unsigned int queue)
{
	uint32_t last = (c.rx_head[queue] + CARD_RING - 1) % CARD_RING;

	for (; c.rx_tail[queue] != last; c.rx_tail[queue] = (c.rx_tail[queue] + 1) % CARD_RING)
		fill(queue, c.rx_tail[queue]);
	card_write(c.rx_queue + 0x40 * queue + IGB_QUEUE_TAIL, last);
	card_wait();
}

uint8_t *card_frame(uint32_t length)
{
	static const uint8_t head[14] = { 2, 0, 0, 0, 0, 10, 2, 0, 0, 0, 0, 11, 0x88, 0xb5 };
	uint8_t *frame = bus_page(&c.bus, CARD_DATA);

	for (uint32_t i = 0; i < length; i++)
		frame[i] = (uint8_t)(i * 7 + (i >> 8));
	memcpy(frame, head, sizeof(head));
	return frame;
}

uint8_t *card_ipv4(uint8_t protocol, uint32_t payload)
{
	uint32_t l4 = protocol == 6 ? 20 : protocol == 17 ? 8 : 12, total = 20 + l4 + payload;
	uint8_t *frame = card_frame(14 + total), *ip = frame + 14;
	const uint8_t head[20] = { 0x45, 0, (uint8_t)(total >> 8), (uint8_t)total, 0x12, 0x34, 0x40, 0, 64, protocol,
				   0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };
	uint16_t sum;

	frame[12] = 8;
	frame[13] = 0;
	memcpy(ip, head, sizeof(head));
	sum = (uint16_t)~igb_sum(ip, 20);
	memcpy(ip + 10, &sum, sizeof(sum));
	memset(ip + 20, 0, l4);
	ip[21] = 80;
	ip[23] = 81;
	if (protocol == 6)
		ip[32] = 0x50;
	if (protocol == 17) {
		ip[24] = (uint8_t)((8 + payload) >> 8);
		ip[25] = (uint8_t)(8 + payload);
	}
	return frame;
}

void card_pseudo_sum(uint8_t *ip, uint8_t protocol, uint32_t length, unsigned int field)
{
	uint32_t sum = protocol + length;

	for (unsigned int i = 12; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip[20 + field] = (uint8_t)(sum >> 8);
	ip[21 + field] = (uint8_t)sum;
}

uint32_t card_phy_read(unsigned int number)
{
	card_write(IGB_MDIC, IGB_MDIC_READ | 1 << 21 | number << 16);
	assert_true(card_read(IGB_MDIC) & IGB_MDIC_READY);
	assert_false(card_read(IGB_MDIC) & IGB_MDIC_ERROR);
	return card_read(IGB_MDIC) & 0xffff;
}

void card_phy_write(unsigned int number, uint16_t value)
{
	card_write(IGB_MDIC, IGB_MDIC_WRITE | 1 << 21 | number << 16 | value);
}
