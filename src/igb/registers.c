/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers as rows: which bits a write changes, and what else happens at an access. A missing
 * register reads 0 and ignores writes. Registers are accessed by words; a narrower write is dropped.
 *
 * An access to a register that is not in the block of interrupts, nor a tail, waits until the worker
 * is not busy.
 */
#include "igb/registers.h"

#include <string.h>

#include "igb/bell.h"
#include "igb/clock.h"
#include "igb/interrupt.h"
#include "igb/nvm.h"
#include "igb/phy.h"
#include "igb/statistics.h"
#include "igb/worker.h"

#define ALL 0xffffffffu

static void write_ctrl(struct igb *igb, uint32_t offset, uint32_t value)
{
	bool had_link = igb_has_link(igb);

	if (value & IGB_CTRL_RST) {
		igb_registers_reset(igb);
		return;
	}
	if (value & ~igb_get(igb, offset) & IGB_CTRL_PHY_RST)
		igb_phy_reset(igb);
	*igb_reg(igb, offset) = value;
	if (had_link != igb_has_link(igb) || (had_link && value & IGB_CTRL_PHY_RST))
		igb_cause(igb, IGB_ICR_LSC);
}

static uint32_t read_status(struct igb *igb, uint32_t offset)
{
	(void)offset;
	return IGB_STATUS_FD | IGB_STATUS_1000 | (igb_has_link(igb) ? IGB_STATUS_LU : 0) |
	       (igb_get(igb, IGB_CTRL) & IGB_CTRL_NO_MASTER ? 0 : IGB_STATUS_MASTER);
}

/* A queue whose ring changes forgets what it has read of it. */
static void forget_tx(struct igb *igb, unsigned int queue)
{
	struct igb_tx_queue *q = &igb->tx[queue];

	q->fetched.count = q->fetched.used = 0;
	q->waits = q->failed = false;
	if (igb->packet.queue == queue)
		igb->packet.exists = false;
}

static void forget_rx(struct igb *igb, unsigned int queue)
{
	struct igb_rx_queue *q = &igb->rx[queue];

	q->fetched.count = q->fetched.used = q->fetched.written = 0;
	q->failed = false;
}

/* Which bits of a queue's register can be written. */
static uint32_t queue_mask(uint32_t reg, bool is_rx)
{
	switch (reg) {
	case IGB_QUEUE_BAL:
		return ~0x7fu;
	case IGB_QUEUE_LEN:
		return IGB_QUEUE_LEN_WRITABLE;
	case IGB_QUEUE_HEAD:
	case IGB_QUEUE_TAIL:
		return 0xffff;
	case IGB_QUEUE_DCTL:
		return 0x0bffffff & ~0x00e0e0e0u;
	case IGB_QUEUE_SRRCTL:
	case IGB_QUEUE_RQDPC:
		return is_rx ? ALL : 0;
	case IGB_QUEUE_BAH:
	case IGB_QUEUE_DCA:
	case IGB_QUEUE_WBAL:
	case IGB_QUEUE_WBAH:
		return ALL;
	default:
		return 0;
	}
}

static bool changes_ring(uint32_t reg)
{
	return reg == IGB_QUEUE_BAL || reg == IGB_QUEUE_BAH || reg == IGB_QUEUE_LEN || reg == IGB_QUEUE_HEAD ||
	       reg == IGB_QUEUE_DCTL;
}

static void write_rx_queue(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t reg = offset & 0x3f;

	*igb_reg(igb, offset) = value & queue_mask(reg, true);
	if (changes_ring(reg))
		forget_rx(igb, (offset - IGB_RX_QUEUE(0)) / 0x40);
}

static uint32_t read_rx_queue(struct igb *igb, uint32_t offset)
{
	return (offset & 0x3f) == IGB_QUEUE_RQDPC ? igb_statistics_read(igb, offset) : igb_get(igb, offset);
}

static void write_tx_queue(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t reg = offset & 0x3f;

	*igb_reg(igb, offset) = value & queue_mask(reg, false);
	if (changes_ring(reg))
		forget_tx(igb, (offset - IGB_TX_QUEUE(0)) / 0x40);
}

static const struct row {
	uint32_t first, last;          /* addresses */
	uint32_t writable;             /* bits that a write without a function of its own changes */
	uint32_t (*read)(struct igb *igb, uint32_t offset);
	void (*write)(struct igb *igb, uint32_t offset, uint32_t value);
} rows[] = {
	{ 0, 0, 0, NULL, NULL },       /* stands for missing registers */
	{ IGB_CTRL, IGB_CTRL, ALL, NULL, write_ctrl },
	{ IGB_STATUS, IGB_STATUS, 0, read_status, NULL },
	{ IGB_EECD, IGB_EECD, 0, NULL, igb_eecd_write },
	{ IGB_EERD, IGB_EERD, 0, NULL, igb_eerd_write },
	{ IGB_CTRL_EXT, IGB_CTRL_EXT, ALL, NULL, NULL },
	{ IGB_MDIC, IGB_MDIC, 0, NULL, igb_mdic_write },
	{ 0x0028, IGB_VET, ALL, NULL, NULL },                    /* flow control, CONNSW */
	{ IGB_RCTL, IGB_RCTL, ALL, NULL, NULL },
	{ 0x0170, 0x0170, ALL, NULL, NULL },                     /* FCTTV */
	{ IGB_TCTL, 0x0404, ALL, NULL, NULL },
	{ 0x0410, 0x0410, ALL, NULL, NULL },                     /* TIPG */
	{ IGB_LEDCTL, IGB_LEDCTL, ALL, NULL, NULL },
	{ 0x0c84, 0x0c84, ALL, NULL, NULL },                     /* MBVFIMR */
	{ 0x0c8c, 0x0c90, ALL, NULL, NULL },                     /* VFRE, VFTE */
	{ IGB_EEMNGCTL, IGB_EEMNGCTL, 0, NULL, NULL },
	{ IGB_FRTIMER, IGB_FRTIMER, 0, igb_timer_read, NULL },
	{ 0x104c, 0x104c, ALL, NULL, NULL },                     /* TCPTIMER */
	{ IGB_ICR, IGB_ICR, 0, igb_icr_read, igb_icr_write },
	{ IGB_ICS, IGB_ICS, 0, igb_write_only, igb_ics_write },
	{ IGB_IMS, IGB_IMS, 0, NULL, igb_ims_write },
	{ IGB_IMC, IGB_IMC, 0, igb_write_only, igb_imc_write },
	{ IGB_IAM, IGB_GPIE, ALL, NULL, NULL },
	{ IGB_EICS, IGB_EICS, 0, igb_write_only, igb_eics_write },
	{ IGB_EIMS, IGB_EIMS, 0, NULL, igb_eims_write },
	{ IGB_EIMC, IGB_EIMC, 0, igb_write_only, igb_eimc_write },
	{ IGB_EIAC, IGB_EIAM, ALL, NULL, NULL },
	{ IGB_EICR, IGB_EICR, 0, igb_eicr_read, igb_eicr_write },
	{ IGB_EITR(0), IGB_EITR(24), IGB_EITR_WRITABLE, NULL, NULL },
	{ IGB_IVAR(0), IGB_IVAR(7), ALL, NULL, NULL },
	{ IGB_IVAR_MISC, IGB_IVAR_MISC, ALL, NULL, NULL },
	{ 0x2160, 0x2168, ALL, NULL, NULL },                     /* FCRTL, FCRTH */
	{ IGB_RXPBS, IGB_RXPBS, 0x7f, NULL, NULL },
	{ 0x2460, 0x2460, ALL, NULL, NULL },                     /* FCRTV */
	{ 0x3004, 0x3004, ALL, NULL, NULL },                     /* SWPBS */
	{ IGB_TXPBS, IGB_TXPBS, 0x3f, NULL, NULL },
	{ 0x3500, 0x3500, ALL, NULL, NULL },                     /* DTXSWC */
	{ 0x3540, 0x3540, ALL, NULL, NULL },                     /* DTXMXSZRQ */
	{ 0x3590, IGB_DTXTCPFLGH, ALL, NULL, NULL },
	{ 0x3700, 0x371c, ALL, NULL, NULL },                     /* VMVIR */
	{ IGB_STATISTICS, IGB_STATISTICS_END - 4, 0, igb_statistics_read, NULL },
	{ 0x4200, 0x4208, ALL, NULL, NULL },                     /* PCS */
	{ 0x4218, 0x4218, ALL, NULL, NULL },
	{ IGB_RXCSUM, IGB_RFCTL, ALL, NULL, NULL },
	{ IGB_MTA, IGB_MTA + 0x1fc, ALL, NULL, NULL },
	{ IGB_RA, IGB_RA + 0x7c, ALL, NULL, NULL },
	{ 0x5480, 0x549c, ALL, NULL, NULL },                     /* PSRTYPE */
	{ IGB_RA2, IGB_RA2 + 0x3c, ALL, NULL, NULL },
	{ 0x55b0, 0x55b0, ALL, NULL, NULL },                     /* VLANPQF */
	{ 0x55fc, 0x55fc, ALL, NULL, NULL },                     /* SYNQF */
	{ IGB_VFTA, IGB_VFTA + 0x1fc, ALL, NULL, NULL },
	{ 0x5800, 0x5810, ALL, NULL, NULL },                     /* wake-up */
	{ IGB_MRQC, 0x5820, ALL, NULL, NULL },                   /* and VT_CTL, MANC */
	{ 0x5838, 0x59fc, ALL, NULL, NULL },                     /* addresses and filters */
	{ 0x5a80, 0x5af0, ALL, NULL, NULL },                     /* IMIR, VMOLR, RPLOLR */
	{ 0x5b00, 0x5b1c, ALL, NULL, NULL },                     /* GCR, GSCL */
	{ IGB_SWSM, IGB_SWSM, 3, igb_swsm_read, NULL },
	{ IGB_SW_FW_SYNC, IGB_SW_FW_SYNC, ALL, NULL, NULL },
	{ 0x5b64, 0x5b64, ALL, NULL, NULL },                     /* GCR2 */
	{ 0x5b74, 0x5b74, ALL, NULL, NULL },                     /* DCA_CTRL */
	{ IGB_RETA, IGB_RETA + 0x7c, 0x0f0f0f0f, NULL, NULL },
	{ IGB_RSSRK, IGB_RSSRK + 0x24, ALL, NULL, NULL },
	{ 0x5cb0, 0x5ccc, ALL, NULL, NULL },                     /* ETQF */
	{ 0x5d00, 0x5dbc, ALL, NULL, NULL },                     /* VLVF and what mirrors */
	{ 0x5f50, 0x5f50, ALL, NULL, NULL },                     /* TSYNCRXCFG */
	{ 0xa000, 0xa1fc, ALL, NULL, NULL },                     /* UTA */
	{ IGB_SYSTIML, IGB_SYSTIMH, ALL, igb_systim_read, igb_systim_write },
	{ IGB_TIMINCA, IGB_TIMINCA, ALL, NULL, igb_timinca_write },
	{ 0xb60c, 0xb614, ALL, NULL, NULL },                     /* TIMADJ, TSYNCTXCTL */
	{ 0xb620, 0xb620, ALL, NULL, NULL },                     /* TSYNCRXCTL */
	{ IGB_RX_QUEUE(0), IGB_RX_QUEUE(IGB_QUEUES) - 4, ALL, read_rx_queue, write_rx_queue },
	{ IGB_TX_QUEUE(0), IGB_TX_QUEUE(IGB_QUEUES) - 4, ALL, NULL, write_tx_queue },
};

_Static_assert(ARRAY_COUNT(rows) < 256, "a row's number is a byte");

void igb_registers_init(struct igb *igb)
{
	for (unsigned int i = 1; i < ARRAY_COUNT(rows); i++)
		for (uint32_t offset = rows[i].first; offset <= rows[i].last; offset += 4)
			igb->row_of[offset / 4] = (uint8_t)i;
}

bool igb_register_exists(const struct igb *igb, uint32_t index)
{
	return igb->row_of[index];
}

static void reset_address(struct igb *igb)
{
	const uint8_t *mac = igb->settings.mac;

	*igb_reg(igb, IGB_RA) = (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 |
				(uint32_t)mac[3] << 24;
	*igb_reg(igb, IGB_RA + 4) = (uint32_t)mac[4] | (uint32_t)mac[5] << 8 | IGB_RAH_VALID;
}

void igb_registers_reset(struct igb *igb)
{
	static const struct {
		uint32_t offset, value;
	} values[] = {
		{ IGB_CTRL, IGB_CTRL_FD },
		{ IGB_EECD, IGB_EECD_PRES | IGB_EECD_AUTO_RD | IGB_EECD_ADDR_BITS | 4 << IGB_EECD_SIZE_SHIFT },
		{ IGB_VET, 0x81008100 },
		{ IGB_LEDCTL, 0x07068302 },
		{ IGB_EEMNGCTL, 0x000c0000 },                    /* both ports are configured */
		{ IGB_RXPBS, 64 },
		{ IGB_TXPBS, 40 },
		{ IGB_DTXTCPFLGL, 0x0f760ff6 },
		{ IGB_DTXTCPFLGH, 0x00000f7f },
		{ IGB_RLPML, IGB_FRAME_MAX },
		{ IGB_RXCSUM, IGB_RXCSUM_IPOFL | IGB_RXCSUM_TUOFL },
		{ IGB_RX_QUEUE(0) + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE | 1 << 16 },
		{ IGB_TX_QUEUE(0) + IGB_QUEUE_DCTL, IGB_DCTL_ENABLE },
	};

	memset(igb->reg, 0, sizeof(igb->reg));
	for (size_t i = 0; i < ARRAY_COUNT(values); i++)
		*igb_reg(igb, values[i].offset) = values[i].value;
	reset_address(igb);
	for (unsigned int q = 0; q < IGB_QUEUES; q++) {
		forget_tx(igb, q);
		forget_rx(igb, q);
		memset(igb->tx[q].context, 0, sizeof(igb->tx[q].context));
	}
	igb->is_held = false;
	igb_interrupt_reset(igb);
}

/* The registers of the first four queues, and the interrupt registers, have older addresses too. */
static uint32_t newest_address(uint32_t offset)
{
	static const struct {
		uint32_t old, now;
	} old[] = {
		{ IGB_CTRL_DUP, IGB_CTRL }, { 0x00c0, IGB_ICR }, { 0x00c8, IGB_ICS }, { 0x00d0, IGB_IMS },
		{ 0x00d8, IGB_IMC }, { 0x00e0, IGB_IAM },
	};

	if ((offset & ~0x3ffu) == IGB_RX_OLD && (offset & 0xff) < 0x40)
		return IGB_RX_QUEUE((offset - IGB_RX_OLD) >> 8) + (offset & 0x3f);
	if ((offset & ~0x3ffu) == IGB_TX_OLD && (offset & 0xff) < 0x40)
		return IGB_TX_QUEUE((offset - IGB_TX_OLD) >> 8) + (offset & 0x3f);
	for (size_t i = 0; i < ARRAY_COUNT(old); i++)
		if (old[i].old == offset)
			return old[i].now;
	return offset;
}

static bool is_tail(uint32_t offset)
{
	return ((offset & ~0x3ffu) == IGB_RX_QUEUE(0) || (offset & ~0x3ffu) == IGB_TX_QUEUE(0)) &&
	       (offset & 0x3f) == IGB_QUEUE_TAIL;
}

static bool needs_idle_worker(uint32_t offset)
{
	return !is_tail(offset) && !(offset >= IGB_ICR && offset <= IGB_IVAR_MISC);
}

/* After a write to one of these the worker may have something to do. */
static bool wakes_worker(uint32_t offset)
{
	return is_tail(offset) || offset == IGB_CTRL || offset == IGB_RCTL || offset == IGB_TCTL ||
	       offset == IGB_MDIC;
}

static uint32_t read_word(struct igb *igb, uint64_t address)
{
	uint32_t offset = newest_address((uint32_t)address);
	const struct row *row;

	if (offset >= IGB_STORED)
		return 0;
	row = &rows[igb->row_of[offset / 4]];
	if (needs_idle_worker(offset))
		igb_quiesce(&igb->fn);
	return row->read ? row->read(igb, offset) : igb_get(igb, offset);
}

/* The port is used by the worker, if that is busy. */
static void start(struct igb *igb)
{
	if (igb->is_started && igb->worker.exists)
		return;
	igb_quiesce(&igb->fn);
	igb_worker_start(igb);
}

static void write_word(struct igb *igb, uint64_t address, uint32_t value)
{
	uint32_t offset = newest_address((uint32_t)address);
	const struct row *row;

	if (offset >= IGB_STORED)
		return;
	row = &rows[igb->row_of[offset / 4]];
	if (needs_idle_worker(offset))
		igb_quiesce(&igb->fn);
	if (wakes_worker(offset))
		start(igb);
	if (row->write)
		row->write(igb, offset, value);
	else
		*igb_reg(igb, offset) = (igb_get(igb, offset) & ~row->writable) | (value & row->writable);
	if (wakes_worker(offset))
		igb_ring_bell(igb);
}

uint64_t igb_bar_read(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size)
{
	struct igb *igb = igb_of(fn);
	uint64_t value;

	if (bar == IGB_BAR_MSIX)
		return msix_table_read(&igb->msix, offset, size);
	value = read_word(igb, align_down(offset, 4));
	if (size == 8)
		value |= (uint64_t)read_word(igb, offset + 4) << 32;
	return value >> 8 * (offset % 4);
}

void igb_bar_write(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value)
{
	struct igb *igb = igb_of(fn);

	if (bar == IGB_BAR_MSIX) {
		msix_table_write(&igb->msix, offset, size, value);
		return;
	}
	if (size >= 4)
		write_word(igb, offset, (uint32_t)value);
	if (size == 8)
		write_word(igb, offset + 4, (uint32_t)(value >> 32));
}
