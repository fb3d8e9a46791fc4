/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registered memory of v2: which ranges can be registered, their charges, and sharing between
 * containers.
 */
#include "conformance.h"

#define REGISTER   VFIO_IOMMU_SPAPR_REGISTER_MEMORY
#define UNREGISTER VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY

CASE("C43", "v2 maps nothing before the first REGISTER")
{
	v2();
	map(0, 0, 1);
	unmap(0, 1);
	map_raw(31, 0xff, 1, 1, 1);
	told(answer(ioctl(container, VFIO_IOMMU_MAP_DMA, NULL)), "MAP(NULL)");
	told(answer(ioctl(container, VFIO_IOMMU_UNMAP_DMA, NULL)), "UNMAP(NULL)");
	reg(0, 1);
	map(0, 0, 1);
}

CASE("C44", "v2 has no ENABLE and no DISABLE")
{
	v2();
	enable();
	disable();
	reg(0, 1);
	enable();
	disable();
}

CASE("C45", "REGISTER checks argsz, flags and the pointer")
{
	v2();
	memory_raw(REGISTER, 23, 0, (uintptr_t)at(0), page);
	memory_raw(REGISTER, 24, 1, (uintptr_t)at(0), page);
	memory_raw(REGISTER, 24, 0x80000000, (uintptr_t)at(0), page);
	told(answer(ioctl(container, REGISTER, NULL)), "REGISTER(NULL)");
	memory_raw(REGISTER, 4096, 0, (uintptr_t)at(0), page);
}

CASE("C45a", "REGISTER with two defects")
{
	v2();
	memory_raw(REGISTER, 23, 1, (uintptr_t)at(0) + 1, page + 1);
	memory_raw(REGISTER, 24, 1, 0x10000, 0);
	memory_raw(REGISTER, 24, 0, (uintptr_t)at(0) + 1, 0);
	memory_raw(REGISTER, 24, 0, 0x10000, page + 1);
	map(0, 0, 1);
}

CASE("C46", "REGISTER wants whole host pages that do not wrap")
{
	v2();
	memory_raw(REGISTER, 24, 0, (uintptr_t)at(0) + 1, page);
	memory_raw(REGISTER, 24, 0, (uintptr_t)at(0) + page / 2, page);
	memory_raw(REGISTER, 24, 0, (uintptr_t)at(0), page + 1);
	memory_raw(REGISTER, 24, 0, (uintptr_t)at(0), page / 2);
	memory_raw(REGISTER, 24, 0, -page, page);
	memory_raw(REGISTER, 24, 0, -page, 2 * page);
	memory_raw(REGISTER, 24, 0, -2 * page, page);
	memory_raw(REGISTER, 24, 0, page, -page);
}

CASE("C47", "REGISTER of nothing is ENOMEM")
{
	v2();
	memory_raw(REGISTER, 24, 0, (uintptr_t)at(0), 0);
	memory_raw(REGISTER, 24, 0, 0, 0);
	map(0, 0, 1);
}

CASE("C48", "REGISTER of memory with a hole tells how many pages lie before it")
{
	v2();
	make_hole(2, 1);
	reg(0, 4);
	map(0, 0, 1);
	reg(0, 2);
	map(0, 0, 1);
}

CASE("C49", "REGISTER of memory that begins with a hole or cannot be written is EFAULT")
{
	v2();
	make_hole(0, 1);
	reg(0, 4);
	mprotect(at(4), page, PROT_READ);
	reg(4, 4);
	mprotect(at(8), page, PROT_NONE);
	reg(8, 1);
	memory_raw(REGISTER, 24, 0, 0, page);
	memory_raw(REGISTER, 24, 0, -2 * page, page);
	map(1, 0, 1);
}

CASE("C50", "REGISTER of a writable page and one that is not answers 1")
{
	v2();
	mprotect(at(1), page, PROT_READ);
	reg(0, 2);
	mprotect(at(1), page, PROT_NONE);
	reg(0, 2);
	mprotect(at(1), page, PROT_READ | PROT_WRITE);
	reg(0, 2);
}

CASE("C51", "REGISTER of the same range is EBUSY")
{
	v2();
	reg(0, 4);
	reg(0, 4);
	unreg(0, 4);
	reg(0, 4);
}

CASE("C52", "REGISTER of a part, of more, or of an overlap is EINVAL")
{
	v2();
	reg(4, 4);
	reg(4, 2);
	reg(5, 2);
	reg(6, 2);
	reg(2, 8);
	reg(4, 8);
	reg(2, 4);
	reg(6, 4);
	reg(7, 1);
}

CASE("C53", "REGISTER of a neighbour works")
{
	not_on_phb3();
	v2();
	reg(4, 4);
	reg(8, 4);
	reg(0, 4);
	map(0, 0, 12);
	unmap(0, 12);
	unreg(4, 4);
	map(0, 0, 4);
	map(4, 0, 1);
	map(8, 0, 4);
}

CASE("C54", "UNREGISTER wants the very range")
{
	v2();
	reg(0, 4);
	reg(4, 4);
	unreg(0, 2);
	unreg(0, 8);
	unreg(2, 4);
	unreg(8, 4);
	unreg(4, 4);
	unreg(0, 4);
}

CASE("C55", "UNREGISTER twice is ENOENT")
{
	v2();
	reg(0, 4);
	unreg(0, 4);
	unreg(0, 4);
}

CASE("C55a", "UNREGISTER checks argsz, flags, the pointer and whole pages")
{
	v2();
	reg(0, 4);
	memory_raw(UNREGISTER, 23, 0, (uintptr_t)at(0), 4 * page);
	memory_raw(UNREGISTER, 24, 1, (uintptr_t)at(0), 4 * page);
	memory_raw(UNREGISTER, 24, 0, (uintptr_t)at(0) + 1, 4 * page);
	memory_raw(UNREGISTER, 24, 0, (uintptr_t)at(0), 4 * page + 1);
	memory_raw(UNREGISTER, 24, 0, (uintptr_t)at(0), 0);
	memory_raw(UNREGISTER, 24, 0, -page, page);
	memory_raw(UNREGISTER, 24, 0, -page, 2 * page);
	told(answer(ioctl(container, UNREGISTER, NULL)), "UNREGISTER(NULL)");
	memory_raw(UNREGISTER, 4096, 0, (uintptr_t)at(0), 4 * page);
}

static int first_container, first_group;

/* Makes the second container and group the current ones; the first stay open. */
static void another_container(void)
{
	first_container = container;
	first_group = group;
	second_v2();
	note("the second container");
}

static void exchange(void)
{
	int c = container, g = group;

	container = first_container;
	group = first_group;
	first_container = c;
	first_group = g;
	note("the other container");
}

CASE("C56", "two containers share a region, charged once")
{
	v2();
	reg(0, 4);
	another_container();
	reg(0, 4);
	reg(0, 4);
	reg(0, 2);
	map(0, 0, 4);
	exchange();
	unreg(0, 4);
	unreg(0, 4);
	map(0, 0, 1);
	unmap(0, 1);
	exchange();
	map(0, 0, 4);
	unmap(0, 4);
	unreg(0, 4);
}

CASE("C58", "a container maps what only another one has registered")
{
	v2();
	reg(0, 4);
	another_container();
	reg(8, 4);
	map(0, 0, 4);
	map(8, 4 * page, 4);
	unmap(0, 8);
	unreg(0, 4);
	exchange();
	unreg(8, 4);
	unreg(0, 4);
}

CASE("C59", "a container that has registered nothing maps nothing")
{
	v2();
	reg(0, 4);
	another_container();
	map(0, 0, 1);
	create(12, GIB2, 1);
	map(0, 0, 1);
	unreg(0, 4);
	map(0, 0, 1);
}

CASE("C59a", "what another container holds is released with the last of both")
{
	v2();
	reg(0, 4);
	another_container();
	reg(0, 4);
	unset_container();
	exchange();
	map(0, 0, 4);
	unset_container();
}

CASE("C60", "UNREGISTER of a region that is mapped")
{
	v2();
	reg(0, 4);
	map(0, 0, 1);
	unreg(0, 4);
	unreg(0, 4);
}

CASE("C61", "a region that was mapped at UNREGISTER, registered again")
{
	v2();
	reg(0, 4);
	map(0, 0, 1);
	unreg(0, 4);
	reg(0, 4);
	unmap(0, 1);
	unreg(0, 4);
}

CASE("C62", "a container without regions stays enabled")
{
	not_on_phb3();
	v2();
	reg(0, 4);
	unreg(0, 4);
	map(0, 0, 1);
	unmap(0, 1);
}

CASE("C63", "unmapped memory stays registered")
{
	v2();
	reg(0, 4);
	munmap(at(0), 4 * page);
	map(0, 0, 4);
	unmap(0, 4);
	unreg(0, 4);
	make_hole(0, 4);
	reg(0, 4);
}

CASE("C64", "new memory at a registered address does not make a new region")
{
	v2();
	reg(0, 4);
	munmap(at(0), 4 * page);
	mmap(at(0), 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	reg(0, 4);
	reg(0, 2);
	map(0, 0, 4);
	unmap(0, 4);
	unreg(0, 4);
	reg(0, 4);
}

CASE("C64a", "REGISTER charges and pins before it looks for overlaps")
{
	v2();
	reg(0, 4);
	make_hole(10, 1);
	reg(2, 4);
	reg(2, 12);
	limit_memory(6 * page);
	reg(2, 4);
	reg(2, 12);
	reg(4, 4);
	reg(20, 2);
	reg(22, 1);
}

CASE("C64b", "registered memory that is made read-only can be mapped for writing")
{
	v2();
	reg(0, 4);
	mprotect(at(0), 4 * page, PROT_READ);
	map(0, 0, 4);
	mprotect(at(0), 4 * page, PROT_NONE);
	map(0, 0, 4);
	unmap(0, 4);
	unreg(0, 4);
	reg(0, 4);
}

CASE("C64c", "a registered file that is cut short can be mapped")
{
	int file = memfd_create("memory", 0);

	v2();
	must(ftruncate(file, 4 * page), "ftruncate");
	mmap(at(0), 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
	reg(0, 4);
	must(ftruncate(file, 0), "ftruncate");
	map(0, 0, 4);
	unmap(0, 4);
	unreg(0, 4);
	reg(0, 4);
}

CASE("C64e", "REGISTER takes shared, private and read-only mappings of files as it takes memory")
{
	int file = memfd_create("memory", 0), zero = open("/dev/zero", O_RDWR);

	v2();
	must(ftruncate(file, 8 * page), "ftruncate");
	mmap(at(0), 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
	mmap(at(4), 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 4 * page);
	mmap(at(8), 4 * page, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0);
	mmap(at(12), 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, zero, 0);
	mmap(at(16), 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, zero, 0);
	reg(0, 4);
	reg(4, 4);
	reg(8, 4);
	reg(12, 4);
	reg(16, 4);
	map(0, 0, 8);
	unmap(0, 8);
}

CASE("C64f", "a file that ends early is a hole")
{
	int file = memfd_create("memory", 0);

	v2();
	must(ftruncate(file, 2 * page), "ftruncate");
	mmap(at(0), 4 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
	reg(0, 4);
	reg(0, 2);
	reg(2, 2);
}

CASE("C64g", "memory of the KVM's kind that nobody has touched is registered and charged")
{
	v2();
	mmap(at(0), 8 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	reg(0, 8);
	map(0, 0, 8);
}

CASE("C64h", "REGISTER is bound by the limit of locked memory")
{
	v2();
	limit_memory(4 * page);
	reg(0, 8);
	map(0, 0, 1);
	reg(0, 4);
	reg(4, 1);
	map(0, 0, 1);
	unreg(0, 4);
	reg(4, 1);
}

CASE("C64i", "regions are released when the group leaves")
{
	v2();
	reg(0, 4);
	reg(8, 4);
	unset_container();
	set_container();
	set_iommu(7);
	map(0, 0, 1);
	unreg(0, 4);
	reg(0, 8);
}
