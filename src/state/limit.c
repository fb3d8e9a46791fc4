/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits the length of a stream and the memory that it may make us use. A few bytes can ask for
 * large tables and name their entries again and again. Therefore the judges add up what they find
 * before anything is built, so that a stream from a stranger costs no more than its length and the
 * guest's memory justify.
 */
#include "state/restore.h"

#include <errno.h>

#include "util/range.h"
#include "util/reason.h"

#define STREAM_DEFAULT GIB
/* A guest without memory may have tables of this size. */
#define MADE_BASE      (64 * MIB)
/* A line takes 36 bytes, and names the 512 entries of a dirty page, which are 4096 bytes. */
#define MADE_PER_BYTE  128u
/* A full table of 4K pages takes 1/512 of the memory that it maps, so this allows eight of them. */
#define MEMORY_DIVISOR 64u
/* An empty table counts for less, because it is sparse and takes memory only for its entries. */
#define EMPTY_DIVISOR  16u

uint64_t state_stream_limit(const struct state *state)
{
	return state->stream_limit ? state->stream_limit : STREAM_DEFAULT;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t named_memory(const struct state *state)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < state->names; i++)
		if (state->name[i].kind == STATE_KIND_MEMORY)
			bytes = add(bytes, state->name[i].size);
	return bytes;
}

static uint64_t guest_memory(struct kvm_vm *vm)
{
	struct mem_slot slot;
	uint64_t bytes = 0;

	rcu_read_lock();
	for (size_t n = 0; mem_guest_nth(&vm->guest, n, &slot); n++)
		bytes = add(bytes, slot.size);
	rcu_read_unlock();
	return bytes;
}

static uint64_t made_limit(const struct state_restore *restore)
{
	const struct state *state = restore->state;
	uint64_t memory = named_memory(state);

	if (state->made_limit)
		return state->made_limit;
	if (state->vm)
		memory = max_u64(memory, guest_memory(state->vm));
	return add(add(MADE_BASE, times(MADE_PER_BYTE, restore->length)), memory / MEMORY_DIVISOR);
}

int state_allow(struct state_restore *restore, uint64_t entries)
{
	uint64_t bytes = times(entries, sizeof(uint64_t));
	uint64_t limit = made_limit(restore);

	restore->made = add(restore->made, bytes);
	if (restore->made <= limit)
		return 0;
	return REASON(-E2BIG, "a stream of %llu bytes asks for at least %llu bytes of entries, and %llu are allowed",
		      (unsigned long long)restore->length, (unsigned long long)restore->made,
		      (unsigned long long)limit);
}

int state_allow_table(struct state_restore *restore, uint64_t entries)
{
	return state_allow(restore, entries / EMPTY_DIVISOR + !!(entries % EMPTY_DIVISOR));
}
