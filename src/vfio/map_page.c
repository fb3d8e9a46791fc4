/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAP_DMA and UNMAP_DMA of one page by v2, inside the RCU read lock of the caller. Programs without a
 * window for all of their memory, and QEMU for its guest, call these all the time. A call is carried out
 * here if nothing about it is unusual. Otherwise nothing has changed, and map.c checks everything again,
 * in Linux's order, and refuses it if need be. These functions save no registers, because everything that
 * they call ends them.
 */
#include "vfio/iommu.h"

#include <linux/vfio.h>
#include <string.h>

#include "host/update_quick.h"
#include "util/history.h"
#include "util/trace.h"
#include "util/user.h"

#define MAP_SIZE   sizeof(struct vfio_iommu_type1_dma_map)
#define UNMAP_SIZE offsetof(struct vfio_iommu_type1_dma_unmap, data)
#define MAP_FLAGS  (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

/* Each field is read once, because another thread may be changing it. It need not be aligned. */
typedef const volatile struct vfio_iommu_type1_dma_map map_argument __attribute__((aligned(1)));
typedef const volatile struct vfio_iommu_type1_dma_unmap unmap_argument __attribute__((aligned(1)));

/* Returns whether no scan is to be made, for which do_quickly() in map.c leaves the read section. */
static inline bool is_ready(const struct vfio_iommu *iommu)
{
	return !tce_parts_is_due(&iommu->host->phb->parts);
}

/* Finds the window and the entry of a page, or returns NULL, as it does while the default window is pending. */
static inline struct host_window *find_page(struct vfio_iommu *iommu, uint64_t iova, uint64_t size,
					    struct tce_index *index)
{
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		struct host_window *window = rcu_dereference(iommu->window[slot]);

		if (!window || !host_window_has(window, to_ioba(iova)))
			continue;
		*index = host_window_index(window, to_ioba(iova));
		return likely(size == host_window_page_size(window)) ? window : NULL;
	}
	return NULL;
}

/*
 * These make a call in several regions, in a table of several levels, or by a thread that counts for the first
 * time. SLOWER: a MAP is to be made outside the read section, or to be refused.
 */
static __attribute__((noinline)) long map_generally(struct host_window *window, struct tce_index index,
						    struct vaddr address, uint32_t flags)
{
	if (host_window_wants_scan(window, index, 1) || !host_update_map_one(window, index, address, flags))
		return SLOWER;
	return vfio_counted(window->stats, VFIO_COUNTER(map_calls), 0);
}

static __attribute__((noinline)) long unmap_generally(struct vfio_iommu *iommu, void *argument,
						      struct host_window *window, struct tce_index index)
{
	if (!host_update_unmap_one(window, index))
		return vfio_map_quickly(iommu, VFIO_IOMMU_UNMAP_DMA, argument);
	return vfio_counted(window->stats, VFIO_COUNTER(unmap_calls), 0);
}

static __attribute__((noinline)) long map_page(struct vfio_iommu *iommu, void *argument)
{
	const map_argument *p = argument;
	uint64_t iova, size, vaddr;
	struct host_window *window;
	struct tce_index index;
	struct update_quick q;
	uint32_t flags;

	if (unlikely(!user_is_on_known_stack(argument, MAP_SIZE) || p->argsz < MAP_SIZE || !is_ready(iommu)))
		return vfio_map_quickly(iommu, VFIO_IOMMU_MAP_DMA, argument);
	iova = p->iova;
	size = p->size;
	vaddr = p->vaddr;
	flags = p->flags;
	window = find_page(iommu, iova, size, &index);
	if (unlikely(!window || !is_aligned(iova | vaddr, size) || !flags || flags & ~MAP_FLAGS))
		return vfio_map_quickly(iommu, VFIO_IOMMU_MAP_DMA, argument);
	if (unlikely(!update_begin_map(window, index, to_vaddr(vaddr), &q)))
		return map_generally(window, index, to_vaddr(vaddr), flags);
	TRACE_PROBE(vfio_spapr_map, iova, host_window_page_size(window), vaddr, flags, 0);
	STATS_RAISE(q.part, map_calls, 1);
	update_end_map(window, index, tce_hardware_valid(vaddr | flags), &q);
	return 0;
}

static __attribute__((noinline)) long unmap_page(struct vfio_iommu *iommu, void *argument)
{
	const unmap_argument *p = argument;
	struct host_window *window;
	struct tce_index index;
	struct update_quick q;
	uint64_t iova, size;

	if (unlikely(!user_is_on_known_stack(argument, UNMAP_SIZE) || p->argsz < UNMAP_SIZE || p->flags ||
		     !is_ready(iommu)))
		return vfio_map_quickly(iommu, VFIO_IOMMU_UNMAP_DMA, argument);
	iova = p->iova;
	size = p->size;
	window = find_page(iommu, iova, size, &index);
	if (unlikely(!window || !is_aligned(iova, size)))
		return vfio_map_quickly(iommu, VFIO_IOMMU_UNMAP_DMA, argument);
	if (unlikely(!update_begin_unmap(window, index, &q)))
		return unmap_generally(iommu, argument, window, index);
	TRACE_PROBE(vfio_spapr_unmap, iova, host_window_page_size(window), 0);
	STATS_RAISE(q.part, unmap_calls, 1);
	update_end_unmap(window, index, &q);
	return 0;
}

/* What is noted of a call needs registers. */
static __attribute__((noinline)) long note_and_make(struct vfio_iommu *iommu, unsigned long request, void *argument)
{
	trace_enter();
	return vfio_map_quickly(iommu, request, argument);
}

long vfio_iommu_v2_quick(struct vfio_iommu *iommu, unsigned long request, void *argument)
{
	if (unlikely(trace_is_timed || history_is_on()))
		return note_and_make(iommu, request, argument);
	switch ((unsigned int)request) {
	case VFIO_IOMMU_MAP_DMA:
		return map_page(iommu, argument);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_page(iommu, argument);
	}
	return SLOWER;
}
