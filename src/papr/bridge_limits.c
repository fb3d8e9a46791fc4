/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Computes what this host can give at the moment [DIFF-47]. The page sizes follow from the VMM's
 * policy, the platform and the pages behind the guest's memory; the number of entries follows from
 * what a table can address and from the locked memory that is left. It changes nothing.
 */
#include "papr/bridge_limits.h"

#include <errno.h>

#include "mem/region.h"
#include "mem/vma.h"
#include "util/reason.h"

/* A window ends below the address where the next one can start. */
#define WINDOW_SHIFT_MAX 58

/* Returns the shift of the largest page that lies in one piece of a slot's memory. */
static unsigned int slot_shift(const struct papr_bridge *bridge, const struct mem_slot *slot)
{
	uint64_t mixed = slot->gpa.value | slot->address.value;

	return mem_region_page_shift(mixed, slot->size, mem_vma_page_shift(slot->address, slot->size),
				     bridge->vm->kvm->phb->host_page_shift);
}

static bool nth_slot(const struct papr_bridge *bridge, size_t n, struct mem_slot *slot)
{
	bool found;

	rcu_read_lock();
	found = mem_guest_nth(&bridge->vm->kvm->guest, n, slot);
	rcu_read_unlock();
	return found;
}

/* Returns the shift of the smallest page behind any memory of the guest, or 63 if it has none. */
static unsigned int backing_shift(const struct papr_bridge *bridge)
{
	unsigned int least = 63;
	struct mem_slot slot;

	for (size_t n = 0; nth_slot(bridge, n, &slot); n++) {
		unsigned int shift = slot_shift(bridge, &slot);

		if (shift < least)
			least = shift;
	}
	return least;
}

/* Returns the shift of the hardware page for a window's page, or 0 if there is none. */
static unsigned int hardware_shift(const struct papr_bridge *bridge, unsigned int page_shift,
				   unsigned int backing)
{
	unsigned int most = page_shift < backing ? page_shift : backing;
	uint64_t sizes = bridge->vm->kvm->phb->platform->page_sizes & (bit64(most) | (bit64(most) - 1));

	return sizes ? 63u - (unsigned int)__builtin_clzll(sizes) : 0;
}

/* Chooses the geometry with the fewest levels that the platform accepts. */
static int geometry_of(const struct papr_bridge *bridge, unsigned int shift, uint64_t size,
		       struct tce_geometry *geometry)
{
	const struct host_phb *phb = bridge->vm->kvm->phb;
	int r = REASON(-EINVAL, "the platform has no page that backs the guest's memory");

	for (unsigned int levels = 1; shift && levels <= phb->platform->levels; levels++) {
		r = phb->platform->windows->geometry(geometry, shift, size, levels, phb->host_page_shift);
		if (!r)
			r = phb->platform->windows->check_limits(geometry);
		if (!r)
			return 0;
	}
	return r;
}

int papr_limits_geometry(const struct papr_bridge *bridge, unsigned int page_shift, uint64_t size,
			 struct tce_geometry *geometry)
{
	unsigned int shift = hardware_shift(bridge, page_shift, backing_shift(bridge));

	return geometry_of(bridge, shift, size, geometry);
}

/*
 * A page that is larger than every slot maps nothing. Before the guest has memory, every page is
 * useful.
 */
static bool is_useful(const struct papr_bridge *bridge, unsigned int page_shift)
{
	struct mem_slot slot;

	for (size_t n = 0; nth_slot(bridge, n, &slot); n++)
		if (slot.size >> page_shift)
			return true;
	return !nth_slot(bridge, 0, &slot);
}

uint64_t papr_limits_page_sizes(const struct papr_bridge *bridge)
{
	unsigned int backing = bridge->members ? backing_shift(bridge) : 0;
	uint64_t sizes = 0;

	for (unsigned int shift = PAPR_DEFAULT_PAGE_SHIFT; shift <= 34; shift++)
		if (bridge->config.page_sizes & bit64(shift) && is_useful(bridge, shift) &&
		    (!bridge->members || hardware_shift(bridge, shift, backing)))
			sizes |= bit64(shift);
	return sizes;
}

/*
 * Returns whether the guest table and a hardware table in every container can be made with that
 * many entries, and charged.
 */
static bool fits(const struct papr_bridge *bridge, unsigned int page_shift, unsigned int entries_shift,
		 unsigned int backing, uint64_t left)
{
	struct tce_geometry geometry;
	uint64_t bytes, size = bit64(page_shift + entries_shift);

	if (kvm_table_cost(bridge->vm->kvm, bit64(entries_shift), &bytes))
		return false;
	if (bridge->members &&
	    geometry_of(bridge, hardware_shift(bridge, page_shift, backing), size, &geometry))
		return false;
	for (const struct papr_member *m = bridge->members; m; m = m->next)
		if (papr_member_is_first(bridge, m) &&
		    __builtin_add_overflow(bytes, geometry.charge, &bytes))
			return false;
	return bytes <= left;
}

static uint64_t block(const struct papr_bridge *bridge, unsigned int page_shift, unsigned int backing,
		      uint64_t left)
{
	for (unsigned int bits = WINDOW_SHIFT_MAX - page_shift + 1; bits--;)
		if (fits(bridge, page_shift, bits, backing, left))
			return bit64(bits);
	return 0;
}

uint64_t papr_limits_largest_block(const struct papr_bridge *bridge)
{
	uint64_t sizes = papr_limits_page_sizes(bridge), least = sizes ? UINT64_MAX : 0;
	uint64_t left = mem_ledger_left(bridge->vm->kvm->ledger);
	unsigned int backing = bridge->members ? backing_shift(bridge) : 0;

	for (; sizes; sizes &= sizes - 1)
		least = min_u64(least, block(bridge, (unsigned int)__builtin_ctzll(sizes), backing, left));
	return least;
}
