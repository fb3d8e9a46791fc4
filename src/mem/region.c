/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements region.h. A thread that changes the set of regions does so under the lock and replaces
 * the set as a whole. A region without references is marked dead, which makes it invisible; the
 * next change of the set sweeps it out. Changing the set waits for readers, so dropping the last
 * TCE, which must not wait, never does it.
 */
#include "mem/region.h"

#include <errno.h>

#include "mem/region_set.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/stats.h"

/* Linux pins as many pages at a time as it has pointers to them in one block of 16 MiB. */
#define PIN_CHUNK_PAGES ((16 * MIB) / 8)

int mem_registry_init(struct mem_registry *registry, struct mem_ledger *ledger,
		      struct stats *stats, enum mem_pin_mode pin_mode,
		      unsigned int host_page_shift)
{
	*registry = (struct mem_registry){
		.set = region_set_empty(),
		.ledger = ledger,
		.stats = stats,
		.pin_mode = pin_mode,
		.host_page_shift = host_page_shift,
	};
	if (!registry->set)
		return -ENOMEM;
	if (mem_counts_init(&registry->counts)) {
		free(registry->set);
		registry->set = NULL;
		return -ENOMEM;
	}
	pthread_mutex_init(&registry->lock, NULL);
	return 0;
}

void mem_registry_fini(struct mem_registry *registry)
{
	for (size_t i = 0; i < registry->set->count; i++)
		free(registry->set->region[i]);
	free(registry->set);
	mem_counts_fini(&registry->counts);
	pthread_mutex_destroy(&registry->lock);
}

bool mem_region_try_get(struct mem_region *region, uint64_t n)
{
	return mem_count_get(&region->registry->counts, &region->references, n);
}

/* The old set and its dead regions, which are freed once no reader can see them. */
struct retired {
	struct mem_region_set *set;
	struct mem_region *dead;
};

/* Replaces the set by its live regions and, unless it is NULL, one more. */
static int replace_set_locked(struct mem_registry *registry, struct mem_region *added,
			      struct retired *retired)
{
	struct mem_region_set *next = region_set_next(registry->set, added, &retired->dead);

	if (!next)
		return REASON(-ENOMEM, "no memory for the set of regions");
	for (struct mem_region *region = retired->dead; region; region = region->next_dead)
		mem_count_fini(&registry->counts, &region->references);
	retired->set = registry->set;
	rcu_assign_pointer(registry->set, next);
	return 0;
}

/* Runs without the lock, because a reader that we wait for may be waiting for the lock. */
static void free_retired(struct retired *retired)
{
	if (!retired->set)
		return;
	rcu_synchronize();
	while (retired->dead) {
		struct mem_region *region = retired->dead;

		retired->dead = region->next_dead;
		free(region);
	}
	free(retired->set);
}

/*
 * Marks a region without references dead and gives its charge back. It takes no lock, because the
 * last TCE may go in any tier; a thread that sweeps looks at the flag only.
 */
static void mark_dead(struct mem_region *region)
{
	struct mem_registry *registry = region->registry;

	mem_ledger_return(registry->ledger, region->length);
	STATS_GAUGE_SUB(registry->stats, registered_bytes, region->length);
	atomic_store_explicit(&region->dead, true, memory_order_release);
}

/* Drops references; the call that drops the last one marks the region dead. */
void mem_region_put(struct mem_region *region, uint64_t n)
{
	if (mem_count_put(&region->registry->counts, &region->references, n))
		mark_dead(region);
}

struct mem_region *mem_region_find_exact(struct mem_registry *registry,
					 struct vaddr start, uint64_t length)
{
	struct mem_region *region;

	rcu_read_lock();
	region = region_set_find(rcu_dereference(registry->set), start.value, length);
	if (region && (region->start.value != start.value || region->length != length))
		region = NULL;
	rcu_read_unlock();
	return region;
}

/* Adds a use to the region of exactly this range, or returns NULL if no such region lives. */
static struct mem_region *reuse_locked(struct mem_registry *registry,
				       uint64_t start, uint64_t length)
{
	struct mem_region *region = region_set_find(registry->set, start, length);

	if (!region || region->dead ||
	    region->start.value != start || region->length != length)
		return NULL;
	/* A region that is no longer registered lives on its TCEs and can be registered again. */
	if (!region->used) {
		if (!mem_region_try_get(region, 1))
			return NULL;
		mem_count_spread(&region->references);
	}
	region->used++;
	return region;
}

static struct mem_region *reuse(struct mem_registry *registry, uint64_t start, uint64_t length)
{
	struct mem_region *region;

	pthread_mutex_lock(&registry->lock);
	region = reuse_locked(registry, start, length);
	pthread_mutex_unlock(&registry->lock);
	return region;
}

unsigned int mem_region_page_shift(uint64_t start, uint64_t length, unsigned int backing_shift,
				   unsigned int host_page_shift)
{
	unsigned int natural = (unsigned int)__builtin_ctzll(start | length);

	if (backing_shift <= os_page_shift() || backing_shift <= host_page_shift)
		backing_shift = host_page_shift;
	return natural < backing_shift ? natural : backing_shift;
}

/*
 * Makes a pinned and charged region that is not in the set yet. Returns as mem_region_register().
 */
static int region_new(struct mem_registry *registry, uint64_t start,
		      uint64_t length, struct mem_region **out)
{
	unsigned int backing_shift;
	struct mem_region *region;
	uint64_t pinned;
	int r = mem_ledger_charge(registry->ledger, length);

	if (r)
		return r;
	if (!length) {
		r = REASON(-ENOMEM, "0 bytes cannot be registered");
		goto return_charge;
	}
	r = mem_pin(to_vaddr(start), length, registry->pin_mode, &pinned, &backing_shift);
	if (r)
		goto return_charge;
	if (pinned < length) {
		/*
		 * [linux mm_iommu_do_alloc] Linux returns the number of pages that it could pin in
		 * the last chunk, and no error.
		 */
		r = REASON((int)((pinned >> registry->host_page_shift) % PIN_CHUNK_PAGES),
			   "only %llu of %llu bytes at %#llx are mapped writable",
			   (unsigned long long)pinned, (unsigned long long)length,
			   (unsigned long long)start);
		r = r ? r : -EFAULT;
		goto return_charge;
	}
	region = ALLOC(struct mem_region);
	if (!region) {
		r = -ENOMEM;
		goto return_charge;
	}
	region->start = to_vaddr(start);
	region->length = length;
	region->page_shift = mem_region_page_shift(start, length, backing_shift,
						   registry->host_page_shift);
	region->registry = registry;
	region->used = 1;
	*out = region;
	return 0;

return_charge:
	mem_ledger_return(registry->ledger, length);
	return r;
}

static int add_locked(struct mem_registry *registry, struct mem_region *region, struct retired *retired)
{
	int r;

	mem_count_init(&registry->counts, &region->references);
	r = replace_set_locked(registry, region, retired);
	if (r)
		mem_count_fini(&registry->counts, &region->references);
	return r;
}

int mem_region_register(struct mem_registry *registry, struct vaddr start,
			uint64_t length, struct mem_region **out)
{
	struct mem_region *region = length ? reuse(registry, start.value, length) : NULL;
	struct retired retired = { 0 };
	int r;

	if (region) {
		*out = region;
		return 0;
	}
	r = region_new(registry, start.value, length, &region);
	if (r)
		return r;
	pthread_mutex_lock(&registry->lock);
	if (region_set_overlaps(registry->set, start.value, length))
		r = REASON(-EINVAL, "[%#llx, +%#llx) overlaps registered memory",
			   (unsigned long long)start.value, (unsigned long long)length);
	else
		r = add_locked(registry, region, &retired);
	pthread_mutex_unlock(&registry->lock);
	free_retired(&retired);
	if (r) {
		mem_ledger_return(registry->ledger, length);
		free(region);
		return r;
	}
	STATS_GAUGE_ADD(registry->stats, registered_bytes, length);
	*out = region;
	return 0;
}

/*
 * Returns how many TCEs are left. If there are none, takes the last reference, that of the
 * registration.
 */
static uint64_t take_last_locked(struct mem_region *region)
{
	uint64_t only_ours = 1;

	mem_count_fold(&region->registry->counts, &region->references);
	if (!atomic_compare_exchange_strong(&region->references.common, &only_ours, 0))
		mem_count_spread(&region->references);
	return only_ours - 1;
}

int mem_region_unregister(struct mem_region *region)
{
	struct mem_registry *registry = region->registry;
	struct retired retired = { 0 };
	uint64_t left;
	int r = 0;

	pthread_mutex_lock(&registry->lock);
	left = region->used > 1 ? 0 : take_last_locked(region);
	if (!left)
		region->used--;
	if (!region->used) {
		mark_dead(region);
		replace_set_locked(registry, NULL, &retired);
	}
	/* [DIFF-5] This is as before v5.1; later kernels orphan the region instead. */
	if (left)
		r = REASON(-EBUSY, "%llu TCEs still point into the region", (unsigned long long)left);
	pthread_mutex_unlock(&registry->lock);
	free_retired(&retired);
	return r;
}

void mem_region_release(struct mem_region *region)
{
	struct mem_registry *registry = region->registry;
	bool last;

	pthread_mutex_lock(&registry->lock);
	last = --region->used == 0;
	if (last)
		mem_count_fold(&registry->counts, &region->references);
	pthread_mutex_unlock(&registry->lock);
	if (last)
		mem_region_put(region, 1);
}

struct mem_region *mem_region_get(struct mem_registry *registry, struct vaddr start,
				  uint64_t length, uint64_t n)
{
	struct mem_region *region;

	rcu_read_lock();
	region = region_set_find(rcu_dereference(registry->set), start.value, length);
	if (region && !mem_region_try_get(region, n))
		region = NULL;
	rcu_read_unlock();
	return region;
}

struct mem_region *mem_region_of(struct mem_registry *registry, struct vaddr address)
{
	return region_set_find(rcu_dereference(registry->set), address.value, 1);
}

uint64_t mem_region_references(const struct mem_region *region)
{
	return mem_count_value(&region->registry->counts, &region->references);
}
