/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens at an access to the registers that both models have, and at a reset of the MAC. */
#include "igb/registers.h"

#include <string.h>

#include "igb/frame.h"
#include "igb/interrupt.h"
#include "igb/model.h"
#include "igb/phy.h"
#include "igb/statistics.h"

#define ALL 0xffffffffu

void igb_ctrl_write(struct igb *igb, uint32_t offset, uint32_t value)
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
	q->starved_ns = 0;
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

void igb_rx_queue_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t reg = offset & 0x3f;

	*igb_reg(igb, offset) = value & queue_mask(reg, true);
	if (changes_ring(reg))
		forget_rx(igb, (offset - IGB_RX_QUEUE(0)) / 0x40);
}

uint32_t igb_rx_queue_read(struct igb *igb, uint32_t offset)
{
	return (offset & 0x3f) == IGB_QUEUE_RQDPC ? igb_statistics_read(igb, offset) : igb_get(igb, offset);
}

void igb_tx_queue_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t reg = offset & 0x3f;

	*igb_reg(igb, offset) = value & queue_mask(reg, false);
	if (changes_ring(reg))
		forget_tx(igb, (offset - IGB_TX_QUEUE(0)) / 0x40);
}

void igb_ones_clear(struct igb *igb, uint32_t offset, uint32_t value)
{
	*igb_reg(igb, offset) &= ~value;
}

void igb_queue_reset(struct igb *igb, unsigned int queue)
{
	memset(igb_reg(igb, IGB_RX_QUEUE(queue)), 0, 0x40);
	memset(igb_reg(igb, IGB_TX_QUEUE(queue)), 0, 0x40);
	forget_rx(igb, queue);
	forget_tx(igb, queue);
	memset(igb->tx[queue].context, 0, sizeof(igb->tx[queue].context));
}

void igb_registers_init(struct igb *igb)
{
	for (unsigned int i = 1; i < igb->model->row_count; i++)
		for (uint32_t offset = igb->model->rows[i].first; offset <= igb->model->rows[i].last; offset += 4)
			igb->row_of[offset / 4] = (uint8_t)i;
}

bool igb_register_exists(const struct igb *igb, uint32_t index)
{
	return igb->row_of[index];
}

static void reset_address(struct igb *igb)
{
	const uint8_t *mac = igb->settings.mac;

	*igb_reg(igb, IGB_RA) = igb_ral(mac);
	*igb_reg(igb, IGB_RA + 4) = igb_rah(mac) | IGB_RAH_VALID;
}

/*
 * Forgets what the virtual functions have beyond the registers, and what they have asked the host's driver for; their
 * addresses stay [linux igb_reset].
 */
static void forget_vfs(struct igb *igb)
{
	for (unsigned int vf = 0; vf < IGB_VFS; vf++) {
		struct igb_host_vf *host = &igb->host_vf[vf];

		host->may_ask = host->wants_multicast = host->has_unread = host->owes_link = false;
		host->hashes = 0;
		igb->vf[vf].ivar = igb->vf[vf].ivar_misc = 0;
		memset(igb->vf[vf].count, 0, sizeof(igb->vf[vf].count));
	}
}

void igb_registers_reset(struct igb *igb)
{
	memset(igb->reg, 0, sizeof(igb->reg));
	for (unsigned int i = 0; i < igb->model->value_count; i++)
		*igb_reg(igb, igb->model->values[i].offset) = igb->model->values[i].value;
	reset_address(igb);
	for (unsigned int q = 0; q < IGB_QUEUES; q++) {
		forget_tx(igb, q);
		forget_rx(igb, q);
		memset(igb->tx[q].context, 0, sizeof(igb->tx[q].context));
	}
	forget_vfs(igb);
	igb->is_held = false;
	igb_interrupt_reset(igb);
}
