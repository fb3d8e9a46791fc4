/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Container, group, device and registers. Nothing here knows what kind of device it is. A group may be
 * used only while all its functions are bound to vfio-pci or to no driver.
 */
#include "vfio.h"

#include <endian.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static bool fail(const char *what)
{
	warn("%s", what);
	return false;
}

/* sysfs has a link from each function to its group, whose last component is the number. */
static bool open_group(struct vfio *v, const char *address)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char path[PATH_MAX], group[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	length = readlink(path, group, sizeof(group) - 1);
	if (length < 0)
		return fail(path);
	group[length] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%d", atoi(strrchr(group, '/') + 1));
	v->group = open(path, O_RDWR | O_CLOEXEC);
	if (v->group < 0 || ioctl(v->group, VFIO_GROUP_GET_STATUS, &status))
		return fail(path);
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return true;
	warnx("%s: another driver has a function of this group; bind it to vfio-pci", path);
	return false;
}

bool vfio_open(struct vfio *v, const char *address)
{
	*v = (struct vfio){ .container = -1, .group = -1, .device = -1 };
	v->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (v->container < 0)
		return fail("/dev/vfio/vfio");
	if (ioctl(v->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
	    ioctl(v->container, VFIO_CHECK_EXTENSION, VFIO_SPAPR_TCE_v2_IOMMU) != 1) {
		warnx("/dev/vfio/vfio: this host has no sPAPR v2 IOMMU");
		return false;
	}
	if (!open_group(v, address))
		return false;
	/* The IOMMU's type can be set only when the container has a group. */
	if (ioctl(v->group, VFIO_GROUP_SET_CONTAINER, &v->container))
		return fail("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(v->container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU))
		return fail("VFIO_SET_IOMMU");
	return true;
}

/* Decoding of memory lets the registers answer; mastering lets the device begin accesses of its own. */
static bool set_command(const struct vfio *v, uint16_t set, uint16_t clear)
{
	uint16_t command;

	if (pread(v->device, &command, sizeof(command), v->config + PCI_COMMAND) != sizeof(command))
		return fail("reading the PCI command register");
	command = htole16((uint16_t)((le16toh(command) | set) & ~clear));
	if (pwrite(v->device, &command, sizeof(command), v->config + PCI_COMMAND) != sizeof(command))
		return fail("writing the PCI command register");
	return true;
}

/* The class code is the upper three bytes of a word. */
static bool has_class(const struct vfio *v, const char *address, uint32_t wanted)
{
	uint32_t word;

	if (pread(v->device, &word, sizeof(word), v->config + PCI_CLASS_REVISION) != sizeof(word))
		return fail("reading the PCI class code");
	if (le32toh(word) >> 8 == wanted)
		return true;
	warnx("%s has class code 0x%06x, and 0x%06x is needed", address, le32toh(word) >> 8, wanted);
	return false;
}

/* Maps whole pages, also if a BAR is smaller than one. */
static bool map_bar(struct vfio *v, const struct vfio_region_info *info)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!(info->flags & VFIO_REGION_INFO_FLAG_MMAP)) {
		warnx("BAR 0 cannot be mapped here; --pread reaches it by system calls");
		return false;
	}
	v->bar_size = (info->size + page - 1) & ~(page - 1);
	v->bar = mmap(NULL, v->bar_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->device, v->bar_offset);
	if (v->bar != MAP_FAILED)
		return true;
	v->bar = NULL;
	return fail("mapping BAR 0");
}

bool vfio_open_device(struct vfio *v, const char *address, uint32_t class_code, bool by_calls)
{
	struct vfio_region_info config = { .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	struct vfio_region_info bar = { .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX };

	v->device = ioctl(v->group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (v->device < 0)
		return fail("VFIO_GROUP_GET_DEVICE_FD");
	if (ioctl(v->device, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    ioctl(v->device, VFIO_DEVICE_GET_REGION_INFO, &bar))
		return fail("VFIO_DEVICE_GET_REGION_INFO");
	v->config = (off_t)config.offset;
	v->bar_offset = (off_t)bar.offset;
	v->bar_size = bar.size;
	return has_class(v, address, class_code) && (by_calls || map_bar(v, &bar)) &&
	       set_command(v, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
}

void vfio_close(struct vfio *v)
{
	/* A device that is no longer master cannot write into memory that is about to go. */
	if (v->device >= 0)
		set_command(v, 0, PCI_COMMAND_MASTER);
	if (v->bar)
		munmap(v->bar, v->bar_size);
	if (v->device >= 0)
		close(v->device);
	dma_unmap(v);
	if (v->group >= 0) {
		ioctl(v->group, VFIO_GROUP_UNSET_CONTAINER);
		close(v->group);
	}
	if (v->container >= 0)
		close(v->container);
}

/*
 * Orders accesses to memory and to registers among each other. POWER needs sync for this, because lwsync
 * and eieio order only accesses of one kind; C11's fences speak of threads, and promise nothing of devices.
 */
static void device_barrier(void)
{
#if defined(__powerpc64__)
	__asm__ volatile("sync" ::: "memory");
#elif defined(__aarch64__)
	__asm__ volatile("dmb osh" ::: "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

uint32_t vfio_read32(const struct vfio *v, size_t offset)
{
	uint32_t value = UINT32_MAX;    /* what a device that has gone reads as */

	if (v->bar)
		value = *(volatile uint32_t *)(v->bar + offset);
	else if (pread(v->device, &value, sizeof(value), v->bar_offset + (off_t)offset) != sizeof(value))
		warn("reading register 0x%zx", offset);
	device_barrier();
	return le32toh(value);
}

void vfio_write32(const struct vfio *v, size_t offset, uint32_t value)
{
	value = htole32(value);
	device_barrier();
	if (v->bar)
		*(volatile uint32_t *)(v->bar + offset) = value;
	else if (pwrite(v->device, &value, sizeof(value), v->bar_offset + (off_t)offset) != sizeof(value))
		warn("writing register 0x%zx", offset);
}
