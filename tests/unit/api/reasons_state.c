/* SPDX-License-Identifier: BSD-2-Clause */
/* Refusals by saves and restores. */
#include "reasons.h"

#include <errno.h>
#include <string.h>

#define VM world.v.vm

static long state_new(void)
{
	struct stce_state *state;

	return WITHOUT_MEMORY(stce_state_new(VM, &state));
}

static long on_state(long (*act)(struct stce_state *state))
{
	struct stce_state *state;
	long r;

	assert_int_equal(stce_state_new(VM, &state), 0);
	plant_reason();
	r = act(state);
	stce_state_free(state);
	return r;
}

static int refuse(void *context, const void *bytes, size_t size) { return -ENOSPC; }
static int take(void *context, const void *bytes, size_t size) { return 0; }
static ssize_t fail_to_give(void *context, void *bytes, size_t size) { return -EIO; }

static ssize_t give_zeros(void *context, void *bytes, size_t size)
{
	memset(bytes, 0, size);
	return (ssize_t)size;
}

static long nothing(struct stce_state *state) { return stce_state_add_memory(state, 0, world.v.ram, 0); }
static long no_file(struct stce_state *state) { return stce_state_add_file(state, 0, -1); }
static long begin_full(struct stce_state *state) { return stce_state_save_begin(state, refuse, NULL); }
static long pass(struct stce_state *state) { return stce_state_save_pass(state); }
static long end(struct stce_state *state) { return stce_state_save_end(state); }
static long restore_zeros(struct stce_state *state) { return stce_state_restore(state, give_zeros, NULL); }
static long restore_nothing(struct stce_state *state) { return stce_state_restore(state, fail_to_give, NULL); }
static long fetch(struct stce_state *state) { return stce_state_table(state, 9); }

static long begin_twice(struct stce_state *state)
{
	assert_int_equal(stce_state_save_begin(state, take, NULL), 0);
	plant_reason();
	return stce_state_save_begin(state, take, NULL);
}

/* The function that writes is the library's own, and gives the reason. */
static long begin_closed(struct stce_state *state)
{
	int fd = -1;

	return stce_state_save_begin(state, stce_state_write_fd, &fd);
}

static long state_memory(void) { return on_state(nothing); }
static long state_file(void) { return on_state(no_file); }
static long state_full(void) { return on_state(begin_full); }
static long state_closed(void) { return on_state(begin_closed); }
static long state_twice(void) { return on_state(begin_twice); }
static long state_pass(void) { return on_state(pass); }
static long state_end(void) { return on_state(end); }
static long state_zeros(void) { return on_state(restore_zeros); }
static long state_nothing(void) { return on_state(restore_nothing); }
static long state_table(void) { return on_state(fetch); }

static long write_fd(void)
{
	int fd = -1;

	return stce_state_write_fd(&fd, "x", 1);
}

static long read_fd(void)
{
	int fd = -1;
	char x;

	return stce_state_read_fd(&fd, &x, 1);
}

const struct reason_row reasons_state[] = {
	REFUSED("stce_state_new", "no memory", state_new, -ENOMEM, "no memory for a state"),
	REFUSED("stce_state_add_memory", "0 bytes", state_memory, -EINVAL, "0 bytes"),
	REFUSED("stce_state_add_file", "no descriptor", state_file, -EBADF, "descriptor -1 is not open"),
	REFUSED("stce_state_save_begin", "a sink that is full", state_full, -ENOSPC, "No space left on device"),
	REFUSED("stce_state_save_begin", "a sink that is closed", state_closed, -EBADF, "Bad file descriptor"),
	REFUSED("stce_state_save_begin", "a second time", state_twice, -EBUSY, "a save has begun already"),
	REFUSED("stce_state_save_pass", "before the beginning", state_pass, -EINVAL, "no save has begun"),
	REFUSED("stce_state_save_end", "before the beginning", state_end, -EINVAL, "no save has begun"),
	REFUSED("stce_state_restore", "zeros", state_zeros, -EBADMSG, "state of spapr-tce"),
	REFUSED("stce_state_restore", "a source that fails", state_nothing, -EIO, "Input/output error"),
	REFUSED("stce_state_table", "a table that was not made", state_table, -ENOENT,
		"LIOBN 0x9"),
	REFUSED("stce_state_write_fd", "no descriptor", write_fd, -EBADF, "Bad file descriptor"),
	REFUSED("stce_state_read_fd", "no descriptor", read_fd, -EBADF, "Bad file descriptor"),
	{ .call = NULL },
};
