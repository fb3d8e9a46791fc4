/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PE is the smallest isolated set of devices. It has two slots for windows, and bit 59 of a bus
 * address chooses between them. The PE is owned either by the host, with its default window in slot
 * 0 and the bypass in slot 1, or by a container.
 *
 * Devices read the slots under RCU. Setting and unsetting a window and changing the owner are
 * serialised by the PHB's lock:
 *
 *  (P1) When host_pe_unset_window() returns, or the gate of a detached window has been closed, no
 *       device access through the window is in progress, and none can start.
 *
 *  (P2) When host_pe_stop() returns after the PE's DMA was stopped (host/eeh.h), no device access to
 *       memory is in progress.
 *
 * Which windows a container has is left to vfio/.
 */
#ifndef STCE_HOST_PE_H
#define STCE_HOST_PE_H

#include <pthread.h>

#include "host/eeh.h"
#include "host/platform.h"
#include "host/window.h"
#include "util/news.h"
#include "util/own_word.h"
#include "util/rcu.h"

/*
 * Called after a device has written program memory, by the thread that did it, with no gate held.
 * It serves programs that keep copies derived from their memory.
 */
struct host_write_hook {
	void (*fn)(void *context, void *address, size_t length);
	void *context;
};

struct blames;

struct host_phb {
	const struct host_platform *platform;
	unsigned int host_page_shift;
	/* Some PHBs divide their space by the number of PEs. This is set before the first PE. */
	unsigned int pe_planned;
	unsigned int pe_count;
	struct tce_parts parts;        /* that the tables of its windows hold together */
	struct tce_placement placement;   /* where the copies of tables lie; set before the first PE */
	bool joins_windows;            /* windows that follow the same guest table join one share */
	struct stats *stats;      /* borrowed */
	struct news news;
	_Atomic(struct blames *) blames;   /* host/blame.h; NULL before the first fault */
	struct host_write_hook written;   /* set before the first access */
	/*
	 * The guard is installed, so accesses need no system call. This is set before the first
	 * access.
	 */
	bool has_direct_dma;
	_Atomic(bool) has_kvm;         /* the program has opened /dev/kvm */
	pthread_mutex_t lock;
	pthread_mutex_t watch_lock;    /* for the watches of windows; taken before `lock` */
};

/*
 * A function of a PE, as far as what concerns the whole PE reaches it. A function may join while the PE is in use, and
 * leaves when nobody uses it any longer.
 */
struct host_member {
	const struct host_member_ops *ops;
	struct host_member *next;
};

struct host_member_ops {
	/* The bridge has reset the bus: all state of the function is lost, as far as the host does not restore it. */
	void (*reset)(struct host_member *member);
	/* DMA, and so interrupts, are no longer stopped. */
	void (*thawed)(struct host_member *member);
	/* Returns whether the function has the address, of the kind that host_eeh_visit says. */
	bool (*has)(struct host_member *member, uint32_t kind, uint64_t address);
};

/* An access of a device that failed. */
struct host_access {
	struct ioba ioba;
	uint64_t length;
	struct ioba failed;            /* the first byte that could not be accessed */
	uint32_t kind;                 /* a bit of enum stce_eeh_access; 0: not known */
};

/* Bytes that devices have moved. */
struct host_moved {
	_Atomic(uint64_t) read, written;
};

struct host_pe {
	/* A device access reads these. */
	struct host_window *slot[HOST_WINDOW_SLOTS];   /* RCU */
	_Atomic(bool) bypass;          /* bus address = 1<<59 + program address */
	struct host_eeh eeh;
	struct host_phb *phb;
	struct stats *stats;           /* the PHB's */
	struct host_member *members;
	int group;
	unsigned int copy;             /* the copy of a table that its devices read; set before the first access */
	/* By slot, and by the place in the gate of the window there; only the thread that has the place writes. */
	struct host_moved moved[HOST_WINDOW_SLOTS][GATE_PLACE_COUNT];
	struct host_moved moved_by_bypass;
	struct host_dma32 dma32;       /* the part of the 32-bit space for its default window */
	/* These are under the PHB's lock, except faults_told, which is atomic. */
	bool host_owned;
	struct host_window *host_default;
	uint32_t faults_told;          /* a bit for each cause that has been told */
};

void host_phb_init(struct host_phb *phb, const struct host_platform *platform,
		   unsigned int host_page_shift, struct stats *stats,
		   struct news news);
void host_phb_fini(struct host_phb *phb);

/* Makes a PE, which the host owns at first. -ENOMEM; -ENOSPC: the PHB has no 32-bit space left. */
int host_pe_init(struct host_pe *pe, struct host_phb *phb, int group);
void host_pe_fini(struct host_pe *pe);

/* Takes the PE from the host; both slots become empty. -EBUSY: the host does not own it. */
int host_pe_take_ownership(struct host_pe *pe);
/* Gives the PE back to the host, with its default window and bypass. The slots must be empty. */
void host_pe_release_ownership(struct host_pe *pe);

/* Programs a window into its slot. The host must not own the PE, and the slot must be empty. */
void host_pe_set_window(struct host_pe *pe, struct host_window *window);
void host_pe_unset_window(struct host_pe *pe, unsigned int slot);
/* Does so with both slots, and waits for readers once. */
void host_pe_unset_windows(struct host_pe *pe);
/*
 * Detaches a window that goes from one of its PEs. When it is detached from all, the caller closes its
 * gate, and (P1) holds.
 */
void host_pe_detach_window(struct host_pe *pe, unsigned int slot);

/*
 * Returns the container's window in a slot, or NULL if there is none or the host owns the PE. The
 * caller must hold watch_lock.
 */
struct host_window *host_pe_container_window(struct host_pe *pe, unsigned int slot);

/*
 * Counts a failed device access, tells the first of each cause as news, and freezes the PE if EEH
 * is enabled.
 */
void host_pe_fault(struct host_pe *pe, const struct host_access *access, enum stce_fault cause);

void host_pe_add_member(struct host_pe *pe, struct host_member *member);
void host_pe_remove_member(struct host_pe *pe, struct host_member *member);

/* Freezes registers and DMA, and tells it, unless both are frozen. Waits for nothing. */
void host_pe_freeze(struct host_pe *pe, const struct host_eeh_cause *cause);
/* Waits for device accesses (P2). The caller must hold no gate and be outside the RCU read lock. */
void host_pe_stop(struct host_pe *pe);
/* Clears these bits of enum host_eeh_bit, and lets interrupts through that were waiting. */
void host_pe_thaw(struct host_pe *pe, uint32_t bits);

/* Returns the word for a cause that traces and logs have. */
const char *host_fault_name(enum stce_fault cause);
/* Returns what stce_fault_text() does. */
const char *host_fault_text(uint32_t cause);

/* Adds up what the devices of the PE have moved. Exact if none is at work. */
void host_pe_moved(const struct host_pe *pe, uint64_t *read, uint64_t *written);

/* Counts an access of those permissions for the one thread that may write there. */
static inline void host_moved_add(struct host_moved *moved, uint64_t permission, uint64_t n)
{
	if (permission & TCE_READ)
		own_word_add(&moved->read, n);
	if (permission & TCE_WRITE)
		own_word_add(&moved->written, n);
}

/* Does so where several threads count. */
static inline void host_moved_add_shared(struct host_moved *moved, uint64_t permission, uint64_t n)
{
	if (permission & TCE_READ)
		atomic_fetch_add_explicit(&moved->read, n, memory_order_relaxed);
	if (permission & TCE_WRITE)
		atomic_fetch_add_explicit(&moved->written, n, memory_order_relaxed);
}

/*
 * Returns the window in the slot of ioba, or NULL if there is none. The caller must be inside the
 * RCU read lock, which keeps the window until the caller has entered its gate.
 */
static inline struct host_window *host_pe_window(struct host_pe *pe, struct ioba ioba)
{
	return rcu_dereference(pe->slot[host_slot_of(ioba)]);
}

#endif
