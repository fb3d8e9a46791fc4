/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bridge: the PCI host bridge that a guest sees. It owns its windows, each a
 * guest table and a hardware window of every container on the bus, and the
 * policies that decide which windows there may be. `phb` is always the host's
 * bridge, which papr/ knows as hardware only.
 *
 *  (W1) a window that cannot be made in full leaves neither table, link,
 *       hardware window nor charge;
 *  (W2) a bridge without any window has had its default one removed last.
 *
 * Everything is under papr_vm.lock.
 */
#ifndef STCE_PAPR_BRIDGE_H
#define STCE_PAPR_BRIDGE_H

#include "kvm/device.h"
#include "kvm/table.h"
#include "papr/vm.h"
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

struct papr_bridge {
	struct stce_phb_config config;
	struct papr_vm *vm;            /* a reference */
	const struct papr_hardware *hardware;
	struct papr_window window[STCE_PHB_WINDOWS];
	struct papr_member *members;
	bool is_limited;              /* limited-address mode */
	struct papr_bridge *next;        /* in vm->bridges */
};

/* NULL: none. papr_vm.lock held, as for all below. */
struct papr_bridge *papr_bridge_find(struct papr_vm *vm, uint64_t buid);
/* The bridge and the window that a LIOBN names. */
struct papr_window *papr_bridge_find_liobn(struct papr_vm *vm, uint32_t liobn, struct papr_bridge **bridge);
bool papr_bridge_has_limited(const struct papr_bridge *bridge);
/* Whether a group of the container is on the bus of this bridge, or of any. */
bool papr_bridge_is_behind(const struct papr_bridge *bridge, const void *container);
bool papr_bridge_has_container(struct papr_vm *vm, const void *container);
/* Whether the table is one of a bridge. */
bool papr_bridge_has_table(struct papr_vm *vm, const struct kvm_table *table);
/* The container's first member: what is done once per container is done for it. */
bool papr_member_is_first(const struct papr_bridge *bridge, const struct papr_member *member);

#endif
