/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The "SPAPR TCE IOMMU" device that was proposed in 2013. It links a LIOBN to a group without a
 * table's descriptor. Linux does not have it; spapr-tce does, with numbers of its own.
 * kvm_linkage.txt lists its answers.
 */
#include "kvm.h"

/* [spapr-tce/vm.h] */
#define CAP_SPAPR_TCE_IOMMU  0x53544345
#define TYPE_SPAPR_TCE_IOMMU 0x53544345
struct linkage {
	uint64_t liobn;
	uint32_t fd, flags;
};

#define LIOBN 1

static int new_linkage_device(void)
{
	struct kvm_create_device arg = { .type = TYPE_SPAPR_TCE_IOMMU };

	told(answer(ioctl(vm, KVM_CREATE_DEVICE, &arg)), "CREATE_DEVICE(of 2013)");
	return (int)arg.fd;
}

/* Makes a VM with memory and such a device. */
static void start_vm(void)
{
	new_vm();
	if (ioctl(vm, KVM_CHECK_EXTENSION, CAP_SPAPR_TCE_IOMMU) <= 0)
		skip("no Linux has the device of 2013, spapr-tce has");
	ram();
	device = new_linkage_device();
}

/* Adds a group with memory registered and its window made. */
static void start(void)
{
	v2_registered();
	unmap(0, 1);
	start_vm();
}

static long attribute(unsigned long request, const char *verb, uint32_t number, uint64_t attr, void *address)
{
	struct kvm_device_attr arg = { .group = number, .attr = attr, .addr = (uintptr_t)address };

	return told(answer(ioctl(device, request, &arg)), "%s_LINKAGE(attribute %u.%llu%s)", verb, number,
		    (unsigned long long)attr, address ? "" : ", NULL");
}

static long set_raw(uint64_t liobn, int fd, uint32_t flags, const char *what)
{
	struct linkage p = { .liobn = liobn, .fd = (uint32_t)fd, .flags = flags };
	struct kvm_device_attr arg = { .addr = (uintptr_t)&p };

	return told(answer(ioctl(device, KVM_SET_DEVICE_ATTR, &arg)), "SET_LINKAGE(liobn %#llx, %s, flags %#x)",
		    (unsigned long long)liobn, what, flags);
}

static long set(uint64_t liobn, int fd, const char *what)
{
	return set_raw(liobn, fd, 0, what);
}

static long unset(uint64_t liobn)
{
	return set(liobn, -1, "-1");
}

static void get_linkage(uint64_t liobn, uint32_t flags)
{
	struct linkage p = { .liobn = liobn, .fd = 0x77, .flags = flags };
	struct kvm_device_attr arg = { .addr = (uintptr_t)&p };
	long r = answer(ioctl(device, KVM_GET_DEVICE_ATTR, &arg));

	told(r, "GET_LINKAGE(liobn %#llx, flags %#x) -> %s", (unsigned long long)liobn, flags,
	     p.fd == (uint32_t)group ? "the group" : p.fd == 0x77 ? "untouched" : "another");
}

CASE("Q01", "a VM has many devices, and each has one attribute")
{
	struct kvm_create_device test = { .type = TYPE_SPAPR_TCE_IOMMU, .flags = KVM_CREATE_DEVICE_TEST };

	start_vm();
	told(answer(ioctl(vm, KVM_CREATE_DEVICE, &test)), "CREATE_DEVICE(of 2013, to test)");
	close_fd(new_linkage_device(), "the second device");
	attribute(KVM_HAS_DEVICE_ATTR, "HAS", 0, 0, NULL);
	attribute(KVM_HAS_DEVICE_ATTR, "HAS", 0, 1, NULL);
	attribute(KVM_HAS_DEVICE_ATTR, "HAS", 0, 1ULL << 32, NULL);
	attribute(KVM_HAS_DEVICE_ATTR, "HAS", 1, 0, NULL);
	told(answer(ioctl(device, KVM_HAS_DEVICE_ATTR, NULL)), "HAS_LINKAGE(NULL)");
	told(answer(ioctl(device, KVM_SET_DEVICE_ATTR, NULL)), "SET_LINKAGE(NULL)");
	told(answer(ioctl(device, KVM_GET_DEVICE_ATTR, NULL)), "GET_LINKAGE(NULL)");
	told(answer(ioctl(device, KVM_CREATE_SPAPR_TCE_64, NULL)), "CREATE_64 of the device");
}

CASE("Q02", "a link is made, read back and undone")
{
	start();
	get_linkage(LIOBN, 0);
	unset(LIOBN);
	put(LIOBN, 0, gpa(1) | 3);
	set(LIOBN, group, "the group");
	get_linkage(LIOBN, 0);
	put(LIOBN, 0, gpa(1) | 3);
	get(LIOBN, 0);
	unreg(0, 16);
	unset(LIOBN);
	get_linkage(LIOBN, 0);
	get(LIOBN, 0);
	unset(LIOBN);
	unreg(0, 16);
}

CASE("Q03", "one device has many links")
{
	start();
	for (uint64_t liobn = 1; liobn <= 8; liobn++)
		set(liobn, group, "the group");
	for (uint64_t liobn = 1; liobn <= 9; liobn++)
		put(liobn, liobn << 12, gpa((int)liobn) | 3);
	unset(4);
	for (uint64_t liobn = 3; liobn <= 5; liobn++) {
		get_linkage(liobn, 0);
		put(liobn, 0, gpa(2) | 3);
		get(liobn, liobn << 12);
	}
	set(4, group, "the group");
	get(4, 4 << 12);
}

CASE("Q04", "a LIOBN that is taken")
{
	int first;

	start();
	first = device;
	table(2, 16);
	set(2, group, "the group");
	set(LIOBN, group, "the group");
	set(LIOBN, group, "the group");
	table(LIOBN, 16);
	device = new_linkage_device();
	set(LIOBN, group, "the group, by a second device");
	unset(LIOBN);
	get_linkage(LIOBN, 0);
	set(3, group, "the group, by a second device");
	device = first;
	unset(LIOBN);
	table(LIOBN, 16);
	start_vm();
	set(3, group, "the group, in another VM");
}

CASE("Q05", "what cannot be linked")
{
	int fd;

	start();
	fd = table(2, 16);
	set_raw(LIOBN, group, 1, "the group");
	set_raw(LIOBN, group, ~0U, "the group");
	set_raw(LIOBN, -1, 1, "-1");
	get_linkage(LIOBN, 1);
	set(LIOBN, 9999, "9999");
	set(LIOBN, -2, "-2");
	set(LIOBN, container, "the container");
	set(LIOBN, fd, "a table");
	set(LIOBN, vm, "the VM");
	set(LIOBN, device, "the device itself");
	set(LIOBN, device_fd(device_name), "a device of VFIO");
	set(LIOBN, (int)must(open("/dev/zero", O_RDWR), "/dev/zero"), "/dev/zero");
	set(1ULL << 40, group, "the group");
	put(1ULL << 40, 0, gpa(1) | 3);
	get_linkage(LIOBN, 0);
}

CASE("Q06", "an attribute that there is not, and memory that there is not")
{
	struct linkage p = { .liobn = LIOBN, .fd = (uint32_t)-1 };

	start();
	attribute(KVM_SET_DEVICE_ATTR, "SET", 0, 0, NULL);
	attribute(KVM_GET_DEVICE_ATTR, "GET", 0, 0, NULL);
	attribute(KVM_SET_DEVICE_ATTR, "SET", 0, 1, &p);
	attribute(KVM_SET_DEVICE_ATTR, "SET", 1, 0, &p);
	attribute(KVM_GET_DEVICE_ATTR, "GET", 0, 1, &p);
	attribute(KVM_GET_DEVICE_ATTR, "GET", 1, 0, &p);
	set(LIOBN, group, "the group");
	memcpy(at(30), &p, sizeof(p));
	must(mprotect(at(30), page, PROT_READ), "mprotect");
	attribute(KVM_GET_DEVICE_ATTR, "GET", 0, 0, at(30));
	attribute(KVM_SET_DEVICE_ATTR, "SET", 0, 0, at(30));
	get_linkage(LIOBN, 0);
}

CASE("Q07", "a group without a container, and one without a window")
{
	start_vm();
	group = open_group();
	set(LIOBN, group, "the group");
	container = open_container();
	set_container();
	set(LIOBN, group, "the group");
	set_iommu(VFIO_SPAPR_TCE_v2_IOMMU);
	set(LIOBN, group, "the group");
	reg(0, 1);
	unmap(0, 1);
	set(LIOBN, group, "the group");
	remove_window(0);
	set(2, group, "the group");
}

CASE("Q08", "a link takes the shape of the group's lowest window")
{
	start();
	create(16, GIB2, 1);
	set(LIOBN, group, "the group");
	put(LIOBN, 0x1000, gpa(1) | 3);
	put(LIOBN, GIB2 - 0x1000, gpa(1) | 3);
	put(LIOBN, GIB2, gpa(1) | 3);
	put(LIOBN, SECOND, gpa(1) | 3);
	remove_window(0);
	set(2, group, "the group");
	put(2, 0, gpa(16) | 3);
	put(2, SECOND, gpa(16) | 3);
	put(2, SECOND, gpa(0) | 3);
	put(2, SECOND + 0x1000, gpa(0) | 3);
}

CASE("Q09", "a linked group keeps its container, and stays open, until its VM is gone")
{
	start();
	set(LIOBN, group, "the group");
	unset_container();
	close_fd(group, "the group");
	told_fd(open(group_path, O_RDWR), "open the group");
	close_fd(device, "the device");
	told_fd(open(group_path, O_RDWR), "open the group");
	put(LIOBN, 0, gpa(1) | 3);
	close_vm();
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("Q10", "a group that is unlinked is free")
{
	start();
	set(LIOBN, group, "the group");
	set(2, group, "the group");
	unset(LIOBN);
	unset_container();
	unset(2);
	unset_container();
	close_fd(group, "the group");
	told_fd(open(group_path, O_RDWR), "open the group");
}

CASE("Q11", "with KVM-VFIO's links beside")
{
	int linkage_device, fd;

	start();
	linkage_device = device;
	new_device();
	fd = table(2, 16);
	add(group, "the group");
	link_table(group, fd, "the group, a table");
	device = linkage_device;
	set(LIOBN, group, "the group");
	put(LIOBN, 0, gpa(1) | 3);
	put(2, 0x1000, gpa(2) | 3);
	put(2, 0x1000, gpa(20) | 3);
	unset(LIOBN);
	put(2, 0x2000, gpa(2) | 3);
	unmap(0, 16);
	unreg(0, 16);
}

CASE("Q12", "two groups of two containers")
{
	int first_group, first_container;

	start();
	first_group = group;
	first_container = container;
	second_v2();
	reg(0, 16);
	unmap(0, 1);
	set(LIOBN, first_group, "the first group");
	set(LIOBN, group, "the second group");
	set(2, group, "the second group");
	put(LIOBN, 0, gpa(1) | 3);
	put(2, 0x1000, gpa(2) | 3);
	container = first_container;
	group = first_group;
	unmap(0, 16);
	unset(LIOBN);
	unset_container();
	put(2, 0x2000, gpa(3) | 3);
	get(2, 0x1000);
	unset(LIOBN);
	unset(2);
}

static void use_device(void)
{
	attribute(KVM_HAS_DEVICE_ATTR, "HAS", 0, 0, NULL);
	get_linkage(LIOBN, 0);
	unset(LIOBN);
	set(2, group, "the group");
}

CASE("Q13", "a device serves the process that made it")
{
	start();
	set(LIOBN, group, "the group");
	in_child(use_device);
	get_linkage(LIOBN, 0);
	put(LIOBN, 0, gpa(1) | 3);
}
