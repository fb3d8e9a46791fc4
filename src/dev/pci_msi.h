/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MSI capability of one vector, with a 64-bit address and a mask, as Linux shows it to a program:
 * VFIO sets MSI up by an eventfd, so what a program writes here is kept and has no effect [linux
 * vfio_pci_config.c, vfio_msi_config_write].
 */
#ifndef STCE_DEV_PCI_MSI_H
#define STCE_DEV_PCI_MSI_H

#include "dev/pci_config.h"

#define PCI_MSI_SIZE 24

/* Builds the capability, which is the last one, at `offset`. */
void pci_msi_init(struct pci_config *config, unsigned int offset);

/* The next three do nothing if there is no capability. */
/* Follows a program's write to config space: clears the enable bit, if it was written while MSI is not set up. */
void pci_msi_settle(struct pci_config *config, uint64_t offset, unsigned int size, bool is_set_up);
/* After a reset of the bus, restores from the bytes before it those of which Linux keeps a copy. */
void pci_msi_keep(struct pci_config *config, const uint8_t *before);
/* Returns whether the byte at this offset is one of those. */
bool pci_msi_is_kept(const struct pci_config *config, uint64_t offset);

#endif
