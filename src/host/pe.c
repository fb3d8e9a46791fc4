/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements pe.h: the owner and the window slots of a PE, and what happens on a fault. */
#include "host/pe.h"

#include "host/blame.h"

#include <errno.h>

#include "host/eeh_trigger.h"
#include "util/reason.h"
#include "util/stats.h"
#include "util/trace.h"

#define HOST_DEFAULT_LEVELS 2
#define HOST_DEFAULT_SIZE   (4 * GIB)

static const struct {
	const char *name;
	size_t counter;
	const char *text;
} faults[STCE_FAULT_COUNT] = {
#define FAULT(cause, field, text) [STCE_FAULT_##cause] = { #field, offsetof(struct stce_stats, fault_##field), text }
	[STCE_FAULT_NONE] = { .text = "nothing wrong" },
	FAULT(NO_WINDOW, no_window, "no window there"),
	FAULT(BEYOND_WINDOW, beyond_window, "beyond the window"),
	FAULT(UNMAPPED, unmapped, "no valid TCE"),
	FAULT(NO_READ, no_read, "the TCE forbids reading"),
	FAULT(NO_WRITE, no_write, "the TCE forbids writing"),
	FAULT(MEMORY_GONE, memory_gone, "the program's memory is gone or read-only"),
	FAULT(FROZEN, frozen, "the PE is frozen"),
	FAULT(BUS_MASTER_OFF, bus_master_off, "bus mastering is off"),
#undef FAULT
};

void host_phb_init(struct host_phb *phb, const struct host_platform *platform,
		   unsigned int host_page_shift, struct stats *stats,
		   struct news news)
{
	*phb = (struct host_phb){
		.platform = platform,
		.host_page_shift = host_page_shift,
		.placement = { .count = 1, .node = { NUMA_ANYWHERE } },
		.stats = stats,
		.news = news,
	};
	tce_parts_init(&phb->parts, stats);
	phb->placement.parts = &phb->parts;
	pthread_mutex_init(&phb->lock, NULL);
	pthread_mutex_init(&phb->watch_lock, NULL);
}

void host_phb_fini(struct host_phb *phb)
{
	blame_fini(phb);
	tce_parts_fini(&phb->parts);
	pthread_mutex_destroy(&phb->watch_lock);
	pthread_mutex_destroy(&phb->lock);
}

/*
 * Makes the host's own window, which maps nothing. With a bypass its pages are host pages and it
 * has two levels; otherwise it is the only window that the PHB has.
 */
static int host_default_new(struct host_pe *pe)
{
	struct host_phb *phb = pe->phb;
	struct tce_geometry geometry;
	int r = phb->platform->has_bypass ?
			tce_geometry_init(&geometry, phb->host_page_shift, HOST_DEFAULT_SIZE,
					  HOST_DEFAULT_LEVELS, phb->host_page_shift) :
			tce_geometry_init(&geometry, HOST_DMA32_PAGE_SHIFT, pe->dma32.size, 1,
					  phb->host_page_shift);

	return r ? r : host_window_new(0, to_ioba(pe->dma32.start), &geometry, NULL, &phb->placement,
				       phb->stats, &pe->host_default);
}

int host_pe_init(struct host_pe *pe, struct host_phb *phb, int group)
{
	const struct host_platform *platform = phb->platform;
	unsigned int planned = phb->pe_planned > phb->pe_count ? phb->pe_planned : phb->pe_count + 1;
	int r;

	*pe = (struct host_pe){ .phb = phb, .stats = phb->stats, .group = group, .host_owned = true };
	host_eeh_init(&pe->eeh);
	if (!platform->assign_dma32(phb->pe_count, planned, &pe->dma32))
		return REASON(-ENOSPC, "%s has no 32-bit space left for group %d", platform->phb_name, group);
	r = host_default_new(pe);
	if (r)
		return r;
	phb->pe_count++;
	pe->slot[0] = pe->host_default;
	atomic_store(&pe->bypass, platform->has_bypass);
	return 0;
}

void host_pe_fini(struct host_pe *pe)
{
	host_eeh_fini(&pe->eeh);
	host_window_free(pe->host_default);
}

/* Empties the slots of which the mask has a bit. It waits for readers once. */
static void empty_slots_locked(struct host_pe *pe, unsigned int mask)
{
	struct host_window *window[HOST_WINDOW_SLOTS];
	bool any = false;

	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++) {
		window[slot] = mask & 1u << slot ? pe->slot[slot] : NULL;
		if (!window[slot])
			continue;
		rcu_assign_pointer(pe->slot[slot], NULL);
		any = true;
	}
	if (!any)
		return;
	/* (P1) After this each reader that has found a window is inside its gate or has gone. */
	rcu_synchronize();
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++)
		if (window[slot])
			tce_gate_drain(&window[slot]->gate, to_index(0), UINT64_MAX);
}

static void tell_owner(struct host_pe *pe, enum stce_news_kind kind)
{
	TRACE(pe_ownership, pe->group, pe->host_owned);
	news_tell(&pe->phb->news, &(struct stce_news){ .kind = kind, .group = pe->group });
}

int host_pe_take_ownership(struct host_pe *pe)
{
	pthread_mutex_lock(&pe->phb->lock);
	if (!pe->host_owned) {
		pthread_mutex_unlock(&pe->phb->lock);
		return REASON(-EBUSY, "group %d does not belong to the host now", pe->group);
	}
	pe->host_owned = false;
	atomic_store(&pe->bypass, false);
	empty_slots_locked(pe, 1u << 0);
	pthread_mutex_unlock(&pe->phb->lock);
	host_eeh_start_clock(pe);
	tell_owner(pe, STCE_NEWS_GROUP_TAKEN);
	return 0;
}

void host_pe_release_ownership(struct host_pe *pe)
{
	pthread_mutex_lock(&pe->phb->lock);
	pe->host_owned = true;
	host_eeh_unset(&pe->eeh, HOST_EEH_ENABLED);
	host_eeh_disarm(pe);
	host_eeh_clear(&pe->eeh);
	rcu_assign_pointer(pe->slot[0], pe->host_default);
	atomic_store(&pe->bypass, pe->phb->platform->has_bypass);
	pthread_mutex_unlock(&pe->phb->lock);
	tell_owner(pe, STCE_NEWS_GROUP_RETURNED);
}

void host_pe_set_window(struct host_pe *pe, struct host_window *window)
{
	pthread_mutex_lock(&pe->phb->lock);
	rcu_assign_pointer(pe->slot[host_slot_of(window->start)], window);
	pthread_mutex_unlock(&pe->phb->lock);
}

void host_pe_unset_window(struct host_pe *pe, unsigned int slot)
{
	pthread_mutex_lock(&pe->phb->lock);
	empty_slots_locked(pe, 1u << slot);
	pthread_mutex_unlock(&pe->phb->lock);
}

void host_pe_unset_windows(struct host_pe *pe)
{
	pthread_mutex_lock(&pe->phb->lock);
	empty_slots_locked(pe, ~0u);
	pthread_mutex_unlock(&pe->phb->lock);
}

void host_pe_detach_window(struct host_pe *pe, unsigned int slot)
{
	pthread_mutex_lock(&pe->phb->lock);
	rcu_assign_pointer(pe->slot[slot], NULL);
	pthread_mutex_unlock(&pe->phb->lock);
}

struct host_window *host_pe_container_window(struct host_pe *pe, unsigned int slot)
{
	struct host_window *window;

	pthread_mutex_lock(&pe->phb->lock);
	window = pe->host_owned ? NULL : pe->slot[slot];
	pthread_mutex_unlock(&pe->phb->lock);
	return window;
}

void host_pe_moved(const struct host_pe *pe, uint64_t *read, uint64_t *written)
{
	*read = atomic_load_explicit(&pe->moved_by_bypass.read, memory_order_relaxed);
	*written = atomic_load_explicit(&pe->moved_by_bypass.written, memory_order_relaxed);
	for (unsigned int slot = 0; slot < HOST_WINDOW_SLOTS; slot++)
		for (unsigned int place = 0; place < GATE_PLACE_COUNT; place++) {
			*read += atomic_load_explicit(&pe->moved[slot][place].read, memory_order_relaxed);
			*written += atomic_load_explicit(&pe->moved[slot][place].written, memory_order_relaxed);
		}
}

const char *host_fault_name(enum stce_fault cause)
{
	const char *name = cause < STCE_FAULT_COUNT ? faults[cause].name : NULL;

	return name ? name : "none";
}

const char *host_fault_text(uint32_t cause)
{
	return cause < STCE_FAULT_COUNT && faults[cause].text ? faults[cause].text : "unknown cause";
}

static void freeze_for(struct host_pe *pe, const struct host_access *access, enum stce_fault fault)
{
	struct host_eeh_cause cause = {
		.reason = STCE_EEH_FAULT,
		.fault = fault,
		.access = access->kind,
		.address = access->failed.value,
		.length = access->length - (access->failed.value - access->ioba.value),
	};

	host_pe_freeze(pe, &cause);
}

void host_pe_fault(struct host_pe *pe, const struct host_access *access, enum stce_fault cause)
{
	uint32_t bit = UINT32_C(1) << cause;

	TRACE(dma_fault, pe->group, access->ioba.value, access->length, host_fault_name(cause));
	stats_add(pe->phb->stats, faults[cause].counter, 1);
	blame_note(pe, access, cause);
	if (host_eeh_is_enabled(&pe->eeh) && cause != STCE_FAULT_FROZEN)
		freeze_for(pe, access, cause);
	if (__atomic_fetch_or(&pe->faults_told, bit, __ATOMIC_RELAXED) & bit)
		return;
	news_tell(&pe->phb->news, &(struct stce_news){
		.kind = STCE_NEWS_FAULT,
		.group = pe->group,
		.start = access->ioba.value,
		.size = access->length,
		.cause = cause,
	});
}
