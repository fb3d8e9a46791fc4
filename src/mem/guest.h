/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's memory map: slots of guest addresses that show the program's memory, as
 * KVM_SET_USER_MEMORY_REGION makes them. Slots never overlap. Readers take no lock:
 *
 *  (M2) When mem_guest_set() or mem_guest_change() returns, no reader uses what it replaced.
 *
 * Whether the memory is registered is left to mem/region.h.
 */
#ifndef STCE_MEM_GUEST_H
#define STCE_MEM_GUEST_H

#include <pthread.h>

#include "util/rcu.h"
#include "util/types.h"

struct mem_slot {
	uint32_t id;
	struct gpa gpa;
	uint64_t size;
	struct vaddr address;
};

/* The first slot is there even if the count is 0, and then has no byte. */
struct mem_slot_set {
	size_t count;
	struct mem_slot slot[];
};

struct mem_guest {
	struct mem_slot_set *set;   /* RCU; sorted by gpa */
	pthread_mutex_t lock;
};

int mem_guest_init(struct mem_guest *guest);
void mem_guest_fini(struct mem_guest *guest);

/*
 * Adds or replaces a slot; a size of 0 removes it. After -EINVAL, -EEXIST, -ENOENT or -ENOMEM
 * nothing has changed.
 */
int mem_guest_set(struct mem_guest *guest, const struct mem_slot *slot);
/*
 * As mem_guest_set(), but like KVM it refuses to change an existing slot's size or memory: -EINVAL.
 */
int mem_guest_change(struct mem_guest *guest, const struct mem_slot *slot);

/* guest.c: looks among all slots. */
const struct mem_slot *mem_guest_search(const struct mem_slot_set *set, struct gpa gpa);

/* Returns the first slot if it shows gpa, or NULL. Calls no function. */
static inline const struct mem_slot *mem_guest_first_slot(struct mem_guest *guest, struct gpa gpa)
{
	const struct mem_slot *slot = &rcu_dereference(guest->set)->slot[0];

	return likely(gpa.value - slot->gpa.value < slot->size) ? slot : NULL;
}

/*
 * Returns the slot that shows gpa, or NULL. It is good until the caller leaves the RCU read lock. Most
 * guests have most of their memory in the first slot.
 */
static inline const struct mem_slot *mem_guest_slot(struct mem_guest *guest, struct gpa gpa)
{
	const struct mem_slot_set *set = rcu_dereference(guest->set);

	if (likely(gpa.value - set->slot[0].gpa.value < set->slot[0].size))
		return &set->slot[0];
	return mem_guest_search(set, gpa);
}

/*
 * Finds the program's address of gpa, and in *room the number of bytes from there to the end of its
 * slot. Returns false if no slot shows gpa. The caller must be inside the RCU read lock.
 */
static inline bool mem_guest_find(struct mem_guest *guest, struct gpa gpa, struct vaddr *address, uint64_t *room)
{
	const struct mem_slot *slot = mem_guest_slot(guest, gpa);

	if (!slot)
		return false;
	*address = to_vaddr(slot->address.value + (gpa.value - slot->gpa.value));
	*room = slot->size - (gpa.value - slot->gpa.value);
	return true;
}

/*
 * Reads the n-th slot in the order of guest addresses; false past the end. The caller must be
 * inside the RCU read lock.
 */
bool mem_guest_nth(struct mem_guest *guest, size_t n, struct mem_slot *slot);

#endif
