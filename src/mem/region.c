/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements region.h. The set of regions is changed under the lock. A region without references can
 * be found but not counted on. It is marked dead and put on a list, and the next change of the set
 * takes it out. What readers may still use then, regions and nodes of the set, is retired. Many are
 * freed together, because that waits for readers. Dropping the last TCE must not wait, so it only
 * marks the region and puts it on the list.
 */
#include "mem/region.h"

#include <errno.h>

#include "mem/gone.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/stats.h"

/* Linux pins as many pages at a time as it has pointers to them in one block of 16 MiB. */
#define PIN_CHUNK_PAGES ((16 * MIB) / 8)
/* So many nodes and regions are retired before somebody waits for readers. */
#define RETIRED_MAX 64u

int mem_registry_init(struct mem_registry *registry, struct mem_ledger *ledger,
		      struct stats *stats, enum mem_pin_mode pin_mode,
		      unsigned int host_page_shift)
{
	*registry = (struct mem_registry){ 0 };
	if (mem_counts_init(&registry->counts))
		return -ENOMEM;
	region_set_init(&registry->set);
	registry->ledger = ledger;
	registry->stats = stats;
	registry->pin_mode = pin_mode;
	registry->host_page_shift = host_page_shift;
	pthread_mutex_init(&registry->lock, NULL);
	return 0;
}

/* Takes a region out of the set, if it is there. -ENOMEM. */
static int take_out_locked(struct mem_registry *registry, struct mem_region *region)
{
	int r = region->in_set ? region_set_remove(&registry->set, region->start.value) : 0;

	if (!r)
		region->in_set = false;
	return r;
}

static void put_on_dead_list(struct mem_registry *registry, struct mem_region *region)
{
	region->next = atomic_load_explicit(&registry->dead, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&registry->dead, &region->next, region,
						      memory_order_release, memory_order_relaxed))
		;
}

/*
 * Takes the regions that have died out of the set and retires them. One that cannot be taken out for
 * want of memory stays on the list.
 */
static void sweep_locked(struct mem_registry *registry)
{
	struct mem_region *list = atomic_exchange(&registry->dead, NULL), *region;

	while ((region = list)) {
		list = region->next;
		if (take_out_locked(registry, region)) {
			put_on_dead_list(registry, region);
			continue;
		}
		mem_count_fini(&registry->counts, &region->references);
		region->next = registry->retired;
		registry->retired = region;
		registry->retired_count++;
	}
}

static void free_regions(struct mem_region *list)
{
	while (list) {
		struct mem_region *next = list->next;

		mem_gone_free(list);
		free(list);
		list = next;
	}
}

/* Nodes and regions that no reader finds any longer. */
struct retired {
	struct region_node *nodes;
	struct mem_region *regions;
};

/* Takes over what is retired if it is RETIRED_MAX pieces or more, else nothing. */
static struct retired take_retired_locked(struct mem_registry *registry)
{
	struct retired retired = { 0 };

	if (registry->set.retired_count + registry->retired_count < RETIRED_MAX)
		return retired;
	retired.nodes = region_set_take_retired(&registry->set);
	retired.regions = registry->retired;
	registry->retired = NULL;
	registry->retired_count = 0;
	return retired;
}

/*
 * Ends a change, and frees what is retired. It waits for readers without the lock, so other changes
 * need not wait with it.
 */
static void unlock_after_change(struct mem_registry *registry)
{
	struct retired retired = take_retired_locked(registry);

	pthread_mutex_unlock(&registry->lock);
	if (!retired.nodes && !retired.regions)
		return;
	rcu_synchronize();
	region_nodes_free(retired.nodes);
	free_regions(retired.regions);
}

void mem_registry_fini(struct mem_registry *registry)
{
	struct mem_region *region;
	uint64_t from = 0;

	sweep_locked(registry);
	while ((region = region_set_from(&registry->set, from))) {
		from = region->start.value + 1;
		mem_gone_free(region);
		free(region);
	}
	region_set_fini(&registry->set);
	free_regions(registry->retired);
	mem_counts_fini(&registry->counts);
	pthread_mutex_destroy(&registry->lock);
}

/*
 * Marks a region without references dead and gives its charge back. It takes no lock, because the
 * last TCE may go in any tier. A thread that holds the lock may see the flag first and take the
 * region out of the set, but only one that finds it on the list retires it.
 */
void mem_region_die(struct mem_region *region)
{
	struct mem_registry *registry = region->registry;

	mem_ledger_return(registry->ledger, region->length);
	STATS_GAUGE_SUB(registry->stats, registered_bytes, region->length);
	atomic_store_explicit(&region->dead, true, memory_order_release);
	/* From here on a sweep may free it. */
	put_on_dead_list(registry, region);
}

bool mem_region_try_get(struct mem_region *region, uint64_t n)
{
	return mem_count_get(&region->registry->counts, &region->references, n);
}

/* Adds a use to the region of exactly this range, or returns NULL if no such region lives. */
static struct mem_region *reuse_locked(struct mem_registry *registry,
				       uint64_t start, uint64_t length)
{
	struct mem_region *region = region_set_find_exact(&registry->set, start, length);

	if (!region || region->dead)
		return NULL;
	/* TCEs keep a region alive that is no longer registered; it can be registered again. */
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

/* Pins all of a range. Returns as mem_region_register(). */
static int pin_all(struct mem_registry *registry, uint64_t start, uint64_t length, unsigned int *page_shift)
{
	unsigned int backing_shift = registry->host_page_shift;
	/* In a range that can hold one host page only no larger one has to be looked for. */
	bool fits_larger = (unsigned int)__builtin_ctzll(start | length) > registry->host_page_shift;
	uint64_t pinned;
	int r = mem_pin(to_vaddr(start), length, registry->pin_mode, &pinned, fits_larger ? &backing_shift : NULL);

	if (r)
		return r;
	*page_shift = mem_region_page_shift(start, length, backing_shift, registry->host_page_shift);
	if (pinned == length)
		return 0;
	/*
	 * [linux mm_iommu_do_alloc] Linux returns the number of pages that it could pin in the last
	 * chunk, and no error.
	 */
	r = REASON((int)((pinned >> registry->host_page_shift) % PIN_CHUNK_PAGES),
		   "only %llu of %llu bytes at %#llx are mapped writable",
		   (unsigned long long)pinned, (unsigned long long)length, (unsigned long long)start);
	return r ? r : -EFAULT;
}

/*
 * Makes a pinned and charged region that is not in the set yet. Returns as mem_region_register().
 */
static int region_new(struct mem_registry *registry, uint64_t start,
		      uint64_t length, struct mem_region **out)
{
	struct mem_region *region;
	unsigned int page_shift;
	int r = mem_ledger_charge(registry->ledger, length);

	if (r)
		return r;
	if (!length) {
		r = REASON(-ENOMEM, "0 bytes cannot be registered");
		goto return_charge;
	}
	r = pin_all(registry, start, length, &page_shift);
	if (r)
		goto return_charge;
	region = ALLOC(struct mem_region);
	if (!region) {
		r = -ENOMEM;
		goto return_charge;
	}
	region->start = to_vaddr(start);
	region->length = length;
	region->page_shift = page_shift;
	region->registry = registry;
	region->used = 1;
	*out = region;
	return 0;

return_charge:
	mem_ledger_return(registry->ledger, length);
	return r;
}

/* Takes dead regions out of a range's way. */
static int make_way_locked(struct mem_registry *registry, uint64_t start, uint64_t length)
{
	struct mem_region *region;
	int r = 0;

	while (!r && (region = region_set_overlapping(&registry->set, start, length))) {
		if (!region->dead)
			return REASON(-EINVAL, "[%#llx, +%#llx) overlaps registered memory",
				      (unsigned long long)start, (unsigned long long)length);
		r = take_out_locked(registry, region);
	}
	return r;
}

static int add_locked(struct mem_registry *registry, struct mem_region *region)
{
	int r = make_way_locked(registry, region->start.value, region->length);

	if (r)
		return r;
	mem_count_init(&registry->counts, &region->references);
	r = region_set_add(&registry->set, region);
	if (r)
		mem_count_fini(&registry->counts, &region->references);
	else
		region->in_set = true;
	return r;
}

int mem_region_renew(struct mem_region *region)
{
	unsigned int page_shift;
	int r;

	if (!mem_region_has_gaps(region))
		return 0;
	r = pin_all(region->registry, region->start.value, region->length, &page_shift);
	if (!r)
		mem_gone_fill(region, page_shift);
	return r;
}

int mem_region_register(struct mem_registry *registry, struct vaddr start,
			uint64_t length, struct mem_region **out)
{
	struct mem_region *region = length ? reuse(registry, start.value, length) : NULL;
	int r;

	if (region) {
		r = mem_region_renew(region);
		if (r)
			mem_region_release(region);
		*out = region;
		return r;
	}
	r = region_new(registry, start.value, length, &region);
	if (r)
		return r;
	pthread_mutex_lock(&registry->lock);
	sweep_locked(registry);
	r = add_locked(registry, region);
	unlock_after_change(registry);
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
	uint64_t left;
	int r = 0;

	pthread_mutex_lock(&registry->lock);
	left = region->used > 1 ? 0 : take_last_locked(region);
	if (!left)
		region->used--;
	if (!region->used)
		mem_region_die(region);
	/* [DIFF-5] This is as before v5.1; later kernels orphan the region instead. */
	if (left)
		r = REASON(-EBUSY, "%llu TCEs still point into the region", (unsigned long long)left);
	sweep_locked(registry);
	unlock_after_change(registry);
	return r;
}

void mem_region_release(struct mem_region *region)
{
	struct mem_registry *registry = region->registry;

	pthread_mutex_lock(&registry->lock);
	if (--region->used == 0) {
		mem_count_fold(&registry->counts, &region->references);
		mem_region_put(region, 1);
	}
	sweep_locked(registry);
	unlock_after_change(registry);
}

struct mem_region *mem_region_get(struct mem_registry *registry, struct vaddr start,
				  uint64_t length, uint64_t n)
{
	struct mem_region *region;

	rcu_read_lock();
	region = region_set_find(&registry->set, start.value, length);
	if (region && (mem_region_reach(region, start) < length || !mem_region_try_get(region, n)))
		region = NULL;
	rcu_read_unlock();
	return region;
}

struct mem_region *mem_region_of(struct mem_registry *registry, struct vaddr address)
{
	return region_set_find(&registry->set, address.value, 1);
}

uint64_t mem_region_references(const struct mem_region *region)
{
	return mem_count_value(&region->registry->counts, &region->references);
}
