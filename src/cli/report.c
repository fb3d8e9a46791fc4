/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collects windows, faults and samples while the program runs, and adds every counter under its own
 * name when it writes. It writes now and then, so that a run that is killed leaves what was sampled
 * last. schema/report.schema.json describes the members; a change that a reader must know of
 * raises FORMAT.
 */
#include "report.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <spapr-tce/machine.h>

#include "json.h"
#include "occupancy.h"
#include "report_windows.h"
#include "series.h"
#include "whole_file.h"

#define FORMAT 1

/* Seconds between two writings. */
#define LEAST_PAUSE 0.5
#define LAST_PAUSE  10

/* This limit bounds our memory, because a program may fault for hours. */
#define FAULT_COUNT_MAX 1000

int report_init(struct report *report, const char *path)
{
	int r;

	*report = (struct report){ .path = path };
	if (!path)
		return 0;
	r = whole_file_check(path);
	if (r)
		return r;
	report->series = calloc(1, sizeof(*report->series));
	if (!report->series)
		return -ENOMEM;
	report->is_stream = whole_file_is_stream(path);
	report->next_write = LEAST_PAUSE;
	report->windows = json_object_new_array();
	report->told = json_object_new_array();
	report->faults = json_object_new_array();
	report->explained = json_object_new_array();
	report->ports = json_object_new_array();
	return 0;
}

void report_fini(struct report *report)
{
	occupancy_free(report->occupancy);
	free(report->series);
	json_object_put(report->windows);
	json_object_put(report->told);
	json_object_put(report->faults);
	json_object_put(report->explained);
	json_object_put(report->ports);
}

static void fault_seen(struct report *report, const struct stce_news *item, double now)
{
	struct json_object *fault = json_object_new_object();

	if (json_object_array_length(report->faults) >= FAULT_COUNT_MAX) {
		json_object_put(fault);
		return;
	}
	json_add_count(fault, "group", (uint64_t)item->group);
	json_add_address(fault, "ioba", item->start);
	json_add_text(fault, "cause", stce_fault_text(item->cause));
	json_add_seconds(fault, "time", now);
	json_object_array_add(report->faults, fault);
}

void report_news(struct report *report, const struct stce_news *item, double now)
{
	if (!report->series)
		return;
	if (item->kind == STCE_NEWS_WINDOW_CREATED)
		report_window_created(report->windows, item, now);
	else if (item->kind == STCE_NEWS_WINDOW_REMOVED)
		report_window_removed(report->windows, item, now);
	else if (item->kind == STCE_NEWS_FAULT)
		fault_seen(report, item, now);
}

void report_told(struct report *report, const char *line)
{
	if (report->series)
		json_object_array_add(report->told, json_object_new_string(line));
}

void report_explained(struct report *report, const char *text)
{
	if (report->series)
		json_object_array_add(report->explained, json_object_new_string(text));
}

void report_port(struct report *report, const struct stce_port *port)
{
	struct json_object *object;

	if (!report->series)
		return;
	object = json_object_new_object();
	json_add_text(object, "function", port->address);
	json_add_text(object, "net", port->net);
	json_add_count(object, "sent_frames", port->sent_frames);
	json_add_count(object, "sent_bytes", port->sent_bytes);
	json_add_count(object, "received_frames", port->received_frames);
	json_add_count(object, "received_bytes", port->received_bytes);
	json_add_count(object, "missed", port->missed);
	json_add_count(object, "dropped", port->dropped);
	json_add_count(object, "errors", port->errors);
	json_add_count(object, "link_changes", port->link_changes);
	json_object_array_add(report->ports, object);
}

static struct json_object *counters(const struct stce_stats *stats)
{
	struct json_object *object = json_object_new_object();

#define ADD_COUNTER(field, unit, text) json_add_count(object, #field, stats->field);
	STCE_STATS(ADD_COUNTER)
#undef ADD_COUNTER
	return object;
}

/* Adds a counter under the name of its cause, if it counts faults. */
static void add_fault(struct json_object *object, const char *name, uint64_t value)
{
	static const char prefix[] = "fault_";

	if (!strncmp(name, prefix, strlen(prefix)))
		json_add_count(object, name + strlen(prefix), value);
}

static struct json_object *faults_by_cause(const struct stce_stats *stats)
{
	struct json_object *object = json_object_new_object();

#define ADD_FAULT(field, unit, text) add_fault(object, #field, stats->field);
	STCE_STATS(ADD_FAULT)
#undef ADD_FAULT
	return object;
}

static void add_end(struct json_object *object, const struct report_end *end)
{
	json_object_object_add(object, "complete", json_object_new_boolean(end->is_complete));
	json_add_seconds(object, "duration", end->seconds);
	if (!end->is_complete)
		return;
	json_add_count(object, "exit_status", (uint64_t)end->status);
	json_add_count(object, "signal", (uint64_t)end->signal);
}

static struct json_object *whole(struct report *report, const struct stce_stats *stats,
				 const struct report_end *end)
{
	struct json_object *object = json_object_new_object(), *words = json_object_new_array();

	for (char **word = end->program; *word; word++)
		json_object_array_add(words, json_object_new_string(*word));
	json_add_count(object, "format", FORMAT);
	json_add_text(object, "version", stce_version());
	json_object_object_add(object, "program", words);
	add_end(object, end);
	json_add_count(object, "programs_attached", end->programs);
	json_add_count(object, "news_lost", end->lost);
	json_object_object_add(object, "counters", counters(stats));
	json_object_object_add(object, "faults", faults_by_cause(stats));
	json_object_object_add(object, "first_faults", json_object_get(report->faults));
	json_object_object_add(object, "explained", json_object_get(report->explained));
	json_object_object_add(object, "ports", json_object_get(report->ports));
	json_object_object_add(object, "told", json_object_get(report->told));
	json_object_object_add(object, "windows", json_object_get(report->windows));
	json_object_object_add(object, "series", series_json(report->series));
	return object;
}

static int write_now(struct report *report, const struct stce_stats *stats, const struct report_end *end)
{
	struct json_object *object = whole(report, stats, end);
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	char *line = NULL;
	int r = -ENOMEM;

	if (text && asprintf(&line, "%s\n", text) >= 0)
		r = whole_file_write(report->path, line, strlen(line));
	free(line);
	json_object_put(object);
	return r;
}

void report_ask(struct report *report, const char *directory, const struct stce_stats *stats, double now)
{
	struct json_object *seen;

	if (!report->series)
		return;
	/* Without windows there is no thread. */
	if (!report->occupancy && stats->windows_created)
		report->occupancy = occupancy_new(directory);
	occupancy_want(report->occupancy, stats->windows_created > stats->windows_removed);
	seen = occupancy_take(report->occupancy);
	for (size_t i = 0; seen && i < json_object_array_length(seen); i++)
		report_windows_sample(report->windows, json_object_array_get_idx(seen, i), now);
	json_object_put(seen);
}

/* A longer run is written less often, because its report is larger. */
static double pause_after(double seconds)
{
	double pause = seconds / 10;

	return pause < LEAST_PAUSE ? LEAST_PAUSE : pause > LAST_PAUSE ? LAST_PAUSE : pause;
}

void report_sample(struct report *report, const struct stce_stats *stats, const struct report_end *end)
{
	if (!report->series || !series_take(report->series, stats, end->seconds, false) || report->is_stream ||
	    end->seconds < report->next_write)
		return;
	/* A failure is told at the end, when it matters. */
	write_now(report, stats, end);
	report->next_write = end->seconds + pause_after(end->seconds);
}

int report_write(struct report *report, const struct stce_stats *stats, const struct report_end *end)
{
	if (!report->series)
		return 0;
	occupancy_free(report->occupancy);
	report->occupancy = NULL;
	series_take(report->series, stats, end->seconds, true);
	return write_now(report, stats, end);
}
