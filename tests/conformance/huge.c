/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows with pages larger than the host's, which take only huge pages. No case maps a window's
 * first page.
 */
#include "conformance.h"

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

static char *memory;
static uint64_t huge, start;

/* Makes three huge pages of 2^shift bytes, and a window with pages of that size. */
static void with_huge_pages(unsigned int shift)
{
	huge = 1ULL << shift;
	memory = mmap(NULL, 3 * huge, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (int)(shift << MAP_HUGE_SHIFT), -1, 0);
	if (memory == MAP_FAILED)
		skip("needs three huge pages");
	v2();
	create_raw(40, 0, shift, 1ULL << 34, 1, &start);
}

static void reg_huge(uint64_t offset, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory arg = { sizeof(arg), 0, (uintptr_t)memory + offset, size };

	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &arg)), "REGISTER(%#llx bytes at %#llx)",
	     (unsigned long long)size, (unsigned long long)offset);
}

static void unreg_huge(uint64_t offset, uint64_t size)
{
	struct vfio_iommu_spapr_register_memory arg = { sizeof(arg), 0, (uintptr_t)memory + offset, size };

	told(answer(ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &arg)), "UNREGISTER(%#llx bytes at %#llx)",
	     (unsigned long long)size, (unsigned long long)offset);
}

static void map_huge(uint64_t offset, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_map arg = { sizeof(arg), RW, (uintptr_t)memory + offset, iova, size };

	told(answer(ioctl(container, VFIO_IOMMU_MAP_DMA, &arg)), "MAP(%#llx bytes at %#llx, iova %#llx)",
	     (unsigned long long)size, (unsigned long long)offset, (unsigned long long)iova);
}

static void aligned(unsigned int shift)
{
	with_huge_pages(shift);
	reg_huge(0, 2 * huge);
	map_huge(0, start + 2 * huge, huge);
	map_huge(huge, start + 3 * huge, huge);
	map_huge(huge / 2, start + 4 * huge, huge);
	map_huge(2 * huge, start + 4 * huge, huge);
	map_huge(huge, start + 4 * huge, 2 * huge);
	map_huge(0, 0x100000, huge);
	unmap_raw(24, 0, start + 2 * huge, 2 * huge);
	unmap_raw(24, 0, start + 2 * huge, huge / 2);
	unmap_raw(24, 0, 0x100000, huge);
	unreg_huge(0, 2 * huge);
}

static void shifted(unsigned int shift)
{
	with_huge_pages(shift);
	reg_huge(huge / 2, huge);
	map_huge(huge, start + 2 * huge, huge);
	map_huge(huge / 2, start + 2 * huge, huge);
	map_huge(huge / 2, 0x100000, huge);
	unmap_raw(24, 0, 0x100000, huge);
	unreg_huge(huge / 2, huge);
	reg_huge(0, huge + 65536);
	map_huge(0, start + 2 * huge, huge);
	map_huge(0, 0x100000, huge);
	unmap_raw(24, 0, 0x100000, huge);
	unreg_huge(0, huge + 65536);
}

CASE("C82", "a window of 16M pages takes huge pages of 16M")
{
	aligned(24);
}

CASE("C82a", "a window of 16M pages wants a region in whole huge pages")
{
	shifted(24);
}
