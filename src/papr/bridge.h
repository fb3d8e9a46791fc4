/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bridge is the PCI host bridge that a guest sees. It owns its windows, each of which is a guest
 * table and a hardware window in every container on the bus, and the policies that decide which
 * windows there may be. If the guest associates a window with further bridges, their windows have
 * the same table, and none of the bridges is special. The name `phb` is kept for the host's bridge, which papr/ knows as hardware
 * only.
 *
 *  (W1) a window that cannot be made in full leaves neither table, link, hardware window nor
 *       charge;
 *  (W2) a bridge without any window has had its default one removed last, or could not get it back;
 *  (W3) a table lives as long as a bridge has a window with it, and the table of a default window is
 *       one bridge's.
 *
 * papr_vm.lock protects everything here.
 */
#ifndef STCE_PAPR_BRIDGE_H
#define STCE_PAPR_BRIDGE_H

#include "kvm/device.h"
#include "kvm/table.h"
#include "papr/vm.h"
#include "spapr-tce/phb.h"
#include "tce/geometry.h"

#define PAPR_DEFAULT_PAGE_SHIFT 12

/*
 * The calls that make hardware windows. papr/ does not know containers: it treats one as an
 * address.
 */
struct papr_hardware {
	/* Makes a window and sets *start to its place; -errno if there can be none. */
	int (*create_window)(void *container, const struct tce_geometry *geometry, uint64_t *start);
	int (*remove_window)(void *container, uint64_t start);
	void (*put)(void *container);
};

/* A PE on the bus of a bridge. */
struct papr_member {
	struct kvm_held_file group;
	struct host_pe *pe;
	void *container;              /* a reference */
	struct papr_member *next;
};

struct papr_window {
	struct kvm_table *table;      /* NULL if there is no such window */
	uint64_t start;
	bool is_default;
};

struct papr_bridge {
	struct stce_phb_config config;
	struct papr_vm *vm;            /* a reference */
	const struct papr_hardware *hardware;
	struct papr_window window[STCE_PHB_WINDOWS];
	struct papr_member *members;
	bool is_limited;              /* the bridge is in limited-address mode */
	struct papr_bridge *next;        /* in vm->bridges */
};

/* Returns the bridge that has the BUID, or NULL. The caller holds papr_vm.lock, here and below. */
struct papr_bridge *papr_bridge_find(struct papr_vm *vm, uint64_t buid);
/* Returns a window that a LIOBN names, or NULL, and sets *bridge to its bridge. */
struct papr_window *papr_bridge_find_liobn(struct papr_vm *vm, uint32_t liobn, struct papr_bridge **bridge);
bool papr_bridge_has_limited(const struct papr_bridge *bridge);
/* Returns whether a group of the container is on the bus of this bridge. */
bool papr_bridge_is_behind(const struct papr_bridge *bridge, const void *container);
/* Returns whether a group of the container is on the bus of any bridge. */
bool papr_bridge_has_container(struct papr_vm *vm, const void *container);
/* Returns the bridge's window that has the table, or NULL. */
struct papr_window *papr_bridge_find_table(struct papr_bridge *bridge, const struct kvm_table *table);
/* Returns whether the LIOBN is reserved for the default window of a bridge. */
bool papr_bridge_is_default_liobn(const struct papr_vm *vm, uint32_t liobn);
/* Returns whether the table is that of a bridge's window. */
bool papr_bridge_has_table(struct papr_vm *vm, const struct kvm_table *table);
/*
 * Returns whether the member is the first of its container in the list: work that is done once for
 * each container is done for that one.
 */
bool papr_member_is_first(const struct papr_bridge *bridge, const struct papr_member *member);

#endif
