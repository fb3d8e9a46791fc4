/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_DMA and UNMAP_DMA of one page by v2, inside the RCU read lock of the caller. Programs without a
 * window for all of their memory, and QEMU for its guest, call these all the time. A call is carried out
 * here if nothing about it is unusual. Otherwise nothing has changed, and map.c checks everything again,
 * in Linux's order, and refuses it if need be.
 */
#include "vfio/iommu.h"

#include <linux/vfio.h>
#include <string.h>

#include "host/update.h"
#include "util/history.h"
#include "util/trace.h"
#include "util/user.h"

#define MAP_SIZE   sizeof(struct vfio_iommu_type1_dma_map)
#define UNMAP_SIZE offsetof(struct vfio_iommu_type1_dma_unmap, data)
#define MAP_FLAGS  (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

/* Returns whether the IOMMU takes calls, and none must wait for anything (see do_quickly() in map.c). */
static inline bool is_ready(struct vfio_iommu *iommu)
{
	return atomic_load_explicit(&iommu->enabled, memory_order_acquire) && !atomic_load(&iommu->default_pending) &&
	       !tce_parts_is_due(&iommu->host->phb->parts);
}

/* Finds the window and the entry of an aligned page, or returns NULL. */
static inline struct host_window *find_page(struct vfio_iommu *iommu, uint64_t iova, uint64_t size,
					    struct tce_index *index)
{
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		struct host_window *window = rcu_dereference(iommu->window[slot]);

		if (!window || !host_window_has(window, to_ioba(iova)))
			continue;
		*index = host_window_index(window, to_ioba(iova));
		return size == host_window_page_size(window) && is_aligned(iova, size) ? window : NULL;
	}
	return NULL;
}

static inline bool map_page(struct vfio_iommu *iommu, const void *argument)
{
	struct vfio_iommu_type1_dma_map p;
	struct host_window *window;
	struct tce_index index;

	if (unlikely(!user_is_on_stack(argument, MAP_SIZE) || !is_ready(iommu)))
		return false;
	memcpy(&p, argument, MAP_SIZE);
	window = find_page(iommu, p.iova, p.size, &index);
	if (unlikely(!window || p.argsz < MAP_SIZE || !p.flags || p.flags & ~MAP_FLAGS || !is_aligned(p.vaddr, p.size) ||
		     host_window_wants_scan(window, index, 1) ||
		     !host_update_map_one(window, index, to_vaddr(p.vaddr), p.flags)))
		return false;
	history_note(HISTORY_MAP, window, to_ioba(p.iova), p.size, p.vaddr);
	TRACE_IN(trace_of_groups(&iommu->traced), vfio_spapr_map, (uint64_t)p.iova, (uint64_t)p.size, (uint64_t)p.vaddr,
		 p.flags, 0);
	return true;
}

static inline bool unmap_page(struct vfio_iommu *iommu, const void *argument)
{
	struct vfio_iommu_type1_dma_unmap p;
	struct host_window *window;
	struct tce_index index;

	if (unlikely(!user_is_on_stack(argument, UNMAP_SIZE) || !is_ready(iommu)))
		return false;
	memcpy(&p, argument, UNMAP_SIZE);
	window = find_page(iommu, p.iova, p.size, &index);
	if (unlikely(!window || p.argsz < UNMAP_SIZE || p.flags || !host_update_unmap_one(window, index)))
		return false;
	history_note(HISTORY_UNMAP, window, to_ioba(p.iova), p.size, 0);
	TRACE_IN(trace_of_groups(&iommu->traced), vfio_spapr_unmap, (uint64_t)p.iova, (uint64_t)p.size, 0);
	return true;
}

long vfio_iommu_spapr_tce_quick(struct vfio_iommu *iommu, unsigned long request, void *argument)
{
	switch ((unsigned int)request) {
	case VFIO_IOMMU_MAP_DMA:
		if (likely(map_page(iommu, argument)))
			return vfio_counted(iommu->host->stats, VFIO_COUNTER(map_calls), 0);
		break;
	case VFIO_IOMMU_UNMAP_DMA:
		if (likely(unmap_page(iommu, argument)))
			return vfio_counted(iommu->host->stats, VFIO_COUNTER(unmap_calls), 0);
		break;
	default:
		return SLOWER;
	}
	return vfio_map_quickly(iommu, request, argument);
}
