/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements guest.h. The slots are an array that is replaced as a whole, under the lock. */
#include "mem/guest.h"

#include <errno.h>

#include "util/alloc.h"
#include "util/range.h"
#include "util/reason.h"

#define GUEST_PAGE_SIZE 4096

/* Returns a set without slots that has room for so many, and for one at least. */
static struct mem_slot_set *set_new(size_t room)
{
	struct mem_slot_set *set;

	return alloc_zero(1, sizeof(*set) + max_u64(room, 1) * sizeof(set->slot[0]));
}

int mem_guest_init(struct mem_guest *guest)
{
	guest->set = set_new(0);
	if (!guest->set)
		return -ENOMEM;
	pthread_mutex_init(&guest->lock, NULL);
	return 0;
}

void mem_guest_fini(struct mem_guest *guest)
{
	free(guest->set);
	pthread_mutex_destroy(&guest->lock);
}

const struct mem_slot *mem_guest_search(const struct mem_slot_set *set, struct gpa gpa)
{
	size_t low = 0, high = set->count;
	const struct mem_slot *slot;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (set->slot[middle].gpa.value <= gpa.value)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	slot = &set->slot[low - 1];
	return gpa.value - slot->gpa.value < slot->size ? slot : NULL;
}

static int check(const struct mem_slot_set *set, const struct mem_slot *slot)
{
	bool exists = false;

	if (!is_aligned(slot->gpa.value | slot->size | slot->address.value, GUEST_PAGE_SIZE) ||
	    range_wraps(slot->gpa.value, slot->size) || range_wraps(slot->address.value, slot->size))
		return REASON(-EINVAL, "slot %u is not made of whole pages, or wraps", slot->id);
	for (size_t i = 0; i < set->count; i++) {
		const struct mem_slot *other = &set->slot[i];

		if (other->id == slot->id)
			exists = true;
		else if (ranges_overlap(other->gpa.value, other->size, slot->gpa.value, slot->size))
			return REASON(-EEXIST, "slot %u overlaps slot %u", slot->id, other->id);
	}
	return exists || slot->size ? 0 : REASON(-ENOENT, "there is no slot %u", slot->id);
}

static int replace_locked(struct mem_guest *guest, const struct mem_slot *slot)
{
	const struct mem_slot_set *old = guest->set;
	struct mem_slot_set *set = set_new(old->count + 1);
	bool placed = !slot->size;

	if (!set)
		return REASON(-ENOMEM, "no memory for the slots");
	for (size_t i = 0; i < old->count; i++) {
		if (old->slot[i].id == slot->id)
			continue;
		if (!placed && slot->gpa.value < old->slot[i].gpa.value) {
			set->slot[set->count++] = *slot;
			placed = true;
		}
		set->slot[set->count++] = old->slot[i];
	}
	if (!placed)
		set->slot[set->count++] = *slot;
	rcu_assign_pointer(guest->set, set);
	return 0;
}

/* [linux __kvm_set_memory_region] An existing slot can be moved; its size and its memory stay. */
static int check_change(const struct mem_slot_set *set, const struct mem_slot *slot)
{
	for (size_t i = 0; i < set->count && slot->size; i++) {
		const struct mem_slot *old = &set->slot[i];

		if (old->id == slot->id && (old->size != slot->size || old->address.value != slot->address.value))
			return REASON(-EINVAL, "slot %u exists: its size and its memory cannot change", slot->id);
	}
	return check(set, slot);
}

static int set_slot(struct mem_guest *guest, const struct mem_slot *slot,
		    int (*check_slot)(const struct mem_slot_set *set, const struct mem_slot *slot))
{
	struct mem_slot_set *old;
	int r;

	pthread_mutex_lock(&guest->lock);
	old = guest->set;
	r = check_slot(old, slot);
	if (!r)
		r = replace_locked(guest, slot);
	pthread_mutex_unlock(&guest->lock);
	if (r)
		return r;
	rcu_synchronize();
	free(old);
	return 0;
}

int mem_guest_set(struct mem_guest *guest, const struct mem_slot *slot)
{
	return set_slot(guest, slot, check);
}

int mem_guest_change(struct mem_guest *guest, const struct mem_slot *slot)
{
	return set_slot(guest, slot, check_change);
}

bool mem_guest_nth(struct mem_guest *guest, size_t n, struct mem_slot *slot)
{
	const struct mem_slot_set *set = rcu_dereference(guest->set);

	if (n >= set->count)
		return false;
	*slot = set->slot[n];
	return true;
}
