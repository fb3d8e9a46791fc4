/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EEPROM holds the address, the PCI identity and a checksum; the words that no driver needs are
 * 0xffff. A read is done at once. The pins for single bits of EECD lead nowhere, so nothing can be
 * written [DIFF-76].
 */
#include "igb/nvm.h"

#include <string.h>

#include "igb/model.h"

#define WORD_COMPATIBILITY  0x03
#define WORD_VERSION        0x05
#define WORD_CONTROL_1      0x0a
#define WORD_SUBSYSTEM      0x0b
#define WORD_VENDOR         0x0c
#define WORD_DEVICE         0x0d
#define WORD_CONTROL_2      0x0f
#define WORD_CONTROL_3      0x24
#define WORD_ALTERNATE      0x37
#define WORD_CHECKSUM       0x3f
#define CHECKSUM            0xbaba
/* Drivers negotiate flow control both ways unless they are told otherwise. */
#define CONTROL_2_PAUSE     0x3000

void igb_nvm_init(struct igb *igb)
{
	const struct pci_identity *id = &igb->model->identity;
	const uint8_t *mac = igb->settings.mac;
	uint16_t *nvm = igb->nvm, sum = CHECKSUM;

	memset(nvm, 0xff, sizeof(igb->nvm));
	for (unsigned int i = 0; i < IGB_MAC_SIZE / 2; i++)
		nvm[i] = (uint16_t)(mac[2 * i] | mac[2 * i + 1] << 8);
	nvm[WORD_COMPATIBILITY] = 0;
	nvm[WORD_VERSION] = 0x1000;
	nvm[WORD_CONTROL_1] = 0x40c3;
	nvm[WORD_SUBSYSTEM] = id->subsystem;
	nvm[WORD_VENDOR] = id->subsystem_vendor;
	nvm[WORD_DEVICE] = id->device;
	nvm[WORD_CONTROL_2] = CONTROL_2_PAUSE;
	nvm[WORD_CONTROL_3] = 0;
	nvm[WORD_ALTERNATE] = 0xffff;
	for (unsigned int i = 0; i < WORD_CHECKSUM; i++)
		sum = (uint16_t)(sum - nvm[i]);
	nvm[WORD_CHECKSUM] = sum;
}

void igb_eerd_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t word = value >> 2 & 0x3fff;

	if (!(value & IGB_EERD_START))
		return;
	*igb_reg(igb, offset) = (uint32_t)(word < IGB_NVM_WORDS ? igb->nvm[word] : 0xffff) << 16 | word << 2 |
				IGB_EERD_DONE;
}

void igb_eecd_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t *eecd = igb_reg(igb, offset);

	*eecd = (*eecd & ~(IGB_EECD_REQ | IGB_EECD_GNT)) | (value & IGB_EECD_REQ) |
		(value & IGB_EECD_REQ ? IGB_EECD_GNT : 0);
}

/* A read that finds the semaphore free takes it. */
uint32_t igb_swsm_read(struct igb *igb, uint32_t offset)
{
	uint32_t value = igb_get(igb, offset);

	*igb_reg(igb, offset) |= IGB_SWSM_SMBI;
	return value;
}
