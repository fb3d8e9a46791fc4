/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP and UNMAP of v2. No range passes the end of a single-level window, because Linux would write
 * behind the table.
 */
#include "conformance.h"

#define BEHIND (1ULL << 40) /* in no window */

CASE("C65", "the first MAP makes and charges the default window")
{
	v2_registered();
	map(0, 0, 1);
	map(1, page, 1);
}

CASE("C65a", "the first UNMAP makes it too")
{
	v2_registered();
	unmap(0, 1);
	map(0, 0, 1);
}

CASE("C65b", "the default window is bound by the limit of locked memory")
{
	v2_registered();
	limit_memory(16 * page + 4096);
	map(0, 0, 1);
	unmap(0, 1);
	map_raw(32, 0, 1, BEHIND, 1);
	map_raw(32, 4, 1, BEHIND, 1);
	create(12, 1 << 24, 1);
	remove_window(0);
	create(12, 1 << 16, 1);
	map(0, 0, 1);
}

CASE("C66", "MAP of a bus address inside a page answers 1")
{
	v2_registered();
	map_raw(32, RW, (uintptr_t)at(0), 1, 4096);
	map_raw(32, RW, (uintptr_t)at(0), 0x800, 4096);
	map_raw(32, RW, (uintptr_t)at(0), 0xfff, 0);
	map_raw(32, RW, (uintptr_t)at(40), 0x1800, 4096);
}

CASE("C67", "MAP wants whole pages of the window")
{
	v2_registered();
	map_raw(32, RW, (uintptr_t)at(0), 0, 2048);
	map_raw(32, RW, (uintptr_t)at(0) + 1, 0, 4096);
	map_raw(32, RW, (uintptr_t)at(0) + 0x800, 0, 4096);
	map_raw(32, RW, (uintptr_t)at(0), 0, 4097);
	map_raw(32, RW, (uintptr_t)at(0) + page - 4096, 0, 4096);
}

CASE("C68", "MAP looks at unknown flags, then at the window, then for a permission")
{
	v2_registered();
	map_raw(32, 4, (uintptr_t)at(0), BEHIND, page);
	map_raw(32, 7, (uintptr_t)at(0), 0, page);
	map_raw(32, 0, (uintptr_t)at(0), BEHIND, page);
	map_raw(32, 0, (uintptr_t)at(0), 0, page);
	map_raw(32, 0, (uintptr_t)at(0) + 1, 0, page);
	map_raw(32, 0, (uintptr_t)at(0), 1, page);
	map_raw(32, 0, (uintptr_t)at(0), 0, 0);
}

CASE("C69", "MAP checks argsz and the pointer")
{
	v2_registered();
	map_raw(31, RW, (uintptr_t)at(0), 0, page);
	map_raw(0, RW, (uintptr_t)at(0), 0, page);
	told(answer(ioctl(container, VFIO_IOMMU_MAP_DMA, NULL)), "MAP(NULL)");
	map_raw(31, 4, 1, BEHIND, 1);
	map_raw(4096, RW, (uintptr_t)at(0), 0, page);
}

CASE("C70", "MAP in the last page of the default window, and behind it")
{
	v2_registered();
	map_raw(32, RW, (uintptr_t)at(0), GIB2 - 4096, 4096);
	map_raw(32, RW, (uintptr_t)at(0), GIB2, 4096);
	map_raw(32, RW, (uintptr_t)at(0), SECOND, 4096);
	map_raw(32, RW, (uintptr_t)at(0), -4096ULL, 4096);
	unmap_raw(24, 0, GIB2 - 4096, 4096);
}

CASE("C71", "MAP of size 0 does nothing and looks at no memory")
{
	not_on_phb3();
	v2_registered();
	map_raw(32, RW, (uintptr_t)at(40), 0, 0);
	map_raw(32, RW, 0, 0, 0);
	map_raw(32, RW, 1, 0, 0);
	map_raw(32, RW, 0, BEHIND, 0);
}

CASE("C72", "MAP that runs out of registered memory is taken back")
{
	not_on_phb3();
	v2_registered();
	map(15, 0, 2);
	map(16, 0, 1);
	map(-1, 0, 2);
	unreg(0, 16);
}

CASE("C73", "MAP that fails over older mappings")
{
	v2_registered();
	reg(20, 4);
	map(0, 0, 4);
	map(23, 0, 2);
	unmap(page, 3);
	unreg(0, 16);
}

CASE("C74", "MAP over another region's entries lets that region go")
{
	v2_registered();
	reg(20, 4);
	map(0, 0, 4);
	map(20, 0, 4);
	unreg(0, 16);
	unmap(0, 4);
	unreg(20, 4);
}

CASE("C75", "a page mapped twice is mapped until both are gone")
{
	v2_registered();
	map(0, 0, 1);
	map(0, page, 1);
	unmap(0, 1);
	unmap(page, 1);
	unreg(0, 16);
}

CASE("C75a", "the same mapping made twice goes with one UNMAP")
{
	v2_registered();
	map(0, 0, 1);
	map(0, 0, 1);
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(0), 0, page);
	unmap(0, 1);
	unreg(0, 16);
}

CASE("C76", "UNMAP of what is not mapped is 0")
{
	v2_registered();
	unmap(0, 1);
	map(0, 0, 1);
	unmap(0, 1);
	unmap(0, 1);
	map(0, 5 * page, 1);
	unmap_raw(24, 0, 0, default_size());
	unreg(0, 16);
}

CASE("C77", "UNMAP checks argsz, flags, window, size and bus address in this order")
{
	v2_registered();
	unmap_raw(24, 1, 0, page);
	unmap_raw(23, 0, 0, page);
	unmap_raw(23, 1, BEHIND, 1);
	unmap_raw(24, 1, BEHIND, 1);
	unmap_raw(24, 0, BEHIND, 1);
	unmap_raw(24, 0, 1, page);
	unmap_raw(24, 0, 0, 2048);
	unmap_raw(24, 0, 1, 2048);
	unmap_raw(24, 0, BEHIND, page);
	unmap_raw(24, 0, SECOND, page);
	unmap_raw(24, 2, 0, page);
	told(answer(ioctl(container, VFIO_IOMMU_UNMAP_DMA, NULL)), "UNMAP(NULL)");
}

CASE("C78", "UNMAP leaves the size as it is")
{
	not_on_phb3();
	v2_registered();
	map(0, 0, 2);
	unmap(0, 8);
	unmap_raw(24, 0, 0, 0);
	unmap_raw(64, 0, 0, page);
}

CASE("C80", "MAP over two neighbouring regions counts on both")
{
	v2();
	reg(0, 4);
	reg(4, 4);
	map(2, 0, 4);
	unmap(0, 4);
	unreg(0, 4);
	unreg(4, 4);
}

CASE("C81", "a 64K window takes normal memory on a host with 64K pages only")
{
	uint64_t start;

	v2_registered();
	create_raw(40, 0, 16, GIB2, 1, &start);
	map_raw(32, RW, (uintptr_t)at(0), start, 65536);
	map_raw(32, RW, (uintptr_t)at(0), start + 65536, 65536);
	map_raw(32, RW, (uintptr_t)at(0), start, 4096);
	map_raw(32, RW, (uintptr_t)at(0) + 4096, start, 65536);
	map_raw(32, RW, (uintptr_t)at(0), start + 4096, 65536);
	map_raw(32, 0, (uintptr_t)at(0), start + 4096, 65536);
	unmap_raw(24, 0, start, 65536);
	unmap_raw(24, 0, start, 4096);
	unmap_raw(24, 0, start + 4096, 65536);
}

CASE("C83", "a 2M window does not take memory in small pages")
{
	uint64_t start;

	v2();
	mmap(at(0), 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memory_raw(VFIO_IOMMU_SPAPR_REGISTER_MEMORY, 24, 0, (uintptr_t)at(0), 4 << 20);
	create_raw(40, 0, 21, GIB2, 1, &start);
	map_raw(32, RW, (uintptr_t)at(0), start, 2 << 20);
	map_raw(32, RW, (uintptr_t)at(0), start, 4096);
}

CASE("C85b", "parts of a mapping are unmapped and mapped anew")
{
	v2_registered();
	map(0, 0, 8);
	unmap(2 * page, 3);
	map(10, 2 * page, 2);
	unmap(0, 8);
	unreg(0, 16);
}

CASE("C85c", "mappings for reading, for writing and for both")
{
	v2_registered();
	map_raw(32, VFIO_DMA_MAP_FLAG_READ, (uintptr_t)at(0), 0, page);
	map_raw(32, VFIO_DMA_MAP_FLAG_WRITE, (uintptr_t)at(1), page, page);
	map_raw(32, RW, (uintptr_t)at(2), 2 * page, page);
	map_raw(32, VFIO_DMA_MAP_FLAG_WRITE, (uintptr_t)at(3), 0, 3 * page);
	unmap(0, 3);
	unreg(0, 16);
}

CASE("C85d", "memory outside the program's is not registered")
{
	not_on_phb3();
	v2_registered();
	map_raw(32, RW, 0, 0, page);
	map_raw(32, RW, -page, 0, page);
	map_raw(32, RW, -page, 0, 2 * page);
	map_raw(32, RW, 1ULL << 63, 0, page);
}

CASE("C85e", "all of a region, page by page, from the end")
{
	v2_registered();
	for (int i = 15; i >= 0; i--)
		map(i, (15 - i) * page, 1);
	unmap(0, 16);
	unreg(0, 16);
}
