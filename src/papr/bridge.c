/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up bridges, windows and members by BUID, LIOBN, container or table; it changes nothing. */
#include "papr/bridge.h"

bool papr_bridge_has_limited(const struct papr_bridge *bridge)
{
	return bridge->config.limited_start[0] != STCE_PHB_NOWHERE ||
	       bridge->config.limited_start[1] != STCE_PHB_NOWHERE;
}

struct papr_bridge *papr_bridge_find(struct papr_vm *vm, uint64_t buid)
{
	struct papr_bridge *bridge = vm->bridges;

	while (bridge && bridge->config.buid != buid)
		bridge = bridge->next;
	return bridge;
}

struct papr_window *papr_bridge_find_liobn(struct papr_vm *vm, uint32_t liobn, struct papr_bridge **out)
{
	for (struct papr_bridge *bridge = vm->bridges; bridge; bridge = bridge->next)
		for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++) {
			if (!bridge->window[n].table || bridge->window[n].table->liobn != liobn)
				continue;
			*out = bridge;
			return &bridge->window[n];
		}
	return NULL;
}

bool papr_member_is_first(const struct papr_bridge *bridge, const struct papr_member *member)
{
	const struct papr_member *m = bridge->members;

	while (m != member && m->container != member->container)
		m = m->next;
	return m == member;
}

bool papr_bridge_is_behind(const struct papr_bridge *bridge, const void *container)
{
	const struct papr_member *m = bridge->members;

	while (m && m->container != container)
		m = m->next;
	return m != NULL;
}

bool papr_bridge_has_container(struct papr_vm *vm, const void *container)
{
	for (const struct papr_bridge *bridge = vm->bridges; bridge; bridge = bridge->next)
		if (papr_bridge_is_behind(bridge, container))
			return true;
	return false;
}

struct papr_window *papr_bridge_find_table(struct papr_bridge *bridge, const struct kvm_table *table)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (bridge->window[n].table == table)
			return &bridge->window[n];
	return NULL;
}

bool papr_bridge_is_default_liobn(const struct papr_vm *vm, uint32_t liobn)
{
	const struct papr_bridge *bridge = vm->bridges;

	while (bridge && bridge->config.liobn[0] != liobn)
		bridge = bridge->next;
	return bridge != NULL;
}

bool papr_bridge_has_table(struct papr_vm *vm, const struct kvm_table *table)
{
	for (struct papr_bridge *bridge = vm->bridges; bridge; bridge = bridge->next)
		if (papr_bridge_find_table(bridge, table))
			return true;
	return false;
}
