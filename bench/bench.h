/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Declares the harness. Its rounds alternate, in one process, between a path of ours and its limit
 * kernel, which is the least work that could do the same job. Figures are compared within one round
 * only, because a busy machine disturbs both alike. The medians of all rounds are printed with
 * their spread; the exit status judges nothing. verdict.h owns the statistics, world.h the machine.
 */
#ifndef STCE_BENCH_BENCH_H
#define STCE_BENCH_BENCH_H

#include "util/types.h"
#include "verdict.h"

/* Carries out n operations. */
typedef void (*bench_work)(void *context, uint64_t n);

struct bench_row {
	const char *name;
	const char *unit;       /* what one unit is: "entry", "call", "page" */
	uint64_t units;         /* units in one operation; 0 means 1 */
	bench_work ours, least;
	void *context;
	/* These run before each measurement and are not timed; both may be NULL. */
	bench_work before_ours, before_least;
	uint64_t fixed;         /* operations in a measurement; 0 lets the harness choose */
	bool in_wall_time;      /* false for the thread's CPU time */
	/* The figures that are wanted; 0 wants nothing. */
	double most_ns, most_ratio;
};

/* Measures and prints one row. Returns our figure in ns per unit. */
struct bench_spread bench_run(const struct bench_row *row);

/* Print a section's title, and a row of free text in the same table. */
void bench_section(const char *title);
void bench_say(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Returns "met" or "missed" for a figure that was counted and not measured. */
const char *bench_verdict(bool met);

#define BENCH_ROUNDS_MIN 31

/* Chooses how many rounds each row has, and whether instructions are counted and nothing is measured. */
void bench_set(unsigned int rounds_wanted, bool instructions_only);
/*
 * Begins a benchmark whose rows stand beside `peer_name`. counted_as is its name among the counts of
 * instructions, or NULL if they are not counted. The strings are borrowed.
 */
void bench_begin(const char *counted_as, const char *peer_name);
/* Prints the processor, because a figure means little without it, the load, and the rounds. */
void bench_print_machine(void);
unsigned int bench_rounds(void);
double bench_median(double *values, unsigned int count);
double bench_cpu_ns(void);     /* CPU time of the calling thread */
double bench_wall_ns(void);

/* Ends the program with a message if the benchmark itself cannot go on. */
void bench_need(bool condition, const char *what);
/* Makes the compiler believe that the value is used. */
static inline void bench_use(uint64_t value)
{
	__asm__ volatile("" : : "r"(value) : "memory");
}

/* Each file has one benchmark. */
void bench_put_indirect(void);
void bench_stuff(void);
void bench_put_get(void);
void bench_translate(void);
void bench_hold(void);
void bench_map(void);
void bench_history(void);
void bench_register(void);
void bench_register_pieces(void);    /* part of the one before */
void bench_threads(void);
void bench_syscalls(void);
void bench_memory(void);
void bench_share(void);
void bench_equal(void);
void bench_scale(void);
void bench_transmit(void);

#endif
