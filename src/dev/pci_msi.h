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
/*
 * These do nothing without the capability. The first follows a program's write: one that meets the enable
 * bit can set it only while MSI is set up. The second copies what outlives a reset of the bus, which is all
 * that Linux keeps a copy of. The third tells whether a byte of config space is such.
 */
void pci_msi_settle(struct pci_config *config, uint64_t offset, unsigned int size, bool is_set_up);
void pci_msi_keep(struct pci_config *config, const uint8_t *before);
bool pci_msi_is_kept(const struct pci_config *config, uint64_t offset);

#endif
