/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows of v2: slots, sizes, levels, charges. */
#include "conformance.h"

static const uint32_t shifts[] = { 0, 1, 11, 12, 13, 16, 20, 21, 24, 28, 30, 31, 32, 34, 63, 64, 76, 0xffffffff };

CASE("C86", "CREATE makes the default window first, and takes the second place")
{
	v2_registered();
	create(12, GIB2, 1);
	map(0, 0, 1);
	map_raw(32, RW, (uintptr_t)at(0), SECOND, page);
	info(32);
}

CASE("C87", "without the default window CREATE takes the first place, then the second")
{
	v2_registered();
	remove_window(0);
	create(12, GIB2, 1);
	create(12, GIB2, 1);
	map(0, 0, 1);
	map(0, SECOND, 1);
}

CASE("C88", "a third CREATE is ENOSPC")
{
	v2();
	create(12, GIB2, 1);
	create(12, GIB2, 1);
	remove_window(0);
	create(16, GIB2, 1);
	create(16, GIB2, 1);
	remove_window(SECOND);
	create(16, GIB2, 2);
}

CASE("C89", "without any window MAP is ENXIO")
{
	v2_registered();
	remove_window(0);
	map(0, 0, 1);
	unmap(0, 1);
	map_raw(32, 0, 1, 1, 1);
	info(32);
}

CASE("C90", "REMOVE takes any address in the window")
{
	v2_registered();
	map(0, 0, 1);
	remove_window(0x12345678);
	map(0, 0, 1);
	create(12, GIB2, 1);
	create(12, GIB2, 1);
	remove_window(SECOND + GIB2 - 1);
	remove_window(GIB2 - 1);
}

CASE("C91", "REMOVE of an address in no window is EINVAL")
{
	v2();
	remove_window(GIB2);
	remove_window(SECOND);
	remove_window(-1ULL);
	create(12, GIB2, 1);
	remove_window(GIB2);
	remove_window(SECOND + GIB2);
	remove_window(SECOND - 1);
	remove_window(-1ULL);
}

CASE("C92", "CREATE wants a page size that the bridge has")
{
	v2();
	for (size_t i = 0; i < sizeof(shifts) / sizeof(*shifts); i++)
		if (create(shifts[i], 1ULL << 34, 1) == 0)
			remove_window(SECOND);
}

CASE("C93", "CREATE wants a level or more and a power of two")
{
	v2();
	create(12, GIB2, 0);
	create(12, GIB2, 6);
	create(12, GIB2, 0xffffffff);
	create(12, GIB2 + 4096, 1);
	create(12, 0, 1);
	create(12, 3ULL << 30, 1);
	create(12, -1ULL, 1);
	create(12, 1ULL << 63, 6);
}

CASE("C94", "CREATE with more levels than the table has bits for")
{
	v2();
	remove_window(0);
	create(12, GIB2, 5);
	create(12, GIB2, 4);
	create(12, GIB2, 3);
}

CASE("C95", "CREATE of a table that no allocation can hold")
{
	v2();
	if (in_partition())
		skip("Linux clears each of 2^28 entries by a hypercall");
	remove_window(0);
	create(12, 1ULL << 40, 1);
	create(16, 1ULL << 44, 1);
}

CASE("C96", "CREATE of a window smaller than a host page of entries")
{
	v2_registered();
	remove_window(0);
	create(12, 65536, 1);
	map_raw(32, RW, (uintptr_t)at(0), 0xf000, 4096);
	map_raw(32, RW, (uintptr_t)at(0), 0x10000, 4096);
}

CASE("C97", "behind the host page of entries a small window has none")
{
	v2_registered();
	remove_window(0);
	create(12, 65536, 1);
	map_raw(32, RW, (uintptr_t)at(0), page / 8 * 4096, 4096);
	unmap_raw(24, 0, page / 8 * 4096, 4096);
}

CASE("C98", "the smallest window has as many bytes as a page has entries")
{
	v2();
	remove_window(0);
	create(12, 256, 1);
	create(12, 512, 1);
	create(12, 1024, 1);
	create(12, 2048, 1);
}

CASE("C99", "CREATE is bound by the limit of locked memory")
{
	v2();
	limit_memory(1 << 20);
	create(12, GIB2, 1);
	remove_window(0);
	create(12, GIB2, 1);
	create(16, GIB2, 1);
}

CASE("C100", "REMOVE clears the mappings of its window")
{
	v2_registered();
	map(0, 0, 8);
	remove_window(0);
	unreg(0, 16);
}

CASE("C101", "CREATE and REMOVE ignore their reserved words")
{
	struct vfio_iommu_spapr_tce_create arg = {
		.argsz = sizeof(arg), .page_shift = 12, .__resv1 = 0xffffffff, .window_size = GIB2, .levels = 1,
		.__resv2 = 0xffffffff, .start_addr = 0x77,
	};

	v2();
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &arg)), "CREATE with reserved words");
	note("start %#llx, reserved %#x %#x", (unsigned long long)arg.start_addr, arg.__resv1, arg.__resv2);
}

CASE("C102", "GET_INFO fills as much as argsz allows")
{
	v2();
	info(0);
	info(15);
	info(16);
	info(31);
	info(32);
	info(4096);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, NULL)), "GET_INFO(NULL)");
}

CASE("C102a", "GET_INFO makes no window, and tells the same with and without")
{
	v2_registered();
	info(32);
	map(0, 0, 1);
	info(32);
	remove_window(0);
	info(32);
	create(16, GIB2, 2);
	info(32);
}

static int first_group;

static void second_group_joins(void)
{
	first_group = group;
	group = open_second_group();
	set_container();
}

CASE("C103", "a second group joins a container with windows and mappings")
{
	v2_registered();
	map(0, 0, 4);
	create(16, GIB2, 1);
	second_group_joins();
	status(8);
	info(32);
	unmap(0, 4);
	unreg(0, 16);
}

CASE("C104", "one of two groups leaves")
{
	v2_registered();
	second_group_joins();
	map(0, 0, 4);
	unset_container();
	map(1, page, 1);
	info(32);
	unmap(0, 4);
	unreg(0, 16);
}

CASE("C104a", "one of two groups leaves, and the mappings are looked at")
{
	v2_registered();
	second_group_joins();
	map(0, 0, 4);
	unset_container();
	unreg(0, 16);
}

CASE("C104b", "the first of two groups leaves, then the second")
{
	int second;

	v2_registered();
	second_group_joins();
	second = group;
	create(12, GIB2, 1);
	group = first_group;
	unset_container();
	info(32);
	map(0, 0, 1);
	create(12, GIB2, 1);
	group = second;
	unset_container();
	info(32);
}

CASE("C105", "a group that joins does not bring the removed default window back")
{
	v2_registered();
	remove_window(0);
	second_group_joins();
	map(0, 0, 1);
	unmap(0, 1);
	info(32);
}

CASE("C105a", "a group that joins while the default window is pending")
{
	v2_registered();
	second_group_joins();
	map(0, 0, 1);
	unset_container();
	map(0, 0, 1);
}

CASE("C105b", "two groups from the beginning")
{
	container = open_container();
	group = open_group();
	set_container();
	second_group_joins();
	set_iommu(7);
	reg(0, 4);
	map(0, 0, 4);
	create(12, GIB2, 1);
	device_fd(second_device_name);
	unset_container();
	group = first_group;
	device_fd(device_name);
	unset_container();
}

CASE("C106", "the last group leaves with mappings, windows and regions")
{
	v2_registered();
	map(0, 0, 4);
	create(16, GIB2, 2);
	unset_container();
}

CASE("C106a", "CREATE whose answer cannot be written")
{
	struct vfio_iommu_spapr_tce_create *arg = (void *)at(30);

	v2();
	remove_window(0);
	*arg = (struct vfio_iommu_spapr_tce_create){
		.argsz = sizeof(*arg), .page_shift = 12, .window_size = GIB2, .levels = 1 };
	mprotect(at(30), page, PROT_READ);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, arg)), "CREATE in a page for reading");
	remove_window(0);
}

CASE("C106b", "REMOVE of the pending default window works once")
{
	v2();
	remove_window(0);
	remove_window(0);
}

CASE("C106c", "REMOVE of an address in the pending default window is EINVAL")
{
	v2_registered();
	remove_window(0x1000);
	map(0, 0, 1);
	remove_window(0x1000);
}

CASE("C106d", "MAP with unknown flags makes no window, MAP outside makes it")
{
	v2_registered();
	map_raw(32, 8, (uintptr_t)at(0), 0, page);
	map(0, GIB2, 1);
}

CASE("C106e", "CREATE of odd sizes charges nothing")
{
	v2();
	remove_window(0);
	create(12, 3ULL << 30, 1);
	create(12, GIB2 - 1, 1);
	create(12, 1, 1);
	create(12, 0, 1);
}

CASE("W01", "CREATE and REMOVE check argsz, flags and the pointer")
{
	v2();
	create_raw(39, 0, 12, GIB2, 1, NULL);
	create_raw(40, 1, 12, GIB2, 1, NULL);
	create_raw(39, 1, 99, 3, 0, NULL);
	create_raw(40, 1, 99, 3, 0, NULL);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, NULL)), "CREATE(NULL)");
	remove_raw(15, 0, 0);
	remove_raw(16, 1, 0);
	remove_raw(15, 1, 99);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, NULL)), "REMOVE(NULL)");
	remove_raw(4096, 0, 0);
	create_raw(4096, 0, 12, GIB2, 1, NULL);
}

CASE("W02", "CREATE with two defects makes the default window first")
{
	v2();
	create(99, 3, 0);
	create(99, GIB2, 1);
	create(12, 3, 0);
	create(12, GIB2, 1);
	create(99, 3, 0);
	create(12, 3, 0);
}

CASE("W02a", "CREATE with argsz, flags or a pointer amiss makes no default window")
{
	v2();
	create_raw(39, 0, 12, GIB2, 1, NULL);
	create_raw(40, 4, 12, GIB2, 1, NULL);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, NULL)), "CREATE(NULL)");
	remove_window(0);
	remove_window(0);
}

CASE("W04", "a table's lower levels are charged in advance, and used without more")
{
	uint64_t start;

	v2_registered();
	create_raw(40, 0, 12, 1ULL << 35, 2, &start);
	map(0, start, 1);
	map(0, start + (1ULL << 34), 1);
	map(0, start + (1ULL << 35) - page, 1);
	map(0, start + (1ULL << 35), 1);
	unmap(start + (1ULL << 34), 1);
	unmap(start, 1);
	remove_window(start);
	unreg(0, 16);
}

CASE("W05", "windows beside each other keep their mappings apart")
{
	v2_registered();
	create(12, 1 << 30, 2);
	map(0, 0, 4);
	map(4, SECOND, 4);
	remove_window(0);
	map(0, 0, 1);
	map(8, SECOND, 1);
	create(16, 1 << 30, 1);
	remove_window(SECOND);
	unreg(0, 16);
}

CASE("W06", "CREATE does not let a container map without memory")
{
	v2();
	create(12, GIB2, 1);
	map(0, SECOND, 1);
	unmap(SECOND, 1);
	reg(0, 4);
	map(0, SECOND, 1);
}

CASE("W07", "windows of two containers are charged to one program")
{
	int first;

	v2();
	create(12, GIB2, 1);
	first = container;
	first_group = group;
	group = open_second_group();
	container = open_container();
	set_container();
	set_iommu(7);
	create(16, GIB2, 2);
	unset_container();
	group = first_group;
	container = first;
	unset_container();
}

CASE("W08", "windows with a device open")
{
	v2_registered();
	device_fd(device_name);
	map(0, 0, 1);
	create(12, GIB2, 1);
	remove_window(0);
	remove_window(SECOND);
	create(12, GIB2, 1);
	map(0, 0, 1);
}
