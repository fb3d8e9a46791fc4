/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saves containers with their registered ranges and windows, the mappings of windows that follow no
 * table, and devices. An address of the program is saved as a number of memory and an offset (S2).
 */
#include "papr/bridge.h"
#include "state/state.h"

#include <errno.h>

#include "util/reason.h"
#include "vfio/iommu.h"

/* A section of mappings of this size is ended. */
#define SECTION_FULL (STATE_SECTION_MAX / 2)

static int put_address(struct state *state, struct pack *payload, uint64_t address)
{
	uint64_t offset;
	const struct state_name *memory = state_find_address(state, address, &offset);

	if (!memory)
		return REASON(-ENOENT, "%#llx is in no memory that has a number",
			      (unsigned long long)address);
	pack_u32(payload, memory->id);
	pack_u64(payload, offset);
	return 0;
}

static int put_regions(struct state *state, const struct vfio_iommu *iommu, struct pack *payload)
{
	const struct mem_region *region;
	uint64_t from = 0;
	int r = 0;

	pack_u32(payload, (uint32_t)iommu->regions.count);
	while (!r && (region = region_set_from(&iommu->regions, from))) {
		r = put_address(state, payload, region->start.value);
		pack_u64(payload, region->length);
		from = region->start.value + 1;
	}
	return r;
}

static void put_windows(const struct vfio_iommu *iommu, bool is_on_bridge, struct pack *payload)
{
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		const struct host_window *window = is_on_bridge ? NULL : iommu->window[slot];
		const struct tce_geometry *g = window ? &window->geometry : NULL;

		pack_u32(payload, g ? g->page_shift : 0);
		pack_u32(payload, g ? g->levels : 0);
		pack_u64(payload, g ? g->window_size : 0);
	}
}

/* State of saving the mappings of a window. */
struct mapping {
	struct state *state;
	uint32_t container;
	const struct host_window *window;
	struct pack payload;
	uint64_t index, count, address, permissions;   /* a run that the next entry may continue */
};

static void begin_section(struct mapping *m)
{
	pack_clear(&m->payload);
	pack_u32(&m->payload, m->container);
}

static int end_section(struct mapping *m)
{
	if (m->payload.size == sizeof(uint32_t))
		return 0;
	return state_writer_put(&m->state->writer, STATE_MAPPINGS, &m->payload);
}

static int end_run(struct mapping *m)
{
	const uint64_t page = host_window_page_size(m->window);
	int r;

	if (!m->count)
		return 0;
	pack_u64(&m->payload, m->window->start.value + m->index * page);
	pack_u64(&m->payload, m->count * page);
	pack_u32(&m->payload, (uint32_t)m->permissions);
	r = put_address(m->state, &m->payload, m->address);
	m->count = 0;
	if (r || m->payload.size < SECTION_FULL)
		return r;
	r = end_section(m);
	begin_section(m);
	return r;
}

static bool goes_on(const struct mapping *m, uint64_t index, uint64_t tce)
{
	const uint64_t length = m->count * host_window_page_size(m->window);
	uint64_t from, to;

	return m->count && index == m->index + m->count && tce_address(tce).value == m->address + length &&
	       (tce & TCE_PERMISSIONS) == m->permissions &&
	       /* Two memories that are adjacent here may not be adjacent in the other process. */
	       state_find_address(m->state, m->address, &from) ==
		       state_find_address(m->state, tce_address(tce).value, &to);
}

static int add_entry(struct mapping *m, uint64_t index, uint64_t tce)
{
	int r = 0;

	if (!goes_on(m, index, tce)) {
		r = end_run(m);
		m->index = index;
		m->address = tce_address(tce).value;
		m->permissions = tce & TCE_PERMISSIONS;
	}
	m->count++;
	return r;
}

static int put_mappings(struct mapping *m)
{
	uint64_t entry[HOST_WINDOW_READ_MAX], n;
	unsigned int count;
	int r = 0;

	begin_section(m);
	for (uint64_t at = 0; at < m->window->geometry.entries && !r; at += n) {
		n = host_window_read(m->window, to_index(at), entry, &count);
		for (unsigned int i = 0; i < count && !r; i++)
			r = tce_is_valid(entry[i]) ? add_entry(m, at + i, entry[i]) : 0;
	}
	if (!r)
		r = end_run(m);
	return r ? r : end_section(m);
}

static bool follows_a_table(struct vfio_iommu *iommu, const struct host_window *window)
{
	struct host_phb *phb = iommu->host->phb;
	bool follows;

	pthread_mutex_lock(&phb->watch_lock);
	follows = window->watches;
	pthread_mutex_unlock(&phb->watch_lock);
	return follows;
}

static int save_locked(struct state *state, const struct state_name *name, struct vfio_iommu *iommu)
{
	bool is_on_bridge = state->papr && papr_bridge_has_container(state->papr, name->file);
	struct pack payload = { 0 };
	int r;

	pack_u32(&payload, name->id);
	pack_u32(&payload, iommu_type(iommu)->type);
	pack_u32(&payload, atomic_load(&iommu->enabled));
	pack_u32(&payload, is_on_bridge);
	pack_u32(&payload, atomic_load(&iommu->default_pending));
	put_windows(iommu, is_on_bridge, &payload);
	r = put_regions(state, iommu, &payload);
	if (!r)
		r = state_writer_put(&state->writer, STATE_CONTAINER, &payload);
	pack_fini(&payload);
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS && !r; slot++) {
		struct mapping m = { .state = state, .container = name->id,
				     .window = iommu->window[slot] };

		if (!m.window || is_on_bridge || follows_a_table(iommu, m.window))
			continue;
		r = put_mappings(&m);
		pack_fini(&m.payload);
	}
	return r;
}

static int save_container(struct state *state, const struct state_name *name)
{
	struct vfio_iommu *iommu = state_iommu(name);
	int r;

	if (!iommu)
		return REASON(-EINVAL, "container %u has no IOMMU", name->id);
	pthread_mutex_lock(iommu->lock);
	r = iommu_type(iommu) ? save_locked(state, name, iommu) :
				REASON(-EINVAL, "container %u has no IOMMU", name->id);
	pthread_mutex_unlock(iommu->lock);
	return r;
}

int state_save_containers(struct state *state)
{
	return state_for_each(state, STATE_KIND_CONTAINER, save_container);
}

static int save_device(struct state *state, const struct state_name *name)
{
	struct pack payload = { 0 };
	int r;

	pack_u32(&payload, name->id);
	r = function_save(vfio_function_of(name->file), &payload);
	if (!r)
		r = state_writer_put(&state->writer, STATE_DEVICE, &payload);
	pack_fini(&payload);
	return r;
}

int state_save_devices(struct state *state)
{
	return state_for_each(state, STATE_KIND_DEVICE, save_device);
}
