/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual PCI host bridge: its windows, each a guest table and a hardware
 * window of every container on the bus, and the policies that decide which
 * windows there may be.
 *
 *  (W1) a window that cannot be made in full leaves neither table, link,
 *       hardware window nor charge;
 *  (W2) a bridge without any window has had its default one removed last.
 *
 * Everything is under the VM's rtas_lock.
 */
#ifndef STCE_PAPR_PHB_H
#define STCE_PAPR_PHB_H

#include "kvm/device.h"
#include "kvm/table.h"
#include "spapr-tce/phb.h"
#include "tce/geometry.h"

#define PAPR_DEFAULT_PAGE_SHIFT 12

/* What makes hardware windows: papr knows no containers. A container is one address. */
struct papr_hardware {
	/* *start: where the window came to lie. -errno: there is none. */
	int (*create_window)(void *container, const struct tce_geometry *geometry, uint64_t *start);
	int (*remove_window)(void *container, uint64_t start);
	void (*put)(void *container);
};

/* A PE on the bus. */
struct papr_member {
	struct kvm_held_file group;
	struct host_pe *pe;
	void *container;              /* a reference */
	struct papr_member *next;
};

struct papr_window {
	struct kvm_table *table;      /* NULL: there is no such window */
	uint64_t start;
	bool is_default;
};

struct papr_phb {
	struct stce_phb_config config;
	struct kvm_vm *vm;            /* a reference */
	const struct papr_hardware *hardware;
	struct papr_window window[STCE_PHB_WINDOWS];
	struct papr_member *members;
	bool is_limited;              /* limited-address mode */
	struct papr_phb *next;        /* in vm->phbs */
};

/* phb.c */
int papr_phb_new(struct kvm_vm *vm, const struct stce_phb_config *config,
		 const struct papr_hardware *hardware, struct papr_phb **phb);
void papr_phb_free(struct papr_phb *phb);
/* NULL: none. rtas_lock held, as for all below. */
struct papr_phb *papr_phb_find(struct kvm_vm *vm, uint64_t buid);
/* The bridge and the window that a LIOBN names. */
struct papr_window *papr_phb_find_liobn(struct kvm_vm *vm, uint32_t liobn, struct papr_phb **phb);
/* How many windows could be made now. */
unsigned int papr_phb_available(const struct papr_phb *phb);
/* -ENOSPC: no window is left; or why it could not be made. */
int papr_phb_create(struct papr_phb *phb, unsigned int page_shift, uint64_t size,
		    struct papr_window **window);
/* The default window comes back with the last other one. */
int papr_phb_remove(struct papr_phb *phb, struct papr_window *window);
int papr_phb_reset(struct papr_phb *phb, bool limited);
/* One window in an empty place; or none (W1). */
int papr_phb_open_window(struct papr_phb *phb, unsigned int n, const struct kvm_table_args *args);
void papr_phb_close_window(struct papr_phb *phb, struct papr_window *window);
/* All bridges of the VM, then all tables. rtas_lock not held. */
int papr_phb_reset_all(struct kvm_vm *vm);
bool papr_phb_has_limited(const struct papr_phb *phb);

/* phb_state.c: a bridge as it was saved. */
struct papr_window_state {
	uint32_t liobn;
	uint64_t bridge_start, bridge_limited_start;   /* where it may start */
	bool is_default;
	uint64_t serial;              /* of its table; 0: there is no such window */
	unsigned int page_shift;
	uint64_t offset, size;        /* in pages */
};

struct papr_phb_state {
	uint64_t buid;
	uint64_t default_size;
	bool is_limited;
	struct papr_window_state window[STCE_PHB_WINDOWS];
};

/* Changes nothing. -ENOENT no such bridge; -EINVAL it is another; -EEXIST it is not as new; -EPROTO. */
int papr_phb_judge(struct kvm_vm *vm, const struct papr_phb_state *state);
/* The windows of one that has been judged. On failure some are there: reset it. */
int papr_phb_take(struct papr_phb *phb, const struct papr_phb_state *state);
/* Whether the table is one of a bridge. */
bool papr_phb_has_table(struct kvm_vm *vm, const struct kvm_table *table);

/* phb_member.c. Takes over the container's reference, also on failure. */
int papr_phb_add_group(struct papr_phb *phb, void *container, int group);
int papr_phb_remove_group(struct papr_phb *phb, int group);
void papr_phb_remove_groups(struct papr_phb *phb);
/* The container's first member: what is done once per container is done for it. */
bool papr_phb_has_container(struct kvm_vm *vm, const void *container);
bool papr_member_is_first(const struct papr_phb *phb, const struct papr_member *member);
/* Where the hardware has the window of that place. */
static inline uint64_t papr_hardware_start(unsigned int n)
{
	return n ? HOST_HIGH_START : HOST_LOW_START;
}

/* Windows like this one behind all containers, or none. */
int papr_hardware_create(struct papr_phb *phb, uint64_t start, unsigned int page_shift,
			 uint64_t size);
void papr_hardware_remove(struct papr_phb *phb, uint64_t start);

/* phb_limits.c: what this host can give. */
/* The hardware window for such a table. -EINVAL, -ENOMEM: there can be none. */
int papr_limits_geometry(const struct papr_phb *phb, unsigned int page_shift, uint64_t size,
			 struct tce_geometry *geometry);
/* Bit n: pages of 2^n bytes. */
uint64_t papr_limits_page_sizes(const struct papr_phb *phb);
/* So many entries can a window have, whichever of the page sizes it is of. */
uint64_t papr_limits_largest_block(const struct papr_phb *phb);

#endif
