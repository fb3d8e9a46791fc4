/* SPDX-License-Identifier: BSD-2-Clause */
/* The KVM-VFIO device: files that are added, and windows that are linked to tables. */
#include "kvm.h"

#define LIOBN 1
#define WHOLE (GIB2 / 4096)      /* entries of the default window */

static long create_device_raw(uint32_t type, uint32_t flags, int *fd)
{
	struct kvm_create_device arg = { .type = type, .flags = flags };
	long r = told(answer(ioctl(vm, KVM_CREATE_DEVICE, &arg)), "CREATE_DEVICE(type %u, flags %#x)", type, flags);

	if (!r && fd)
		*fd = (int)arg.fd;
	return r;
}

static long has(uint32_t group_number, uint64_t number)
{
	struct kvm_device_attr arg = { .group = group_number, .attr = number };

	return told(answer(ioctl(device, KVM_HAS_DEVICE_ATTR, &arg)), "HAS_DEVICE_ATTR(%u, %llu)", group_number,
		    (unsigned long long)number);
}

/*
 * Makes a v2 container with memory registered and the default window, and a device that holds the
 * group.
 */
static void start(void)
{
	v2_registered();
	unmap(0, 1);
	new_vm();
	ram();
	new_device();
	add(group, "the group");
}

static int zero(void)
{
	return (int)must(open("/dev/zero", O_RDWR), "/dev/zero");
}

CASE("C138", "a VM has one KVM-VFIO device")
{
	int fd = -1;

	new_vm();
	create_device_raw(KVM_DEV_TYPE_VFIO, KVM_CREATE_DEVICE_TEST, NULL);
	create_device_raw(KVM_DEV_TYPE_VFIO, 0, &fd);
	create_device_raw(KVM_DEV_TYPE_VFIO, 0, NULL);
	create_device_raw(KVM_DEV_TYPE_VFIO, KVM_CREATE_DEVICE_TEST, NULL);
	close_fd(fd, "the device");
	create_device_raw(KVM_DEV_TYPE_VFIO, 0, &fd);
	create_device_raw(9999, 0, NULL);
	create_device_raw(9999, KVM_CREATE_DEVICE_TEST, NULL);
	told(answer(ioctl(vm, KVM_CREATE_DEVICE, NULL)), "CREATE_DEVICE(NULL)");
	new_vm();
	create_device_raw(KVM_DEV_TYPE_VFIO, 0, NULL);
}

CASE("B01", "the attributes that there are")
{
	new_vm();
	new_device();
	for (uint32_t g = 0; g < 3; g++)
		for (uint64_t n = 0; n < 5; n++)
			has(g, n);
	has(1, 1ULL << 32 | 1);
	has(~0U, ~0ULL);
}

CASE("B02", "an attribute that there is not, and calls that there are not")
{
	struct kvm_device_attr arg = { .group = 1, .attr = 4 };
	int32_t fd = -1;

	new_vm();
	new_device();
	told(answer(ioctl(device, KVM_SET_DEVICE_ATTR, &arg)), "SET_DEVICE_ATTR(1, 4)");
	arg.group = 0;
	arg.attr = 1;
	told(answer(ioctl(device, KVM_SET_DEVICE_ATTR, &arg)), "SET_DEVICE_ATTR(0, 1)");
	arg = (struct kvm_device_attr){ .group = 1, .attr = 1, .addr = (uintptr_t)&fd };
	told(answer(ioctl(device, KVM_GET_DEVICE_ATTR, &arg)), "GET_DEVICE_ATTR(1, 1)");
	arg.flags = 0xffffffff;
	told(answer(ioctl(device, KVM_SET_DEVICE_ATTR, &arg)), "SET_DEVICE_ATTR(1, 1) with flags");
	told(answer(ioctl(device, KVM_SET_DEVICE_ATTR, NULL)), "SET_DEVICE_ATTR(NULL)");
	told(answer(ioctl(device, KVM_HAS_DEVICE_ATTR, NULL)), "HAS_DEVICE_ATTR(NULL)");
	told(answer(ioctl(device, KVM_CREATE_SPAPR_TCE_64, NULL)), "CREATE_64");
	told(answer(ioctl(device, VFIO_GET_API_VERSION)), "GET_API_VERSION");
}

CASE("C139", "what can be added")
{
	v2();
	new_vm();
	new_device();
	add(container, "the container");
	add(zero(), "/dev/zero");
	add(-1, "-1");
	add(9999, "9999");
	add(vm, "the VM");
	add(device, "the device itself");
	add(table(LIOBN, 1), "a table");
	group_attribute(KVM_DEV_VFIO_GROUP_ADD, NULL, "ADD", "NULL");
	group_attribute(KVM_DEV_VFIO_GROUP_DEL, NULL, "DEL", "NULL");
	group_attribute(KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, NULL, "SET_SPAPR_TCE", "NULL");
	add(group, "the group");
	add(group, "the group");
	add(dup(group), "a copy of it");
	add(device_fd(device_name), "its device");
}

CASE("C140", "what can be taken out")
{
	v2();
	new_vm();
	new_device();
	del(group, "the group");
	del(-1, "-1");
	del(container, "the container");
	del(zero(), "/dev/zero");
	add(group, "the group");
	del(dup(group), "a copy of it");
	del(group, "the group");
	add(group, "the group");
	del(group, "the group");
}

CASE("B03", "a group without a container is added and taken out")
{
	group = open_group();
	new_vm();
	new_device();
	add(group, "the group");
	container = open_container();
	set_container();
	set_iommu(7);
	del(group, "the group");
}

CASE("C141", "SET_SPAPR_TCE before ADD")
{
	int fd;

	v2_registered();
	unmap(0, 1);
	fd = vm_with_table(LIOBN, 16);
	new_device();
	link_table(group, fd, "the group, a table");
	link_table(-1, fd, "-1, a table");
	link_table(-1, -1, "-1, -1");
	link_table(group, -1, "the group, -1");
}

CASE("C142", "SET_SPAPR_TCE of what is no table of this VM")
{
	int fd;

	start();
	fd = table(LIOBN, 16);
	link_table(group, -1, "the group, -1");
	link_table(group, 9999, "the group, 9999");
	link_table(group, zero(), "the group, /dev/zero");
	link_table(group, group, "the group, the group");
	link_table(group, vm, "the group, the VM");
	new_vm();
	ram();
	link_table(group, table(LIOBN, 16), "the group, a table of another VM");
	link_table(group, fd, "the group, a table");
	link_table(dup(group), dup(fd), "copies of both");
}

CASE("C143", "a device instead of its group")
{
	int fd, device_of_group;

	start();
	fd = table(LIOBN, 16);
	device_of_group = device_fd(device_name);
	link_table(device_of_group, fd, "the device, a table");
	add(device_of_group, "the device");
	link_table(device_of_group, fd, "the device, a table");
	link_table(device_of_group, -1, "the device, -1");
	del(device_of_group, "the device");
}

CASE("C144", "a window that is not made yet cannot be linked")
{
	int fd;

	v2_registered();
	fd = vm_with_table(LIOBN, 16);
	new_device();
	add(group, "the group");
	link_table(group, fd, "the group, a table");
	unmap(0, 1);
	link_table(group, fd, "the group, a table");
	put(LIOBN, 0, gpa(20) | 3);
	put(LIOBN, 0, gpa(2) | 3);
}

CASE("B04", "a container without an IOMMU has no window")
{
	int fd = vm_with_table(LIOBN, 16);

	container = open_container();
	group = open_group();
	set_container();
	new_device();
	add(group, "the group");
	link_table(group, fd, "the group, a table");
	set_iommu(7);
	link_table(group, fd, "the group, a table");
	reg(0, 1);
	unmap(0, 1);
	link_table(group, fd, "the group, a table");
}

CASE("C145", "a table that does not fit the window")
{
	start();
	link_table(group, table(1, WHOLE + 1), "larger than the window");
	link_table(group, table(2, 2 * WHOLE), "twice as large");
	link_table(group, table_raw(3, 12, 0, 1, 16), "one page higher");
	link_table(group, table_raw(4, 12, 0, SECOND / 4096, 16), "where no window is");
	remove_window(0);
	create(16, GIB2, 1);
	link_table(group, table(5, 16), "4K pages over 64K");
	link_table(group, table_raw(6, 15, 0, 0, 16), "32K pages over 64K");
}

CASE("C146", "tables that fit the window")
{
	start();
	link_table(group, table(1, 1), "one page");
	link_table(group, table(2, WHOLE), "the whole window");
	link_table(group, table_raw(3, 16, 0, 0, 16), "64K over 4K");
	link_table(group, table_raw(4, 16, 0, 0, GIB2 / 65536), "64K over 4K, the whole window");
	link_table(group, table_raw(5, 16, 0, 0, GIB2 / 65536 + 1), "64K over 4K, larger");
	link_table(group, table_raw(6, 13, 0, 0, 16), "8K over 4K");
	link_table(group, table_raw(7, 31, 0, 0, 1), "2G over 4K");
	link_table(group, table_raw(8, 32, 0, 0, 1), "4G over 4K");
}

CASE("B05", "windows of several page sizes")
{
	static const uint32_t shifts[] = { 12, 16, 21, 30 };
	uint64_t name = 1;

	start();
	for (size_t i = 0; i < sizeof(shifts) / sizeof(*shifts); i++) {
		remove_window(0);
		create(shifts[i], 1ULL << 32, 1);
		for (size_t j = 0; j < sizeof(shifts) / sizeof(*shifts); j++)
			link_table(group, table_raw(name++, shifts[j], 0, 0, 1), "the group, that table");
		link_table(group, table_raw(name++, shifts[i], 0, 0, (1ULL << 32) >> shifts[i]), "as large");
		link_table(group, table_raw(name++, shifts[i], 0, 0, ((1ULL << 32) >> shifts[i]) + 1), "larger");
	}
}

CASE("B06", "the second window")
{
	int fd;

	start();
	create(12, GIB2, 1);
	fd = table_raw(1, 12, 0, SECOND / 4096, 16);
	link_table(group, fd, "the group, a table there");
	put(1, SECOND, gpa(2) | 3);
	put(1, SECOND, gpa(20) | 3);
	link_table(group, table_raw(2, 12, 0, SECOND / 4096 + 16, 16), "in its middle");
	link_table(group, table_raw(3, 16, 0, SECOND / 65536, 16), "64K");
	link_table(group, table(4, 16), "in the first");
	unmap(SECOND, 1);
	unreg(0, 16);
}

CASE("C161e", "a table that begins in the middle of a window")
{
	start();
	link_table(group, table_raw(LIOBN, 12, 0, 16, 16), "in its middle");
}

CASE("C147", "a group without a container")
{
	int fd = vm_with_table(LIOBN, 16);

	group = open_group();
	new_device();
	add(group, "the group");
	link_table(group, fd, "the group, a table");
	del(group, "the group");
}

CASE("C156", "a group that KVM holds stays open")
{
	new_vm();
	new_device();
	group = open_group();
	add(group, "the group");
	close_fd(group, "the group");
	told_fd(open(group_path, O_RDWR), "open the group");
	close_fd(device, "the device");
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("B07", "a group that KVM holds is free with the VM")
{
	new_vm();
	new_device();
	group = open_group();
	add(group, "the group");
	close_fd(group, "the group");
	close_vm();
	told_fd(open(group_path, O_RDWR), "open the group");
	close_fd(device, "the device");
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("B08", "a group in two VMs")
{
	int first;

	start();
	first = device;
	link_table(group, table(LIOBN, 16), "the first VM");
	new_vm();
	ram();
	new_device();
	add(group, "the group");
	link_table(group, table(LIOBN, 16), "the second VM");
	put(LIOBN, 0, gpa(1) | 3);
	use_vm(0);
	put(LIOBN, 0x1000, gpa(2) | 3);
	get(LIOBN, 0);
	close_fd(first, "the first device");
	put(LIOBN, 0x2000, gpa(20) | 3);
	unmap(0, 16);
	unreg(0, 16);
}

static void use_device(void)
{
	has(1, 1);
	add(group, "the group");
	del(group, "the group");
	link_table(group, -1, "the group, -1");
}

CASE("B09", "a device serves the process that made it")
{
	start();
	in_child(use_device);
	del(group, "the group");
}

CASE("B10", "a KVM-VFIO device holds its VM")
{
	new_vm();
	new_device();
	close_vm();
	group = open_group();
	add(group, "the group");
	add(group, "the group");
	del(group, "the group");
}

CASE("B11", "two defects in one call of the device")
{
	int fd;

	v2_registered();
	unmap(0, 1);
	fd = vm_with_table(LIOBN, 16);
	new_device();
	link_table(group, 9999, "a group that is not added, 9999");
	link_table(9999, 9999, "9999, 9999");
	link_table(zero(), fd, "/dev/zero, a table");
	link_table(zero(), 9999, "/dev/zero, 9999");
	add(group, "the group");
	link_table(group, zero(), "the group, /dev/zero");
	link_table(container, 9999, "the container, 9999");
}

CASE("B12", "two groups of two containers")
{
	int first = -1, fd;

	start();
	first = group;
	second_v2();
	fd = table(LIOBN, 16);
	link_table(first, fd, "the first group");
	link_table(group, fd, "the second group");
	add(group, "the second group");
	link_table(group, fd, "the second group");
	reg(0, 8);
	unmap(0, 1);
	link_table(group, fd, "the second group");
	put(LIOBN, 0, gpa(2) | 3);
	put(LIOBN, 0x1000, gpa(20) | 3);
	del(first, "the first group");
	put(LIOBN, 0x2000, gpa(3) | 3);
	del(group, "the second group");
	put(LIOBN, 0x3000, gpa(20) | 3);
}
