/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls that save and restore: each passes its arguments to state/. */
#include "api/handles.h"

#include <errno.h>

#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"

int stce_state_write_fd(void *context, const void *bytes, size_t size)
{
	unsigned int count = reason_count();
	const int *fd = context;
	const char *at = bytes;

	while (size) {
		ssize_t n = os_write(*fd, at, size);

		if (n < 0)
			return (int)REASON_END(count, n);
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

ssize_t stce_state_read_fd(void *context, void *bytes, size_t size)
{
	unsigned int count = reason_count();
	const int *fd = context;

	return REASON_END(count, os_read(*fd, bytes, size));
}

int stce_state_new(struct stce_vm *vm, struct stce_state **out)
{
	struct stce_state *state = ALLOC(struct stce_state);

	if (!state)
		return REASON(-ENOMEM, "no memory for a state");
	state_init(&state->state, vm ? vm->papr : NULL);
	*out = state;
	return 0;
}

void stce_state_free(struct stce_state *state)
{
	if (!state)
		return;
	state_fini(&state->state);
	free(state);
}

int stce_state_add_memory(struct stce_state *state, uint32_t id, void *address, uint64_t size)
{
	return state_add_memory(&state->state, id, (uintptr_t)address, size);
}

int stce_state_add_file(struct stce_state *state, uint32_t id, int fd)
{
	return state_add_file(&state->state, id, fd);
}

int stce_state_save_begin(struct stce_state *state, stce_state_write_fn write, void *context)
{
	unsigned int count = reason_count();

	return (int)REASON_END(count, state_save_begin(&state->state, write, context));
}

long stce_state_save_pass(struct stce_state *state)
{
	unsigned int count = reason_count();

	return REASON_END(count, state_save_pass(&state->state));
}

int stce_state_save_end(struct stce_state *state)
{
	unsigned int count = reason_count();

	return (int)REASON_END(count, state_save_end(&state->state));
}

void stce_state_limit(struct stce_state *state, uint64_t stream_bytes, uint64_t made_bytes)
{
	state->state.stream_limit = stream_bytes;
	state->state.made_limit = made_bytes;
}

int stce_state_restore(struct stce_state *state, stce_state_read_fn read, void *context)
{
	unsigned int count = reason_count();

	return (int)REASON_END(count, state_restore(&state->state, read, context));
}

int stce_state_table(struct stce_state *state, uint64_t liobn)
{
	return state_take_table(&state->state, liobn);
}
