/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures rows and prints them. Work of one thread is measured in CPU time, so that a figure does
 * not include the time for which another program has the processor.
 */
#include "bench.h"
#include "count.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MEASURE_NS 300000.0       /* one measurement lasts about this long */

static unsigned int rounds = BENCH_ROUNDS_MIN;
static bool counts_only;
static const char *counted;      /* the name of the benchmark, if its instructions are counted */
static const char *peer;         /* what the other side of a row is called */

void bench_set(unsigned int rounds_wanted, bool instructions_only)
{
	rounds = rounds_wanted;
	counts_only = instructions_only;
}

void bench_begin(const char *counted_as, const char *peer_name)
{
	counted = counted_as;
	peer = peer_name;
}

unsigned int bench_rounds(void)
{
	return rounds;
}

static double now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_cpu_ns(void)
{
	return now_ns(CLOCK_THREAD_CPUTIME_ID);
}

double bench_wall_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

double bench_median(double *values, unsigned int count)
{
	return bench_spread(values, count).median;
}

void bench_need(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "spapr-tce-bench: %s\n", what);
	exit(1);
}

void bench_section(const char *title)
{
	if (counts_only)
		return;
	printf("\n%-60s %9s %6s ns %7s %14s %9s %7s  %s\n", title, "ours ns", peer, "ratio", "quartiles", "instr",
	       "locked", "wanted");
}

const char *bench_verdict(bool met)
{
	return met ? "met" : "missed";
}

void bench_say(const char *name, const char *format, ...)
{
	va_list args;

	if (counts_only)
		return;
	printf("  %-58s ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* Returns the ns that n operations take. */
static double measure(const struct bench_row *row, bench_work work, bench_work before, uint64_t n)
{
	double (*now)(void) = row->in_wall_time ? bench_wall_ns : bench_cpu_ns;
	double start;

	if (before)
		before(row->context, n);
	start = now();
	work(row->context, n);
	return now() - start;
}

/*
 * Returns how many operations take about MEASURE_NS. It asks twice, so that one disturbed
 * measurement does not end the search.
 */
static uint64_t calibrate(const struct bench_row *row, bench_work work, bench_work before)
{
	uint64_t n = row->fixed ? row->fixed : 1;

	while (!row->fixed && n < 1u << 24 &&
	       (measure(row, work, before, n) < MEASURE_NS || measure(row, work, before, n) < MEASURE_NS))
		n *= 2;
	measure(row, work, before, n);
	return n;
}

static void print_wanted(const struct bench_row *row, const struct bench_spread *ns, const struct bench_spread *ratio)
{
	if (row->most_ns)
		printf("  <= %g ns %s", row->most_ns, bench_judge(ns, BENCH_AT_MOST, row->most_ns));
	if (row->most_ratio)
		printf("  <= %gx %s", row->most_ratio, bench_judge(ratio, BENCH_AT_MOST, row->most_ratio));
	putchar('\n');
	fflush(stdout);
}

/* The figures of a row in ns per unit; `least` stays 0 without a limit kernel. */
struct figures {
	double *ours, *least, *ratio;
	double share;                  /* share of a processor that all rounds together had */
};

static void measure_rounds(const struct bench_row *row, struct figures *f)
{
	double units = row->units ? (double)row->units : 1, cpu, wall;
	uint64_t n_ours = calibrate(row, row->ours, row->before_ours);
	uint64_t n_least = row->least ? calibrate(row, row->least, row->before_least) : 0;

	cpu = bench_cpu_ns();
	wall = bench_wall_ns();
	for (unsigned int i = 0; i < rounds; i++) {
		f->ours[i] = measure(row, row->ours, row->before_ours, n_ours) / (double)n_ours / units;
		if (!row->least)
			continue;
		f->least[i] = measure(row, row->least, row->before_least, n_least) / (double)n_least / units;
		f->ratio[i] = f->ours[i] / f->least[i];
	}
	f->share = (bench_cpu_ns() - cpu) / (bench_wall_ns() - wall);
}

/* Prints the counts of a row: as columns of its table or, if nothing else is wanted, as a row with tabs. */
static void print_counts(const struct bench_row *row)
{
	struct count count = { 0 };
	bool is_counted = counted && count_is_possible();

	if (is_counted)
		count = count_row(row);
	if (counts_only)
		printf("%s: %s\t%.1f\t%.2f\n", counted, row->name, count.instructions, count.locked);
	else if (is_counted)
		printf(" %9.1f %7.2f", count.instructions, count.locked);
	else
		printf(" %9s %7s", "", "");
}

static struct bench_spread print_row(const struct bench_row *row, struct figures *f)
{
	struct bench_spread ns = bench_spread(f->ours, rounds), ratio = { .share = 1 };
	char name[64];

	ns.share = f->share;
	snprintf(name, sizeof(name), "%s, per %s", row->name, row->unit);
	printf("  %-58s %9.2f", name, ns.median);
	if (row->least) {
		ratio = bench_spread(f->ratio, rounds);
		ratio.share = f->share;
		printf(" %9.2f %6.2fx %6.2f to %4.2f", bench_median(f->least, rounds), ratio.median, ratio.low, ratio.high);
	} else {
		printf(" %9s %7s %6.2f to %4.2f", "", "ns", ns.low, ns.high);
	}
	print_counts(row);
	print_wanted(row, &ns, &ratio);
	return ns;
}

struct bench_spread bench_run(const struct bench_row *row)
{
	double *values;
	struct figures f = { .share = 1 };
	struct bench_spread ns = { 0 };

	if (counts_only) {
		print_counts(row);
		return ns;
	}
	values = calloc(3 * rounds, sizeof(*values));
	bench_need(values, "out of memory");
	f.ours = values;
	f.least = values + rounds;
	f.ratio = values + 2 * rounds;
	measure_rounds(row, &f);
	ns = print_row(row, &f);
	free(values);
	return ns;
}

void bench_print_machine(void)
{
	static const char *const keys[] = { "model name", "cpu\t" };
	char line[256], model[256] = "an unknown processor";
	double load = 0;
	FILE *file = fopen("/proc/cpuinfo", "r");

	while (file && fgets(line, sizeof(line), file))
		for (unsigned int i = 0; i < ARRAY_COUNT(keys); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])) && strchr(line, ':'))
				sscanf(strchr(line, ':') + 1, " %255[^\n]", model);
	if (file)
		fclose(file);
	getloadavg(&load, 1);
	printf("%s, %ld processors, load %.1f\n", model, sysconf(_SC_NPROCESSORS_ONLN), load);
	printf("medians of %u rounds; ratios are medians of the ratio within each round\n", rounds);
}
