/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements pci_field.h. */
#include "dev/pci_field.h"

static void put(struct pci_config *config, struct pci_field field)
{
	for (unsigned int i = 0; i < field.size; i++) {
		config->value[field.offset + i] = (uint8_t)(field.value >> 8 * i);
		config->writable[field.offset + i] = (uint8_t)(field.writable >> 8 * i);
	}
}

void pci_config_put(struct pci_config *config, const struct pci_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(config, fields[i]);
}
