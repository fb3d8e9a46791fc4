/* SPDX-License-Identifier: BSD-2-Clause */
/* The bits that can be written are those of Linux 6.12 where a function offers one vector. */
#include "dev/pci_msi.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "abi/endian.h"
#include "dev/pci_field.h"
#include "util/range.h"

/* Linux lets a program write the bit for 64-bit addresses and how many vectors the function offers, too. */
#define CONTROL_WRITABLE (PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QMASK | PCI_MSI_FLAGS_64BIT)

void pci_msi_init(struct pci_config *config, unsigned int offset)
{
	const struct pci_field fields[] = {
		{ offset, 1, PCI_CAP_ID_MSI, 0 },
		{ offset + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT, CONTROL_WRITABLE },
		{ offset + PCI_MSI_ADDRESS_LO, 4, 0, 0xffffffff },
		{ offset + PCI_MSI_ADDRESS_HI, 4, 0, 0xffffffff },
		{ offset + PCI_MSI_DATA_64, 2, 0, 0xffff },
		{ offset + PCI_MSI_MASK_64, 4, 0, 1 },
	};

	pci_config_put(config, fields, ARRAY_COUNT(fields));
	config->msi_offset = offset;
}

void pci_msi_settle(struct pci_config *config, uint64_t offset, unsigned int size, bool is_set_up)
{
	const unsigned int control = config->msi_offset + PCI_MSI_FLAGS;

	if (config->msi_offset && !is_set_up && range_has(offset, size, control))
		config->value[control] &= (uint8_t)~PCI_MSI_FLAGS_ENABLE;
}

bool pci_msi_is_kept(const struct pci_config *config, uint64_t offset)
{
	return config->msi_offset && range_has(config->msi_offset, PCI_MSI_MASK_64, offset);
}

void pci_msi_keep(struct pci_config *config, const uint8_t *before)
{
	if (config->msi_offset)
		memcpy(&config->value[config->msi_offset], &before[config->msi_offset], PCI_MSI_MASK_64);
}
