/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In what the controllers differ: their registers, their transmit descriptors and their identity. A
 * model is constant, and its functions keep no state of their own.
 */
#ifndef STCE_IGB_MODEL_H
#define STCE_IGB_MODEL_H

#include "igb/card.h"

/* Registers that follow each other and are accessed in the same way. */
struct igb_row {
	uint32_t first, last;          /* addresses */
	uint32_t writable;             /* bits that a write without a function of its own changes */
	uint32_t (*read)(struct igb *igb, uint32_t offset);
	void (*write)(struct igb *igb, uint32_t offset, uint32_t value);
};

#define IGB_TCP_SIZE  20u
#define IGB_UDP_SIZE  8u
#define IGB_SCTP_SIZE 12u

struct igb_value {
	uint32_t offset, value;
};

/* A transmit descriptor in the terms of the 82576. */
struct igb_part {
	enum { IGB_PART_CONTEXT, IGB_PART_DATA, IGB_PART_BAD } kind;
	uint32_t length;               /* bytes of data */
	uint32_t command, options;     /* IGB_TX_* of the lower and the upper word */
	bool has_tag;                  /* the descriptor itself has it, and not its context */
	uint16_t tag;                  /* VLAN */
};

struct igb_model {
	struct pci_identity identity;
	const struct igb_row *rows;    /* the first one stands for missing registers */
	unsigned int row_count;
	const struct igb_value *values;    /* of the registers that are not 0 after a reset of the MAC */
	unsigned int value_count;
	/* Returns the place in igb->reg for the register at an address; IGB_STORED: there is none. */
	uint32_t (*place_of)(uint32_t offset);
	uint32_t causes;               /* bits of ICR that exist */
	uint64_t (*interval_ns)(const struct igb *igb, unsigned int vector);    /* between two interrupts */
	const uint16_t *phy;           /* the registers of the PHY at power-on */
	bool queues_have_enable;       /* DCTL.ENABLE; without it a queue with a ring is on */
	bool has_large_buffers;        /* RCTL.BSEX makes the receive buffers 16 times as large */
	uint32_t rx_status;            /* bits of a legacy receive status that exist */
	void (*read_part)(const struct igb_descriptor *d, struct igb_part *part);
	unsigned int (*context_of)(uint32_t low, uint32_t high);    /* which context a descriptor sets or uses */
	void (*lay_out)(const struct igb_context *context, struct igb_layout *layout);
};

extern const struct igb_model igb_82576, igb_82545gm;
extern const struct pci_sriov igb_sriov;    /* of the 82576 */

#endif
