/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and ends a state. A state owns the descriptors of the tables that a restore has made, until
 * the VMM fetches them.
 */
#include "state/state.h"

#include <errno.h>

#include "file/fd_table.h"
#include "util/alloc.h"
#include "util/reason.h"

void state_init(struct state *state, struct papr_vm *vm)
{
	*state = (struct state){ .papr = vm ? papr_vm_get(vm) : NULL, .vm = vm ? vm->kvm : NULL };
}

void state_fini(struct state *state)
{
	state_save_abort(state);
	for (unsigned int i = 0; i < state->made_count; i++)
		fd_table_close(state->made[i].fd);
	for (unsigned int i = 0; i < state->names; i++)
		if (state->name[i].file)
			file_put(state->name[i].file);
	if (state->papr)
		papr_vm_put(state->papr);
	free(state->made);
	free(state->name);
}

int state_take_table(struct state *state, uint64_t liobn)
{
	for (unsigned int i = 0; i < state->made_count; i++) {
		int fd = state->made[i].fd;

		if (state->made[i].liobn != liobn)
			continue;
		state->made[i] = state->made[--state->made_count];
		return fd;
	}
	return REASON(-ENOENT, "the restore has made no table with LIOBN %#llx", (unsigned long long)liobn);
}
