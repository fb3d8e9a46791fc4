/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements spapr-tce-bench [NAME...], which runs all benchmarks or those that are named, and
 * prints a row for each. Work of one thread is measured in CPU time, so that a figure does not
 * include the time for which another program has the processor.
 */
#include "bench.h"
#include "count.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MIN   31
#define MEASURE_NS   300000.0     /* one measurement lasts about this long */

static unsigned int rounds = ROUNDS_MIN;
static bool counts_only;         /* --instructions */

static const struct benchmark {
	const char *name;
	void (*run)(void);
	bool is_counted;         /* also in instructions (count.h) */
} benchmarks[] = {
	{ "put-indirect", bench_put_indirect, true },
	{ "stuff", bench_stuff, true },
	{ "put-get", bench_put_get, true },
	{ "translate", bench_translate, true },
	{ "hold", bench_hold, true },
	{ "map", bench_map, true },
	{ "register", bench_register, false },
	{ "threads", bench_threads, false },
	{ "syscalls", bench_syscalls, false },
	{ "memory", bench_memory, false },
	{ "share", bench_share, false },
	{ "equal", bench_equal, false },
	{ "transmit", bench_transmit, false },
};
static const struct benchmark *running;

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
	printf("\n%-60s %9s %9s %7s %14s %9s %7s  %s\n", title, "ours ns", "limit ns", "ratio", "quartiles", "instr",
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
	bool is_counted = running->is_counted && count_is_possible();

	if (is_counted)
		count = count_row(row);
	if (counts_only)
		printf("%s: %s\t%.1f\t%.2f\n", running->name, row->name, count.instructions, count.locked);
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

static int find(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(benchmarks); i++)
		if (!strcmp(benchmarks[i].name, name))
			return (int)i;
	return -1;
}

static void usage(FILE *to)
{
	fprintf(to, "usage: spapr-tce-bench [--rounds N | --instructions] [NAME]...\n\nNames:");
	for (unsigned int i = 0; i < ARRAY_COUNT(benchmarks); i++)
		fprintf(to, " %s", benchmarks[i].name);
	fprintf(to, "\n\n"
		"Each figure is the median of its rounds; behind it stand the quartiles, between which half\n"
		"of the rounds lie. The verdict is \"unclear\" where the wanted figure is less than 1.5 times\n"
		"their distance outside of them, or where the rounds had less than three quarters of a\n"
		"processor: then other programs decide, and a quieter hour tells.\n"
		"Instructions, and those of them that are locked, are counted for a unit. --instructions\n"
		"prints these alone, in columns that are separated by tabs.\n");
}

/* Prints the processor, because a figure means little without it. */
static void print_machine(void)
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
}

/* For a shell's completion. */
static void print_words(void)
{
	puts("--rounds\n--instructions");
	for (unsigned int i = 0; i < ARRAY_COUNT(benchmarks); i++)
		puts(benchmarks[i].name);
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "instructions", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ "words", no_argument, NULL, 'w' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (c == 'w') {
			print_words();
			exit(0);
		}
		counts_only |= c == 'i';
		if (c == 'i')
			continue;
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

static bool is_wanted(const struct benchmark *benchmark, char **names)
{
	bool wanted = !*names;

	for (; *names; names++)
		wanted |= !strcmp(*names, benchmark->name);
	return wanted && (!counts_only || benchmark->is_counted);
}

int main(int argc, char **argv)
{
	int first = parse(argc, argv);

	if (first < 0)
		return 125;
	if (counts_only && !count_is_possible()) {
		fprintf(stderr, "spapr-tce-bench: instructions are counted on x86-64 only\n");
		return 1;
	}
	if (!counts_only) {
		print_machine();
		printf("medians of %u rounds; ratios are medians of the ratio within each round\n", rounds);
	}
	for (running = benchmarks; running < benchmarks + ARRAY_COUNT(benchmarks); running++)
		if (is_wanted(running, argv + first))
			running->run();
	return 0;
}
