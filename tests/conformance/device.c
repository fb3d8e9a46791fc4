/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls on a device, as far as they do not depend on the kind of device: lines about its
 * regions and interrupts give bounds, not numbers.
 */
#include "conformance.h"

#include <sys/eventfd.h>

static int device;

static void with_device(void)
{
	v2();
	device = device_fd(device_name);
}

static void device_info(uint32_t argsz)
{
	struct vfio_device_info arg = { .argsz = argsz };
	long r = answer(ioctl(device, VFIO_DEVICE_GET_INFO, &arg));

	told(r, "DEVICE_GET_INFO(argsz %u) -> flags %#x regions %u irqs %u", argsz, arg.flags, arg.num_regions,
	     arg.num_irqs);
}

CASE("F01", "DEVICE_GET_INFO")
{
	with_device();
	device_info(sizeof(struct vfio_device_info));
	device_info(20);
	device_info(16);
	device_info(15);
	device_info(0);
	told(answer(ioctl(device, VFIO_DEVICE_GET_INFO, NULL)), "DEVICE_GET_INFO(NULL)");
}

static void region_info(uint32_t argsz, uint32_t index)
{
	struct vfio_region_info arg = { .argsz = argsz, .index = index };
	long r = answer(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &arg));

	told(r, "GET_REGION_INFO(argsz %u, index %u) -> can be read and written: %d, offset %#llx", argsz, index,
	     (arg.flags & 3) == 3, (unsigned long long)arg.offset);
}

CASE("F02", "DEVICE_GET_REGION_INFO")
{
	with_device();
	region_info(32, VFIO_PCI_BAR0_REGION_INDEX);
	region_info(32, VFIO_PCI_CONFIG_REGION_INDEX);
	region_info(32, VFIO_PCI_NUM_REGIONS);
	region_info(32, 0xffffffff);
	region_info(31, VFIO_PCI_BAR0_REGION_INDEX);
	region_info(31, 0xffffffff);
	told(answer(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, NULL)), "GET_REGION_INFO(NULL)");
}

static void irq_info(uint32_t argsz, uint32_t index)
{
	struct vfio_irq_info arg = { .argsz = argsz, .index = index };
	long r = answer(ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &arg));

	told(r, "GET_IRQ_INFO(argsz %u, index %u) -> flags %#x, some: %d", argsz, index, arg.flags, arg.count > 0);
}

CASE("F03", "DEVICE_GET_IRQ_INFO")
{
	with_device();
	irq_info(16, VFIO_PCI_INTX_IRQ_INDEX);
	irq_info(16, VFIO_PCI_MSIX_IRQ_INDEX);
	irq_info(16, VFIO_PCI_REQ_IRQ_INDEX);
	irq_info(16, VFIO_PCI_NUM_IRQS);
	irq_info(16, 0xffffffff);
	irq_info(15, VFIO_PCI_INTX_IRQ_INDEX);
	irq_info(15, 0xffffffff);
	told(answer(ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, NULL)), "GET_IRQ_INFO(NULL)");
}

static void set_irqs(uint32_t argsz, uint32_t flags, uint32_t index, uint32_t start, uint32_t count, int32_t fd)
{
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} arg = { { .argsz = argsz, .flags = flags, .index = index, .start = start, .count = count }, fd };

	told(answer(ioctl(device, VFIO_DEVICE_SET_IRQS, &arg)),
	     "SET_IRQS(argsz %u, flags %#x, index %u, %u+%u, %s)", argsz, flags, index, start, count,
	     fd < 0 ? "no eventfd" : "an eventfd");
}

CASE("F04", "DEVICE_SET_IRQS checks its arguments")
{
	const uint32_t none = VFIO_IRQ_SET_DATA_NONE, eventfds = VFIO_IRQ_SET_DATA_EVENTFD;
	const uint32_t trigger = VFIO_IRQ_SET_ACTION_TRIGGER, msix = VFIO_PCI_MSIX_IRQ_INDEX;
	int fd = eventfd(0, EFD_CLOEXEC);

	with_device();
	set_irqs(20, none | trigger, msix, 0, 0, -1);
	set_irqs(19, none | trigger, msix, 0, 0, -1);
	set_irqs(20, trigger, msix, 0, 0, -1);
	set_irqs(20, none, msix, 0, 0, -1);
	set_irqs(20, none | trigger | 0x100, msix, 0, 0, -1);
	set_irqs(20, none | eventfds | trigger, msix, 0, 0, -1);
	set_irqs(20, none | trigger, VFIO_PCI_NUM_IRQS, 0, 0, -1);
	set_irqs(20, none | trigger, 0xffffffff, 0, 0, -1);
	set_irqs(20, eventfds | trigger, msix, 0, 1, fd);
	set_irqs(24, eventfds | trigger, msix, 5000, 1, fd);
	set_irqs(24, eventfds | trigger, msix, 0, 5000, fd);
	set_irqs(24, eventfds | trigger, msix, 0xffffffff, 1, fd);
	set_irqs(24, eventfds | trigger, msix, 0, 1, 9999);
	set_irqs(24, eventfds | trigger, msix, 0, 1, 1);
	told(answer(ioctl(device, VFIO_DEVICE_SET_IRQS, NULL)), "SET_IRQS(NULL)");
}

CASE("F05", "DEVICE_SET_IRQS raises what it has set up, for the program to see")
{
	const uint32_t msix = VFIO_PCI_MSIX_IRQ_INDEX;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t count = 0;
	long r;

	with_device();
	set_irqs(24, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, msix, 0, 1, fd);
	set_irqs(20, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, msix, 0, 1, -1);
	r = answer(read(fd, &count, 8));
	told(r, "read the eventfd -> %llu", (unsigned long long)count);
	set_irqs(24, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, msix, 0, 1, -1);
	set_irqs(20, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, msix, 0, 0, -1);
	set_irqs(20, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, msix, 0, 0, -1);
}

CASE("F06", "DEVICE_RESET")
{
	with_device();
	told(answer(ioctl(device, VFIO_DEVICE_RESET)), "DEVICE_RESET");
	told(answer(ioctl(device, VFIO_DEVICE_RESET, 1)), "DEVICE_RESET(1)");
}

static void hot_reset_info(uint32_t argsz)
{
	struct {
		struct vfio_pci_hot_reset_info head;
		struct vfio_pci_dependent_device devices[16];
	} arg = { .head.argsz = argsz };
	long r = answer(ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &arg));

	told(r, "GET_PCI_HOT_RESET_INFO(argsz %u) -> flags %#x, count %u", argsz, arg.head.flags, arg.head.count);
}

CASE("F07", "DEVICE_GET_PCI_HOT_RESET_INFO")
{
	with_device();
	hot_reset_info(11);
	hot_reset_info(12);
	hot_reset_info(sizeof(struct vfio_pci_hot_reset_info) + 16 * sizeof(struct vfio_pci_dependent_device));
	told(answer(ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, NULL)), "GET_PCI_HOT_RESET_INFO(NULL)");
}

static void hot_reset(uint32_t argsz, uint32_t flags, uint32_t count, int32_t fd, const char *name)
{
	struct {
		struct vfio_pci_hot_reset head;
		int32_t fd;
	} arg = { { .argsz = argsz, .flags = flags, .count = count }, fd };

	told(answer(ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, &arg)), "PCI_HOT_RESET(argsz %u, flags %u, %u, %s)", argsz,
	     flags, count, name);
}

CASE("F08", "DEVICE_PCI_HOT_RESET wants the groups of all that it resets")
{
	with_device();
	hot_reset(11, 0, 1, group, "the group");
	hot_reset(16, 1, 1, group, "the group");
	hot_reset(16, 0, 5000, group, "the group");
	hot_reset(16, 0, 1, -1, "no descriptor");
	hot_reset(16, 0, 1, container, "the container");
	hot_reset(16, 0, 1, open_second_group(), "another group");
	hot_reset(16, 0, 1, group, "the group");
	told(answer(ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, NULL)), "PCI_HOT_RESET(NULL)");
}

CASE("F09", "a device answers what it does not know with ENOTTY")
{
	with_device();
	told(answer(ioctl(device, VFIO_GET_API_VERSION)), "VFIO_GET_API_VERSION of the device");
	told(answer(ioctl(device, VFIO_GROUP_UNSET_CONTAINER)), "VFIO_GROUP_UNSET_CONTAINER of the device");
	told(answer(ioctl(device, _IO(VFIO_TYPE, VFIO_BASE + 60))), "an unknown ioctl of the device");
}
