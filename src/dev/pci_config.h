/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration space of an endpoint as a program sees it through VFIO: type 0 header, power
 * management, MSI, MSI-X, PCI Express with function-level reset, and the extended capabilities of a function
 * that has virtual ones or is one. Every byte has a mask of its writable bits, and a write changes only
 * those.
 */
#ifndef STCE_DEV_PCI_CONFIG_H
#define STCE_DEV_PCI_CONFIG_H

#include <linux/pci_regs.h>

#include "util/types.h"

#define PCI_CONFIG_SIZE 4096
#define PCI_CONFIG_BAR_COUNT 6

struct pci_config {
	uint8_t value[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE];
	uint8_t power_on[PCI_CONFIG_SIZE];   /* values after a power cycle */
	unsigned int msix_offset;            /* of the capability; 0: there is none */
	unsigned int msi_offset;
	unsigned int express_offset;
	unsigned int sriov_offset;           /* likewise */
	const struct pci_sriov *sriov;       /* what the capability offers, or NULL */
};

struct pci_config_bar {
	uint64_t size;      /* bytes, a power of two >= 4096; 0: no BAR */
	bool is_64bit;      /* then it occupies the next BAR too */
	bool is_prefetchable;
};

/* Returns the lowest bits of a BAR. */
static inline uint32_t pci_config_bar_flags(const struct pci_config_bar *bar)
{
	return (bar->is_64bit ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0) |
	       (bar->is_prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
}

/* The virtual functions that a function offers [SR-IOV 1.1 3.3]. */
struct pci_sriov {
	uint16_t total;
	uint16_t offset, stride;             /* of their requester IDs, from that of the physical function */
	uint16_t device;                     /* ID */
	struct pci_config_bar bar[PCI_CONFIG_BAR_COUNT];
};

struct pci_identity {
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint32_t class_code;     /* base, sub, interface: 0x010802 is NVMe */
	uint8_t revision;
	struct pci_config_bar bar[PCI_CONFIG_BAR_COUNT];
	unsigned int msix_vectors;               /* 0: none */
	unsigned int msix_bar;
	uint32_t msix_table_offset, msix_pba_offset;
	bool has_intx;
	bool has_msi;                            /* of one vector */
	bool has_extended;                       /* error reporting and alternative routing IDs */
	const struct pci_sriov *sriov;           /* NULL: no virtual functions; must outlive the config space */
};

void pci_config_init(struct pci_config *config, const struct pci_identity *identity);
/* Restores the power-on values, also of the BARs: memory decoding is on, bus mastering off. */
void pci_config_reset(struct pci_config *config);

/*
 * Restores the power-on values but for what the host restores after it has reset the bus: BARs, cache line size,
 * interrupt line, and how parity and system errors are reported [linux eeh_restore_device_bars].
 */
void pci_config_bus_reset(struct pci_config *config);

/*
 * Shows in the SR-IOV capability how many virtual functions there are, as the host does that enables them; its pages
 * have 1 << page_shift bytes. Programs can only read the capability [linux vfio_pci_config.c].
 */
void pci_config_set_vfs(struct pci_config *config, unsigned int count, unsigned int page_shift);
unsigned int pci_config_vfs(const struct pci_config *config);

/* Reads any size. -EINVAL: the range is outside config space. */
int pci_config_read(const struct pci_config *config, uint64_t offset, void *buffer,
		    unsigned int size);
/*
 * Does the same in a frozen PE: all ones, but for the bits that the host's driver answers from its own copy, as
 * identity, BARs and interrupt pin are [linux init_pci_cap_basic_perm, init_pci_cap_exp_perm].
 */
int pci_config_read_frozen(const struct pci_config *config, uint64_t offset, void *buffer, unsigned int size);
/*
 * Returns 0, or PCI_CONFIG_WANTS_RESET if the write asks for a function-level reset (PCI Express
 * device control), which the caller must carry out. -EINVAL: the range is outside config space.
 */
#define PCI_CONFIG_WANTS_RESET 1
int pci_config_write(struct pci_config *config, uint64_t offset, const void *buffer,
		     unsigned int size);

/*
 * The saved part is the header and the capabilities. pci_config_judge() returns -EINVAL if a
 * read-only bit differs, because the state is then of another kind of function; bits that follow
 * the state of interrupts may differ.
 */
#define PCI_CONFIG_SAVED_SIZE 256
int pci_config_judge(const struct pci_config *config, const uint8_t *saved);
void pci_config_apply(struct pci_config *config, const uint8_t *saved);

/* Returns the address that the program has given to a BAR. */
uint64_t pci_config_bar(const struct pci_config *config, unsigned int bar);
bool pci_config_bus_master(const struct pci_config *config);
/* Tells whether memory decoding is on and the function is in power state D0. */
bool pci_config_memory_enabled(const struct pci_config *config);
bool pci_config_intx_disabled(const struct pci_config *config);

#endif
