/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PE: the smallest isolated set of devices, with two window slots that
 * address bit 59 chooses between. Either the host owns it - its default
 * window in slot 0, the bypass in slot 1 - or a container does.
 *
 * Devices read the slots under RCU. set, unset and the change of owner are
 * serialised by the PHB's lock:
 *
 *  (P1) when unset returns, no device access through the window is in
 *       progress or can start.
 */
#ifndef STCE_HOST_PE_H
#define STCE_HOST_PE_H

#include <pthread.h>

#include "host/eeh.h"
#include "host/platform.h"
#include "host/window.h"
#include "util/news.h"
#include "util/rcu.h"

/*
 * Called after a device has written program memory, from the thread that did
 * it, with no gate held. For programs that keep derived copies of memory.
 */
struct host_write_hook {
	void (*fn)(void *context, void *address, size_t length);
	void *context;
};

struct host_phb {
	const struct host_platform *platform;
	unsigned int host_page_shift;
	unsigned int pe_planned;       /* set before the first PE: some PHBs divide their space */
	unsigned int pe_count;
	struct tce_placement placement;   /* of tables; set before the first PE */
	bool joins_windows;            /* those that follow one guest table join one share */
	struct stats *stats;      /* borrowed */
	struct news news;
	struct host_write_hook written;   /* set before the first access */
	bool has_direct_dma;           /* so is this: the guard is installed, accesses need no system call */
	pthread_mutex_t lock;
	pthread_mutex_t watch_lock;    /* who watches which window; outside `lock` */
};

struct host_pe {
	/* What a device access reads. */
	struct host_window *slot[HOST_WINDOW_SLOTS];   /* RCU */
	_Atomic(bool) bypass;          /* bus address = 1<<59 + program address */
	struct host_eeh eeh;
	struct host_phb *phb;
	int group;
	unsigned int copy;             /* of a table, that its devices read */
	struct host_dma32 dma32;       /* where its default window is */
	/* Under the PHB's lock. */
	bool host_owned;
	struct host_window *host_default;
	uint32_t faults_told;          /* causes that have been news already */
};

void host_phb_init(struct host_phb *phb, const struct host_platform *platform,
		   unsigned int host_page_shift, struct stats *stats,
		   struct news news);
void host_phb_fini(struct host_phb *phb);

/* Born owned by the host. -ENOMEM; -ENOSPC: the PHB's 32-bit space is used up. */
int host_pe_init(struct host_pe *pe, struct host_phb *phb, int group);
void host_pe_fini(struct host_pe *pe);

/* Takes the PE from the host: both slots become empty. -EBUSY: already taken. */
int host_pe_take_ownership(struct host_pe *pe);
/* Back to the host: its default window and bypass return. Slots must be empty. */
void host_pe_release_ownership(struct host_pe *pe);

/* Programs a window into its slot; the PE is taken and the slot empty. */
void host_pe_set_window(struct host_pe *pe, struct host_window *window);
void host_pe_unset_window(struct host_pe *pe, unsigned int slot);

/* The container's window in a slot, NULL where there is none or it is the host's. watch_lock held. */
struct host_window *host_pe_container_window(struct host_pe *pe, unsigned int slot);

/* A device access failed: counts it, tells the first of each cause, freezes under EEH. */
void host_pe_fault(struct host_pe *pe, struct ioba ioba, uint64_t size, enum stce_fault cause);

/* A word for each cause, for people. */
const char *host_fault_name(enum stce_fault cause);

/*
 * The window that translates ioba, NULL where there is none. Under the RCU
 * read lock, which keeps it alive until the caller has entered its gate.
 */
static inline struct host_window *host_pe_window(struct host_pe *pe, struct ioba ioba)
{
	return rcu_dereference(pe->slot[host_slot_of(ioba)]);
}

#endif
