/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Microwire EEPROM of 64 words behind the bits of EECD. While it is selected, each rising clock takes
 * one bit: a start bit, an operation of two bits, and an address of six. A read then puts a word on the
 * wire at each further 16 clocks, the highest bit first. The other operations do nothing [DIFF-76].
 *
 * The state is one word of igb->reg: the bits that have come, of which the start bit is the highest,
 * and above them the clocks since.
 */
#include "igb/microwire.h"

#include "abi/e1000.h"

#define COMMAND_BITS  9u
#define ADDRESS_MASK  63u
#define OPERATION     (3u << 6)
#define READ          (2u << 6)
#define CLOCK_SHIFT   16

/* Returns what the EEPROM puts on the wire. A wire that nobody drives is pulled up. */
static bool clock_once(struct igb *igb, bool bit)
{
	uint32_t *state = igb_reg(igb, IGB_MICROWIRE);
	uint32_t command = *state & 0xffff, clocks = *state >> CLOCK_SHIFT, word;

	if (!(command >> (COMMAND_BITS - 1))) {
		*state = command << 1 | bit;
		return !(*state >> (COMMAND_BITS - 1));
	}
	if ((command & OPERATION) != READ)
		return true;
	*state = command | (clocks + 1) % (16 * IGB_NVM_WORDS) << CLOCK_SHIFT;
	word = igb->nvm[(command + clocks / 16) & ADDRESS_MASK];
	return word >> (15 - clocks % 16) & 1;
}

void igb_microwire_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	const uint32_t pins = E1000_EECD_SK | E1000_EECD_CS | E1000_EECD_DI | IGB_EECD_REQ;
	uint32_t *eecd = igb_reg(igb, offset), before = *eecd;

	*eecd = (before & ~(pins | IGB_EECD_GNT)) | (value & pins) | (value & IGB_EECD_REQ ? IGB_EECD_GNT : 0);
	if (!(value & E1000_EECD_CS)) {
		*igb_reg(igb, IGB_MICROWIRE) = 0;
		*eecd |= E1000_EECD_DO;
	} else if (value & ~before & E1000_EECD_SK) {
		*eecd &= ~E1000_EECD_DO;
		*eecd |= clock_once(igb, value & E1000_EECD_DI) ? E1000_EECD_DO : 0;
	}
}

void igb_microwire_eerd_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t word = value >> 8 & 0xff;

	if (value & E1000_EERD_START)
		*igb_reg(igb, offset) = (uint32_t)igb->nvm[word & ADDRESS_MASK] << 16 | word << 8 | E1000_EERD_DONE;
}
