/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PHY answers at address 1 of the bus. It negotiates a gigabit at full duplex, at once: a far
 * end is there or not, and has no speed of its own. Registers of other pages than 0 are storage
 * that nobody reads.
 */
#include "igb/phy.h"

#include <string.h>

#include "igb/interrupt.h"
#include "igb/model.h"

#define PHY_ADDRESS 1
#define PAGE_0      0

/* A register that is not listed keeps what is written to it. */
static const uint16_t read_only[IGB_PHY_REGISTERS] = {
	[IGB_PHY_CONTROL] = IGB_PHY_CONTROL_RESET | IGB_PHY_CONTROL_RESTART,
	[IGB_PHY_STATUS] = 0xffff,
	[IGB_PHY_ID1] = 0xffff,
	[IGB_PHY_ID2] = 0xffff,
	[IGB_PHY_PARTNER] = 0xffff,
	[IGB_PHY_EXPANSION] = 0xffff,
	[IGB_PHY_1000_STATUS] = 0xffff,
	[IGB_PHY_EXTENDED] = 0xffff,
	[IGB_PHY_PORT_STATUS] = 0xffff,
};

void igb_phy_reset(struct igb *igb)
{
	memcpy(igb->phy, igb->model->phy, sizeof(igb->phy));
}

static uint16_t read_phy(const struct igb *igb, unsigned int number)
{
	uint16_t value = igb->phy[number];

	if (number == IGB_PHY_STATUS && igb_has_link(igb))
		value |= IGB_PHY_STATUS_LINK | IGB_PHY_STATUS_DONE;
	return value;
}

/* The link goes down during a reset or a negotiation, and the driver is told that it is up again. */
static void write_control(struct igb *igb, uint16_t value)
{
	bool had_link = igb_has_link(igb);

	if (value & IGB_PHY_CONTROL_RESET)
		igb_phy_reset(igb);
	else
		igb->phy[IGB_PHY_CONTROL] = value & (uint16_t)~read_only[IGB_PHY_CONTROL];
	if (had_link != igb_has_link(igb) ||
	    (had_link && value & (IGB_PHY_CONTROL_RESET | IGB_PHY_CONTROL_RESTART)))
		igb_cause(igb, IGB_ICR_LSC);
}

static void write_phy(struct igb *igb, unsigned int number, uint16_t value)
{
	if (number == IGB_PHY_CONTROL)
		write_control(igb, value);
	else if (number == IGB_PHY_PAGE || igb->phy[IGB_PHY_PAGE] == PAGE_0)
		igb->phy[number] = (uint16_t)((igb->phy[number] & read_only[number]) | (value & ~read_only[number]));
}

void igb_mdic_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	unsigned int number = value >> 16 & 0x1f, address = value >> 21 & 0x1f;
	uint32_t result = (value & 0x0fffffff) | IGB_MDIC_READY;

	if (address != PHY_ADDRESS)
		result |= IGB_MDIC_ERROR;
	else if (value & IGB_MDIC_WRITE)
		write_phy(igb, number, (uint16_t)value);
	else if (value & IGB_MDIC_READ)
		result = (result & ~0xffffu) | read_phy(igb, number);
	*igb_reg(igb, offset) = result;
}
