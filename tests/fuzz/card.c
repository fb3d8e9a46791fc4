/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network card: registers, rings, descriptors and frames that come back, while memory and mappings change. igb.c and
 * e1000.c say which card.
 */
#include "card.h"

#include "abi/e1000.h"
#include "dev/irq_setup.h"
#include "igb/card.h"

#include "function.h"
#include "util/os.h"

#define QUEUES     3           /* of a card that has so many; the places in memory are the same for all */
#define RING       32      /* descriptors */
#define DATA_PAGE  (2 * QUEUES)
#define QUEUE_STEP 0x40u       /* between the registers of two queues */

static uint32_t tail[QUEUES];
static int event;

/* This is refused if the input has switched memory decoding off. */
static void write_register(uint32_t offset, uint32_t value)
{
	function_bar_write(fn, 0, offset, 4, value);
}

static uint32_t tx_queue(unsigned int queue)
{
	return fuzz_card.tx_queue + queue * QUEUE_STEP;
}

static uint32_t rx_queue(unsigned int queue)
{
	return fuzz_card.rx_queue + queue * QUEUE_STEP;
}

static void ring_on(uint32_t queue, unsigned int page)
{
	write_register(queue + IGB_QUEUE_DCTL, 0);
	write_register(queue + IGB_QUEUE_BAL, (uint32_t)bus_ioba(page));
	write_register(queue + IGB_QUEUE_BAH, 0);
	write_register(queue + IGB_QUEUE_LEN, RING * IGB_DESCRIPTOR_SIZE);
	write_register(queue + IGB_QUEUE_HEAD, 0);
	write_register(queue + IGB_QUEUE_TAIL, 0);
	write_register(queue + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE);
}

static void give_buffers(unsigned int queue)
{
	struct igb_descriptor *ring = bus_page(&bus, QUEUES + queue);

	for (unsigned int i = 0; i < RING; i++)
		ring[i] = (struct igb_descriptor){ .address = le64_make(bus_ioba(DATA_PAGE + 16 + i)) };
	write_register(rx_queue(queue) + IGB_QUEUE_TAIL, RING - 1);
}

static void set_up(void)
{
	write_register(IGB_CTRL, IGB_CTRL_SLU | IGB_CTRL_VME);
	for (unsigned int q = 0; q < fuzz_card.queues; q++) {
		ring_on(tx_queue(q), q);
		ring_on(rx_queue(q), QUEUES + q);
		write_register(rx_queue(q) + IGB_QUEUE_SRRCTL, 1u << IGB_SRRCTL_TYPE_SHIFT | 1);
		give_buffers(q);
		tail[q] = 0;
	}
	write_register(IGB_TCTL, IGB_TCTL_EN);
	write_register(IGB_RCTL, IGB_RCTL_EN | IGB_RCTL_LBM_MAC | IGB_RCTL_UPE | IGB_RCTL_MPE | IGB_RCTL_LPE);
}

static void put(unsigned int queue, uint64_t address, uint32_t low, uint32_t high)
{
	struct igb_descriptor *ring = bus_page(&bus, queue);

	ring[tail[queue]] = (struct igb_descriptor){ le64_make(address), le32_make(low), le32_make(high) };
	tail[queue] = (tail[queue] + 1) % RING;
}

static void ring_bell(unsigned int queue)
{
	write_register(tx_queue(queue) + IGB_QUEUE_TAIL, tail[queue]);
}

/* A context that is nearly right, and a packet that uses it. */
static void send_offloaded(struct fuzz_input *in, unsigned int queue)
{
	uint32_t kind = fuzz_u32(in);

	put(queue, (14u + (kind & 1)) << 9 | (kind & 2 ? fuzz_u16(in) : 20) | (uint32_t)fuzz_u16(in) << 16,
	    fuzz_card.context | (kind & IGB_TX_L4) | (kind & IGB_TX_IPV4),
	    (uint32_t)fuzz_u16(in) << 16 | (kind & 4 ? fuzz_u8(in) : 20u) << 8);
	put(queue, take_ioba(in), fuzz_card.data | IGB_TX_EOP | IGB_TX_RS | fuzz_u16(in) |
	    (kind & (fuzz_card.segments | IGB_TX_VLE | IGB_TX_IFCS)), fuzz_u16(in));
	ring_bell(queue);
}

static void poke(struct fuzz_input *in)
{
	uint8_t *page = bus_page(&bus, fuzz_u8(in) % PAGES_USED);
	uint64_t value = fuzz_u8(in) & 1 ? take_ioba(in) : fuzz_u64(in);

	memcpy(page + fuzz_u16(in) % (BUS_PAGE_SIZE - sizeof(value)), &value, sizeof(value));
}

/* The frame's start: addresses, an IP header that may be right, or a tag before it. */
static void make_packet(struct fuzz_input *in)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 60, 0, 0, 0, 0, 64, 6 };
	uint8_t *page = bus_page(&bus, DATA_PAGE + fuzz_u8(in) % 8);

	memcpy(page, head, sizeof(head));
	for (unsigned int n = fuzz_u8(in) % 16; n; n--)
		page[fuzz_u8(in) % 96] = fuzz_u8(in);
}

static void access_registers(struct fuzz_input *in)
{
	unsigned int bar = fuzz_u8(in) & 1 ? 0 : fuzz_u8(in), size = 1u << (fuzz_u8(in) & 3);
	uint64_t offset = align_down(fuzz_u16(in), size), value = fuzz_u64(in);

	if (fuzz_u8(in) & 1)
		function_bar_read(fn, bar, offset, size, &value);
	else
		function_bar_write(fn, bar, offset, size, value);
}

static void access_config(struct fuzz_input *in)
{
	uint32_t value = fuzz_u32(in);

	function_config_write(fn, fuzz_u16(in) & ~3u, &value, sizeof(value));
}

/* Writes or reads a register that exists; the first of a table, or one behind it. */
static void access_known(struct fuzz_input *in)
{
	static const uint32_t known[] = {
		IGB_CTRL, IGB_CTRL_EXT, IGB_EECD, IGB_EERD, IGB_MDIC, IGB_VET, IGB_RCTL, IGB_TCTL, IGB_ICR, IGB_ICS,
		IGB_IMS, IGB_IMC, IGB_IAM, IGB_GPIE, IGB_EICS, IGB_EIMS, IGB_EIMC, IGB_EIAC, IGB_EIAM, IGB_EICR,
		IGB_IVAR_MISC, IGB_RXCSUM, IGB_RLPML, IGB_RFCTL, IGB_MTA, IGB_RA, IGB_RA2, IGB_VFTA, IGB_MRQC, IGB_RETA,
		IGB_RSSRK, IGB_STATISTICS, IGB_SYSTIML, IGB_TIMINCA, IGB_SWSM, E1000_ITR, E1000_AIT, IGB_RX_OLD, IGB_TX_OLD,
	};
	uint32_t offset = known[fuzz_u8(in) % ARRAY_COUNT(known)] + 4u * (fuzz_u8(in) % 8);
	uint64_t value = fuzz_u8(in) & 1 ? fuzz_u32(in) : bit64(fuzz_u8(in) % 32);

	if (fuzz_u8(in) & 1)
		function_bar_read(fn, 0, offset, 4, &value);
	else
		write_register(offset, (uint32_t)value);
}

/* Saves the card, changes some bytes or none, and restores it if it can be. */
static void travel(struct fuzz_input *in)
{
	struct function_saved *saved;
	struct pack pack = { 0 };
	struct unpack from;

	FUZZ_CHECK(!function_save(fn, &pack));
	for (unsigned int n = fuzz_u8(in) % 4; n; n--) {
		size_t at = fuzz_u16(in) % pack.size;

		pack.bytes[at] = fuzz_u8(in);
	}
	from = unpack_begin(pack.bytes, pack.size);
	if (!function_judge(fn, &from, &saved))
		function_apply(fn, saved);
	pack_fini(&pack);
}

/* Switches interrupts of one kind on or off, as its driver does by VFIO. */
static void set_interrupts(struct fuzz_input *in)
{
	enum irq_index index = fuzz_u8(in) & 1 ? IRQ_MSIX : IRQ_INTX;
	unsigned int count = index == IRQ_MSIX ? 1 + fuzz_u8(in) % 10 : 1;
	int fds[10];

	for (unsigned int i = 0; i < ARRAY_COUNT(fds); i++)
		fds[i] = event;
	if (fuzz_u8(in) & 1)
		irq_disable(&fn->irqs, index);
	else
		irq_set_eventfds(&fn->irqs, index, 0, count, fds);
}

/* Gives the worker time to take what was rung for, now and then. */
static void wait_for_worker(void)
{
	const struct igb_worker *w = &igb_of(fn)->worker;

	for (unsigned int i = 0; i < 100 && w->exists && (atomic_load(&w->rung) || !atomic_load(&w->sleeps)); i++)
		os_sleep_us(20);
}

/* The last kinds of step, which came later, so that older inputs mean what they meant. */
#define RARE 252
static void (*const rare[])(struct fuzz_input *) = { access_known, access_known, travel, set_interrupts };

static void take_step(struct fuzz_input *in)
{
	unsigned int queue = fuzz_u8(in) % fuzz_card.queues;
	uint8_t kind = fuzz_u8(in);

	if (kind >= RARE) {
		rare[kind - RARE](in);
		return;
	}
	switch (kind % 14) {
	case 0:
		set_up();
		break;
	case 1:
	case 2:
	case 3:
		send_offloaded(in, queue);
		break;
	case 4:
		put(queue, take_ioba(in), fuzz_u32(in), fuzz_u32(in));
		ring_bell(queue);
		break;
	case 5:
		poke(in);
		break;
	case 6:
	case 7:
		make_packet(in);
		break;
	case 8:
		access_registers(in);
		break;
	case 9:
		access_config(in);
		break;
	case 10:
		take_mapping(in);
		break;
	case 11:
		give_buffers(queue);
		break;
	case 12:
		wait_for_worker();
		break;
	case 13:
		function_reset(fn);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };

	if (!fn)
		event = bus_eventfd();
	begin(fuzz_card.type, "net=sink,mac=02:00:00:00:00:01");
	set_up();
	for (; fuzz_has_more(&in); fuzz_calls++)
		take_step(&in);
	wait_for_worker();
	function_reset(fn);
	irq_disable(&fn->irqs, IRQ_MSIX);
	irq_disable(&fn->irqs, IRQ_INTX);
	return 0;
}
