/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements reference.h: each call makes Linux's checks in Linux's order, then changes the model. */
#include "reference.h"

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#define V1 VFIO_SPAPR_TCE_IOMMU
#define V2 VFIO_SPAPR_TCE_v2_IOMMU
#define DMA32_SIZE (2 * GIB)

/* ---- sums and searches ---- */

static unsigned int number_of(const struct reference *ref, const struct ref_container *c)
{
	return (unsigned int)(c - ref->object);
}

static unsigned int groups_in(const struct reference *ref, const struct ref_container *c)
{
	unsigned int n = 0;

	for (int g = 0; g < REF_GROUPS; g++)
		n += ref->group[g].container == c;
	return n;
}

static bool is_used(const struct ref_region *region)
{
	for (unsigned int i = 0; i < REF_OBJECTS; i++)
		if (region->in[i])
			return true;
	return false;
}

/* Counts the TCEs of v2 windows that point into a region. */
static unsigned int mapped_in(const struct reference *ref, const struct ref_region *region)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < REF_OBJECTS; i++) {
		const struct ref_container *c = &ref->object[i];

		for (unsigned int s = 0; s < REF_SLOTS && c->type == V2; s++)
			for (unsigned int e = 0; e < c->window[s].count; e++) {
				uint64_t at = c->window[s].entry[e].vaddr;

				n += at >= region->start && at - region->start < region->size;
			}
	}
	return n;
}

uint64_t ref_locked(const struct reference *ref)
{
	uint64_t sum = ref_registered(ref);

	for (unsigned int i = 0; i < REF_OBJECTS; i++) {
		const struct ref_container *c = &ref->object[i];

		sum += c->v1_charge;
		for (unsigned int s = 0; s < REF_SLOTS; s++)
			sum += c->window[s].exists ? c->window[s].charge : 0;
	}
	return sum;
}

uint64_t ref_registered(const struct reference *ref)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < ref->regions; i++)
		sum += ref->region[i].size;
	return sum;
}

uint64_t ref_mapped(const struct reference *ref)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < REF_OBJECTS; i++)
		for (unsigned int s = 0; s < REF_SLOTS; s++)
			sum += ref->object[i].window[s].count;
	return sum;
}

static bool can_charge(const struct reference *ref, uint64_t bytes)
{
	uint64_t locked = ref_locked(ref);

	return locked <= ref->limit && bytes <= ref->limit - locked;
}

/* A region ends when no container has it registered and no TCE points into it. */
static void drop_unused_regions(struct reference *ref)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < ref->regions; i++)
		if (is_used(&ref->region[i]) || mapped_in(ref, &ref->region[i]))
			ref->region[kept++] = ref->region[i];
	ref->regions = kept;
}

/* ---- tables ---- */

static unsigned int ceil_log2(uint64_t n)
{
	unsigned int shift = 0;

	while ((UINT64_C(1) << shift) < n)
		shift++;
	return shift;
}

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/*
 * Returns log2 of the number of entries that a table needs for `size` bytes with pages of
 * 2^page_shift bytes. It is negative if the size is below a page.
 */
static int entries_shift(unsigned int page_shift, uint64_t size)
{
	return (int)ceil_log2(size) - (int)page_shift;
}

/* Returns log2 of the bytes of a node. */
static unsigned int node_shift(unsigned int host_page_shift, unsigned int page_shift, uint64_t size,
			       unsigned int levels)
{
	int e = entries_shift(page_shift, size);
	unsigned int digit = e > 0 ? ((unsigned int)e + levels - 1) / levels : 0;

	return digit + 3 > host_page_shift ? digit + 3 : host_page_shift;
}

uint64_t ref_table_charge(unsigned int host_page_shift, unsigned int page_shift, uint64_t size,
			  unsigned int levels)
{
	uint64_t node = bit64(node_shift(host_page_shift, page_shift, size, levels));
	uint64_t t = bit64(entries_shift(page_shift, size) + 3), sum = 0;

	if (t < 4096)
		t = 4096;
	for (unsigned int l = 0; l < levels; l++) {
		sum += round_up(t, node);
		t = round_up(t, node) / node * 8;
		if (t < node)
			t = node;
	}
	return 2 * sum;
}

static uint64_t pages_of(const struct ref_window *w)
{
	return w->size >> w->page_shift;
}

static struct ref_entry *entry_at(struct ref_window *w, uint64_t index)
{
	for (unsigned int e = 0; e < w->count; e++)
		if (w->entry[e].index == index)
			return &w->entry[e];
	return NULL;
}

static void clear(struct ref_window *w, uint64_t first, uint64_t pages)
{
	unsigned int kept = 0;

	for (unsigned int e = 0; e < w->count; e++)
		if (w->entry[e].index < first || w->entry[e].index - first >= pages)
			w->entry[kept++] = w->entry[e];
	w->count = kept;
}

static int make_window(struct reference *ref, struct ref_container *c, unsigned int slot,
		       unsigned int page_shift, uint64_t size, unsigned int levels)
{
	struct ref_window *w = &c->window[slot];
	unsigned int node, digit;
	uint64_t charge;

	if (levels < 1 || levels > 5 || !size || size & (size - 1) ||
	    entries_shift(page_shift, size) < -3 || (levels > 1 && entries_shift(page_shift, size) < 1 - (int)levels))
		return -EINVAL;
	charge = ref_table_charge(ref->host_page_shift, page_shift, size, levels);
	node = node_shift(ref->host_page_shift, page_shift, size, levels);
	digit = node - 3;
	if (!can_charge(ref, charge))
		return -ENOMEM;
	if (digit * levels + page_shift >= 55)
		return -EINVAL;
	if (node > 24)
		return -ENOMEM;
	w->exists = true;
	w->page_shift = page_shift;
	w->start = slot ? REF_HIGH : 0;
	w->size = size;
	w->charge = charge;
	w->count = 0;
	return 0;
}

static void drop_window(struct reference *ref, struct ref_window *w)
{
	w->exists = false;
	w->count = 0;
	drop_unused_regions(ref);
}

static int make_default(struct reference *ref, struct ref_container *c)
{
	int r;

	if (!c->pending)
		return 0;
	r = make_window(ref, c, 0, 12, DMA32_SIZE, 1);
	if (!r)
		c->pending = false;
	return r;
}

/* ---- who holds whom ---- */

static void end_iommu(struct reference *ref, struct ref_container *c)
{
	for (unsigned int s = 0; s < REF_SLOTS; s++)
		drop_window(ref, &c->window[s]);
	for (unsigned int i = 0; i < ref->regions; i++)
		ref->region[i].in[number_of(ref, c)] = false;
	c->type = 0;
	c->pending = c->enabled = c->bound = false;
	c->v1_charge = 0;
	drop_unused_regions(ref);
}

static void forget_if_unheld(struct reference *ref, struct ref_container *c)
{
	bool has_number = false;

	for (int i = 0; i < REF_CONTAINERS; i++)
		has_number |= ref->container[i] == c;
	if (!has_number && !groups_in(ref, c))
		c->exists = false;
}

static void detach(struct reference *ref, struct ref_group *g)
{
	struct ref_container *c = g->container;

	g->container = NULL;
	if (c->type && !groups_in(ref, c))
		end_iommu(ref, c);
	forget_if_unheld(ref, c);
}

static void release_if_unused(struct reference *ref, struct ref_group *g)
{
	if (g->open || g->devices)
		return;
	if (g->container)
		detach(ref, g);
	g->busy = false;
}

void ref_init(struct reference *ref)
{
	memset(ref->object, 0, sizeof(ref->object));
	memset(ref->container, 0, sizeof(ref->container));
	ref->regions = 0;
	for (int i = 0; i < REF_CONTAINERS; i++)
		ref_open_container(ref, i);
	for (int g = 0; g < REF_GROUPS; g++)
		ref->group[g] = (struct ref_group){ .open = true, .busy = true };
}

int ref_close_container(struct reference *ref, int container)
{
	struct ref_container *c = ref->container[container];

	if (!c)
		return -EBADF;
	ref->container[container] = NULL;
	forget_if_unheld(ref, c);
	return 0;
}

int ref_open_container(struct reference *ref, int container)
{
	if (ref->container[container])
		return 0;
	for (unsigned int i = 0; i < REF_OBJECTS; i++) {
		struct ref_container *c = &ref->object[i];

		if (c->exists)
			continue;
		c->exists = true;
		ref->container[container] = c;
		break;
	}
	return 0;
}

int ref_close_group(struct reference *ref, int group)
{
	struct ref_group *g = &ref->group[group];

	if (!g->open)
		return -EBADF;
	g->open = false;
	release_if_unused(ref, g);
	return 0;
}

int ref_open_group(struct reference *ref, int group)
{
	struct ref_group *g = &ref->group[group];

	if (g->busy)
		return -EBUSY;
	g->open = g->busy = true;
	return 0;
}

int ref_open_device(struct reference *ref, int group)
{
	struct ref_group *g = &ref->group[group];

	if (!g->open)
		return -EBADF;
	if (!g->container || !g->container->type)
		return -EINVAL;
	g->devices++;
	return 0;
}

int ref_close_device(struct reference *ref, int group)
{
	struct ref_group *g = &ref->group[group];

	if (!g->devices)
		return -EBADF;
	g->devices--;
	release_if_unused(ref, g);
	return 0;
}

int ref_set_container(struct reference *ref, int group, int container)
{
	struct ref_group *g = &ref->group[group];
	struct ref_container *c = container < 0 ? NULL : ref->container[container];

	if (!g->open || (!c && container != REF_NOT_A_CONTAINER))
		return -EBADF;
	if (g->container)
		return -EINVAL;
	if (!c)
		return -EBADFD;
	if (c->type == V1 && groups_in(ref, c))
		return -EBUSY;
	g->container = c;
	return 0;
}

int ref_unset_container(struct reference *ref, int group)
{
	struct ref_group *g = &ref->group[group];

	if (!g->open)
		return -EBADF;
	if (!g->container)
		return -EINVAL;
	if (g->devices)
		return -EBUSY;
	detach(ref, g);
	return 0;
}

int ref_status(const struct reference *ref, int group)
{
	const struct ref_group *g = &ref->group[group];

	if (!g->open)
		return -EBADF;
	return g->container ? VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET :
			      VFIO_GROUP_FLAGS_VIABLE;
}

/* ---- the container's calls ---- */

int ref_set_iommu(struct reference *ref, int container, int type)
{
	struct ref_container *c = ref->container[container];

	if (!c)
		return -EBADF;
	if (!groups_in(ref, c) || c->type)
		return -EINVAL;
	if (type == VFIO_EEH)
		return -EINVAL;
	if (type != V1 && type != V2)
		return -ENODEV;
	if (type == V1 && groups_in(ref, c) > 1)
		return -EBUSY;
	c->type = type;
	c->pending = true;
	return 0;
}

/* Makes the checks that come first in every call of one type of IOMMU, or of both (0). */
static int begin(struct reference *ref, int container, int type, struct ref_container **c)
{
	*c = ref->container[container];
	if (!*c)
		return -EBADF;
	if (!(*c)->type)
		return -EINVAL;
	return type && (*c)->type != type ? -ENOTTY : 0;
}

int ref_enable(struct reference *ref, int container)
{
	struct ref_container *c;
	int r = begin(ref, container, V1, &c);

	if (r)
		return r;
	if (c->enabled)
		return -EBUSY;
	if (!can_charge(ref, DMA32_SIZE))
		return -ENOMEM;
	c->v1_charge = DMA32_SIZE;
	c->enabled = true;
	return 0;
}

int ref_disable(struct reference *ref, int container)
{
	struct ref_container *c;
	int r = begin(ref, container, V1, &c);

	if (r)
		return r;
	c->v1_charge = 0;
	c->enabled = false;
	return 0;
}

int ref_get_info(struct reference *ref, int container)
{
	struct ref_container *c;

	return begin(ref, container, 0, &c);
}

static struct ref_region *find_region(struct reference *ref, uint64_t start, uint64_t size)
{
	for (unsigned int i = 0; i < ref->regions; i++)
		if (ref->region[i].start == start && ref->region[i].size == size)
			return &ref->region[i];
	return NULL;
}

static bool overlaps_a_region(const struct reference *ref, uint64_t start, uint64_t size)
{
	for (unsigned int i = 0; i < ref->regions; i++) {
		const struct ref_region *region = &ref->region[i];

		if (start < region->start + region->size && region->start < start + size)
			return true;
	}
	return false;
}

int ref_register(struct reference *ref, int container, uint64_t vaddr, uint64_t size)
{
	uint64_t page = bit64(ref->host_page_shift), pinned;
	struct ref_region *region;
	struct ref_container *c;
	int r = begin(ref, container, V2, &c);

	if (r)
		return r;
	c->bound = true;
	if (vaddr % page || size % page)
		return -EINVAL;
	if (size && vaddr + size <= vaddr)
		return -EINVAL;
	region = find_region(ref, vaddr, size);
	if (region && region->in[number_of(ref, c)])
		return -EBUSY;
	if (!region) {
		if (!can_charge(ref, size) || !size)
			return -ENOMEM;
		pinned = ref->pinnable(vaddr, size);
		if (pinned < page)
			return -EFAULT;
		if (pinned < size)
			return (int)(pinned / page);
		if (overlaps_a_region(ref, vaddr, size))
			return -EINVAL;
		region = &ref->region[ref->regions++];
		*region = (struct ref_region){ .start = vaddr, .size = size };
	}
	region->in[number_of(ref, c)] = true;
	c->enabled = true;
	return 0;
}

int ref_unregister(struct reference *ref, int container, uint64_t vaddr, uint64_t size)
{
	uint64_t page = bit64(ref->host_page_shift);
	struct ref_region *region;
	struct ref_container *c;
	int r = begin(ref, container, V2, &c);

	if (r)
		return r;
	if (!c->bound)
		return -EPERM;
	if (vaddr % page || size % page)
		return -EINVAL;
	region = find_region(ref, vaddr, size);
	if (!region || !region->in[number_of(ref, c)])
		return -ENOENT;
	region->in[number_of(ref, c)] = false;
	if (!is_used(region) && mapped_in(ref, region)) {
		region->in[number_of(ref, c)] = true;   /* DIFF-5 */
		return -EBUSY;
	}
	drop_unused_regions(ref);
	return 0;
}

int ref_create(struct reference *ref, int container, uint32_t page_shift, uint64_t size,
	       uint32_t levels, uint64_t *start)
{
	struct ref_container *c;
	unsigned int slot = 0;
	int r = begin(ref, container, V2, &c);

	if (r)
		return r;
	c->bound = true;
	r = make_default(ref, c);
	if (r)
		return r;
	while (slot < REF_SLOTS && c->window[slot].exists)
		slot++;
	if (slot == REF_SLOTS)
		return -ENOSPC;
	if (page_shift > 63 || !(ref->page_sizes & bit64(page_shift)))
		return -EINVAL;
	r = make_window(ref, c, slot, page_shift, size, levels);
	if (!r)
		*start = c->window[slot].start;
	return r;
}

int ref_remove(struct reference *ref, int container, uint64_t start)
{
	struct ref_container *c;
	int r = begin(ref, container, V2, &c);

	if (r)
		return r;
	c->bound = true;
	if (c->pending && start == 0) {
		c->pending = false;
		return 0;
	}
	for (unsigned int s = 0; s < REF_SLOTS; s++) {
		struct ref_window *w = &c->window[s];

		if (!w->exists || start < w->start || start - w->start >= w->size)
			continue;
		drop_window(ref, w);
		return 0;
	}
	return -EINVAL;
}

/* Finds the window that holds a bus address. */
static struct ref_window *window_at(struct ref_container *c, uint64_t iova)
{
	for (unsigned int s = 0; s < REF_SLOTS; s++) {
		struct ref_window *w = &c->window[s];

		if (w->exists && iova >= w->start &&
		    (iova - w->start) >> w->page_shift < pages_of(w))
			return w;
	}
	return NULL;
}

/* Tells whether v2 may map this page. */
static bool is_registered(const struct reference *ref, uint64_t vaddr, unsigned int page_shift)
{
	for (unsigned int i = 0; i < ref->regions; i++) {
		const struct ref_region *region = &ref->region[i];

		if (vaddr >= region->start && vaddr - region->start < region->size)
			return region->size - (vaddr - region->start) >= bit64(page_shift) &&
			       page_shift <= ref->host_page_shift;
	}
	return false;
}

/* Makes the checks that MAP and UNMAP share. The size must be a multiple of the window's page. */
static int check_range(const struct ref_window *w, uint64_t iova, uint64_t size)
{
	uint64_t page = bit64(w->page_shift);

	if (iova % page)
		return 1;
	if (size >> w->page_shift > pages_of(w) - ((iova - w->start) >> w->page_shift))
		return -EINVAL;   /* DIFF-1 */
	return 0;
}

int ref_map(struct reference *ref, int container, uint64_t vaddr, uint64_t iova, uint64_t size,
	    uint32_t flags)
{
	struct ref_container *c;
	struct ref_window *w;
	uint64_t page, first;
	int r = begin(ref, container, 0, &c);

	if (r)
		return r;
	if (!c->enabled)
		return -EPERM;
	if (flags & ~3u)
		return -EINVAL;
	r = make_default(ref, c);
	if (r)
		return r;
	w = window_at(c, iova);
	if (!w)
		return -ENXIO;
	page = bit64(w->page_shift);
	if (size % page || vaddr % page || !flags)
		return -EINVAL;
	r = check_range(w, iova, size);
	if (r)
		return r;
	if (c->type == V1 && size && ref->pinnable(vaddr, size) < size)
		return -EFAULT;
	for (uint64_t at = 0; at < size && c->type == V2; at += page)
		if (!is_registered(ref, vaddr + at, w->page_shift))
			return -EINVAL;
	/* From here on nothing can fail: DIFF-21. */
	first = (iova - w->start) >> w->page_shift;
	for (uint64_t i = 0; i < size >> w->page_shift; i++) {
		struct ref_entry *entry = entry_at(w, first + i);

		if (!entry)
			entry = &w->entry[w->count++];
		*entry = (struct ref_entry){ first + i, vaddr + (i << w->page_shift), flags };
	}
	drop_unused_regions(ref);
	return 0;
}

int ref_unmap(struct reference *ref, int container, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct ref_container *c;
	struct ref_window *w;
	int r = begin(ref, container, 0, &c);

	if (r)
		return r;
	if (!c->enabled)
		return -EPERM;
	if (flags)
		return -EINVAL;
	r = make_default(ref, c);
	if (r)
		return r;
	w = window_at(c, iova);
	if (!w)
		return -ENXIO;
	if (size % bit64(w->page_shift))
		return -EINVAL;
	r = check_range(w, iova, size);
	if (r)
		return r;
	clear(w, (iova - w->start) >> w->page_shift, size >> w->page_shift);
	drop_unused_regions(ref);
	return 0;
}

/* ---- the device ---- */

int ref_translate(const struct reference *ref, int group, uint64_t ioba, uint64_t *vaddr,
		  uint32_t *permissions)
{
	struct ref_container *c = ref->group[group].container;
	bool high = ioba & REF_HIGH;
	struct ref_window *w;
	struct ref_entry *entry;

	if (!c) {
		/* The host has an empty default window, and the bypass. */
		if (!high)
			return -EFAULT;
		*vaddr = ioba - REF_HIGH;
		*permissions = 3;
		return 0;
	}
	w = window_at(c, ioba);
	entry = w ? entry_at(w, (ioba - w->start) >> w->page_shift) : NULL;
	if (!entry)
		return -EFAULT;
	*vaddr = entry->vaddr + (ioba & (bit64(w->page_shift) - 1));
	/* WRITE implies READ. */
	*permissions = entry->permissions | 1;
	return 0;
}
