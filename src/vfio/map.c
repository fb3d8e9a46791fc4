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
#include "util/history.h"
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
static inline int check_map(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p,
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

static void trace_map(const struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p, int r)
{
	TRACE_IN(trace_of_groups(&iommu->traced), vfio_spapr_map, (uint64_t)p->iova, (uint64_t)p->size, (uint64_t)p->vaddr, p->flags, r);
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
	if (likely(!r))
		history_note(HISTORY_MAP, window, to_ioba(p->iova), p->size, p->vaddr);
	if (likely(r != SLOWER))
		trace_map(iommu, p, r);
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
	r = r ? r : host_share_unmap(window, host_window_index(window, to_ioba(p->iova)), count);
	if (likely(!r))
		history_note(HISTORY_UNMAP, window, to_ioba(p->iova), p->size, 0);
	return r;
}

/* Unmaps under RCU, with SLOWER as in map(). */
static int unmap(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p)
{
	int r = judge_and_unmap(iommu, p);

	if (likely(r != SLOWER))
		TRACE_IN(trace_of_groups(&iommu->traced), vfio_spapr_unmap, (uint64_t)p->iova, (uint64_t)p->size, r);
	return r;
}

static int check_enabled(struct vfio_iommu *iommu)
{
	if (atomic_load_explicit(&iommu->enabled, memory_order_acquire))
		return 0;
	return REASON(-EPERM, "the container is not enabled: v1 wants ENABLE, v2 a registered region");
}

/* The argument of a call, as the program gave it. */
union argument {
	uint32_t argsz;
	struct vfio_iommu_type1_dma_map map;
	struct vfio_iommu_type1_dma_unmap unmap;
};

/* These judge an argument before any window is looked for. What both calls have goes into a MAP's. */
static inline int judge_map(const union argument *a, struct vfio_iommu_type1_dma_map *p)
{
	*p = a->map;
	if (p->flags & ~(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE))
		return REASON(-EINVAL, "flags %#x are unknown", p->flags);
	return 0;
}

static inline int judge_unmap(const union argument *a, struct vfio_iommu_type1_dma_map *p)
{
	p->iova = a->unmap.iova;
	p->size = a->unmap.size;
	return a->unmap.flags ? REASON(-EINVAL, "flags %#x are unknown", a->unmap.flags) : 0;
}

/* MAP or UNMAP: `judge` runs before a window is looked for, `act` under RCU. */
struct call {
	size_t size;     /* of the argument */
	int (*judge)(const union argument *a, struct vfio_iommu_type1_dma_map *p);
	int (*act)(struct vfio_iommu *iommu, const struct vfio_iommu_type1_dma_map *p);
};

#define UNMAP_SIZE offsetof(struct vfio_iommu_type1_dma_unmap, data)

static const struct call map_call = { sizeof(struct vfio_iommu_type1_dma_map), judge_map, map };
static const struct call quick_map_call = { sizeof(struct vfio_iommu_type1_dma_map), judge_map, map_quickly };
static const struct call unmap_call = { UNMAP_SIZE, judge_unmap, unmap };

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
		trace_map(a->iommu, &a->p, (int)r);
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
	union argument given;
	int r = check_enabled(iommu);

	if (!r)
		r = vfio_read_args(&given, argument, call->size);
	if (!r)
		r = call->judge(&given, &a.p);
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
 * Runs a call inside the RCU read lock, if map_page.c leaves it. It refuses an argument that is not on
 * the stack, because the page may take long to arrive, and a pending default window or scan, because
 * both take a lock whose holders wait for readers.
 */
static long do_quickly(const struct call *call, struct vfio_iommu *iommu, void *argument)
{
	struct vfio_iommu_type1_dma_map p;
	union argument given;
	int r;

	if (!user_is_on_stack(argument, call->size) || atomic_load(&iommu->default_pending) ||
	    unlikely(tce_parts_is_due(&iommu->host->phb->parts)))
		return SLOWER;
	memcpy(&given, argument, call->size);
	r = check_enabled(iommu);
	if (!r)
		r = vfio_check_argsz(given.argsz, call->size);
	if (!r)
		r = call->judge(&given, &p);
	return r ? r : call->act(iommu, &p);
}

/* A call that is SLOWER is not counted, because it comes again. */
static inline long count_quick(const struct vfio_iommu *iommu, size_t counter, long r)
{
	return likely(r != SLOWER) ? vfio_counted(iommu->host->stats, counter, r) : r;
}

/* It is apart, so that map_page.c, which calls it last, saves no registers. */
__attribute__((noinline)) long vfio_map_quickly(struct vfio_iommu *iommu, unsigned long request, void *argument)
{
	switch ((unsigned int)request) {
	case VFIO_IOMMU_MAP_DMA:
		return count_quick(iommu, VFIO_COUNTER(map_calls), do_quickly(&quick_map_call, iommu, argument));
	case VFIO_IOMMU_UNMAP_DMA:
		return count_quick(iommu, VFIO_COUNTER(unmap_calls), do_quickly(&unmap_call, iommu, argument));
	}
	return SLOWER;
}
