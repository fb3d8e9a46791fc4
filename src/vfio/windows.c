/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the windows of a container, programs them into every group, and removes them. A window is
 * charged before it exists. Its charge is returned when the window is removed, or when making it
 * fails [DIFF-6]. host/window.h owns the table and the gate.
 */
#include "vfio/iommu.h"

#include <errno.h>

#include "util/history.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/trace.h"

#define DEFAULT_LEVELS 1

static const struct host_platform *platform(const struct vfio_iommu *iommu)
{
	return iommu->host->phb->platform;
}

static void tell(struct vfio_iommu *iommu, enum stce_news_kind kind,
		 const struct host_window *window)
{
	const struct tce_geometry *g = &window->geometry;

	news_tell(&iommu->host->phb->news, &(struct stce_news){
		.kind = kind,
		.group = iommu->news_group[window->slot],
		.start = window->start.value,
		.size = g->window_size,
		.page_shift = g->page_shift,
		.levels = g->levels,
	});
}

static void tell_refused(struct vfio_iommu *iommu, uint64_t bytes)
{
	news_tell(&iommu->host->phb->news, &(struct stce_news){
		.kind = STCE_NEWS_REFUSED,
		.group = iommu->groups->pe->group,
		.size = bytes,
	});
}

static int check_groups(const struct vfio_iommu *iommu)
{
	if (iommu->group_count > 1 && !platform(iommu)->windows->has_common_windows)
		return REASON(-EPERM, "groups have no windows in common on %s", platform(iommu)->name);
	return 0;
}

/*
 * Makes a window and charges it; neither a device nor a lookup can find it yet. geometry->charge is
 * 0 if the table was the host's before.
 */
static int window_new(struct vfio_iommu *iommu, unsigned int slot,
		      const struct tce_geometry *geometry, struct host_window **window)
{
	const struct host_window_maker *maker = platform(iommu)->windows;
	struct ioba start = to_ioba(0);
	int r = mem_ledger_charge(iommu->host->ledger, geometry->charge);

	if (r) {
		tell_refused(iommu, geometry->charge);
		return r;
	}
	r = maker->check_limits(geometry);
	if (!r)
		r = maker->choose_start(&iommu->groups->pe->dma32, geometry, iommu->window, slot, &start);
	if (!r)
		r = check_groups(iommu);
	if (!r)
		r = host_window_new(slot, start, geometry,
				    iommu_type(iommu)->counts_regions ? iommu->host->registry : NULL,
				    &iommu->host->phb->placement, iommu->host->stats, window);
	if (r)
		mem_ledger_return(iommu->host->ledger, geometry->charge);
	return r;
}

static void publish(struct vfio_iommu *iommu, struct host_window *window)
{
	const struct tce_geometry *g = &window->geometry;

	for (struct vfio_group *group = iommu->groups; group; group = group->next_in_container)
		host_pe_set_window(group->pe, window);
	rcu_assign_pointer(iommu->window[window->slot], window);
	STATS_ADD(iommu->host->stats, windows_created, 1);
	TRACE_IN(trace_of_group(iommu->groups->pe->group), vfio_spapr_create_window, g->page_shift, g->levels, g->window_size, window->start.value);
	iommu->news_group[window->slot] = iommu->groups->pe->group;
	history_note_always(HISTORY_WINDOW_CREATED, window, window->start, g->window_size, 0);
	tell(iommu, STCE_NEWS_WINDOW_CREATED, window);
}

static int create_in_slot(struct vfio_iommu *iommu, unsigned int slot, unsigned int page_shift,
			  uint64_t size, unsigned int levels)
{
	struct tce_geometry geometry;
	struct host_window *window;
	int r = platform(iommu)->windows->geometry(&geometry, page_shift, size, levels,
						   iommu->host->phb->host_page_shift);

	/*
	 * [linux tce_iommu_take_ownership, up to 6.1] The program takes over the host's table,
	 * which costs nothing.
	 */
	if (!platform(iommu)->window_count)
		geometry.charge = 0;
	if (!r)
		r = window_new(iommu, slot, &geometry, &window);
	if (!r)
		publish(iommu, window);
	return r;
}

int vfio_window_default_locked(struct vfio_iommu *iommu)
{
	int r;

	if (!atomic_load(&iommu->default_pending))
		return 0;
	r = create_in_slot(iommu, 0, HOST_DMA32_PAGE_SHIFT, iommu->groups->pe->dma32.size, DEFAULT_LEVELS);
	if (!r)
		atomic_store(&iommu->default_pending, false);
	return r;
}

int vfio_window_default(struct vfio_iommu *iommu)
{
	int r;

	/* Acquire, because a caller that finds the window made looks for it next. */
	if (likely(!atomic_load_explicit(&iommu->default_pending, memory_order_acquire)))
		return 0;
	pthread_mutex_lock(iommu->lock);
	r = vfio_window_default_locked(iommu);
	pthread_mutex_unlock(iommu->lock);
	return r;
}

static int free_slot(const struct vfio_iommu *iommu)
{
	for (int slot = 0; slot < HOST_WINDOW_SLOTS; slot++)
		if (!iommu->window[slot])
			return slot;
	return REASON(-ENOSPC, "both windows are in use");
}

int vfio_window_create_in_slot_locked(struct vfio_iommu *iommu, unsigned int slot,
				      unsigned int page_shift, uint64_t size, unsigned int levels)
{
	const struct host_platform *p = platform(iommu);

	if (iommu->window[slot])
		return REASON(-EBUSY, "slot %u has a window", slot);
	if (page_shift >= 64 || !(p->page_sizes & bit64(page_shift)))
		return REASON(-EINVAL, "%s has no IOMMU pages of 2^%u bytes", p->name, page_shift);
	return create_in_slot(iommu, slot, page_shift, size, levels);
}

int vfio_window_create_locked(struct vfio_iommu *iommu, unsigned int page_shift,
			      uint64_t size, unsigned int levels, uint64_t *start)
{
	int slot, r = vfio_window_default_locked(iommu);

	if (r)
		return r;
	slot = free_slot(iommu);
	if (slot < 0)
		return slot;
	r = vfio_window_create_in_slot_locked(iommu, (unsigned int)slot, page_shift, size, levels);
	if (!r)
		*start = iommu->window[slot]->start.value;
	return r;
}

/*
 * Takes a window away from all who could find it: MAP and UNMAP, devices, and [DIFF-14] the guest tables
 * that are linked to it. Devices go first, because a hypercall that clears an entry no longer waits for
 * those of a window whose link has gone. The lock keeps machine/leave.c away meanwhile, because it looks
 * for the windows of PEs.
 */
static void hide_slot(struct vfio_iommu *iommu, unsigned int slot)
{
	struct host_phb *phb = iommu->host->phb;
	struct host_window *window = iommu->window[slot];

	rcu_assign_pointer(iommu->window[slot], NULL);
	pthread_mutex_lock(&phb->watch_lock);
	for (struct vfio_group *group = iommu->groups; group; group = group->next_in_container)
		host_pe_detach_window(group->pe, host_slot_of(window->start));
	tce_gate_close(&window->gate);
	host_window_tell_watches(window);
	pthread_mutex_unlock(&phb->watch_lock);
}

/*
 * Frees a window that nobody can find any longer. Unless it leaves its entries to other windows of its
 * share, they are cleared, which uncounts the memory behind them.
 */
static void free_hidden(struct vfio_iommu *iommu, struct host_window *window)
{
	struct host_phb *phb = iommu->host->phb;
	bool has_entries;

	host_window_end_watches(window);
	pthread_mutex_lock(&phb->watch_lock);
	has_entries = host_share_leave(window);
	pthread_mutex_unlock(&phb->watch_lock);
	if (has_entries) {
		rcu_read_lock();
		host_update_clear(window);
		rcu_read_unlock();
	}
	mem_ledger_return(iommu->host->ledger, window->geometry.charge);
	STATS_ADD(iommu->host->stats, windows_removed, 1);
	TRACE_IN(trace_of_group(iommu->news_group[window->slot]), vfio_spapr_remove_window, window->start.value);
	history_note_always(HISTORY_WINDOW_REMOVED, window, window->start, window->geometry.window_size, 0);
	tell(iommu, STCE_NEWS_WINDOW_REMOVED, window);
	host_window_free(window);
}

/* Removes the windows in slots of which the mask has a bit. It waits for readers once. */
static void remove_slots(struct vfio_iommu *iommu, unsigned int mask)
{
	struct host_window *hidden[HOST_WINDOW_SLOTS] = { NULL };

	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		if (!(mask & 1u << slot) || !iommu->window[slot])
			continue;
		hidden[slot] = iommu->window[slot];
		hide_slot(iommu, slot);
	}
	if (!hidden[0] && !hidden[1])
		return;
	rcu_synchronize();
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++)
		if (hidden[slot])
			free_hidden(iommu, hidden[slot]);
}

int vfio_window_remove_locked(struct vfio_iommu *iommu, uint64_t address)
{
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		const struct host_window *window = iommu->window[slot];

		if (!window || !range_has(window->start.value, window->geometry.window_size, address))
			continue;
		remove_slots(iommu, 1u << slot);
		return 0;
	}
	return REASON(-EINVAL, "no window holds %#llx", (unsigned long long)address);
}

void vfio_window_remove_all_locked(struct vfio_iommu *iommu)
{
	remove_slots(iommu, ~0u);
}

int vfio_window_split(struct vfio_iommu *iommu, uint64_t address)
{
	struct host_phb *phb = iommu->host->phb;
	int r = 0;

	pthread_mutex_lock(iommu->lock);
	pthread_mutex_lock(&phb->watch_lock);
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS && !r; slot++)
		if (iommu->window[slot] && host_window_has(iommu->window[slot], to_ioba(address)))
			r = host_share_split(phb, iommu->window[slot]);
	pthread_mutex_unlock(&phb->watch_lock);
	pthread_mutex_unlock(iommu->lock);
	return r;
}
