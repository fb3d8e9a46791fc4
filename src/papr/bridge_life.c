/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks a bridge's configuration, enters it in the VM's list, and resets all bridges together. A
 * bridge in the list has a BUID of its own, and starts with its default window. bridge_window.c
 * makes windows.
 */
#include "papr/bridge_life.h"

#include <errno.h>

#include "papr/bridge_member.h"
#include "papr/bridge_window.h"
#include "util/range.h"
#include "util/reason.h"

static int check(const struct stce_phb_config *c)
{
	const uint64_t page = bit64(PAPR_DEFAULT_PAGE_SHIFT);

	if (!c->window_count || c->window_count > STCE_PHB_WINDOWS)
		return REASON(-EINVAL, "a bridge has 1 or 2 windows");
	if (c->liobn[0] == c->liobn[1])
		return REASON(-EINVAL, "both windows have LIOBN %#x", c->liobn[0]);
	if (!is_power_of_two(c->default_size) || c->default_size < page ||
	    c->start[0] == STCE_PHB_NOWHERE || !is_aligned(c->start[0], page) ||
	    range_has(c->start[0], c->default_size, c->start[1]) ||
	    range_has(c->start[0], c->default_size, c->limited_start[1]))
		return REASON(-EINVAL, "a default window of %#llx bytes cannot be at %#llx",
			      (unsigned long long)c->default_size, (unsigned long long)c->start[0]);
	return 0;
}

int papr_bridge_init(struct papr_bridge *bridge, struct papr_vm *vm, const struct stce_phb_config *config,
		     const struct papr_hardware *hardware)
{
	int r = check(config);

	if (r)
		return r;
	*bridge = (struct papr_bridge){ .config = *config, .vm = papr_vm_get(vm), .hardware = hardware };
	pthread_mutex_lock(&vm->lock);
	if (papr_bridge_find(vm, config->buid))
		r = REASON(-EEXIST, "BUID %#llx is taken", (unsigned long long)config->buid);
	else
		r = papr_bridge_open_default(bridge);
	if (!r) {
		bridge->next = vm->bridges;
		vm->bridges = bridge;
	}
	pthread_mutex_unlock(&vm->lock);
	if (r)
		papr_vm_put(vm);
	return r;
}

void papr_bridge_fini(struct papr_bridge *bridge)
{
	struct papr_vm *vm = bridge->vm;
	struct papr_bridge **link = &vm->bridges;

	pthread_mutex_lock(&vm->lock);
	while (*link != bridge)
		link = &(*link)->next;
	*link = bridge->next;
	papr_bridge_close_windows(bridge);
	papr_bridge_remove_groups(bridge);
	pthread_mutex_unlock(&vm->lock);
	papr_vm_put(vm);
}

static void empty_table(struct kvm_table *table, void *context)
{
	kvm_table_empty(table);
}

int papr_vm_reset(struct papr_vm *vm)
{
	int r = 0;

	pthread_mutex_lock(&vm->lock);
	vm->errinjct_token = 0;
	for (struct papr_bridge *bridge = vm->bridges; bridge; bridge = bridge->next) {
		int error = papr_bridge_reset(bridge, false);

		r = r ? r : error;
	}
	pthread_mutex_lock(&vm->kvm->lock);
	kvm_liobn_for_each(vm->kvm, empty_table, NULL);
	pthread_mutex_unlock(&vm->kvm->lock);
	pthread_mutex_unlock(&vm->lock);
	return r;
}
