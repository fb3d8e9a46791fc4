/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds one configuration space, and reads and writes it. The capabilities follow each other from
 * 0x40 on: power management, MSI-X, PCI Express, MSI (pci_msi.c); pci_extended.c owns the extended
 * ones. A write changes only writable bits; the caller carries out the resets that a write asks for.
 */
#include "dev/pci_config.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "abi/endian.h"
#include "dev/pci_extended.h"
#include "dev/pci_field.h"
#include "dev/pci_msi.h"
#include "util/range.h"
#include "util/reason.h"

#define PM_OFFSET      0x40
#define MSIX_OFFSET    0x48
#define EXPRESS_OFFSET 0x58
#define MSI_OFFSET     0x94

#define COMMAND_WRITABLE (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | \
			  PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)
/*
 * In device control, error reporting, ordering, snooping, tags, payload and request sizes are
 * writable. Phantom functions and auxiliary power are read-only, and the bit for a function-level
 * reset is not stored.
 */
#define DEVCTL_WRITABLE  0x79ff
#define LNKCTL_WRITABLE  0x00cb
#define DEVCTL2_WRITABLE 0x001f
/* The link has four lanes at 8 GT/s. */
#define LINK 0x0043

static uint16_t get16(const struct pci_config *config, unsigned int offset)
{
	return le16_at(&config->value[offset]);
}

static uint32_t get32(const struct pci_config *config, unsigned int offset)
{
	return get16(config, offset) | (uint32_t)get16(config, offset + 2) << 16;
}

static void put_header(struct pci_config *config, const struct pci_identity *id)
{
	const struct pci_field fields[] = {
		{ PCI_VENDOR_ID, 2, id->vendor, 0 },
		{ PCI_DEVICE_ID, 2, id->device, 0 },
		/*
		 * Memory decoding is on, because Linux enables a function before it hands it out
		 * [linux vfio_pci_core.c].
		 */
		{ PCI_COMMAND, 2, PCI_COMMAND_MEMORY, COMMAND_WRITABLE },
		{ PCI_STATUS, 2, PCI_STATUS_CAP_LIST, 0 },
		{ PCI_CLASS_REVISION, 4, id->class_code << 8 | id->revision, 0 },
		{ PCI_CACHE_LINE_SIZE, 1, 0, 0xff },
		{ PCI_SUBSYSTEM_VENDOR_ID, 2, id->subsystem_vendor, 0 },
		{ PCI_SUBSYSTEM_ID, 2, id->subsystem, 0 },
		{ PCI_CAPABILITY_LIST, 1, PM_OFFSET, 0 },
		{ PCI_INTERRUPT_LINE, 1, 0, 0xff },
		{ PCI_INTERRUPT_PIN, 1, id->has_intx, 0 },
	};

	pci_config_put(config, fields, ARRAY_COUNT(fields));
}

static void put_one(struct pci_config *config, struct pci_field field)
{
	pci_config_put(config, &field, 1);
}

/* Only the address bits above a BAR's size are writable, so that software can find out the size. */
static void put_bars(struct pci_config *config, const struct pci_identity *id)
{
	for (unsigned int i = 0; i < PCI_CONFIG_BAR_COUNT; i++) {
		const struct pci_config_bar *bar = &id->bar[i];
		unsigned int offset = PCI_BASE_ADDRESS_0 + 4 * i;
		uint64_t mask = ~(bar->size - 1);

		if (!bar->size)
			continue;
		put_one(config, (struct pci_field){ offset, 4, pci_config_bar_flags(bar), (uint32_t)mask });
		if (bar->is_64bit) {
			put_one(config, (struct pci_field){ offset + 4, 4, 0, (uint32_t)(mask >> 32) });
			i++;
		}
	}
}

/* The function has power states D0 and D3hot, and keeps all state between them (No_Soft_Reset). */
static void put_power_management(struct pci_config *config, unsigned int next)
{
	const struct pci_field fields[] = {
		{ PM_OFFSET, 1, PCI_CAP_ID_PM, 0 },
		{ PM_OFFSET + PCI_CAP_LIST_NEXT, 1, next, 0 },
		{ PM_OFFSET + PCI_PM_PMC, 2, 3, 0 },
		{ PM_OFFSET + PCI_PM_CTRL, 2, PCI_PM_CTRL_NO_SOFT_RESET, PCI_PM_CTRL_STATE_MASK },
	};

	pci_config_put(config, fields, ARRAY_COUNT(fields));
}

/* Enable and function mask are read-only, because VFIO sets MSI-X up by eventfds. */
static void put_msix(struct pci_config *config, const struct pci_identity *id)
{
	const struct pci_field fields[] = {
		{ MSIX_OFFSET, 1, PCI_CAP_ID_MSIX, 0 },
		{ MSIX_OFFSET + PCI_CAP_LIST_NEXT, 1, EXPRESS_OFFSET, 0 },
		{ MSIX_OFFSET + PCI_MSIX_FLAGS, 2, id->msix_vectors - 1, 0 },
		{ MSIX_OFFSET + PCI_MSIX_TABLE, 4, id->msix_table_offset | id->msix_bar, 0 },
		{ MSIX_OFFSET + PCI_MSIX_PBA, 4, id->msix_pba_offset | id->msix_bar, 0 },
	};

	pci_config_put(config, fields, ARRAY_COUNT(fields));
	config->msix_offset = MSIX_OFFSET;
}

static void put_express(struct pci_config *config, unsigned int next)
{
	const struct pci_field fields[] = {
		{ EXPRESS_OFFSET, 1, PCI_CAP_ID_EXP, 0 },
		{ EXPRESS_OFFSET + PCI_CAP_LIST_NEXT, 1, next, 0 },
		{ EXPRESS_OFFSET + PCI_EXP_FLAGS, 2, 2 | PCI_EXP_TYPE_ENDPOINT << 4, 0 },
		{ EXPRESS_OFFSET + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, 0 },
		{ EXPRESS_OFFSET + PCI_EXP_DEVCTL, 2, 0x2010, DEVCTL_WRITABLE },
		{ EXPRESS_OFFSET + PCI_EXP_LNKCAP, 4, LINK, 0 },
		{ EXPRESS_OFFSET + PCI_EXP_LNKCTL, 2, 0, LNKCTL_WRITABLE },
		{ EXPRESS_OFFSET + PCI_EXP_LNKSTA, 2, LINK, 0 },
		{ EXPRESS_OFFSET + PCI_EXP_DEVCAP2, 4, PCI_EXP_DEVCAP2_COMP_TMOUT_DIS, 0 },
		{ EXPRESS_OFFSET + PCI_EXP_DEVCTL2, 2, 0, DEVCTL2_WRITABLE },
		{ EXPRESS_OFFSET + PCI_EXP_LNKCTL2, 2, LINK & PCI_EXP_LNKCAP_SLS, 0 },
	};

	pci_config_put(config, fields, ARRAY_COUNT(fields));
	config->express_offset = EXPRESS_OFFSET;
}

void pci_config_init(struct pci_config *config, const struct pci_identity *identity)
{
	memset(config, 0, sizeof(*config));
	put_header(config, identity);
	put_bars(config, identity);
	put_power_management(config, identity->msix_vectors ? MSIX_OFFSET : EXPRESS_OFFSET);
	if (identity->msix_vectors)
		put_msix(config, identity);
	put_express(config, identity->has_msi ? MSI_OFFSET : 0);
	if (identity->has_msi)
		pci_msi_init(config, MSI_OFFSET);
	pci_extended_init(config, identity);
	memcpy(config->power_on, config->value, sizeof(config->value));
}

void pci_config_reset(struct pci_config *config)
{
	memcpy(config->value, config->power_on, sizeof(config->value));
}

void pci_config_bus_reset(struct pci_config *config)
{
	static const struct { unsigned int offset, size; } kept[] = {
		{ PCI_CACHE_LINE_SIZE, 1 },
		{ PCI_BASE_ADDRESS_0, 4 * PCI_CONFIG_BAR_COUNT },
		{ PCI_INTERRUPT_LINE, 1 },
	};
	const uint16_t errors = get16(config, PCI_COMMAND) & (PCI_COMMAND_PARITY | PCI_COMMAND_SERR);
	uint8_t before[PCI_CONFIG_SIZE];

	memcpy(before, config->value, sizeof(before));
	pci_config_reset(config);
	for (unsigned int i = 0; i < ARRAY_COUNT(kept); i++)
		memcpy(&config->value[kept[i].offset], &before[kept[i].offset], kept[i].size);
	pci_msi_keep(config, before);
	config->value[PCI_COMMAND] |= (uint8_t)errors;
	config->value[PCI_COMMAND + 1] |= (uint8_t)(errors >> 8);
}

int pci_config_read(const struct pci_config *config, uint64_t offset, void *buffer,
		    unsigned int size)
{
	if (!range_contains(0, PCI_CONFIG_SIZE, offset, size))
		return REASON(-EINVAL, "config space ends before %#llx", (unsigned long long)offset);
	memcpy(buffer, config->value + offset, size);
	return 0;
}

/* The bits of a byte of which Linux's vfio-pci has a copy. */
static uint8_t copied(const struct pci_config *config, uint64_t offset)
{
	if (offset < PCI_COMMAND || range_has(PCI_BASE_ADDRESS_0, 4 * PCI_CONFIG_BAR_COUNT, offset) ||
	    range_has(PCI_ROM_ADDRESS, 4, offset) || offset == PCI_CAPABILITY_LIST ||
	    offset == PCI_INTERRUPT_LINE || offset == PCI_INTERRUPT_PIN || pci_msi_is_kept(config, offset))
		return 0xff;
	if (offset == PM_OFFSET + PCI_CAP_LIST_NEXT || offset == config->express_offset + PCI_CAP_LIST_NEXT ||
	    (config->msix_offset && offset == config->msix_offset + PCI_CAP_LIST_NEXT))
		return 0xff;
	if (offset == PCI_COMMAND + 1)
		return PCI_COMMAND_INTX_DISABLE >> 8;
	return offset == PCI_STATUS ? PCI_STATUS_CAP_LIST : 0;
}

int pci_config_read_frozen(const struct pci_config *config, uint64_t offset, void *buffer, unsigned int size)
{
	uint8_t *bytes = buffer;
	int r = pci_config_read(config, offset, buffer, size);

	for (unsigned int i = 0; i < size && !r; i++)
		bytes[i] |= (uint8_t)~copied(config, offset + i);
	return r;
}

static bool asks_for_reset(const struct pci_config *config, uint64_t offset,
			   const uint8_t *bytes, unsigned int size)
{
	unsigned int high = config->express_offset + PCI_EXP_DEVCTL + 1;

	return range_has(offset, size, high) &&
	       bytes[high - offset] & PCI_EXP_DEVCTL_BCR_FLR >> 8;
}

static unsigned int power_state(const struct pci_config *config)
{
	return config->value[PM_OFFSET + PCI_PM_CTRL] & PCI_PM_CTRL_STATE_MASK;
}

int pci_config_write(struct pci_config *config, uint64_t offset, const void *buffer,
		     unsigned int size)
{
	const uint8_t *bytes = buffer;
	uint8_t power = config->value[PM_OFFSET + PCI_PM_CTRL];

	if (!range_contains(0, PCI_CONFIG_SIZE, offset, size))
		return REASON(-EINVAL, "config space ends before %#llx", (unsigned long long)offset);
	for (unsigned int i = 0; i < size; i++) {
		uint8_t mask = config->writable[offset + i];
		uint8_t *value = &config->value[offset + i];

		*value = (uint8_t)((*value & ~mask) | (bytes[i] & mask));
	}
	/* D1 and D2 do not exist: the write is discarded [PCI PM 1.2 3.2.4]. */
	if (power_state(config) == 1 || power_state(config) == 2)
		config->value[PM_OFFSET + PCI_PM_CTRL] = power;
	return asks_for_reset(config, offset, bytes, size) ? PCI_CONFIG_WANTS_RESET : 0;
}

/* These read-only bits change with the state of interrupts. */
static uint8_t reflected(const struct pci_config *config, unsigned int offset)
{
	if (offset == PCI_STATUS)
		return PCI_STATUS_INTERRUPT;
	if (config->msix_offset && offset == config->msix_offset + PCI_MSIX_FLAGS + 1)
		return PCI_MSIX_FLAGS_ENABLE >> 8;
	return 0;
}

int pci_config_judge(const struct pci_config *config, const uint8_t *saved)
{
	for (unsigned int i = 0; i < PCI_CONFIG_SAVED_SIZE; i++) {
		uint8_t fixed = (uint8_t)~(config->writable[i] | reflected(config, i));

		if ((config->value[i] ^ saved[i]) & fixed)
			return REASON(-EINVAL, "state of another function: config space differs at %#x", i);
	}
	return 0;
}

void pci_config_apply(struct pci_config *config, const uint8_t *saved)
{
	for (unsigned int i = 0; i < PCI_CONFIG_SAVED_SIZE; i++)
		config->value[i] = (uint8_t)((config->value[i] & ~config->writable[i]) |
					     (saved[i] & config->writable[i]));
}

uint64_t pci_config_bar(const struct pci_config *config, unsigned int bar)
{
	const unsigned int at = PCI_BASE_ADDRESS_0 + 4 * bar;
	uint64_t value = get32(config, at);

	if (value & PCI_BASE_ADDRESS_MEM_TYPE_64 && bar + 1 < PCI_CONFIG_BAR_COUNT)
		value |= (uint64_t)get32(config, at + 4) << 32;
	return value & ~(uint64_t)~PCI_BASE_ADDRESS_MEM_MASK;
}

bool pci_config_bus_master(const struct pci_config *config)
{
	return get16(config, PCI_COMMAND) & PCI_COMMAND_MASTER;
}

bool pci_config_memory_enabled(const struct pci_config *config)
{
	return get16(config, PCI_COMMAND) & PCI_COMMAND_MEMORY && power_state(config) == 0;
}

bool pci_config_intx_disabled(const struct pci_config *config)
{
	return get16(config, PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE;
}
