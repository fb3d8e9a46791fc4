/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The extended capabilities: advanced error reporting, alternative routing IDs and SR-IOV, at the offsets
 * that the 82576 gives them [82576 9.5]. No error is ever reported. Who made the virtual functions, and
 * where they are, is left to the machine.
 */
#include "dev/pci_extended.h"

#include <linux/pci_regs.h>

#include "abi/endian.h"
#include "dev/pci_field.h"

#define AER_OFFSET   0x100
#define ARI_OFFSET   0x150
#define SRIOV_OFFSET 0x160

/* Headers have the ID, the version and the offset of the next one. */
#define HEADER(id, version, next) ((id) | (version) << 16 | (uint32_t)(next) << 20)

/* The errors that exist, and the values at power-on [PCI Express 2.0 7.10]. */
#define UNCORRECTABLE          0x03fff030
#define UNCORRECTABLE_SEVERITY 0x00462030
#define CORRECTABLE            0x0000f1c1
#define CORRECTABLE_MASK       0x0000e000

/* 4K, 8K, 64K, 256K, 1M and 4M, which every function must have [SR-IOV 1.1 3.3.12]. */
#define PAGE_SIZES 0x553

/* The bridge forwards alternative routing IDs, so Linux switches them on [linux sriov_init]. */
#define CONTROL_OFF PCI_SRIOV_CTRL_ARI

static void put_errors(struct pci_config *config)
{
	static const struct pci_field fields[] = {
		{ AER_OFFSET, 4, HEADER(PCI_EXT_CAP_ID_ERR, 1, ARI_OFFSET), 0 },
		{ AER_OFFSET + PCI_ERR_UNCOR_MASK, 4, 0, UNCORRECTABLE },
		{ AER_OFFSET + PCI_ERR_UNCOR_SEVER, 4, UNCORRECTABLE_SEVERITY, UNCORRECTABLE },
		{ AER_OFFSET + PCI_ERR_COR_MASK, 4, CORRECTABLE_MASK, CORRECTABLE },
	};

	pci_config_put(config, fields, ARRAY_COUNT(fields));
}

static void put_routing(struct pci_config *config, unsigned int next)
{
	const struct pci_field field = { ARI_OFFSET, 4, HEADER(PCI_EXT_CAP_ID_ARI, 1, next), 0 };

	pci_config_put(config, &field, 1);
}

static void put_bars(struct pci_config *config, const struct pci_sriov *sriov)
{
	for (unsigned int i = 0; i < PCI_CONFIG_BAR_COUNT; i++) {
		const struct pci_config_bar *bar = &sriov->bar[i];
		const struct pci_field field = { SRIOV_OFFSET + PCI_SRIOV_BAR + 4 * i, 4, pci_config_bar_flags(bar), 0 };

		if (bar->size)
			pci_config_put(config, &field, 1);
	}
}

static void put_sriov(struct pci_config *config, const struct pci_sriov *sriov)
{
	const struct pci_field fields[] = {
		{ SRIOV_OFFSET, 4, HEADER(PCI_EXT_CAP_ID_SRIOV, 1, 0), 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_CTRL, 2, CONTROL_OFF, 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_INITIAL_VF, 2, sriov->total, 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_TOTAL_VF, 2, sriov->total, 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_VF_OFFSET, 2, sriov->offset, 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_VF_STRIDE, 2, sriov->stride, 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_VF_DID, 2, sriov->device, 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_SUP_PGSIZE, 4, PAGE_SIZES, 0 },
		{ SRIOV_OFFSET + PCI_SRIOV_SYS_PGSIZE, 4, 1, 0 },
	};

	pci_config_put(config, fields, ARRAY_COUNT(fields));
	put_bars(config, sriov);
	config->sriov_offset = SRIOV_OFFSET;
	config->sriov = sriov;
}

void pci_extended_init(struct pci_config *config, const struct pci_identity *identity)
{
	if (!identity->has_extended)
		return;
	put_errors(config);
	put_routing(config, identity->sriov ? SRIOV_OFFSET : 0);
	if (identity->sriov)
		put_sriov(config, identity->sriov);
}

/* What the host has set up outlives the resets that a program asks for [linux sriov_restore_state]. */
static void set(struct pci_config *config, unsigned int offset, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++) {
		config->value[config->sriov_offset + offset + i] = (uint8_t)(value >> 8 * i);
		config->power_on[config->sriov_offset + offset + i] = (uint8_t)(value >> 8 * i);
	}
}

void pci_config_set_vfs(struct pci_config *config, unsigned int count, unsigned int page_shift)
{
	set(config, PCI_SRIOV_CTRL, CONTROL_OFF | (count ? PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE : 0));
	set(config, PCI_SRIOV_NUM_VF, count);
	set(config, PCI_SRIOV_SYS_PGSIZE, page_shift > 12 ? 1u << (page_shift - 12) : 1);
}

unsigned int pci_config_vfs(const struct pci_config *config)
{
	return config->sriov ? le16_at(&config->value[config->sriov_offset + PCI_SRIOV_NUM_VF]) : 0;
}
