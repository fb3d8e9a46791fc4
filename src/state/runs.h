/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of a table as runs. A run is a line, with a first value and a step, or a literal,
 * with every value. An entry that no run names is a hole.
 */
#ifndef STCE_STATE_RUNS_H
#define STCE_STATE_RUNS_H

#include "util/pack.h"

#define STATE_RUN_LITERAL_MAX 512u

/* State of packing entries into runs. */
struct state_runs {
	struct pack *to;
	uint64_t literal_index;
	unsigned int literal_count;
	uint64_t index, first, step;      /* a line that the next entry may continue */
	uint64_t count;                   /* entries of the line; 0: there is none */
	uint64_t literal[STATE_RUN_LITERAL_MAX];
};

void state_runs_begin(struct state_runs *runs, struct pack *to);
/* Adds an entry. Each index must be greater than the one before. */
void state_runs_add(struct state_runs *runs, uint64_t index, uint64_t value);
void state_runs_end(struct state_runs *runs);

struct state_run {
	uint64_t index, count;
	const uint8_t *literal;           /* little-endian values; NULL: a line */
	uint64_t first, step;
};

/* Returns 1 with the next run, 0 at the end, or -EPROTO. */
int state_run_next(struct unpack *from, struct state_run *run);
uint64_t state_run_value(const struct state_run *run, uint64_t i);

#endif
