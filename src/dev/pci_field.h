/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of a config space that is being built, for pci_config.c and pci_extended.c alone. */
#ifndef STCE_DEV_PCI_FIELD_H
#define STCE_DEV_PCI_FIELD_H

#include "dev/pci_config.h"

struct pci_field {
	unsigned int offset;
	unsigned int size;             /* bytes, up to 4 */
	uint32_t value;
	uint32_t writable;             /* the bits that a program may write */
};

/* Sets the values and the masks of n fields. */
void pci_config_put(struct pci_config *config, const struct pci_field *fields, size_t n);

#endif
