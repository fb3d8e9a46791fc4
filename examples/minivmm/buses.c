/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns further bridges, each with a dmatest function in a group and a container of its own, for
 * guests that associate a window with several bridges. The functions have no interrupts. pci.c owns the
 * first bridge's function, and host.c that bridge.
 */
#include "minivmm.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>

/* Addresses and groups follow those of the NVMe function, 0000:01:00.0 in group 1. */
#define GROUP_OF(n) ((n) + 2)

void buses_describe(const struct minivmm *v, struct stce_config *config)
{
	char why[STCE_WHY_SIZE] = "", device[64];

	for (unsigned int n = 0; n < v->options.buses; n++) {
		snprintf(device, sizeof(device), "dmatest,addr=0000:%02x:00.0,group=%u", GROUP_OF(n), GROUP_OF(n));
		check(why, stce_config_set(config, "device", device, why));
	}
}

static void open_group(struct minivmm *v, struct bus *bus, unsigned int number)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/vfio/%u", number);
	check("container", bus->container = stce_open(v->machine, "/dev/vfio/vfio", O_RDWR));
	check("group", bus->group = stce_open(v->machine, path, O_RDWR));
	check("set container", stce_ioctl(bus->group, VFIO_GROUP_SET_CONTAINER, &bus->container));
	check("set iommu", stce_ioctl(bus->container, VFIO_SET_IOMMU, (void *)VFIO_SPAPR_TCE_v2_IOMMU));
}

static uint64_t region(const struct bus *bus, uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	check("region", stce_ioctl(bus->device, VFIO_DEVICE_GET_REGION_INFO, &info));
	return info.offset;
}

static void open_device(struct bus *bus, unsigned int number)
{
	uint32_t low = htole32((uint32_t)PCI_WINDOW_BUS), high = htole32(PCI_WINDOW_BUS >> 32);
	char name[32];

	snprintf(name, sizeof(name), "0000:%02x:00.0", number);
	bus->device = (int)stce_ioctl(bus->group, VFIO_GROUP_GET_DEVICE_FD, name);
	check("device", bus->device);
	bus->config_offset = region(bus, VFIO_PCI_CONFIG_REGION_INDEX);
	bus->bar_offset = region(bus, VFIO_PCI_BAR0_REGION_INDEX);
	/* The firmware places the registers. */
	stce_pwrite(bus->device, &low, sizeof(low), (off_t)(bus->config_offset + PCI_BASE_ADDRESS_0));
	stce_pwrite(bus->device, &high, sizeof(high), (off_t)(bus->config_offset + PCI_BASE_ADDRESS_1));
}

void buses_new(struct minivmm *v)
{
	for (unsigned int n = 0; n < v->options.buses; n++) {
		struct bus *bus = &v->bus[n];

		open_group(v, bus, GROUP_OF(n));
		check("bridge", stce_phb_config_init(&bus->config, "power9", n + 1));
		bus->config.no_ddw = v->options.no_ddw;
		check("bridge", stce_phb_new(v->vm, &bus->config, &bus->phb));
		check("group on the bus", stce_phb_add_group(bus->phb, bus->container, bus->group));
		open_device(bus, GROUP_OF(n));
	}
}

void buses_add_memory(struct minivmm *v, void *address, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory memory = {
		.argsz = sizeof(memory),
		.vaddr = (uintptr_t)address,
		.size = size,
	};

	for (unsigned int n = 0; n < v->options.buses; n++)
		check("memory for a device", stce_ioctl(v->bus[n].container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory));
}

const struct bus *buses_find(const struct minivmm *v, uint64_t buid)
{
	for (unsigned int n = 0; n < v->options.buses; n++)
		if (v->bus[n].config.buid == buid)
			return &v->bus[n];
	return NULL;
}

bool buses_mmio(struct minivmm *v, uint64_t gpa, void *data, unsigned int size, bool is_write)
{
	uint64_t n = (gpa - PCI_WINDOW) / PCI_WINDOW_SIZE, offset = (gpa - PCI_WINDOW) % PCI_WINDOW_SIZE;
	const struct bus *bus;

	if (gpa < PCI_WINDOW || !n || n > v->options.buses || offset > STCE_DMATEST_BAR_SIZE - size)
		return false;
	bus = &v->bus[n - 1];
	if (is_write)
		stce_pwrite(bus->device, data, size, (off_t)(bus->bar_offset + offset));
	/* A read without an answer gives all ones. */
	else if (stce_pread(bus->device, data, size, (off_t)(bus->bar_offset + offset)) < 0)
		memset(data, 0xff, size);
	return true;
}

void buses_add_to_state(const struct minivmm *v, struct stce_state *state, uint32_t first_id)
{
	for (unsigned int n = 0; n < v->options.buses; n++) {
		check("state", stce_state_add_file(state, first_id + n, v->bus[n].container));
		check("state", stce_state_add_file(state, first_id + n, v->bus[n].group));
		check("state", stce_state_add_file(state, first_id + n, v->bus[n].device));
	}
}

void buses_free(struct minivmm *v)
{
	for (unsigned int n = 0; n < v->options.buses; n++) {
		stce_close(v->bus[n].device);
		stce_phb_free(v->bus[n].phb);
		stce_close(v->bus[n].group);
		stce_close(v->bus[n].container);
	}
}
