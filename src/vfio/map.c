/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements MAP_DMA and UNMAP_DMA of both IOMMU types, with checks in Linux's order. The whole
 * range is checked, whereas Linux since 4.12 checks only its first page [DIFF-1]. host/share.h
 * writes the entries.
 */
#include "vfio/iommu.h"

#include <errno.h>

#include "mem/pin.h"
#include "tce/scan.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/user.h"

/*
 * [linux tce_iommu_ioctl] Linux returns the boolean of its check of the iova, which is 1, and no
 * errno.
 */
#define MISALIGNED_IOVA 1

/* Finds the window that has the iova, or returns NULL. The caller is under RCU. */
static struct host_window *find_window(struct vfio_iommu *iommu, uint64_t iova)
{
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		struct host_window *window = rcu_dereference(iommu->window[slot]);

		if (window && host_window_has(window, to_ioba(iova)))
			return window;
	}
	return NULL;
}

/* Checks a range as both calls do, and sets *count to its entries. */
static int check_range(const struct host_window *window, uint64_t iova, uint64_t size,
		       uint64_t *count)
{
	const struct tce_geometry *g = &window->geometry;

	*count = size >> g->page_shift;
	if (!is_aligned(iova, bit64(g->page_shift)))
		return REASON(MISALIGNED_IOVA, "iova %#llx is not a multiple of the IOMMU page",
			      (unsigned long long)iova);
	if (!range_contains(0, g->entries, host_window_index(window, to_ioba(iova)).value, *count))
		return REASON(-EINVAL, "[%#llx, +%#llx) passes the end of its window",
			      (unsigned long long)iova, (unsigned long long)size);
	return 0;
}

/* Checks a MAP up to its memory. The caller is under RCU. */
static int check_map(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p,
		     struct host_window **window, uint64_t *count)
{
	uint64_t mask;

	*window = find_window(iommu, p->iova);
	if (!*window)
		return REASON(-ENXIO, "no window holds iova %#llx", (unsigned long long)p->iova);
	mask = host_window_page_size(*window) - 1;
	if ((p->size | p->vaddr) & mask)
		return REASON(-EINVAL, "size %#llx or vaddr %#llx is not a multiple of the IOMMU page",
			      (unsigned long long)p->size, (unsigned long long)p->vaddr);
	if (!p->flags)
		return REASON(-EINVAL, "flags have neither READ nor WRITE");
	return check_range(*window, p->iova, p->size, count);
}

static void trace_map(const struct vfio_iommu_type1_dma_map *p, int r)
{
	TRACE(vfio_spapr_map, (uint64_t)p->iova, (uint64_t)p->size, (uint64_t)p->vaddr, p->flags, r);
}

/*
 * Maps under RCU. SLOWER if the window must be split first, or if a scan for equal parts would follow
 * a call that is quick.
 */
static inline int map_as(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p, bool is_quick)
{
	struct host_window *window;
	uint64_t count = 0;
	int r = check_map(iommu, p, &window, &count);

	if (is_quick && !r && host_window_wants_scan(window, host_window_index(window, to_ioba(p->iova)), count))
		return SLOWER;
	/* VFIO's READ and WRITE are a TCE's permission bits. */
	if (!r && count)
		r = host_share_map(window, host_window_index(window, to_ioba(p->iova)), count,
				   to_vaddr(p->vaddr), p->flags);
	if (likely(r != SLOWER))
		trace_map(p, r);
	return r;
}

static int map(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p)
{
	return map_as(iommu, p, false);
}

static int map_quickly(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p)
{
	return map_as(iommu, p, true);
}

/*
 * Pins the pages for v1, always for writing, even if the mapping is for reading only [linux
 * tce_iommu_build]. It does so outside RCU, because a page may take long to arrive, and the thread
 * that brings it may wait for readers: a userfaultfd handler could remove a window.
 */
static int pin_uncounted(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p)
{
	struct host_window *window;
	uint64_t count = 0;
	int r;

	rcu_read_lock();
	r = check_map(iommu, p, &window, &count);
	rcu_read_unlock();
	if (r || !count || (!range_wraps(p->vaddr, p->size) && mem_pin_now(to_vaddr(p->vaddr), p->size)))
		return r;
	return REASON(-EFAULT, "[%#llx, +%#llx) is not mapped writable",
		      (unsigned long long)p->vaddr, (unsigned long long)p->size);
}

/* Checks an UNMAP and carries it out. The caller is under RCU. */
static int judge_and_unmap(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p)
{
	struct host_window *window = find_window(iommu, p->iova);
	uint64_t count;
	int r;

	if (!window)
		return REASON(-ENXIO, "no window holds iova %#llx", (unsigned long long)p->iova);
	if (!is_aligned(p->size, host_window_page_size(window)))
		return REASON(-EINVAL, "size %#llx is not a multiple of the IOMMU page",
			      (unsigned long long)p->size);
	r = check_range(window, p->iova, p->size, &count);
	return r ? r : host_share_unmap(window, host_window_index(window, to_ioba(p->iova)), count);
}

/* Unmaps under RCU, with SLOWER as in map(). */
static int unmap(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p)
{
	int r = judge_and_unmap(iommu, p);

	if (likely(r != SLOWER))
		TRACE(vfio_spapr_unmap, (uint64_t)p->iova, (uint64_t)p->size, r);
	return r;
}

static int check_enabled(struct vfio_iommu *iommu)
{
	if (atomic_load_explicit(&iommu->enabled, memory_order_acquire))
		return 0;
	return REASON(-EPERM, "the container is not enabled: v1 wants ENABLE, v2 a registered region");
}

/* Reads and checks the argument of a MAP before any window is looked for. */
static inline int read_map(struct vfio_iommu *iommu, void *argument, struct vfio_iommu_type1_dma_map *p)
{
	int r = check_enabled(iommu);

	if (!r)
		r = vfio_read_args(p, argument, sizeof(*p));
	if (!r && p->flags & ~(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE))
		r = REASON(-EINVAL, "flags %#x are unknown", p->flags);
	return r;
}

/* Reads the argument of an UNMAP into the part of a MAP's that it has in common. */
static inline int read_unmap(struct vfio_iommu *iommu, void *argument, struct vfio_iommu_type1_dma_map *p)
{
	struct vfio_iommu_type1_dma_unmap u;
	int r = check_enabled(iommu);

	if (!r)
		r = vfio_read_args(&u, argument, offsetof(struct vfio_iommu_type1_dma_unmap, data));
	if (r)
		return r;
	p->iova = u.iova;
	p->size = u.size;
	return u.flags ? REASON(-EINVAL, "flags %#x are unknown", u.flags) : 0;
}

/* The two halves of MAP or UNMAP: `read` runs before a window is looked for, `act` under RCU. */
struct call {
	int (*read)(struct vfio_iommu *iommu, void *argument, struct vfio_iommu_type1_dma_map *p);
	int (*act)(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p);
};

static const struct call map_call = { read_map, map }, unmap_call = { read_unmap, unmap };
static const struct call quick_map_call = { read_map, map_quickly };

struct attempt {
	const struct call *call;
	struct vfio_iommu *iommu;
	struct vfio_iommu_type1_dma_map p;
};

static long try_call(void *context)
{
	const struct attempt *a = context;

	return a->call->act(a->iommu, &a->p);
}

static int split_window(void *context)
{
	const struct attempt *a = context;

	return vfio_window_split(a->iommu, a->p.iova);
}

/* Pins for v1, and keeps the program from unmapping what it has pinned before the TCEs are written. */
static long pin_and_try(struct attempt *a)
{
	struct range range = { a->p.vaddr, a->p.size };
	struct host_leave *leave = a->iommu->host->leave;
	unsigned int slot = host_leave_shut(leave, range);
	long r = pin_uncounted(a->iommu, &a->p);

	if (r) {
		trace_map(&a->p, (int)r);
	} else {
		host_leave_note(leave, range);
		r = slower_retry(try_call, split_window, a);
	}
	host_leave_open(leave, slot);
	return r;
}

static inline long do_call(const struct call *call, struct vfio_iommu *iommu, void *argument, bool pins)
{
	struct attempt a = { .call = call, .iommu = iommu };
	int r = call->read(iommu, argument, &a.p);

	if (!r)
		r = vfio_window_default(iommu);
	if (r)
		return r;
	r = (int)(pins ? pin_and_try(&a) : slower_retry(try_call, split_window, &a));
	tce_scan_if_due(&iommu->host->phb->parts);
	return r;
}

long vfio_iommu_spapr_tce_map(void *object, void *argument)
{
	return do_call(&map_call, object, argument, false);
}

long vfio_iommu_spapr_tce_pin_and_map(void *object, void *argument)
{
	return do_call(&map_call, object, argument, true);
}

long vfio_iommu_spapr_tce_unmap(void *object, void *argument)
{
	return do_call(&unmap_call, object, argument, false);
}

/*
 * Runs a call inside the RCU read lock. It refuses an argument that is not on the stack, because
 * the page may take long to arrive, and a pending default window or scan, because both take a lock
 * whose holders wait for readers.
 */
static inline __attribute__((always_inline)) long do_quickly(const struct call *call, struct vfio_iommu *iommu,
							     void *argument)
{
	struct vfio_iommu_type1_dma_map p;
	int r;

	if (!user_is_on_stack(argument, sizeof(p)) || atomic_load(&iommu->default_pending) ||
	    unlikely(tce_parts_is_due(&iommu->host->phb->parts)))
		return SLOWER;
	r = call->read(iommu, argument, &p);
	return r ? r : call->act(iommu, &p);
}

long vfio_iommu_spapr_tce_quick_map(void *object, void *argument)
{
	return do_quickly(&quick_map_call, object, argument);
}

long vfio_iommu_spapr_tce_quick_unmap(void *object, void *argument)
{
	return do_quickly(&unmap_call, object, argument);
}
