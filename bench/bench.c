/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce-bench [NAME...]: all benchmarks, or those whose names are given.
 * CPU time is used for whatever runs on one thread: another program that
 * takes the processor away is then no part of the figure.
 */
#include "bench.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MIN   31
#define MEASURE_NS   300000.0     /* one measurement lasts about that */

static unsigned int rounds = ROUNDS_MIN;

static const struct {
	const char *name;
	void (*run)(void);
} benchmarks[] = {
	{ "put-indirect", bench_put_indirect },
	{ "stuff", bench_stuff },
	{ "put-get", bench_put_get },
	{ "translate", bench_translate },
	{ "hold", bench_hold },
	{ "map", bench_map },
	{ "register", bench_register },
	{ "threads", bench_threads },
	{ "syscalls", bench_syscalls },
	{ "memory", bench_memory },
	{ "share", bench_share },
	{ "transmit", bench_transmit },
};

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

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
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
	printf("\n%-60s %9s %9s %7s  %s\n", title, "ours ns", "limit ns", "ratio", "wanted");
}

const char *bench_verdict(bool met)
{
	return met ? "met" : "missed";
}

void bench_say(const char *name, const char *format, ...)
{
	va_list args;

	printf("  %-58s ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* ns of n operations. */
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

/* How many operations take about MEASURE_NS. */
static uint64_t calibrate(const struct bench_row *row, bench_work work, bench_work before)
{
	uint64_t n = row->fixed ? row->fixed : 1;

	while (!row->fixed && n < 1u << 24 && measure(row, work, before, n) < MEASURE_NS)
		n *= 2;
	measure(row, work, before, n);
	return n;
}

static void print_wanted(const struct bench_row *row, double ns, double ratio)
{
	if (row->most_ns)
		printf("  <= %g ns %s", row->most_ns, bench_verdict(ns <= row->most_ns));
	if (row->most_ratio)
		printf("  <= %gx %s", row->most_ratio, bench_verdict(ratio <= row->most_ratio));
	putchar('\n');
	fflush(stdout);
}

double bench_run(const struct bench_row *row)
{
	double units = row->units ? (double)row->units : 1;
	uint64_t n_ours = calibrate(row, row->ours, row->before_ours);
	uint64_t n_least = row->least ? calibrate(row, row->least, row->before_least) : 0;
	double *ours = calloc(3 * rounds, sizeof(*ours));
	double *least = ours + rounds, *ratio = least + rounds, ns, limit;
	char name[64];

	bench_need(ours, "out of memory");
	for (unsigned int i = 0; i < rounds; i++) {
		ours[i] = measure(row, row->ours, row->before_ours, n_ours) / (double)n_ours / units;
		if (!row->least)
			continue;
		least[i] = measure(row, row->least, row->before_least, n_least) / (double)n_least / units;
		ratio[i] = ours[i] / least[i];
	}
	ns = bench_median(ours, rounds);
	snprintf(name, sizeof(name), "%s, per %s", row->name, row->unit);
	printf("  %-58s %9.2f", name, ns);
	if (row->least) {
		limit = bench_median(least, rounds);
		printf(" %9.2f %6.2fx", limit, bench_median(ratio, rounds));
	} else {
		printf(" %9s %7s", "", "");
	}
	print_wanted(row, ns, row->least ? ratio[rounds / 2] : 0);
	free(ours);
	return ns;
}

static int find(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(benchmarks); i++)
		if (!strcmp(benchmarks[i].name, name))
			return (int)i;
	return -1;
}

static void usage(FILE *to)
{
	fprintf(to, "usage: spapr-tce-bench [--rounds N] [NAME]...\n\nNames:");
	for (unsigned int i = 0; i < ARRAY_COUNT(benchmarks); i++)
		fprintf(to, " %s", benchmarks[i].name);
	fprintf(to, "\n");
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		rounds = c == 'r' ? (unsigned int)strtoul(optarg, NULL, 0) : 0;
		if (rounds < ROUNDS_MIN) {
			fprintf(stderr, "spapr-tce-bench: at least %d rounds\n", ROUNDS_MIN);
			return -1;
		}
	}
	for (int i = optind; i < argc; i++) {
		if (find(argv[i]) < 0) {
			fprintf(stderr, "spapr-tce-bench: no benchmark '%s'; try --help\n", argv[i]);
			return -1;
		}
	}
	return optind;
}

int main(int argc, char **argv)
{
	int first = parse(argc, argv);

	if (first < 0)
		return 125;
	printf("medians of %u rounds; ratios are medians of the ratio within each round\n", rounds);
	for (unsigned int i = 0; i < ARRAY_COUNT(benchmarks); i++) {
		bool wanted = first == argc;

		for (int j = first; j < argc; j++)
			wanted |= find(argv[j]) == (int)i;
		if (wanted)
			benchmarks[i].run();
	}
	return 0;
}
