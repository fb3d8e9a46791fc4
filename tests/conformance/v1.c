/* SPDX-License-Identifier: BSD-2-Clause */
/* The v1 IOMMU, which is enabled as a whole and pins memory page by page. */
#include "conformance.h"

CASE("C32", "v1 maps nothing before ENABLE")
{
	v1();
	map(0, 0, 1);
	unmap(0, 1);
	map_raw(31, 0xff, 1, 1, 1);
	told(answer(ioctl(container, VFIO_IOMMU_MAP_DMA, NULL)), "MAP(NULL)");
	told(answer(ioctl(container, VFIO_IOMMU_UNMAP_DMA, NULL)), "UNMAP(NULL)");
}

CASE("C33", "v1 DISABLE never fails")
{
	v1();
	disable();
	disable();
	enable();
	disable();
	disable();
}

CASE("C34", "v1 ENABLE charges the whole window")
{
	v1();
	enable();
}

CASE("C35", "v1 ENABLE twice is EBUSY")
{
	v1_enabled();
	enable();
	disable();
	enable();
}

CASE("C36", "the first v1 MAP makes and charges the table")
{
	v1_enabled();
	map(0, 0, 1);
	map(0, page, 1);
	unmap(0, 2);
}

CASE("C36a", "the first v1 UNMAP makes the table too")
{
	v1_enabled();
	unmap(0, 1);
	map(0, 0, 1);
}

CASE("C37", "v1 DISABLE leaves mappings and table")
{
	v1_enabled();
	map(0, 0, 4);
	disable();
	map(0, 0, 1);
	unmap(0, 4);
	enable();
	unmap(0, 4);
	unset_container();
}

CASE("C38", "v1 has no calls for memory and windows")
{
	v1_enabled();
	reg(0, 1);
	unreg(0, 1);
	create(12, GIB2, 1);
	remove_window(0);
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, NULL)), "REGISTER(NULL)");
	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, NULL)), "CREATE(NULL)");
}

CASE("C39", "v1 wants memory writable, for reading too")
{
	not_on_phb3();
	v1_enabled();
	mprotect(at(0), page, PROT_READ);
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(0), 0, page);
	map_raw(32, VFIO_DMA_MAP_FLAG_WRITE, (uintptr_t)at(0), 0, page);
	map_raw(32, RW, (uintptr_t)at(0), 0, page);
	mprotect(at(0), page, PROT_NONE);
	map(0, 0, 1);
	mprotect(at(0), page, PROT_READ | PROT_WRITE);
	map(0, 0, 1);
}

CASE("C40", "a v1 MAP that meets a hole fails as a whole")
{
	not_on_phb3();
	v1_enabled();
	make_hole(1, 1);
	map(0, 0, 2);
	map(1, 0, 1);
	map(0, 0, 1);
	unmap(0, 2);
}

CASE("C41", "v1 ENABLE is bound by the limit of locked memory")
{
	v1();
	limit_memory(1 << 20);
	enable();
	map(0, 0, 1);
	enable();
}

CASE("C42", "v1 GET_INFO tells no dynamic windows")
{
	v1();
	info(32);
	info(16);
	info(15);
	enable();
	info(32);
}

CASE("V01", "v1 checks its arguments in Linux's order")
{
	v1_enabled();
	map_raw(31, 4, (uintptr_t)at(0) + 1, 1ULL << 40, 1);
	map_raw(32, 4, (uintptr_t)at(0) + 1, 1ULL << 40, 1);
	map_raw(32, 0, (uintptr_t)at(0) + 1, 1ULL << 40, 1);
	map_raw(32, 0, (uintptr_t)at(0) + 1, 1, 1);
	map_raw(32, 0, (uintptr_t)at(0), 1, 4096);
	map_raw(32, RW, (uintptr_t)at(0), 1, 4096);
	map_raw(32, RW, (uintptr_t)at(0), 0x800, 4096);
}

CASE("V02", "v1 UNMAP checks its arguments in Linux's order")
{
	not_on_phb3();
	v1_enabled();
	unmap_raw(23, 1, 1ULL << 40, 1);
	unmap_raw(24, 1, 1ULL << 40, 1);
	unmap_raw(24, 0, 1ULL << 40, 1);
	unmap_raw(24, 0, 1, 1);
	unmap_raw(24, 0, 1, 4096);
	unmap_raw(24, 0, 0, 0);
	unmap_raw(32, 0, 0, 4096);
}

CASE("V03", "v1 maps the last page of its window and none behind it")
{
	v1_enabled();
	map_raw(32, RW, (uintptr_t)at(0), GIB2 - 4096, 4096);
	map_raw(32, RW, (uintptr_t)at(0), GIB2, 4096);
	map_raw(32, RW, (uintptr_t)at(0), SECOND, 4096);
	unmap_raw(24, 0, GIB2 - 4096, 4096);
	unmap_raw(24, 0, GIB2, 4096);
}

CASE("V04", "v1 replaces a mapping without a word")
{
	v1_enabled();
	map(0, 0, 4);
	map(2, 0, 4);
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(0), 0, page);
	unmap(0, 4);
	unmap(0, 4);
}

CASE("V05", "v1 with size 0 does nothing")
{
	not_on_phb3();
	v1_enabled();
	map_raw(32, RW, 0, 0, 0);
	map_raw(32, RW, 0, GIB2, 0);
	map_raw(32, 0, 0, 0, 0);
	map_raw(32, RW, 1, 0, 0);
}

CASE("V06", "v1 maps pages of 4K within a larger host page")
{
	v1_enabled();
	map_raw(32, RW, (uintptr_t)at(0) + page - 4096, 0, 4096);
	map_raw(32, RW, (uintptr_t)at(0) + page - 4096, 4096, 8192);
	unmap_raw(24, 0, 0, 12288);
}

CASE("V07", "v1 gives everything back when its group leaves")
{
	v1_enabled();
	map(0, 0, 8);
	unset_container();
	set_container();
	set_iommu(2);
	map(0, 0, 1);
	enable();
	map(0, 0, 1);
	close(group);
	note("group closed");
}

CASE("V08", "v1 does not mind memory that is shared or a file's")
{
	int file = memfd_create("memory", 0);
	void *shared;

	v1_enabled();
	must(ftruncate(file, page), "ftruncate");
	shared = mmap(at(20), page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
	must(shared == MAP_FAILED ? -1 : 0, "mmap");
	map(20, 0, 1);
	make_hole(20, 1);
	map(20, page, 1);
	unmap(0, 2);
}

CASE("V09", "v1 with a device open")
{
	v1_enabled();
	device_fd(device_name);
	map(0, 0, 1);
	disable();
	unset_container();
}

CASE("V10", "v1 ENABLE counts with what a v2 container has charged")
{
	int first;

	v1_enabled();
	first = group;
	group = open_second_group();
	container = open_container();
	set_container();
	set_iommu(7);
	reg(0, 8);
	map(0, 0, 1);
	unset_container();
	group = first;
	unset_container();
}
