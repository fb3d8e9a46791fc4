/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harness: rounds that alternate between a path of ours and its limit
 * kernel, the least work that could do the same job, in one process. What is
 * compared is always taken from one round, so that a busy machine disturbs
 * both alike; medians over all rounds are printed with their spread, and
 * nothing is judged by an exit status.
 */
#ifndef STCE_BENCH_BENCH_H
#define STCE_BENCH_BENCH_H

#include "util/types.h"
#include "verdict.h"

/* Does n operations. */
typedef void (*bench_work)(void *context, uint64_t n);

struct bench_row {
	const char *name;
	const char *unit;       /* what one unit is: "entry", "call", "page" */
	uint64_t units;         /* in one operation; 0: 1 */
	bench_work ours, least;
	void *context;
	/* Before each measurement, not timed; both may be NULL. */
	bench_work before_ours, before_least;
	uint64_t fixed;         /* operations per measurement; 0: as many as take a while */
	bool in_wall_time;      /* else CPU time of the thread */
	/* What is wanted; 0: nothing. */
	double most_ns, most_ratio;
};

/* Measures and prints one row. Returns ours in ns per unit. */
struct bench_spread bench_run(const struct bench_row *row);

/* Rows of other shapes, in the same table: free text where there is no figure. */
void bench_section(const char *title);
void bench_say(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "met" or "missed" for what is counted, not measured. */
const char *bench_verdict(bool met);

unsigned int bench_rounds(void);
double bench_median(double *values, unsigned int count);
double bench_cpu_ns(void);     /* of the calling thread */
double bench_wall_ns(void);

/* Ends the program with a line where the benchmark itself cannot go on. */
void bench_need(bool condition, const char *what);
/* The compiler must believe that the value is used. */
static inline void bench_use(uint64_t value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

/* One per file. */
void bench_put_indirect(void);
void bench_stuff(void);
void bench_put_get(void);
void bench_translate(void);
void bench_hold(void);
void bench_map(void);
void bench_register(void);
void bench_threads(void);
void bench_syscalls(void);
void bench_memory(void);
void bench_share(void);
void bench_transmit(void);

#endif
