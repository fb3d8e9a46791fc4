/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collects windows and faults while the program runs, and adds every counter under its own name at
 * the end. Addresses are hexadecimal strings, because readers of JSON lose bits of numbers above
 * 2^53.
 */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include <spapr-tce/machine.h>

#include "narrate.h"

/* These limits bound our memory, because a program may make windows for hours. */
#define WINDOW_COUNT_MAX 10000
#define FAULT_COUNT_MAX  1000

int report_init(struct report *report, const char *path)
{
	*report = (struct report){ .path = path };
	if (!path)
		return 0;
	report->file = fopen(path, "we");
	if (!report->file)
		return -errno;
	report->windows = json_object_new_array();
	report->told = json_object_new_array();
	report->faults = json_object_new_array();
	return 0;
}

void report_fini(struct report *report)
{
	if (report->file)
		fclose(report->file);
	json_object_put(report->windows);
	json_object_put(report->told);
	json_object_put(report->faults);
}

static void add_count(struct json_object *object, const char *name, uint64_t value)
{
	json_object_object_add(object, name, json_object_new_uint64(value));
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

static void add_address(struct json_object *object, const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	add_text(object, name, text);
}

/* Milliseconds are exact enough and short. */
static void add_seconds(struct json_object *object, const char *name, double seconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", seconds);
	json_object_object_add(object, name, json_object_new_double_s(seconds, text));
}

static void window_created(struct report *report, const struct stce_news *item, double now)
{
	struct json_object *window = json_object_new_object();

	if (json_object_array_length(report->windows) >= WINDOW_COUNT_MAX) {
		json_object_put(window);
		return;
	}
	add_count(window, "group", (uint64_t)item->group);
	add_address(window, "start", item->start);
	add_count(window, "size", item->size);
	add_count(window, "page_shift", item->page_shift);
	add_count(window, "levels", item->levels);
	add_seconds(window, "created", now);
	json_object_array_add(report->windows, window);
}

static bool is_window(struct json_object *window, const struct stce_news *item)
{
	const char *start = json_object_get_string(json_object_object_get(window, "start"));
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, item->start);
	return !strcmp(start, text) && !json_object_object_get(window, "removed") &&
	       json_object_get_int(json_object_object_get(window, "group")) == item->group;
}

/* Marks the newest window at this address that has not been removed. */
static void window_removed(struct report *report, const struct stce_news *item, double now)
{
	for (size_t i = json_object_array_length(report->windows); i-- > 0;) {
		struct json_object *window = json_object_array_get_idx(report->windows, i);

		if (!is_window(window, item))
			continue;
		add_seconds(window, "removed", now);
		return;
	}
}

static void fault_seen(struct report *report, const struct stce_news *item, double now)
{
	struct json_object *fault = json_object_new_object();

	if (json_object_array_length(report->faults) >= FAULT_COUNT_MAX) {
		json_object_put(fault);
		return;
	}
	add_count(fault, "group", (uint64_t)item->group);
	add_address(fault, "ioba", item->start);
	add_text(fault, "cause", fault_text(item->cause));
	add_seconds(fault, "time", now);
	json_object_array_add(report->faults, fault);
}

void report_news(struct report *report, const struct stce_news *item, double now)
{
	if (!report->file)
		return;
	if (item->kind == STCE_NEWS_WINDOW_CREATED)
		window_created(report, item, now);
	else if (item->kind == STCE_NEWS_WINDOW_REMOVED)
		window_removed(report, item, now);
	else if (item->kind == STCE_NEWS_FAULT)
		fault_seen(report, item, now);
}

void report_told(struct report *report, const char *line)
{
	if (report->file)
		json_object_array_add(report->told, json_object_new_string(line));
}

static struct json_object *counters(const struct stce_stats *stats)
{
	struct json_object *object = json_object_new_object();

#define ADD_COUNTER(field, unit, text) add_count(object, #field, stats->field);
	STCE_STATS(ADD_COUNTER)
#undef ADD_COUNTER
	return object;
}

/* Adds a counter under the name of its cause, if it counts faults. */
static void add_fault(struct json_object *object, const char *name, uint64_t value)
{
	static const char prefix[] = "fault_";

	if (!strncmp(name, prefix, strlen(prefix)))
		add_count(object, name + strlen(prefix), value);
}

static struct json_object *faults_by_cause(const struct stce_stats *stats)
{
	struct json_object *object = json_object_new_object();

#define ADD_FAULT(field, unit, text) add_fault(object, #field, stats->field);
	STCE_STATS(ADD_FAULT)
#undef ADD_FAULT
	return object;
}

static struct json_object *whole(struct report *report, const struct stce_stats *stats,
				 const struct report_end *end)
{
	struct json_object *object = json_object_new_object(), *words = json_object_new_array();

	for (char **word = end->program; *word; word++)
		json_object_array_add(words, json_object_new_string(*word));
	add_text(object, "version", stce_version());
	json_object_object_add(object, "program", words);
	add_count(object, "exit_status", (uint64_t)end->status);
	add_count(object, "signal", (uint64_t)end->signal);
	add_seconds(object, "duration", end->seconds);
	add_count(object, "programs_attached", end->programs);
	add_count(object, "news_lost", end->lost);
	json_object_object_add(object, "counters", counters(stats));
	json_object_object_add(object, "faults", faults_by_cause(stats));
	json_object_object_add(object, "first_faults", json_object_get(report->faults));
	json_object_object_add(object, "told", json_object_get(report->told));
	json_object_object_add(object, "windows", json_object_get(report->windows));
	return object;
}

int report_write(struct report *report, const struct stce_stats *stats, const struct report_end *end)
{
	struct json_object *object;
	int r = 0;

	if (!report->file)
		return 0;
	object = whole(report, stats, end);
	errno = 0;
	if (fputs(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						 JSON_C_TO_STRING_NOSLASHESCAPE), report->file) < 0 ||
	    fputc('\n', report->file) < 0)
		r = errno ? -errno : -EIO;
	if (fclose(report->file) && !r)
		r = -errno;
	report->file = NULL;
	json_object_put(object);
	return r;
}
