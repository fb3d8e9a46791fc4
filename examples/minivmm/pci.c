/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connects the function to the virtual bus: its registers through VFIO's regions, its MSI-X vectors
 * as eventfds that raise sources of the interrupt controller. It owns struct pci; xics.c owns the
 * sources.
 */
#include "minivmm.h"

#include <endian.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/eventfd.h>

/*
 * The functions of ibm,change-msi: one for MSI-X, and those that turn every vector off when 0 are
 * asked for.
 */
#define CHANGE_MSI      1
#define CHANGE_MSI_ONLY 3
#define CHANGE_MSIX     4

static void start_interrupts(struct minivmm *v)
{
	for (unsigned int n = 0; n < v->pci.msi_max; n++) {
		v->pci.eventfd[n] = check_errno("eventfd", eventfd(0, EFD_CLOEXEC));
		xics_add_eventfd(v, n, v->pci.eventfd[n]);
	}
}

void pci_stop_interrupts(struct minivmm *v)
{
	for (unsigned int n = 0; n < v->pci.msi_max; n++)
		xics_remove_eventfd(v, n, v->pci.eventfd[n]);
}

static struct vfio_region_info region(const struct minivmm *v, uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	check("region", stce_ioctl(v->pci.device, VFIO_DEVICE_GET_REGION_INFO, &info));
	return info;
}

uint32_t pci_config_read(const struct minivmm *v, unsigned int offset, unsigned int size)
{
	uint32_t value = 0;

	if (stce_pread(v->pci.device, &value, size, (off_t)(v->pci.config_offset + offset)) < 0)
		return UINT32_MAX;
	return le32toh(value);
}

static void config_write(struct minivmm *v, unsigned int offset, unsigned int size, uint32_t value)
{
	value = htole32(value);
	stce_pwrite(v->pci.device, &value, size, (off_t)(v->pci.config_offset + offset));
}

/* The firmware places the registers one behind the other, and the tree tells where. */
static void place_bars(struct minivmm *v)
{
	uint64_t next = 0;

	for (unsigned int n = 0; n < BAR_COUNT; n++) {
		unsigned int at = PCI_BASE_ADDRESS_0 + 4 * n;
		struct vfio_region_info info = region(v, n);
		struct bar *bar = &v->pci.bar[n];

		if (!info.size)
			continue;
		next = (next + info.size - 1) / info.size * info.size;
		*bar = (struct bar){ .size = info.size, .offset = info.offset, .address = next };
		bar->is_64_bit = pci_config_read(v, at, 4) & PCI_BASE_ADDRESS_MEM_TYPE_64;
		config_write(v, at, 4, (uint32_t)(PCI_WINDOW_BUS + next));
		if (bar->is_64_bit)
			config_write(v, at + 4, 4, (PCI_WINDOW_BUS + next) >> 32);
		next += info.size;
	}
}

void pci_new(struct minivmm *v)
{
	struct vfio_irq_info irqs = { .argsz = sizeof(irqs), .index = VFIO_PCI_MSIX_IRQ_INDEX };

	v->pci.device = (int)stce_ioctl(v->group, VFIO_GROUP_GET_DEVICE_FD, (void *)v->pci.name);
	check("device", v->pci.device);
	v->pci.config_offset = region(v, VFIO_PCI_CONFIG_REGION_INDEX).offset;
	check("interrupts", stce_ioctl(v->pci.device, VFIO_DEVICE_GET_IRQ_INFO, &irqs));
	v->pci.msi_max = irqs.count < PCI_MSI_COUNT ? irqs.count : PCI_MSI_COUNT;
	place_bars(v);
	start_interrupts(v);
}

static const struct bar *find_bar(const struct minivmm *v, uint64_t gpa)
{
	for (const struct bar *bar = v->pci.bar; bar < v->pci.bar + BAR_COUNT; bar++)
		if (gpa >= PCI_WINDOW + bar->address && gpa - PCI_WINDOW - bar->address < bar->size)
			return bar;
	fail("the guest accesses %#llx, but nothing is there", (unsigned long long)gpa);
}

void pci_mmio(struct minivmm *v, uint64_t gpa, void *data, unsigned int size, bool is_write)
{
	const struct bar *bar = find_bar(v, gpa);
	off_t offset = (off_t)(bar->offset + gpa - PCI_WINDOW - bar->address);

	if (is_write)
		stce_pwrite(v->pci.device, data, size, offset);
	/* A read without an answer gives all ones. */
	else if (stce_pread(v->pci.device, data, size, offset) < 0)
		memset(data, 0xff, size);
}

static uint64_t buid_of(const uint32_t *arg)
{
	return (uint64_t)arg[1] << 32 | arg[2];
}

static bool is_function(const uint32_t *arg)
{
	return (arg[0] >> 8 & 0xffff) == PCI_DEVFN;
}

/* arg has the config address and the BUID (2 cells). */
static bool is_ours(const struct minivmm *v, const uint32_t *arg)
{
	return buid_of(arg) == v->phb_config.buid && is_function(arg);
}

/* Returns the register in a config address, which may be an extended one. */
static unsigned int register_of(uint32_t address)
{
	return (address >> 20 & 0xf00) | (address & 0xff);
}

static bool is_config_access(const struct minivmm *v, const uint32_t *arg)
{
	uint32_t size = arg[3];

	return is_function(arg) && (is_ours(v, arg) || buses_find(v, buid_of(arg))) &&
	       (size == 1 || size == 2 || size == 4) && !(arg[0] % size);
}

/* Returns the file of the function that an access names, and the offset of the register in it. */
static int config_place(const struct minivmm *v, const uint32_t *arg, off_t *offset)
{
	const struct bus *bus = buses_find(v, buid_of(arg));

	*offset = (off_t)((bus ? bus->config_offset : v->pci.config_offset) + register_of(arg[0]));
	return bus ? bus->device : v->pci.device;
}

void pci_rtas_read_config(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	uint32_t value = 0;
	off_t offset;
	int device;

	ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	if (!is_config_access(v, arg))
		return;
	device = config_place(v, arg, &offset);
	ret[0] = STCE_RTAS_SUCCESS;
	ret[1] = stce_pread(device, &value, arg[3], offset) < 0 ? UINT32_MAX : le32toh(value);
}

void pci_rtas_write_config(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	uint32_t value = htole32(arg[4]);
	off_t offset;
	int device;

	ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	if (!is_config_access(v, arg))
		return;
	device = config_place(v, arg, &offset);
	stce_pwrite(device, &value, arg[3], offset);
	ret[0] = STCE_RTAS_SUCCESS;
}

long pci_set_vectors(struct minivmm *v, unsigned int count)
{
	struct {
		struct vfio_irq_set set;
		int fd[PCI_MSI_COUNT];
	} p = { .set = {
		.argsz = sizeof(p.set) + count * sizeof(p.fd[0]),
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
		.flags = VFIO_IRQ_SET_ACTION_TRIGGER |
			 (count ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE),
		.count = count,
	} };

	memcpy(p.fd, v->pci.eventfd, count * sizeof(p.fd[0]));
	return stce_ioctl(v->pci.device, VFIO_DEVICE_SET_IRQS, &p);
}

/* arg has the config address, BUID, function, count and sequence. */
void pci_rtas_change_msi(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	uint32_t function = arg[3], count = arg[4];
	bool is_off = !count && (function == CHANGE_MSI || function == CHANGE_MSI_ONLY);

	ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	if (!is_ours(v, arg) || (function != CHANGE_MSIX && !is_off))
		return;
	if (count > v->pci.msi_max)
		count = v->pci.msi_max;
	ret[0] = (uint32_t)STCE_RTAS_HARDWARE_ERROR;
	/* New vectors replace the old ones. None can be turned off if there are none. */
	if ((v->pci.msi_count && pci_set_vectors(v, 0)) || (count && pci_set_vectors(v, count)))
		return;
	v->pci.msi_count = count;
	ret[0] = STCE_RTAS_SUCCESS;
	ret[1] = count;
	ret[2] = arg[5];
	ret[3] = function;
}

/* arg has the config address, the BUID and the number of the vector. */
void pci_rtas_query_source(struct minivmm *v, const uint32_t *arg, uint32_t *ret)
{
	ret[0] = (uint32_t)STCE_RTAS_PARAMETER_ERROR;
	if (!is_ours(v, arg) || arg[3] >= v->pci.msi_count)
		return;
	ret[0] = STCE_RTAS_SUCCESS;
	ret[1] = XICS_MSI_BASE + arg[3];
	ret[2] = 1;      /* 1 stands for an edge */
}
