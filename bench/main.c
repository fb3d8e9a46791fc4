/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements spapr-tce-bench [NAME...], which runs all benchmarks or those that are named, and
 * prints a row for each.
 */
#include "bench.h"
#include "count.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	{ "history", bench_history, false },     /* the clock is the kernel's */
	{ "register", bench_register, false },
	{ "threads", bench_threads, false },
	{ "syscalls", bench_syscalls, false },
	{ "memory", bench_memory, false },
	{ "share", bench_share, false },
	{ "equal", bench_equal, false },
	{ "scale", bench_scale, false },
	{ "transmit", bench_transmit, false },
};
static unsigned int rounds = BENCH_ROUNDS_MIN;
static bool counts_only;         /* --instructions */

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

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (c == 'w') {
			print_words();
			exit(0);
		}
		if (c == '?' || c == ':') {
			fprintf(stderr, c == '?' ? "spapr-tce-bench: unknown option '%s'; try --help\n" :
				"spapr-tce-bench: %s needs a value\n", argv[optind - 1]);
			return -1;
		}
		counts_only |= c == 'i';
		if (c == 'i')
			continue;
		rounds = (unsigned int)strtoul(optarg, NULL, 0);
		if (rounds < BENCH_ROUNDS_MIN) {
			fprintf(stderr, "spapr-tce-bench: at least %d rounds\n", BENCH_ROUNDS_MIN);
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
	bench_set(rounds, counts_only);
	if (!counts_only)
		bench_print_machine();
	for (const struct benchmark *b = benchmarks; b < benchmarks + ARRAY_COUNT(benchmarks); b++) {
		if (!is_wanted(b, argv + first))
			continue;
		bench_begin(b->is_counted ? b->name : NULL, "limit");
		b->run();
	}
	return 0;
}
