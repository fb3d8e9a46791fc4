/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls that save and restore. */
#include "spapr-tce/state.h"

#include "machine/vm.h"
#include "state/state.h"
#include "util/os.h"

/* A state is its own public handle. */
static struct state *internal(struct stce_state *state)
{
	return (struct state *)state;
}

int stce_state_write_fd(void *context, const void *bytes, size_t size)
{
	const int *fd = context;
	const char *at = bytes;

	while (size) {
		ssize_t n = os_write(*fd, at, size);

		if (n < 0)
			return (int)n;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

ssize_t stce_state_read_fd(void *context, void *bytes, size_t size)
{
	const int *fd = context;

	return os_read(*fd, bytes, size);
}

int stce_state_new(struct stce_vm *vm, struct stce_state **state)
{
	return state_new(vm ? machine_kvm_vm(vm) : NULL, (struct state **)state);
}

void stce_state_free(struct stce_state *state)
{
	if (state)
		state_free(internal(state));
}

int stce_state_add_memory(struct stce_state *state, uint32_t id, void *address, uint64_t size)
{
	return state_add_memory(internal(state), id, (uintptr_t)address, size);
}

int stce_state_add_file(struct stce_state *state, uint32_t id, int fd)
{
	return state_add_file(internal(state), id, fd);
}

int stce_state_save_begin(struct stce_state *state, stce_state_write_fn write, void *context)
{
	return state_save_begin(internal(state), write, context);
}

long stce_state_save_pass(struct stce_state *state)
{
	return state_save_pass(internal(state));
}

int stce_state_save_end(struct stce_state *state)
{
	return state_save_end(internal(state));
}

int stce_state_restore(struct stce_state *state, stce_state_read_fn read, void *context)
{
	return state_restore(internal(state), read, context);
}

int stce_state_table(struct stce_state *state, uint64_t liobn)
{
	return state_take_table(internal(state), liobn);
}
