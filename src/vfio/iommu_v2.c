/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements VFIO_SPAPR_TCE_v2_IOMMU: many groups, memory that is registered before it is mapped,
 * and windows that are created and removed. It owns the list of regions that this container has
 * registered; mem/region.h owns the regions, windows.c the windows.
 */
#include "vfio/iommu.h"

#include <errno.h>
#include <limits.h>

#include "mem/gone.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/user.h"

static int check_region_args(const struct vfio_iommu *iommu, uint64_t vaddr, uint64_t size)
{
	uint64_t page = bit64(iommu->host->phb->host_page_shift);

	if (!is_aligned(vaddr | size, page))
		return REASON(-EINVAL, "vaddr %#llx or size %#llx is not a multiple of the host page",
			      (unsigned long long)vaddr, (unsigned long long)size);
	return 0;
}

static void tell_memory(struct vfio_iommu *iommu, enum stce_news_kind kind,
			const struct vfio_iommu_spapr_register_memory *p)
{
	news_tell(&iommu->host->phb->news, &(struct stce_news){
		.kind = kind,
		.start = p->vaddr,
		.size = p->size,
	});
}

static int register_while_shut(struct vfio_iommu *iommu,
			   const struct vfio_iommu_spapr_register_memory *p)
{
	struct mem_registry *registry = iommu->host->registry;
	struct mem_region *region = region_set_find_exact(&iommu->regions, p->vaddr, p->size);
	int r;

	/* [DIFF-31] The range is new where the program has unmapped it since. */
	if (region && mem_region_has_gaps(region))
		return mem_region_renew(region);
	if (region)
		return REASON(-EBUSY, "this container has registered that range already");
	r = mem_region_register(registry, to_vaddr(p->vaddr), p->size, &region);
	if (r)
		return r;
	r = region_set_add(&iommu->regions, region);
	/* Only calls under the container's lock read its set, so nothing waits for readers. */
	region_nodes_free(region_set_take_retired(&iommu->regions));
	if (r) {
		mem_region_release(region);
		return r;
	}
	atomic_store(&iommu->enabled, true);
	atomic_store(&iommu->is_quick, true);
	return 0;
}

static int register_locked(struct vfio_iommu *iommu,
			   const struct vfio_iommu_spapr_register_memory *p)
{
	int r = check_region_args(iommu, p->vaddr, p->size);
	unsigned int slot;

	if (!r && range_wraps(p->vaddr, p->size))
		r = REASON(-EINVAL, "vaddr + size wraps");
	if (r)
		return r;
	slot = host_leave_shut(iommu->host->leave, (struct range){ p->vaddr, p->size });
	r = register_while_shut(iommu, p);
	host_leave_open(iommu->host->leave, slot);
	return r;
}

/* Takes the lock, binds the container to this process and copies the argument. */
static int begin_call(struct vfio_iommu *iommu, void *args, const void *from, size_t size)
{
	int r;

	pthread_mutex_lock(iommu->lock);
	r = vfio_iommu_check_type_locked(iommu, &vfio_iommu_v2);
	if (!r) {
		/* Bind first, because even a call whose argument cannot be read binds. */
		iommu->mm_bound = true;
		r = vfio_read_args(args, from, size);
	}
	/* The flags follow argsz in every argument. */
	if (!r && ((uint32_t *)args)[1])
		r = REASON(-EINVAL, "flags %#x are unknown", ((uint32_t *)args)[1]);
	if (r)
		pthread_mutex_unlock(iommu->lock);
	return r;
}

static long register_memory(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	struct vfio_iommu_spapr_register_memory p;
	int r = begin_call(iommu, &p, argument, sizeof(p));

	if (r)
		return r;
	r = register_locked(iommu, &p);
	pthread_mutex_unlock(iommu->lock);
	TRACE_IN(trace_of_groups(&iommu->traced), vfio_prereg_register, (uint64_t)p.vaddr, (uint64_t)p.size, r);
	if (!r)
		tell_memory(iommu, STCE_NEWS_MEMORY_REGISTERED, &p);
	else if (r == -ENOMEM)
		tell_memory(iommu, STCE_NEWS_REFUSED, &p);
	return r;
}

static int unregister_locked(struct vfio_iommu *iommu,
			     const struct vfio_iommu_spapr_register_memory *p)
{
	struct mem_region *region;
	int r = check_region_args(iommu, p->vaddr, p->size);

	if (r)
		return r;
	region = region_set_find_exact(&iommu->regions, p->vaddr, p->size);
	if (!region)
		return REASON(-ENOENT, "this container has not registered exactly that range");
	r = mem_region_unregister(region);
	if (!r)
		region_set_remove_unshared(&iommu->regions, p->vaddr);
	return r;
}

static long unregister_memory(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	struct vfio_iommu_spapr_register_memory p;
	bool bound;
	int r;

	pthread_mutex_lock(iommu->lock);
	bound = iommu->mm_bound;
	pthread_mutex_unlock(iommu->lock);
	if (!bound)
		return REASON(-EPERM, "no call has bound the container to a process yet");
	r = begin_call(iommu, &p, argument, sizeof(p));
	if (r)
		return r;
	r = unregister_locked(iommu, &p);
	pthread_mutex_unlock(iommu->lock);
	TRACE_IN(trace_of_groups(&iommu->traced), vfio_prereg_unregister, (uint64_t)p.vaddr, (uint64_t)p.size, r);
	if (!r)
		tell_memory(iommu, STCE_NEWS_MEMORY_UNREGISTERED, &p);
	return r;
}

static long create(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	struct vfio_iommu_spapr_tce_create p;
	uint64_t start = 0;
	int r = begin_call(iommu, &p, argument, sizeof(p));

	if (r)
		return r;
	r = vfio_window_create_locked(iommu, p.page_shift, p.window_size, p.levels, &start);
	p.start_addr = start;
	if (!r && user_write(argument, &p, sizeof(p))) {
		/* [DIFF-28] The program could not find the window again, so we take it back. */
		vfio_window_remove_locked(iommu, start);
		r = REASON(-EFAULT, "the answer cannot be written");
	}
	pthread_mutex_unlock(iommu->lock);
	return r;
}

static long remove_window(void *object, void *argument)
{
	struct vfio_iommu *iommu = object;
	struct vfio_iommu_spapr_tce_remove p;
	int r = begin_call(iommu, &p, argument, sizeof(p));

	if (r)
		return r;
	if (atomic_load(&iommu->default_pending) &&
	    p.start_addr == HOST_LOW_START)
		atomic_store(&iommu->default_pending, false);
	else
		r = vfio_window_remove_locked(iommu, p.start_addr);
	pthread_mutex_unlock(iommu->lock);
	return r;
}

static void release(struct vfio_iommu *iommu)
{
	struct mem_region *region;

	for (uint64_t from = 0; (region = region_set_from(&iommu->regions, from));) {
		from = region->start.value + 1;
		mem_region_release(region);
	}
	region_set_fini(&iommu->regions);
}

static const struct vfio_ioctl ioctls[] = {
	{ VFIO_IOMMU_MAP_DMA, vfio_iommu_spapr_tce_map, VFIO_COUNTER(map_calls) },
	{ VFIO_IOMMU_UNMAP_DMA, vfio_iommu_spapr_tce_unmap, VFIO_COUNTER(unmap_calls) },
	{ VFIO_IOMMU_SPAPR_REGISTER_MEMORY, register_memory, VFIO_COUNTER(register_calls) },
	{ VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, unregister_memory, VFIO_COUNTER(unregister_calls) },
	{ VFIO_IOMMU_SPAPR_TCE_CREATE, create, VFIO_COUNTER(create_calls) },
	{ VFIO_IOMMU_SPAPR_TCE_REMOVE, remove_window, VFIO_COUNTER(remove_calls) },
	{ VFIO_IOMMU_SPAPR_TCE_GET_INFO, vfio_iommu_spapr_tce_get_info, VFIO_COUNTER(other_calls) },
	{ VFIO_EEH_PE_OP, vfio_iommu_eeh_pe_op, VFIO_COUNTER(other_calls) },
};

const struct vfio_iommu_type vfio_iommu_v2 = {
	.type = VFIO_SPAPR_TCE_v2_IOMMU,
	.group_limit = UINT_MAX,
	.counts_regions = true,
	.makes_windows = true,
	.ioctls = ioctls,
	.ioctl_count = ARRAY_COUNT(ioctls),
	.release = release,
};
