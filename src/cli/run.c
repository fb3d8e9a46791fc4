/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce run checks everything that can be refused, makes the run, starts the program in it, and
 * reports on it while it runs and when it ends. The other files of cli/ do each of these.
 */
#include "cli.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <spapr-tce/run.h>

#include "complete.h"
#include "hint.h"
#include "launch.h"
#include "narrate.h"
#include "options.h"
#include "report.h"
#include "table.h"
#include "watch.h"

#define LOOK_ITEMS 1024

struct session {
	struct options options;
	struct launch launch;
	struct report report;
	struct narrator narrator;
	struct watch watch;
	struct stce_run *run;
	struct timespec began;
	unsigned int lost;
	uint64_t fired;               /* a bit for each rule of --eeh that has acted */
	unsigned int told;            /* lines that programs of the run have told */
	unsigned int explained;       /* faults that programs have explained */
};

static double seconds_since(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

/*
 * --quiet does not silence these lines: a program that is not served sees the real system unawares.
 */
static void repeat_told(struct session *session)
{
	char line[STCE_WHY_SIZE];

	while (stce_run_told(session->run, line)) {
		complain("%s", line);
		report_told(&session->report, line);
		session->told++;
	}
}

/* Takes in the explanations of faults that have come. */
static void note_explained(struct session *session)
{
	char text[STCE_EXPLANATION_SIZE];

	while (stce_run_explained(session->run, session->explained, text)) {
		report_explained(&session->report, text);
		session->explained++;
	}
}

static void note_rule(struct session *session, const struct stce_news *item)
{
	if (item->kind == STCE_NEWS_PE_FROZEN && item->cause == STCE_EEH_RULE && item->size >= 1 && item->size <= 64)
		session->fired |= UINT64_C(1) << (item->size - 1);
}

static void sample(struct session *session, const struct stce_stats *stats, double now)
{
	struct report_end so_far = {
		.program = session->options.program,
		.seconds = now,
		.programs = stce_run_programs(session->run),
		.lost = session->lost,
	};

	report_sample(&session->report, stats, &so_far);
}

static void look(void *context)
{
	struct session *session = context;
	double now = seconds_since(&session->began);
	struct stce_news item;
	struct stce_stats stats;
	unsigned int lost = 0;

	/*
	 * The limit lets us notice the end of the program even if news arrives faster than we read
	 * it.
	 */
	for (unsigned int i = 0; i < LOOK_ITEMS && stce_run_news(session->run, &item, &lost); i++) {
		session->lost += lost;
		report_news(&session->report, &item, now);
		note_rule(session, &item);
		if (!session->options.is_quiet)
			narrate(&session->narrator, &item);
	}
	repeat_told(session);
	note_explained(session);
	stce_run_stats(session->run, &stats, sizeof(stats));
	report_ask(&session->report, stce_run_directory(session->run), &stats, now);
	sample(session, &stats, now);
	if (!session->options.is_quiet)
		narrate_progress(&session->narrator, &stats, now);
}

/* Tells whether a program has opened a file of ours. A guest table needs no file of /dev/vfio. */
static bool was_used(const struct stce_stats *stats)
{
	return stats->opens || stats->guest_tables;
}

/*
 * We see that a program starts another that we cannot serve, but not what that one does. We do not
 * see raw system calls at all.
 */
static void print_unused(const struct session *session)
{
	if (session->told)
		complain("no program that we serve opened a file of /dev/vfio; "
			 "the programs named above see the real one");
	else
		complain("no program opened a file of /dev/vfio through the C library; "
			 "raw system calls see the real one");
}

static void print_ports(const struct session *session)
{
	struct stce_port port;

	for (unsigned int n = 0; stce_run_port(session->run, n, &port, sizeof(port)); n++)
		table_print_port(stderr, &port);
}

static void note_ports(struct session *session)
{
	struct stce_port port;

	for (unsigned int n = 0; stce_run_port(session->run, n, &port, sizeof(port)); n++)
		report_port(&session->report, &port);
}

/* Tells the first faults once more, with what had led to them. */
static void print_explained(const struct session *session)
{
	char text[STCE_EXPLANATION_SIZE], *rest, *line;

	for (unsigned int n = 0; stce_run_explained(session->run, n, text); n++) {
		line = strtok_r(text, "\n", &rest);
		if (line)
			complain("DMA fault at %s", line);
		while (line && (line = strtok_r(NULL, "\n", &rest)))
			complain("%s", line);
	}
}

static void print_end(struct session *session, const struct report_end *end,
		      const struct stce_stats *stats)
{
	if (session->options.is_quiet)
		return;
	if (end->signal)
		complain("%s ended by signal %d (%s) after %.1f s", end->program[0], end->signal,
			 strsignal(end->signal), end->seconds);
	else
		complain("%s ended with status %d after %.1f s", end->program[0], end->status, end->seconds);
	if (!was_used(stats))
		print_unused(session);
	table_print(stderr, stats);
	print_ports(session);
	print_explained(session);
}

/* --quiet does not silence these lines: what was to be tested was not. */
static void print_unfired(const struct session *session)
{
	const char *rule;

	for (unsigned int n = 0; n < 64 && (rule = stce_config_rule(session->options.config, n)); n++)
		if (!(session->fired >> n & 1))
			complain("--eeh %s has frozen nothing%s", rule, session->lost ? ", or its news was lost" : "");
}

static int finish(struct session *session, int wait_status)
{
	struct stce_stats stats;
	struct report_end end = {
		.program = session->options.program,
		.signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0,
		.is_complete = true,
		.seconds = seconds_since(&session->began),
		.programs = stce_run_programs(session->run),
		.lost = session->lost,
	};
	int r;

	stce_run_stats(session->run, &stats, sizeof(stats));
	end.status = end.signal ? 128 + end.signal : WEXITSTATUS(wait_status);
	print_end(session, &end, &stats);
	print_unfired(session);
	note_ports(session);
	r = report_write(&session->report, &stats, &end);
	if (!r)
		return end.status;
	complain("the report is not written: %s: %s", session->report.path, strerror(-r));
	return end.status ? end.status : EXIT_OURS;
}

/* Runs the program after the run has been made, and returns the exit status. */
static int run_program(struct session *session)
{
	int status = 0;
	pid_t child;

	clock_gettime(CLOCK_MONOTONIC, &session->began);
	child = launch_start(&session->launch, session->run, &session->watch.before, &status);
	return child ? finish(session, watch_child(&session->watch, child, look, session)) : status;
}

/* Makes every check that is possible before the run exists. */
static int prepare(struct session *session)
{
	char why[STCE_WHY_SIZE] = "";
	int status, r;

	if (stce_config_check(session->options.config, why)) {
		complain("%s%s", why, hint_for(why));
		return EXIT_OURS;
	}
	status = launch_prepare(&session->launch, session->options.program);
	if (status)
		return status;
	r = report_init(&session->report, session->options.report);
	if (!r)
		return 0;
	complain("--report %s: %s", session->options.report, strerror(-r));
	return EXIT_OURS;
}

static int run_session(struct session *session)
{
	char why[STCE_WHY_SIZE] = "";
	int r, status = prepare(session);

	if (status)
		return status;
	narrator_init(&session->narrator);
	/*
	 * Signals stay blocked until the run has been removed, because one at the end would leave its
	 * directory behind.
	 */
	r = watch_init(&session->watch);
	if (r) {
		complain("cannot wait for signals: %s", strerror(-r));
		return EXIT_OURS;
	}
	if (stce_run_new(session->options.config, &session->run, why)) {
		complain("%s", why);
		status = EXIT_OURS;
	} else {
		status = run_program(session);
		stce_run_free(session->run);
	}
	watch_fini(&session->watch);
	return status;
}

static int run(int argc, char **argv)
{
	struct session session = { 0 };
	int status;

	if (stce_config_new(&session.options.config)) {
		complain("out of memory");
		return EXIT_OURS;
	}
	status = options_parse(&session.options, argc, argv);
	if (!status && !session.options.is_answered)
		status = run_session(&session);
	report_fini(&session.report);
	stce_config_free(session.options.config);
	return status;
}

const struct command command_run = {
	.name = "run",
	.arguments = "[OPTION]... -- PROGRAM...",
	.text = "run an unmodified program on an emulated PowerNV host",
	.run = run,
	.help = options_help,
	.complete = complete_run,
};
