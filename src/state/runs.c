/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packs entries into runs and reads runs. Fewer than LINE_MIN entries are packed as literals,
 * because their values take no more bytes than a line. The caller knows what the entries mean.
 */
#include "state/runs.h"

#include <errno.h>
#include <string.h>

#include "abi/endian.h"
#include "util/range.h"
#include "util/reason.h"

#define LINE_MIN 4
#define LINE     0u
#define LITERAL  1u

void state_runs_begin(struct state_runs *runs, struct pack *to)
{
	runs->to = to;
	runs->literal_count = 0;
	runs->count = 0;
}

static void put_header(struct state_runs *runs, uint64_t index, uint64_t count, uint32_t kind)
{
	pack_u64(runs->to, index);
	pack_u64(runs->to, count);
	pack_u32(runs->to, kind);
}

static void flush_literal(struct state_runs *runs)
{
	if (!runs->literal_count)
		return;
	put_header(runs, runs->literal_index, runs->literal_count, LITERAL);
	for (unsigned int i = 0; i < runs->literal_count; i++)
		pack_u64(runs->to, runs->literal[i]);
	runs->literal_count = 0;
}

static void add_literal(struct state_runs *runs, uint64_t index, uint64_t value)
{
	if (runs->literal_count == STATE_RUN_LITERAL_MAX ||
	    index != runs->literal_index + runs->literal_count)
		flush_literal(runs);
	if (!runs->literal_count)
		runs->literal_index = index;
	runs->literal[runs->literal_count++] = value;
}

/* Makes the first entry of a short line a literal; the rest may begin another line. */
static void drop_first(struct state_runs *runs)
{
	add_literal(runs, runs->index, runs->first);
	runs->index++;
	runs->first += runs->step;
	runs->count--;
}

static void end_line(struct state_runs *runs)
{
	if (runs->count >= LINE_MIN) {
		flush_literal(runs);
		put_header(runs, runs->index, runs->count, LINE);
		pack_u64(runs->to, runs->first);
		pack_u64(runs->to, runs->step);
		runs->count = 0;
	}
	while (runs->count)
		drop_first(runs);
}

static bool goes_on(struct state_runs *runs, uint64_t index, uint64_t value)
{
	if (!runs->count || index != runs->index + runs->count)
		return false;
	if (runs->count == 1)
		runs->step = value - runs->first;
	return value == runs->first + runs->step * runs->count;
}

void state_runs_add(struct state_runs *runs, uint64_t index, uint64_t value)
{
	while (runs->count > 1 && runs->count < LINE_MIN && index == runs->index + runs->count &&
	       !goes_on(runs, index, value))
		drop_first(runs);
	if (!goes_on(runs, index, value)) {
		end_line(runs);
		runs->index = index;
		runs->first = value;
		runs->step = 0;
	}
	runs->count++;
}

void state_runs_end(struct state_runs *runs)
{
	end_line(runs);
	flush_literal(runs);
}

int state_run_next(struct unpack *from, struct state_run *run)
{
	uint32_t kind;

	if (!unpack_left(from))
		return 0;
	*run = (struct state_run){ 0 };
	run->index = unpack_u64(from);
	run->count = unpack_u64(from);
	kind = unpack_u32(from);
	if (kind == LINE) {
		run->first = unpack_u64(from);
		run->step = unpack_u64(from);
	} else if (kind == LITERAL && run->count <= STATE_RUN_LITERAL_MAX) {
		run->literal = unpack_bytes(from, run->count * sizeof(uint64_t));
	} else {
		return REASON(-EPROTO, "a run has the unknown kind %u or is too long", kind);
	}
	if (from->has_failed || !run->count || range_wraps(run->index, run->count))
		return REASON(-EPROTO, "a run of entries is incomplete");
	return 1;
}

uint64_t state_run_value(const struct state_run *run, uint64_t i)
{
	struct le64 value;

	if (!run->literal)
		return run->first + run->step * i;
	memcpy(&value, run->literal + i * sizeof(value), sizeof(value));
	return le64_get(value);
}
