/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registered memory: each process has one set of regions, shared by all its containers [linux
 * book3s64/iommu_api.c]. A region is pinned and charged once, and counts the TCEs that point into
 * it.
 *
 * Lookups take no lock and run under RCU. Counting on a region that is going away is refused, so a
 * valid TCE always lies in a live region:
 *
 *  (M1) A region is not freed while a counted TCE points into it.
 *
 * Counting before an entry is written, and uncounting after it has been drained, is left to
 * host/update.h and host/update_list.h.
 */
#ifndef STCE_MEM_REGION_H
#define STCE_MEM_REGION_H

#include <pthread.h>
#include <stdatomic.h>

#include "mem/count.h"
#include "mem/ledger.h"
#include "mem/pin.h"
#include "mem/region_set.h"
#include "util/rcu.h"
#include "util/types.h"

struct mem_gaps;

struct mem_region {
	/* Lookups read these. The range stays the same while the region lives. */
	struct vaddr start;
	uint64_t length;
	unsigned int page_shift;     /* no IOMMU page may be larger; it can become smaller when gaps are filled */
	struct mem_gaps *gaps;     /* RCU: what the program has unmapped (mem/gone.h); mostly NULL */
	/* 1 while a container has it registered, plus the number of TCEs that point into it. */
	struct mem_count references;
	/* Under the registry's lock. */
	unsigned int used;           /* how often it is registered */
	bool in_set;
	_Atomic(bool) dead;          /* uncharged; the next change takes it out of the set */
	struct mem_region *next;     /* in the list of dead or of retired ones */
	struct mem_registry *registry;
};

struct mem_registry {
	struct mem_region_set set;   /* readers search it under RCU */
	struct mem_counts counts;    /* the counts on its regions */
	_Atomic(struct mem_region *) dead;   /* those that have died since the last change */
	pthread_mutex_t lock;
	struct mem_region *retired;  /* out of the set, but readers may still have found them */
	unsigned int retired_count;
	struct mem_ledger *ledger;   /* borrowed */
	struct stats *stats;    /* borrowed */
	enum mem_pin_mode pin_mode;
	unsigned int host_page_shift;
};

int mem_registry_init(struct mem_registry *registry, struct mem_ledger *ledger,
		      struct stats *stats, enum mem_pin_mode pin_mode,
		      unsigned int host_page_shift);
/* No container may be left. */
void mem_registry_fini(struct mem_registry *registry);

/*
 * Returns log2 of the largest IOMMU page that such a region can carry. It is limited by the natural
 * alignment and by the page that backs the region [linux mm_iommu_do_alloc]. Ordinary pages count
 * as one host page, whatever their size on this machine.
 */
unsigned int mem_region_page_shift(uint64_t start, uint64_t length, unsigned int backing_shift,
				   unsigned int host_page_shift);

/*
 * Registers a range, or adds a use to the region of exactly this range, whose gaps it fills. start
 * and length must be multiples of the host page and must not wrap.
 * 0: *region holds one more use.
 * > 0: a page could not be pinned. The result is the number of pages before it, counted from the
 * last multiple of 2 Mi pages; if it would be 0, the call returns -EFAULT instead. Nothing is
 * registered.
 * -ENOMEM: length is 0, the limit is reached, or memory is short.
 * -EINVAL: the range overlaps another region.
 */
int mem_region_register(struct mem_registry *registry, struct vaddr start,
			uint64_t length, struct mem_region **region);
/*
 * Fills the gaps of a region if its memory is there again. Returns as mem_region_register(), and
 * changes no use.
 */
int mem_region_renew(struct mem_region *region);
/* Gives a use back. -EBUSY: it is the last use, and TCEs still point into the region. */
int mem_region_unregister(struct mem_region *region);
/* Gives a use back and cannot be refused: the region goes when its last TCE goes. */
void mem_region_release(struct mem_region *region);

/*
 * Returns the region that contains all of [start, start + length), none of it in a gap, after
 * counting n more TCEs on it, or NULL if there is none.
 */
struct mem_region *mem_region_get(struct mem_registry *registry, struct vaddr start,
				  uint64_t length, uint64_t n);
/*
 * Returns the region that a valid TCE points into. The TCE keeps it alive, so the caller must not
 * have uncounted it yet. The caller must be inside the RCU read lock.
 */
struct mem_region *mem_region_of(struct mem_registry *registry, struct vaddr address);
/* Returns whether the address lies in the region. A region does not wrap, so one comparison is enough. */
static inline bool mem_region_has(const struct mem_region *region, struct vaddr address)
{
	return address.value - region->start.value < region->length;
}
/*
 * Counts n TCEs on a region that was found inside the same RCU read lock. false: the region is
 * going away.
 */
bool mem_region_try_get(struct mem_region *region, uint64_t n);

/* region.c: marks a region dead whose last reference has been dropped. */
void mem_region_die(struct mem_region *region);
/* Uncounts n TCEs. The caller must be inside the RCU read lock. Takes no lock and never waits. */
static inline void mem_region_put(struct mem_region *region, uint64_t n)
{
	if (unlikely(mem_count_put(&region->registry->counts, &region->references, n)))
		mem_region_die(region);
}

/*
 * Returns the calling thread's own number of the TCEs that point into the region, to which it may add until
 * it leaves its read section. NULL: it must count by mem_region_try_get() and mem_region_put().
 */
static inline int64_t *mem_region_own_count(const struct mem_region *region)
{
	return mem_count_own(&region->registry->counts, &region->references);
}

/* Returns the number of references, which is exact if no thread counts meanwhile. */
uint64_t mem_region_references(const struct mem_region *region);

#endif
