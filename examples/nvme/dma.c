/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that the device can reach. It is registered, which pins and charges it; then a window's TCEs
 * translate bus addresses to it. A window of 64-bit addresses is made if the host can make one, else the
 * default window below 4 GiB serves.
 */
#include "vfio.h"

#include <err.h>
#include <errno.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW_SIZE (UINT64_C(64) << 20)

static bool fail(const char *what)
{
	warn("%s", what);
	return false;
}

static bool register_memory(struct vfio *v)
{
	struct vfio_iommu_spapr_register_memory memory = {
		.argsz = sizeof(memory), .vaddr = (uintptr_t)v->memory, .size = v->memory_size,
	};

	if (!ioctl(v->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory))
		return v->is_registered = true;
	if (errno == ENOMEM)
		warnx("VFIO_IOMMU_SPAPR_REGISTER_MEMORY: %zu bytes are more than RLIMIT_MEMLOCK allows", v->memory_size);
	else
		warn("VFIO_IOMMU_SPAPR_REGISTER_MEMORY");
	return false;
}

/* A window's pages must not be larger than those of the memory behind it; larger ones need fewer TCEs. */
static unsigned int page_shift(const struct vfio_iommu_spapr_tce_info *info)
{
	unsigned int shift = (unsigned int)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));

	return info->ddw.pgsizes & 1ull << shift ? shift : 12;
}

/* Sets v->iova to a bus address in a window. */
static bool choose_window(struct vfio *v, bool low)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	struct vfio_iommu_spapr_tce_create create = {
		.argsz = sizeof(create), .window_size = WINDOW_SIZE, .levels = 1,
	};

	if (ioctl(v->container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info))
		return fail("VFIO_IOMMU_SPAPR_TCE_GET_INFO");
	/* Some devices take bus address 0 for none, so the memory does not begin there. */
	v->iova = info.dma32_window_start ? info.dma32_window_start : 0x10000;
	/* The default window is one of those that are supported. */
	if (low || !(info.flags & VFIO_IOMMU_SPAPR_INFO_DDW) || info.ddw.max_dynamic_windows_supported < 2)
		return true;
	create.page_shift = page_shift(&info);
	if (ioctl(v->container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create))
		return fail("VFIO_IOMMU_SPAPR_TCE_CREATE");
	v->has_window = true;
	v->iova = v->window = create.start_addr;
	return true;
}

bool dma_map(struct vfio *v, size_t size, bool low)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
	};

	v->memory_size = (size + page - 1) & ~(page - 1);
	v->memory = mmap(NULL, v->memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (v->memory == MAP_FAILED) {
		v->memory = NULL;
		return fail("memory for DMA");
	}
	if (!register_memory(v) || !choose_window(v, low))
		return false;
	map.vaddr = (uintptr_t)v->memory;
	map.iova = v->iova;
	map.size = v->memory_size;
	if (ioctl(v->container, VFIO_IOMMU_MAP_DMA, &map))
		return fail("VFIO_IOMMU_MAP_DMA");
	return v->is_mapped = true;
}

void dma_unmap(struct vfio *v)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof(unmap), .iova = v->iova, .size = v->memory_size };
	struct vfio_iommu_spapr_tce_remove remove = { .argsz = sizeof(remove), .start_addr = v->window };
	struct vfio_iommu_spapr_register_memory memory = {
		.argsz = sizeof(memory), .vaddr = (uintptr_t)v->memory, .size = v->memory_size,
	};

	if (v->is_mapped && ioctl(v->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		warn("VFIO_IOMMU_UNMAP_DMA");
	if (v->has_window && ioctl(v->container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove))
		warn("VFIO_IOMMU_SPAPR_TCE_REMOVE");
	if (v->is_registered && ioctl(v->container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &memory))
		warn("VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY");
	if (v->memory)
		munmap(v->memory, v->memory_size);
}
