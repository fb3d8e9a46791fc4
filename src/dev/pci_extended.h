/* SPDX-License-Identifier: BSD-2-Clause */
/* The extended capabilities of a config space, for pci_config.c alone. */
#ifndef STCE_DEV_PCI_EXTENDED_H
#define STCE_DEV_PCI_EXTENDED_H

#include "dev/pci_config.h"

/* Puts the capabilities of the identity into a new config space. */
void pci_extended_init(struct pci_config *config, const struct pci_identity *identity);

#endif
