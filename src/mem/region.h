/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registered memory: one set of regions per process, shared by all its
 * containers [linux book3s64/iommu_api.c]. A region is pinned and charged
 * once; every TCE that points into it counts.
 *
 * Lookups are lock-free under RCU. Counting on a region that is going away
 * is refused, so a valid TCE always lies in a live region:
 *
 *  (M1) a region is not freed while a counted TCE points into it.
 */
#ifndef STCE_MEM_REGION_H
#define STCE_MEM_REGION_H

#include <pthread.h>
#include <stdatomic.h>

#include "mem/count.h"
#include "mem/ledger.h"
#include "mem/pin.h"
#include "util/rcu.h"
#include "util/types.h"

struct mem_region {
	/* Fixed while it lives: the lookup path. */
	struct vaddr start;
	uint64_t length;
	unsigned int page_shift;     /* no IOMMU page may be larger */
	/* 1 while anybody has it registered, plus the TCEs that point into it. */
	struct mem_count references;
	/* Under the registry's lock. */
	unsigned int used;           /* registrations */
	_Atomic(bool) dead;          /* uncharged; leaves the set with its next change */
	struct mem_region *next_dead;
	struct mem_registry *registry;
};

struct mem_region_set;

struct mem_registry {
	struct mem_region_set *set;  /* RCU; sorted by start */
	struct mem_counts counts;    /* on its regions */
	pthread_mutex_t lock;
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

/* The region of exactly this range, or NULL. Borrowed; caller holds a use of it or the RCU lock. */
struct mem_region *mem_region_find_exact(struct mem_registry *registry,
					 struct vaddr start, uint64_t length);

/*
 * The log2 of the largest IOMMU page that a region there can carry: its natural
 * alignment, and the page that backs it [linux mm_iommu_do_alloc]. Ordinary
 * pages count as one host page, whatever size this machine's are.
 */
unsigned int mem_region_page_shift(uint64_t start, uint64_t length, unsigned int backing_shift,
				   unsigned int host_page_shift);

/*
 * Registers a range, or uses the region of exactly this range once more.
 * start and length are multiples of the host page and do not wrap.
 * 0: *region holds one use more. > 0: that many pages could be pinned before
 * one could not, counted from the last multiple of 2 Mi pages, where that one
 * is -EFAULT; nothing is registered. -ENOMEM, -EINVAL (overlap).
 */
int mem_region_register(struct mem_registry *registry, struct vaddr start,
			uint64_t length, struct mem_region **region);
/* Gives a use back. -EBUSY: it is the last one and TCEs still point there. */
int mem_region_unregister(struct mem_region *region);
/* The same, never refused: the region goes when its last TCE goes. */
void mem_region_release(struct mem_region *region);

/*
 * The region that holds all of [start, start + length), with n TCEs more
 * counted on it; NULL when there is none.
 */
struct mem_region *mem_region_get(struct mem_registry *registry, struct vaddr start,
				  uint64_t length, uint64_t n);
/*
 * The region that a valid TCE points into: the TCE keeps it alive, so the
 * caller must not have uncounted it yet. Under the RCU read lock.
 */
struct mem_region *mem_region_of(struct mem_registry *registry, struct vaddr address);
/* Counts n TCEs on a region found under the RCU read lock; false: it is going away. */
bool mem_region_try_get(struct mem_region *region, uint64_t n);
/* Uncounts n TCEs: under the RCU read lock. Takes no lock and never waits. */
void mem_region_put(struct mem_region *region, uint64_t n);

/* How many references there are: exact while nobody counts. */
uint64_t mem_region_references(const struct mem_region *region);

#endif
