/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements bar_map.h. The mappings are a sorted array that is never changed but replaced, under the
 * lock of util/fork.h, so that a forked child finds it whole; readers find it under RCU. Each
 * element of an array has a reference of its own.
 */
#include "vfio/bar_map.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "util/alloc.h"
#include "util/fork.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/rcu.h"
#include "util/reason.h"

struct bar_set {
	size_t count;
	struct bar_mapping item[];
};

static struct bar_set *set;            /* RCU */

/* How many changes are in progress in this process, and how many there have been. */
static struct {
	_Atomic(uint64_t) mm;
	_Atomic(unsigned int) running;
	_Atomic(uint64_t) count;
} changes;

/* The changes that this thread knew of when it last found no mapping. */
static __thread uint64_t changes_seen;

/* A thread of the parent may have been changing something when it forked; its change is not ours. */
void bar_map_begin(void)
{
	uint64_t mm = atomic_load(&changes.mm);

	if (mm != mm_current() && atomic_compare_exchange_strong(&changes.mm, &mm, mm_current()))
		atomic_store(&changes.running, 0);
	atomic_fetch_add(&changes.running, 1);
}

void bar_map_end(void)
{
	atomic_fetch_add(&changes.count, 1);
	atomic_fetch_sub(&changes.running, 1);
}

bool bar_map_has_changed(void)
{
	uint64_t count;

	if (atomic_load(&changes.running) && atomic_load(&changes.mm) == mm_current()) {
		os_yield();
		return true;
	}
	count = atomic_load(&changes.count);
	if (count == changes_seen)
		return false;
	changes_seen = count;
	return true;
}

bool bar_map_is_own(const struct bar_mapping *mapping)
{
	return mapping->device->file.mm == mm_current();
}

/* Returns the first element that ends behind the address. */
static size_t first_behind(const struct bar_set *from, uint64_t address)
{
	size_t low = 0, high = from ? from->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (from->item[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool touches(const struct bar_set *from, struct range range)
{
	size_t i = first_behind(from, range.start);

	return from && i < from->count && from->item[i].start < range.start + range.length;
}

bool bar_map_has(struct range range)
{
	bool has;

	if (likely(!__atomic_load_n(&set, __ATOMIC_RELAXED)))
		return false;
	rcu_read_lock();
	has = touches(rcu_dereference(set), range);
	rcu_read_unlock();
	return has;
}

bool bar_map_get(uint64_t address, struct bar_mapping *mapping)
{
	const struct bar_set *now;
	bool has;

	rcu_read_lock();
	now = rcu_dereference(set);
	has = touches(now, (struct range){ address, 1 });
	if (has) {
		*mapping = now->item[first_behind(now, address)];
		if (bar_map_is_own(mapping))
			file_get(&mapping->device->file);
	}
	rcu_read_unlock();
	return has;
}

void bar_map_put(const struct bar_mapping *mapping)
{
	if (bar_map_is_own(mapping))
		file_put(&mapping->device->file);
}

/* Adds the part of a mapping that is in [start, end), if there is one, in its place. */
static void put_part(struct bar_set *to, struct bar_mapping mapping, uint64_t start, uint64_t end)
{
	size_t i = to->count;

	start = max_u64(start, mapping.start);
	mapping.offset += start - mapping.start;
	mapping.start = start;
	mapping.end = min_u64(end, mapping.end);
	if (mapping.start >= mapping.end)
		return;
	for (; i && to->item[i - 1].start > mapping.start; i--)
		to->item[i] = to->item[i - 1];
	to->item[i] = mapping;
	to->count++;
	if (bar_map_is_own(&mapping))
		file_get(&mapping.device->file);
}

/* The most that a change adds: a mapping, and the ends of two ranges, which split mappings. */
#define ROOM 5

static struct bar_set *set_new(void)
{
	return alloc_zero(1, sizeof(*set) + ((set ? set->count : 0) + ROOM) * sizeof(set->item[0]));
}

static void set_free(struct bar_set *old)
{
	for (size_t i = 0; old && i < old->count; i++)
		bar_map_put(&old->item[i]);
	free(old);
}

/* Copies what is outside the range. */
static void put_rest(struct bar_set *to, const struct bar_set *from, struct range range)
{
	for (size_t i = 0; from && i < from->count; i++) {
		put_part(to, from->item[i], 0, range.start);
		put_part(to, from->item[i], range.start + range.length, UINT64_MAX);
	}
}

/* Publishes a set and returns the old one, which the caller retires without the lock. */
static struct bar_set *publish(struct bar_set *made)
{
	struct bar_set *old = set;

	if (!made->count) {
		free(made);
		made = NULL;
	}
	rcu_assign_pointer(set, made);
	return old;
}

static void retire(struct bar_set *old)
{
	if (!old)
		return;
	rcu_synchronize();
	set_free(old);
}

int bar_map_add(const struct bar_mapping *mapping, void *wish, int flags, void **address)
{
	const uint64_t length = mapping->end - mapping->start;
	struct bar_mapping added = *mapping;
	struct bar_set *made, *old = NULL;
	void *p = (void *)-ENOMEM;

	fork_lock();
	made = set_new();
	bar_map_begin();
	if (made)
		p = os_mmap(wish, length, PROT_NONE, flags | MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!os_is_error(p)) {
		added.start = (uintptr_t)p;
		added.end = added.start + length;
		put_rest(made, set, (struct range){ added.start, length });
		put_part(made, added, 0, UINT64_MAX);
		old = publish(made);
	} else {
		free(made);
	}
	bar_map_end();
	fork_unlock();
	retire(old);
	*address = p;
	return os_is_error(p) ? os_error(p) : 0;
}

void bar_map_remove(struct range range)
{
	struct bar_set *made, *old = NULL;

	fork_lock();
	made = touches(set, range) ? set_new() : NULL;
	if (made) {
		put_rest(made, set, range);
		old = publish(made);
	}
	fork_unlock();
	retire(old);
}

/*
 * [linux mremap.c] The mappings of vfio-pci cannot grow (VM_DONTEXPAND) and cannot be left behind
 * (MREMAP_DONTUNMAP). Everything else is the kernel's to refuse.
 */
static int check_move(struct range range, uint64_t new_size, int flags)
{
	const uint64_t page = bit64(os_page_shift());

	if (flags & MREMAP_DONTUNMAP || !is_aligned(range.start, page) || !new_size)
		return REASON(-EINVAL, "registers move as whole pages, and leave their old place");
	if (align_up(new_size, page) > align_up(range.length, page))
		return REASON(-EFAULT, "a mapping of registers cannot grow");
	return 0;
}

/* Adds what is in the range, where mremap(2) has moved it. */
static void put_moved(struct bar_set *to, struct range range, struct range moved)
{
	for (size_t i = 0; i < set->count; i++) {
		struct bar_mapping item = set->item[i];

		item.start += moved.start - range.start;
		item.end += moved.start - range.start;
		put_part(to, item, moved.start, moved.start + moved.length);
	}
}

int bar_map_move(struct range range, uint64_t new_size, int flags, void *to, void **address)
{
	struct bar_set *made, *rest, *old = NULL;
	int r = check_move(range, new_size, flags);
	struct range moved;
	void *p;

	if (r)
		return r;
	range.length = align_up(range.length, bit64(os_page_shift()));
	fork_lock();
	rest = set_new();
	made = set_new();
	bar_map_begin();
	p = rest && made ? os_mremap((void *)range.start, range.length, new_size, flags, to) : (void *)-ENOMEM;
	if (!os_is_error(p)) {
		moved = (struct range){ (uintptr_t)p, align_up(new_size, bit64(os_page_shift())) };
		put_rest(rest, set, moved);
		put_rest(made, rest, range);
		put_moved(made, range, moved);
		old = publish(made);
	} else {
		free(made);
	}
	bar_map_end();
	fork_unlock();
	set_free(rest);
	retire(old);
	*address = p;
	return os_is_error(p) ? os_error(p) : 0;
}

/*
 * Changes the protection of everything in the range that is not ours, in order, as the kernel would.
 * Returns how much of the range comes before the first part that is refused.
 */
static uint64_t protect_others(struct range range, int prot, int *error)
{
	uint64_t at = range.start, end = range.start + range.length;

	*error = 0;
	for (size_t i = first_behind(set, at); !*error && at < end; i++) {
		bool is_last = !set || i >= set->count || set->item[i].start >= end;
		uint64_t next = is_last ? end : set->item[i].start;

		if (next > at)
			*error = os_mprotect((void *)at, next - at, prot);
		if (!*error)
			at = is_last ? end : min_u64(end, set->item[i].end);
	}
	return at - range.start;
}

int bar_map_protect(struct range range, int prot)
{
	struct bar_set *made, *old = NULL;
	int r = -ENOMEM;

	fork_lock();
	made = set_new();
	if (made) {
		range.length = protect_others(range, prot, &r);
		put_rest(made, set, range);
		for (size_t i = 0; set && i < set->count; i++) {
			struct bar_mapping item = set->item[i];

			item.prot = prot;
			put_part(made, item, range.start, range.start + range.length);
		}
		old = publish(made);
	}
	fork_unlock();
	retire(old);
	return r;
}
