/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IOMMU of one container, from SET_IOMMU until its last group
 * leaves [linux vfio_iommu_spapr_tce.c]. v1 and v2 share windows and the
 * MAP and UNMAP prologue; each has an ioctl table of its own.
 *
 * MAP and UNMAP run under RCU beside everything else; all other operations
 * hold the container's lock:
 *
 *  (V1) when REMOVE, or the detach of the last group, returns, no MAP or UNMAP
 *       on the window is in progress, and its TCEs are uncounted;
 *  (V2) a group that leaves loses its DMA; the others keep theirs.
 */
#ifndef STCE_VFIO_IOMMU_H
#define STCE_VFIO_IOMMU_H

#include "host/share.h"
#include "host/update.h"
#include "vfio/vfio.h"

struct vfio_iommu;

struct vfio_iommu_type {
	unsigned int type;              /* VFIO_SPAPR_TCE_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU */
	unsigned int group_limit;
	bool counts_regions;
	bool makes_windows;
	const struct vfio_ioctl *ioctls;
	size_t ioctl_count;
	/* Gives back what only this type holds. */
	void (*release)(struct vfio_iommu *iommu);
};

/* Embedded in its container, so that a late MAP meets an empty IOMMU, never a freed one. */
struct vfio_iommu {
	_Atomic(const struct vfio_iommu_type *) type;   /* NULL: no SET_IOMMU yet */
	struct vfio_host *host;
	pthread_mutex_t *lock;          /* the container's */
	struct host_window *window[HOST_WINDOW_SLOTS];   /* RCU */
	_Atomic(bool) default_pending;
	_Atomic(bool) enabled;          /* MAP and UNMAP are open */
	/* Under the lock. */
	bool mm_bound;                  /* v2: some call has bound the container to this process */
	struct vfio_group *groups;      /* newest first, by next_in_container */
	unsigned int group_count;
	uint64_t charged;               /* v1: what ENABLE took, bytes */
	struct mem_region **region;     /* v2: registered through this container */
	unsigned int region_count, region_room;
};

extern const struct vfio_iommu_type vfio_iommu_v1, vfio_iommu_v2;

static inline const struct vfio_iommu_type *iommu_type(const struct vfio_iommu *iommu)
{
	return atomic_load_explicit(&iommu->type, memory_order_acquire);
}

void vfio_iommu_init(struct vfio_iommu *iommu, struct vfio_host *host, pthread_mutex_t *lock);
/* SET_IOMMU: the IOMMU is empty. */
void vfio_iommu_begin_locked(struct vfio_iommu *iommu, const struct vfio_iommu_type *type);
/*
 * Calls find their handler before they hold the lock. -EINVAL: meanwhile the
 * last group has left, and perhaps another type begun.
 */
int vfio_iommu_check_type_locked(const struct vfio_iommu *iommu, const struct vfio_iommu_type *type);
/* The last group has left: windows, regions and charges go; it is empty again. */
void vfio_iommu_end_locked(struct vfio_iommu *iommu);

/* -EBUSY: no room for a group more; -EPERM: not on this platform; -ENOMEM. Programs the windows that exist into it. */
int vfio_iommu_attach_locked(struct vfio_iommu *iommu, struct vfio_group *group);
/* Takes the group's windows away; the mappings of the others stay [DIFF-8]. */
void vfio_iommu_detach_locked(struct vfio_iommu *iommu, struct vfio_group *group);

/* windows.c: lock held unless said otherwise. */
int vfio_window_create_locked(struct vfio_iommu *iommu, unsigned int page_shift,
			      uint64_t size, unsigned int levels, uint64_t *start);
/* The same in a slot that is free, which need not be the lowest. */
int vfio_window_create_in_slot_locked(struct vfio_iommu *iommu, unsigned int slot,
				      unsigned int page_shift, uint64_t size, unsigned int levels);
int vfio_window_remove_locked(struct vfio_iommu *iommu, uint64_t address);
/* Makes the default window if it is still to be made. */
int vfio_window_default_locked(struct vfio_iommu *iommu);
/* The same for callers without the lock. */
int vfio_window_default(struct vfio_iommu *iommu);
void vfio_window_remove_all_locked(struct vfio_iommu *iommu);
/*
 * Gives the window that holds the address a table of its own, if there is one.
 * -ENOMEM: [DIFF-46] also to UNMAP. Lock and RCU read lock not held.
 */
int vfio_window_split(struct vfio_iommu *iommu, uint64_t address);

/* Handlers for the tables of both types; the object is the iommu, no lock held. */
long vfio_iommu_spapr_tce_get_info(void *iommu, void *argument);
long vfio_iommu_spapr_tce_map(void *iommu, void *argument);
long vfio_iommu_spapr_tce_pin_and_map(void *iommu, void *argument);
long vfio_iommu_spapr_tce_unmap(void *iommu, void *argument);
/* For the quick column of v2: v1 pins each page, which may be long in coming. */
long vfio_iommu_spapr_tce_quick_map(void *iommu, void *argument);
long vfio_iommu_spapr_tce_quick_unmap(void *iommu, void *argument);
long vfio_iommu_eeh_pe_op(void *iommu, void *argument);

#endif
