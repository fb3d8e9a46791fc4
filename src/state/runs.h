/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries of a table as runs: first value and step, or each value. What no
 * run names is a hole.
 */
#ifndef STCE_STATE_RUNS_H
#define STCE_STATE_RUNS_H

#include "util/pack.h"

#define STATE_RUN_LITERAL_MAX 512u

/* Entries on their way into runs. */
struct state_runs {
	struct pack *to;
	uint64_t literal_index;
	unsigned int literal_count;
	uint64_t index, first, step;      /* a run that may go on */
	uint64_t count;                   /* 0: none */
	uint64_t literal[STATE_RUN_LITERAL_MAX];
};

void state_runs_begin(struct state_runs *runs, struct pack *to);
/* Indices only rise. */
void state_runs_add(struct state_runs *runs, uint64_t index, uint64_t value);
void state_runs_end(struct state_runs *runs);

struct state_run {
	uint64_t index, count;
	const uint8_t *literal;           /* little-endian values; NULL: a line */
	uint64_t first, step;
};

/* 1: a run; 0: none is left; -EPROTO. */
int state_run_next(struct unpack *from, struct state_run *run);
uint64_t state_run_value(const struct state_run *run, uint64_t i);

#endif
