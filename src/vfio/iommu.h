/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IOMMU of one container, from SET_IOMMU until the last group leaves [linux
 * vfio_iommu_spapr_tce.c]. It owns the container's windows, registered regions and charges. The
 * types v1 and v2 share windows, MAP and UNMAP; each has its own ioctl table.
 *
 * MAP and UNMAP run under RCU beside everything else; all other operations hold the container's
 * lock:
 *
 *  (V1) when REMOVE, or the detach of the last group, returns, no MAP or UNMAP on the window is in
 *       progress, and its TCEs are uncounted;
 *  (V2) a group that leaves loses its DMA; the other groups keep theirs.
 */
#ifndef STCE_VFIO_IOMMU_H
#define STCE_VFIO_IOMMU_H

#include "host/share.h"
#include "host/update.h"
#include "util/trace.h"
#include "vfio/vfio.h"

struct vfio_iommu;

struct vfio_iommu_type {
	unsigned int type;              /* VFIO_SPAPR_TCE_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU */
	unsigned int group_limit;
	bool counts_regions;
	bool makes_windows;
	const struct vfio_ioctl *ioctls;
	size_t ioctl_count;
	/* Gives back the charges or regions that only this type holds. */
	void (*release)(struct vfio_iommu *iommu);
};

/* The IOMMU is embedded in its container, so that a late MAP finds it empty but never freed. */
struct vfio_iommu {
	_Atomic(const struct vfio_iommu_type *) type;   /* NULL before SET_IOMMU and after the last group */
	struct vfio_host *host;
	pthread_mutex_t *lock;          /* the container's */
	struct host_window *window[HOST_WINDOW_SLOTS];   /* RCU */
	_Atomic(bool) default_pending;
	_Atomic(bool) enabled;          /* MAP and UNMAP are allowed */
	_Atomic(bool) is_quick;         /* they are, and it is v2: v1 pins each page, which may take long */
	struct trace_groups traced;     /* the groups, for the trace */
	/* The lock protects these. */
	bool mm_bound;                  /* a call has bound the container to this process */
	struct vfio_group *groups;      /* newest first, by next_in_container */
	unsigned int group_count;
	uint64_t charged;               /* v1: bytes that ENABLE has charged */
	struct mem_region_set regions;  /* v2: those registered through this container */
	/* The group that news of a window name, which may have left before the window goes. */
	int news_group[HOST_WINDOW_SLOTS];
};

extern const struct vfio_iommu_type vfio_iommu_v1, vfio_iommu_v2;

static inline const struct vfio_iommu_type *iommu_type(const struct vfio_iommu *iommu)
{
	return atomic_load_explicit(&iommu->type, memory_order_acquire);
}

void vfio_iommu_init(struct vfio_iommu *iommu, struct vfio_host *host, pthread_mutex_t *lock);
/* Begins the IOMMU for SET_IOMMU; it is empty. */
void vfio_iommu_begin_locked(struct vfio_iommu *iommu, const struct vfio_iommu_type *type);
/*
 * Checks the type again under the lock, because a call finds its handler before it takes the lock.
 * -EINVAL if the last group has left meanwhile, even if SET_IOMMU has begun another type.
 */
int vfio_iommu_check_type_locked(const struct vfio_iommu *iommu, const struct vfio_iommu_type *type);
/*
 * Ends the IOMMU after the last group: removes windows, regions and charges, so that it is empty
 * again.
 */
void vfio_iommu_end_locked(struct vfio_iommu *iommu);

/*
 * Adds a group and programs the existing windows into it. -EBUSY if the type takes no more groups,
 * -EPERM if the platform forbids it, -ENOMEM.
 */
int vfio_iommu_attach_locked(struct vfio_iommu *iommu, struct vfio_group *group);
/* Takes the windows from the group; the mappings of the other groups stay [DIFF-8]. */
void vfio_iommu_detach_locked(struct vfio_iommu *iommu, struct vfio_group *group);

/* windows.c: the lock is held unless a comment says otherwise. */
int vfio_window_create_locked(struct vfio_iommu *iommu, unsigned int page_shift,
			      uint64_t size, unsigned int levels, uint64_t *start);
/* Makes a window in the given slot, which must be free but need not be the lowest. */
int vfio_window_create_in_slot_locked(struct vfio_iommu *iommu, unsigned int slot,
				      unsigned int page_shift, uint64_t size, unsigned int levels);
int vfio_window_remove_locked(struct vfio_iommu *iommu, uint64_t address);
/* Makes the default window if it is still pending. */
int vfio_window_default_locked(struct vfio_iommu *iommu);
/* Does the same for a caller that does not hold the lock. */
int vfio_window_default(struct vfio_iommu *iommu);
void vfio_window_remove_all_locked(struct vfio_iommu *iommu);
/*
 * Gives the window that holds the address a table of its own, if there is such a window. -ENOMEM,
 * which [DIFF-46] even UNMAP returns. The caller holds neither the lock nor the RCU read lock.
 */
int vfio_window_split(struct vfio_iommu *iommu, uint64_t address);

/*
 * Handlers for the tables of both types. The object is the IOMMU; the caller does not hold the
 * lock.
 */
long vfio_iommu_spapr_tce_get_info(void *iommu, void *argument);
long vfio_iommu_spapr_tce_map(void *iommu, void *argument);
long vfio_iommu_spapr_tce_pin_and_map(void *iommu, void *argument);
long vfio_iommu_spapr_tce_unmap(void *iommu, void *argument);
long vfio_iommu_eeh_pe_op(void *iommu, void *argument);
/* MAP and UNMAP as file_ops.quick_ioctl, if the IOMMU is quick. */
long vfio_iommu_v2_quick(struct vfio_iommu *iommu, unsigned long request, void *argument);
/* Does so with a call that is not for one page, or not quite usual. */
long vfio_map_quickly(struct vfio_iommu *iommu, unsigned long request, void *argument);

#endif
