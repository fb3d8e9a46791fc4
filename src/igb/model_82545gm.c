/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 82545GM, which Linux's e1000 drives: one queue each way, no MSI-X, and on a bus that is not PCI-X
 * (STATUS) a driver that asks for 32-bit addresses. Of the family it is the one that needs no I/O space
 * for its reset, which POWER's host bridges do not have [linux e1000_reset_hw].
 *
 * Some of its registers are kept where the 82576 has them (place_of), and what it lacks has the values
 * with which the 82576 does the same.
 */
#include "abi/e1000.h"
#include "igb/interrupt.h"
#include "igb/microwire.h"
#include "igb/model.h"
#include "igb/phy.h"
#include "igb/registers.h"
#include "igb/statistics.h"

#define ALL 0xffffffffu

static uint32_t read_status(struct igb *igb, uint32_t offset)
{
	(void)offset;
	return IGB_STATUS_FD | IGB_STATUS_1000 | (igb_has_link(igb) ? IGB_STATUS_LU : 0) |
	       (igb->worker.is_blocked ? IGB_STATUS_TXOFF : 0);
}

static const struct igb_row rows[] = {
	{ 0, 0, 0, NULL, NULL },
	{ IGB_CTRL, IGB_CTRL, ALL, NULL, igb_ctrl_write },
	{ IGB_STATUS, IGB_STATUS, 0, read_status, NULL },
	{ IGB_EECD, IGB_EECD, 0, NULL, igb_microwire_write },
	{ IGB_EERD, IGB_EERD, 0, NULL, igb_microwire_eerd_write },
	{ IGB_CTRL_EXT, IGB_CTRL_EXT, ALL, NULL, NULL },
	{ IGB_MDIC, IGB_MDIC, 0, NULL, igb_mdic_write },
	{ 0x0028, IGB_VET, ALL, NULL, NULL },                    /* flow control */
	{ E1000_ITR, E1000_ITR, E1000_ITR_INTERVAL, NULL, NULL },
	{ IGB_RCTL, IGB_RCTL, ALL, NULL, NULL },
	{ 0x0170, E1000_RXCW, ALL, NULL, NULL },                 /* FCTTV, TXCW */
	{ IGB_TCTL, IGB_TCTL, ALL, NULL, NULL },
	{ 0x0410, 0x0410, ALL, NULL, NULL },                     /* TIPG */
	{ E1000_AIT, E1000_AIT, ALL, NULL, NULL },
	{ IGB_LEDCTL, IGB_LEDCTL, ALL, NULL, NULL },
	{ E1000_PBA, E1000_PBA, 0xffff, NULL, NULL },
	{ IGB_ICR, IGB_ICR, 0, igb_icr_read, igb_icr_write },
	{ IGB_ICS, IGB_ICS, 0, igb_write_only, igb_ics_write },
	{ IGB_IMS, IGB_IMS, 0, NULL, igb_ims_write },
	{ IGB_IMC, IGB_IMC, 0, igb_write_only, igb_imc_write },
	{ 0x2160, 0x2168, ALL, NULL, NULL },                     /* FCRTL, FCRTH */
	{ 0x2410, 0x2430, ALL, NULL, NULL },                     /* the receive FIFO */
	{ 0x3000, 0x3000, ALL, NULL, NULL },                     /* TXDMAC */
	{ 0x3410, 0x3430, ALL, NULL, NULL },                     /* the transmit FIFO */
	{ IGB_STATISTICS, E1000_STATISTICS_END - 4, 0, igb_statistics_read, NULL },
	{ IGB_RXCSUM, IGB_RXCSUM, ALL, NULL, NULL },
	{ IGB_MTA, IGB_MTA + 0x1fc, ALL, NULL, NULL },
	{ IGB_RA, IGB_RA + 8 * E1000_RA_COUNT - 4, ALL, NULL, NULL },
	{ IGB_VFTA, IGB_VFTA + 0x1fc, ALL, NULL, NULL },
	{ 0x5800, 0x5810, ALL, NULL, NULL },                     /* wake-up */
	{ 0x5820, 0x5820, ALL, NULL, NULL },                     /* MANC */
	{ 0x5838, 0x5a7c, ALL, NULL, NULL },                     /* addresses and filters */
	{ 0x5f00, 0x5f18, ALL, NULL, NULL },                     /* FFLT */
	{ 0x9000, 0x93f8, ALL, NULL, NULL },                     /* FFMT */
	{ 0x9800, 0x9bf8, ALL, NULL, NULL },                     /* FFVT */
	{ IGB_RX_QUEUE(0), IGB_RX_QUEUE(0) + IGB_QUEUE_LEN, 0, NULL, igb_rx_queue_write },
	{ IGB_RX_QUEUE(0) + IGB_QUEUE_HEAD, IGB_RX_QUEUE(0) + IGB_QUEUE_HEAD, 0, NULL, igb_rx_queue_write },
	{ IGB_RX_QUEUE(0) + IGB_QUEUE_TAIL, IGB_RX_QUEUE(0) + IGB_QUEUE_TAIL, 0, NULL, igb_rx_queue_write },
	{ IGB_RX_QUEUE(0) + E1000_QUEUE_RDTR, IGB_RX_QUEUE(0) + E1000_QUEUE_RADV, ALL, NULL, NULL },
	{ IGB_TX_QUEUE(0), IGB_TX_QUEUE(0) + IGB_QUEUE_LEN, 0, NULL, igb_tx_queue_write },
	{ IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD, IGB_TX_QUEUE(0) + IGB_QUEUE_HEAD, 0, NULL, igb_tx_queue_write },
	{ IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, IGB_TX_QUEUE(0) + IGB_QUEUE_TAIL, 0, NULL, igb_tx_queue_write },
	{ IGB_TX_QUEUE(0) + E1000_QUEUE_RDTR, IGB_TX_QUEUE(0) + E1000_TSPMT, ALL, NULL, NULL },
	/* No driver reaches these. */
	{ IGB_GPIE, IGB_GPIE, 0, NULL, NULL },
	{ IGB_DTXTCPFLGL, IGB_DTXTCPFLGH, 0, NULL, NULL },
	{ E1000_STATISTICS_END, IGB_STATISTICS_END - 4, 0, NULL, NULL },
	{ IGB_RLPML, IGB_RLPML, 0, NULL, NULL },
	{ IGB_RX_QUEUE(0) + IGB_QUEUE_RQDPC, IGB_RX_QUEUE(0) + IGB_QUEUE_RQDPC, 0, NULL, NULL },
	{ IGB_MICROWIRE, IGB_MICROWIRE, 0, NULL, NULL },
};

_Static_assert(ARRAY_COUNT(rows) < 256, "a row's number is a byte");

static const struct igb_value values[] = {
	{ IGB_CTRL, IGB_CTRL_FD },
	{ IGB_EECD, IGB_EECD_PRES | E1000_EECD_DO },
	{ IGB_VET, 0x8100 },
	{ IGB_LEDCTL, 0x07068302 },
	{ E1000_PBA, 0x00100030 },                               /* 16 KiB to send, 48 KiB to receive */
	{ IGB_GPIE, IGB_GPIE_NSICR },                            /* each read clears ICR */
	{ IGB_DTXTCPFLGL, 0x0f760ff6 },
	{ IGB_DTXTCPFLGH, 0x00000f7f },
	{ IGB_RLPML, IGB_FRAME_MAX },
};

/* Registers of the 82576 that this controller lacks. */
static bool is_hidden(uint32_t offset)
{
	return offset >= 0xa000 || (offset >= IGB_ICR && offset < 0x1800) || offset == IGB_RLPML ||
	       (offset >= IGB_DTXTCPFLGL && offset <= IGB_DTXTCPFLGH) ||
	       (offset >= E1000_STATISTICS_END && offset < IGB_STATISTICS_END);
}

static uint32_t place_of(uint32_t offset)
{
	static const struct {
		uint32_t here, there;
	} moved[] = {
		{ IGB_CTRL_DUP, IGB_CTRL }, { 0x00c0, IGB_ICR }, { 0x00c8, IGB_ICS }, { 0x00d0, IGB_IMS },
		{ 0x00d8, IGB_IMC },
	};

	if (is_hidden(offset))
		return IGB_STORED;
	if ((offset & ~0x3fu) == IGB_RX_OLD)
		return offset - IGB_RX_OLD + IGB_RX_QUEUE(0);
	if ((offset & ~0x3fu) == IGB_TX_OLD)
		return offset - IGB_TX_OLD + IGB_TX_QUEUE(0);
	for (size_t i = 0; i < ARRAY_COUNT(moved); i++)
		if (moved[i].here == offset)
			return moved[i].there;
	return offset;
}

static const uint16_t phy[IGB_PHY_REGISTERS] = {
	[IGB_PHY_CONTROL] = 0x1140,            /* negotiate, gigabit, full duplex */
	[IGB_PHY_STATUS] = 0x7949,             /* what it can do */
	[IGB_PHY_ID1] = E1000_PHY_ID >> 16,
	[IGB_PHY_ID2] = E1000_PHY_ID & 0xffff,
	[IGB_PHY_ADVERTISE] = 0x0de1,          /* all speeds, and both kinds of pause */
	[IGB_PHY_PARTNER] = 0x4de1,
	[IGB_PHY_EXPANSION] = 0x0003,
	[IGB_PHY_1000_CONTROL] = 0x0300,
	[IGB_PHY_1000_STATUS] = 0x3c00,
	[IGB_PHY_EXTENDED] = 0x3000,
	[IGB_PHY_PORT_STATUS] = 0xac00,        /* gigabit, full duplex, known, link */
};

static uint64_t interval_ns(const struct igb *igb, unsigned int vector)
{
	(void)vector;
	return (uint64_t)(igb_get(igb, E1000_ITR) & E1000_ITR_INTERVAL) * 256;
}

/* The delay of interrupts (IDE) is where the 82576 has TSE, and is ignored. TSE is where legacy descriptors have IC. */
static void read_part(const struct igb_descriptor *d, struct igb_part *part)
{
	uint32_t command = le32_get(d->low), type = command & E1000_TX_TYPE;

	*part = (struct igb_part){
		.kind = IGB_PART_DATA,
		.length = command & IGB_TX_LENGTH,
		.command = command & ~IGB_TX_TSE,
		.options = le32_get(d->high),
		.has_tag = command & IGB_TX_VLE,
		.tag = (uint16_t)(le32_get(d->high) >> 16),
	};
	if (!(command & IGB_TX_DEXT))
		return;
	part->length = command & E1000_TX_LENGTH;
	part->command |= command & E1000_TX_TSE ? IGB_TX_TSE : 0;
	if (type == E1000_TX_CONTEXT)
		part->kind = IGB_PART_CONTEXT;
	else if (type != E1000_TX_DATA)
		part->kind = IGB_PART_BAD;
}

/* Segments have a context of their own. */
static unsigned int context_of(uint32_t low, uint32_t high)
{
	(void)high;
	return low & E1000_TX_TSE ? 1 : 0;
}

static uint32_t distance(uint32_t from, uint32_t to)
{
	return to > from ? to - from : 0;
}

/*
 * The context says where each sum starts, ends and goes. One that goes before its start has no place
 * in a packet, and what would have a negative size has none.
 */
static void lay_out(const struct igb_context *c, struct igb_layout *h)
{
	uint64_t sums = le64_get(c->descriptor.address);
	uint32_t command = le32_get(c->descriptor.low), high = le32_get(c->descriptor.high);
	uint32_t ip = sums & 0xff, l4 = sums >> 32 & 0xff, to = sums >> 40 & 0xff, end = sums >> 48 & 0xffff;

	*h = (struct igb_layout){
		.ip = ip,
		.ip_size = distance(ip, l4),
		.is_ipv4 = command & E1000_TX_IPV4,
		.l4 = l4,
		.l4_end = end ? end + 1 : 0,
		.payload = l4 + distance(l4, high >> 8 & 0xff),
		.kind = command & E1000_TX_TCP ? IGB_TX_L4_TCP : IGB_TX_L4_UDP,
		.checksum = distance(l4, to),
		.mss = high >> 16,
	};
	h->l4_least = h->kind == IGB_TX_L4_TCP ? IGB_TCP_SIZE : IGB_UDP_SIZE;
	if (h->checksum + 2 > h->l4_least)
		h->l4_least = h->checksum + 2;
	if (to < l4)
		h->l4_least = IGB_PACKET_MAX;
}

const struct igb_model igb_82545gm = {
	.identity = {
		.vendor = IGB_VENDOR,
		.device = E1000_DEVICE,
		.subsystem_vendor = IGB_VENDOR,
		.subsystem = E1000_SUBSYSTEM,
		.class_code = IGB_CLASS_CODE,
		.revision = 4,
		.bar = { [0] = { IGB_REGISTER_SPACE, false, false } },
		.has_intx = true,
	},
	.rows = rows,
	.row_count = ARRAY_COUNT(rows),
	.values = values,
	.value_count = ARRAY_COUNT(values),
	.place_of = place_of,
	.causes = E1000_ICR_CAUSES,
	.interval_ns = interval_ns,
	.phy = phy,
	.has_large_buffers = true,
	.rx_status = 0xef,
	.read_part = read_part,
	.context_of = context_of,
	.lay_out = lay_out,
};
