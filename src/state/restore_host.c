/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges and builds containers, and judges devices. Where a VMM would make an ioctl, this file makes
 * it too. A container that is restored must be as SET_IOMMU leaves it, except that it may have
 * registered memory.
 */
#include "state/restore.h"

#include <errno.h>

#include "util/alloc.h"
#include "util/range.h"
#include "util/reason.h"
#include "vfio/iommu.h"

#define WINDOW_SHIFT_MIN 12
#define WINDOW_SHIFT_MAX 34

struct window_shape {
	uint32_t page_shift, levels;
	uint64_t size;                /* bytes; 0: there is no window */
};

struct container_shape {
	uint32_t id, type, enabled, is_on_bridge, is_default_pending;
	struct window_shape window[HOST_WINDOW_SLOTS];
	uint32_t regions;
};

static void unpack_container(struct unpack *from, struct container_shape *c)
{
	c->id = unpack_u32(from);
	c->type = unpack_u32(from);
	c->enabled = unpack_u32(from);
	c->is_on_bridge = unpack_u32(from);
	c->is_default_pending = unpack_u32(from);
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		c->window[slot].page_shift = unpack_u32(from);
		c->window[slot].levels = unpack_u32(from);
		c->window[slot].size = unpack_u64(from);
	}
	c->regions = unpack_u32(from);
}

/*
 * Finds the program's address of a range in the memory to which the VMM has given the number id.
 * -ENOENT: no memory has it; -EINVAL: that memory is too short.
 */
static int find_memory(const struct state *state, uint32_t id, uint64_t offset, uint64_t size,
		       uint64_t *address)
{
	const struct state_name *memory = state_find(state, STATE_KIND_MEMORY, id);

	if (!memory)
		return REASON(-ENOENT, "no memory has number %u", id);
	if (!range_contains(0, memory->size, offset, size))
		return REASON(-EINVAL, "memory %u ends before %#llx", id,
			      (unsigned long long)(offset + size));
	*address = memory->address + offset;
	return 0;
}

static int next_region(const struct state *state, struct unpack *from, uint64_t *address, uint64_t *length)
{
	uint32_t id = unpack_u32(from);
	uint64_t offset = unpack_u64(from);

	*length = unpack_u64(from);
	if (from->has_failed)
		return REASON(-EPROTO, "a registered range is incomplete");
	return find_memory(state, id, offset, *length, address);
}

static bool is_default(const struct vfio_iommu *iommu, const struct window_shape *window)
{
	return window->page_shift == PAPR_DEFAULT_PAGE_SHIFT && window->levels == 1 &&
	       window->size == iommu->groups->pe->dma32.size;
}

static bool is_empty(const struct host_window *window)
{
	uint64_t entry[HOST_WINDOW_READ_MAX], n;
	unsigned int count;

	for (uint64_t at = 0; at < window->geometry.entries; at += n) {
		n = host_window_read(window, to_index(at), entry, &count);
		for (unsigned int i = 0; i < count; i++)
			if (tce_is_valid(entry[i]))
				return false;
	}
	return true;
}

/* Tells whether the container has only an empty default window, or that is still pending. */
static bool is_as_new_locked(const struct vfio_iommu *iommu)
{
	const struct host_window *low = iommu->window[0];

	if (iommu->window[1])
		return false;
	if (!low)
		return atomic_load(&iommu->default_pending);
	return is_empty(low) && is_default(iommu, &(struct window_shape){
		low->geometry.page_shift, low->geometry.levels,
		low->geometry.window_size });
}

static int check_here(const struct state *state, const struct state_name *name,
		      const struct container_shape *c)
{
	struct vfio_iommu *iommu = state_iommu(name);
	bool is_on_bridge = state->papr && papr_bridge_has_container(state->papr, name->file);
	int r = 0;

	if (!iommu || iommu_type(iommu)->type != c->type)
		return REASON(-EINVAL, "container %u had an IOMMU of type %u, unlike here", c->id, c->type);
	if (c->type == VFIO_SPAPR_TCE_IOMMU &&
	    (c->is_on_bridge || c->window[1].size ||
	     (!c->is_default_pending && !is_default(iommu, &c->window[0]))))
		return REASON(-EINVAL, "container %u had a different default window", c->id);
	if (is_on_bridge != c->is_on_bridge)
		return REASON(-EINVAL, "container %u was%s on a bridge, unlike here", c->id,
			      c->is_on_bridge ? "" : " not");
	if (is_on_bridge)
		return 0;
	pthread_mutex_lock(iommu->lock);
	if (!is_as_new_locked(iommu))
		r = REASON(-EEXIST, "container %u has windows or mappings already", c->id);
	pthread_mutex_unlock(iommu->lock);
	return r;
}

/*
 * Returns how many entries a new table has: all of them if it has one level, else those of its first
 * node. Mappings add nodes.
 */
static uint64_t first_node(const struct tce_geometry *g)
{
	return g->levels > 1 ? bit64(g->digit_bits) : g->entries;
}

/*
 * Counts the entries that the new windows have, and keeps their geometry for count_mapping().
 * state_allow() refuses a stream that would make too many.
 */
static int count_windows(struct state_restore *restore, const struct state_name *name, const struct container_shape *c)
{
	const struct host_phb *phb = state_iommu(name)->groups ? state_iommu(name)->groups->pe->phb : NULL;
	struct state_container *list = state_list_grow(restore->container, restore->containers, sizeof(*list));
	struct state_container *own;
	int r = 0;

	if (!list)
		return REASON(-ENOMEM, "no memory for a container");
	restore->container = list;
	own = &list[restore->containers++];
	*own = (struct state_container){ .id = c->id };
	if (c->is_on_bridge || c->is_default_pending || !phb)
		return 0;
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS && !r; slot++) {
		const struct window_shape *w = &c->window[slot];

		if (!w->size)
			continue;
		if (w->page_shift < WINDOW_SHIFT_MIN || w->page_shift > WINDOW_SHIFT_MAX)
			return REASON(-EPROTO, "no window has pages of 2^%u bytes", w->page_shift);
		r = phb->platform->windows->geometry(&own->window[slot], w->page_shift, w->size, w->levels,
						     phb->host_page_shift);
		if (!r)
			r = state_allow(restore, first_node(&own->window[slot]));
	}
	return r;
}

int state_judge_container(struct state_restore *restore, struct unpack *from)
{
	struct container_shape c;
	const struct state_name *name;
	uint64_t address, length;
	int r = 0;

	unpack_container(from, &c);
	name = state_find(restore->state, STATE_KIND_CONTAINER, c.id);
	if (!name)
		return REASON(-ENOENT, "no container has number %u", c.id);
	for (uint32_t i = 0; i < c.regions && !r; i++)
		r = next_region(restore->state, from, &address, &length);
	if (r)
		return r;
	if (!unpack_is_done(from) || (c.regions && c.type != VFIO_SPAPR_TCE_v2_IOMMU))
		return REASON(-EPROTO, "a container's section has a wrong length, or regions without v2");
	r = check_here(restore->state, name, &c);
	return r ? r : count_windows(restore, name, &c);
}

static void unregister(struct state_restore *restore, const struct state_undo *undo)
{
	struct file *file = undo->object;
	struct vfio_iommu_spapr_register_memory p = { .argsz = sizeof(p), .vaddr = undo->a, .size = undo->b };

	file->ops->ioctl(file, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &p);
}

/* Registers a range, unless the VMM has registered it already (-EBUSY). */
static int register_region(struct state_restore *restore, struct file *file, uint64_t address,
			   uint64_t length)
{
	struct vfio_iommu_spapr_register_memory p = { .argsz = sizeof(p), .vaddr = address, .size = length };
	long r = state_undo_reserve(restore);

	if (!r)
		r = file->ops->ioctl(file, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &p);
	if (r == -EBUSY)
		return 0;
	if (r > 0)
		return REASON(-EFAULT, "the range at %#llx cannot be registered", (unsigned long long)address);
	if (!r)
		state_undo_push(restore, (struct state_undo){ unregister, file, address, length });
	return (int)r;
}

static void disable_iommu(struct state_restore *restore, const struct state_undo *undo)
{
	struct file *file = undo->object;

	file->ops->ioctl(file, VFIO_IOMMU_DISABLE, NULL);
}

static int enable_iommu(struct state_restore *restore, struct file *file, struct vfio_iommu *iommu)
{
	int r;

	if (atomic_load(&iommu->enabled) || iommu_type(iommu) != &vfio_iommu_v1)
		return 0;
	r = state_undo_reserve(restore);
	if (!r)
		r = (int)file->ops->ioctl(file, VFIO_IOMMU_ENABLE, NULL);
	if (!r)
		state_undo_push(restore, (struct state_undo){ .undo = disable_iommu, .object = file });
	return r;
}

/* Undoes create_windows() and the mappings: no window is left, and the default one is pending. */
static void remove_windows(struct state_restore *restore, const struct state_undo *undo)
{
	struct vfio_iommu *iommu = undo->object;

	pthread_mutex_lock(iommu->lock);
	vfio_window_remove_all_locked(iommu);
	atomic_store(&iommu->default_pending, true);
	pthread_mutex_unlock(iommu->lock);
}

static int create_windows_locked(struct vfio_iommu *iommu, const struct container_shape *c)
{
	int r = 0;

	if (c->is_default_pending)
		return 0;
	if (is_default(iommu, &c->window[0])) {
		r = vfio_window_default_locked(iommu);
	} else {
		vfio_window_remove_all_locked(iommu);
		atomic_store(&iommu->default_pending, false);
	}
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS && !r; slot++) {
		const struct window_shape *w = &c->window[slot];

		if (w->size && !iommu->window[slot])
			r = vfio_window_create_in_slot_locked(iommu, slot, w->page_shift, w->size, w->levels);
	}
	return r;
}

static int create_windows(struct state_restore *restore, struct vfio_iommu *iommu,
			  const struct container_shape *c)
{
	int r = state_undo_reserve(restore);

	if (r)
		return r;
	state_undo_push(restore, (struct state_undo){ .undo = remove_windows, .object = iommu });
	pthread_mutex_lock(iommu->lock);
	r = create_windows_locked(iommu, c);
	pthread_mutex_unlock(iommu->lock);
	return r;
}

int state_build_container(struct state_restore *restore, struct unpack *from)
{
	struct container_shape c;
	struct file *file;
	struct vfio_iommu *iommu;
	uint64_t address = 0, length = 0;
	int r = 0;

	unpack_container(from, &c);
	file = state_find(restore->state, STATE_KIND_CONTAINER, c.id)->file;
	iommu = vfio_container_iommu(vfio_container_of(file));
	if (c.enabled)
		r = enable_iommu(restore, file, iommu);
	for (uint32_t i = 0; i < c.regions && !r; i++) {
		r = next_region(restore->state, from, &address, &length);
		if (!r)
			r = register_region(restore, file, address, length);
	}
	return r || c.is_on_bridge ? r : create_windows(restore, iommu, &c);
}

/* Mappings */

struct mapping {
	uint64_t ioba, size;
	uint32_t permissions;
	uint64_t address;
};

/* Returns 1 with the next mapping, 0 at the end, or -errno. */
static int next_mapping(const struct state *state, struct unpack *from, struct mapping *m)
{
	uint32_t memory;
	uint64_t offset;
	int r;

	if (!unpack_left(from))
		return 0;
	m->ioba = unpack_u64(from);
	m->size = unpack_u64(from);
	m->permissions = unpack_u32(from);
	memory = unpack_u32(from);
	offset = unpack_u64(from);
	if (from->has_failed || !m->size || !m->permissions || m->permissions > TCE_PERMISSIONS)
		return REASON(-EPROTO, "a mapping is incomplete or has no valid permissions");
	r = find_memory(state, memory, offset, m->size, &m->address);
	return r ? r : 1;
}

static struct state_container *find_container(struct state_restore *restore, uint32_t id)
{
	for (unsigned int i = 0; i < restore->containers; i++)
		if (restore->container[i].id == id)
			return &restore->container[i];
	return NULL;
}

/* Tells whether the stream has windows of the container. For a container on a bridge it has none. */
static bool has_windows(const struct state_container *container)
{
	for (unsigned int slot = 0; container && slot < HOST_WINDOW_SLOTS; slot++)
		if (container->window[slot].entries)
			return true;
	return false;
}

/*
 * Counts the entries that the mapping writes, and those of the nodes that are made for them. A
 * mapping outside of the window is refused later, by the ioctl.
 */
static int count_mapping(struct state_restore *restore, struct state_container *container, const struct mapping *m)
{
	unsigned int slot = m->ioba >= HOST_HIGH_START;
	const struct tce_geometry *g = &container->window[slot];
	uint64_t first = (slot ? m->ioba - HOST_HIGH_START : m->ioba) >> g->page_shift;
	uint64_t pages = m->size >> g->page_shift, node, nodes;
	int r;

	if (!range_contains(0, g->entries, first, pages))
		return 0;
	r = state_allow(restore, pages);
	if (r || g->levels < 2 || !pages)
		return r;
	node = first >> g->digit_bits;
	nodes = ((first + pages - 1) >> g->digit_bits) - node + (container->node[slot] != node + 1);
	container->node[slot] = ((first + pages - 1) >> g->digit_bits) + 1;
	/*
	 * Each level between the root and the leaves gets one node more, because neighbouring leaves
	 * lie below the same ones.
	 */
	nodes += nodes ? g->levels - 2 : 0;
	return state_allow(restore, nodes << g->digit_bits);
}

int state_judge_mappings(struct state_restore *restore, struct unpack *from)
{
	struct state_container *container = find_container(restore, unpack_u32(from));
	struct mapping m;
	int r;

	if (from->has_failed || !has_windows(container))
		return REASON(-EPROTO, "the stream has mappings for a container without windows");
	while ((r = next_mapping(restore->state, from, &m)) > 0) {
		r = count_mapping(restore, container, &m);
		if (r)
			return r;
	}
	return r;
}

static int map(struct file *file, const struct mapping *m)
{
	struct vfio_iommu_type1_dma_map p = {
		.argsz = sizeof(p),
		.flags = m->permissions,
		.vaddr = m->address,
		.iova = m->ioba,
		.size = m->size,
	};
	long r = file->ops->ioctl(file, VFIO_IOMMU_MAP_DMA, &p);

	/* For a misaligned ioba the ioctl returns a positive number. */
	return r > 0 ? -EINVAL : (int)r;
}

/* Makes the mappings; remove_windows() undoes them. */
int state_build_mappings(struct state_restore *restore, struct unpack *from)
{
	struct file *file = state_find(restore->state, STATE_KIND_CONTAINER, unpack_u32(from))->file;
	struct mapping m;
	int r = 0;

	while (!r && next_mapping(restore->state, from, &m) > 0)
		r = map(file, &m);
	return r;
}

/* Devices */

int state_judge_device(struct state_restore *restore, struct unpack *from)
{
	uint32_t id = unpack_u32(from);
	const struct state_name *name = state_find(restore->state, STATE_KIND_DEVICE, id);
	struct state_pending *list;
	int r;

	if (from->has_failed)
		return REASON(-EPROTO, "a device's state is incomplete");
	if (!name)
		return REASON(-ENOENT, "no device has number %u", id);
	list = state_list_grow(restore->pending, restore->pendings, sizeof(*list));
	if (!list)
		return REASON(-ENOMEM, "no memory for a device's state");
	restore->pending = list;
	list[restore->pendings].function = vfio_function_of(name->file);
	r = function_judge(list[restore->pendings].function, from, &list[restore->pendings].saved);
	restore->pendings += !r;
	return r;
}
