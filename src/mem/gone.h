/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registered memory that the program unmaps. It is taken out of its region: the region keeps its
 * range, its charge and its uses until it is unregistered, but it has a gap, and no TCE can be
 * counted on a page that touches a gap:
 *
 *  (J1) When mem_gone_take() returns, no TCE can be counted on the range, and each that has been
 *       counted there is written already.
 *
 * Registering exactly the region's range again fills its gaps. TCEs that were written before point
 * at memory of somebody else from then on, so whoever takes memory out clears them (host/leave.h).
 *
 * The caller keeps registrations of the range away. The calls allocate nothing from malloc(),
 * because a program unmaps memory inside its own malloc().
 */
#ifndef STCE_MEM_GONE_H
#define STCE_MEM_GONE_H

#include "mem/region.h"

struct mem_gap {
	uint64_t start, end;
};

/* Sorted; gaps neither overlap nor touch. */
struct mem_gaps {
	uint64_t size;               /* of its mapping; 0: it is not mapped */
	uint64_t count;
	struct mem_gap gap[];
};

/*
 * Returns whether a region has a byte of the range that is not in a gap. Takes no lock, and is
 * cheap if not.
 */
bool mem_gone_concerns(struct mem_registry *registry, struct vaddr start, uint64_t length);

/*
 * Takes the range out of each region that has a byte of it. Waits for readers. Returns true if TCEs
 * may point there, so that they must be cleared.
 */
bool mem_gone_take(struct mem_registry *registry, struct vaddr start, uint64_t length);

/* Fills the gaps of a region whose memory is there again, on pages of at least that size. */
void mem_gone_fill(struct mem_region *region, unsigned int page_shift);

/* Frees the gaps of a region that nobody uses any longer. */
void mem_gone_free(struct mem_region *region);

static inline bool mem_region_has_gaps(const struct mem_region *region)
{
	return unlikely(rcu_dereference(region->gaps));
}

/*
 * Returns how many bytes of the region lie between an address in it and the next gap, or its end.
 * The caller must be inside the RCU read lock.
 */
uint64_t mem_region_reach(const struct mem_region *region, struct vaddr address);

#endif
