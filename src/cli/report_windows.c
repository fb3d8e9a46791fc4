/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements report_windows.h. Samples are halved when there are too many, so that they cover the life of a window
 * evenly. What programs say is not trusted: only numbers are taken from it, and only so many of them.
 */
#include "report_windows.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>

#include "json.h"

/* These limits bound our memory, because a program may make windows for hours. */
#define WINDOW_COUNT_MAX  10000
#define SAMPLED_COUNT_MAX 256     /* windows with samples */
#define SAMPLE_COUNT_MAX  128     /* of one window */
#define CELL_COUNT        32

void report_window_created(struct json_object *windows, const struct stce_news *item, double now)
{
	struct json_object *window;

	if (json_object_array_length(windows) >= WINDOW_COUNT_MAX)
		return;
	window = json_object_new_object();
	json_add_count(window, "group", (uint64_t)item->group);
	json_add_address(window, "start", item->start);
	json_add_count(window, "size", item->size);
	json_add_count(window, "page_shift", item->page_shift);
	json_add_count(window, "levels", item->levels);
	json_add_seconds(window, "created", now);
	json_object_array_add(windows, window);
}

static uint64_t start_of(struct json_object *window)
{
	return strtoull(json_object_get_string(json_object_object_get(window, "start")) ?: "", NULL, 0);
}

/* Returns the newest window of a group at an address that has not been removed, or NULL. */
static struct json_object *find(struct json_object *windows, int group, uint64_t start)
{
	for (size_t i = json_object_array_length(windows); i-- > 0;) {
		struct json_object *window = json_object_array_get_idx(windows, i);

		if (start_of(window) == start && !json_object_object_get(window, "removed") &&
		    json_object_get_int(json_object_object_get(window, "group")) == group)
			return window;
	}
	return NULL;
}

void report_window_removed(struct json_object *windows, const struct stce_news *item, double now)
{
	struct json_object *window = find(windows, item->group, item->start);

	if (window)
		json_add_seconds(window, "removed", now);
}

static uint64_t number(struct json_object *object, const char *name)
{
	return json_object_get_uint64(json_object_object_get(object, name));
}

static void add_to(struct json_object *object, const char *name, struct json_object *value)
{
	struct json_object *array = json_object_object_get(object, name), *half;

	if (!array) {
		array = json_object_new_array();
		json_object_object_add(object, name, array);
	}
	if (json_object_array_length(array) >= SAMPLE_COUNT_MAX) {
		half = json_object_new_array();
		for (size_t i = 0; i < SAMPLE_COUNT_MAX; i += 2)
			json_object_array_add(half, json_object_get(json_object_array_get_idx(array, i)));
		json_object_object_add(object, name, half);
		array = half;
	}
	json_object_array_add(array, value);
}

/* Copies the parts of the window, in percent. */
static struct json_object *cells_of(struct json_object *seen)
{
	struct json_object *cells = json_object_new_array(), *given = json_object_object_get(seen, "cells");
	size_t count = json_object_is_type(given, json_type_array) ? json_object_array_length(given) : 0;

	for (size_t i = 0; i < CELL_COUNT; i++) {
		int percent = i < count ? json_object_get_int(json_object_array_get_idx(given, i)) : 0;

		json_object_array_add(cells, json_object_new_int(percent < 0 ? 0 : percent > 100 ? 100 : percent));
	}
	return cells;
}

static double nth_time(struct json_object *times, size_t n)
{
	return json_object_get_double(json_object_array_get_idx(times, n));
}

/* A window that has many samples already gets another one only after their usual distance. */
static bool is_due(struct json_object *occupancy, double now)
{
	struct json_object *times = json_object_object_get(occupancy, "time");
	size_t count = times ? json_object_array_length(times) : 0;

	return count < SAMPLE_COUNT_MAX / 2 ||
	       now - nth_time(times, count - 1) >= (now - nth_time(times, 0)) / SAMPLE_COUNT_MAX;
}

static void add_sample(struct json_object *window, struct json_object *seen, double now)
{
	struct json_object *occupancy = json_object_object_get(window, "occupancy");
	uint64_t mapped = number(seen, "mapped");
	bool is_first = !occupancy;

	if (is_first) {
		occupancy = json_object_new_object();
		json_object_object_add(window, "occupancy", occupancy);
	}
	if (is_due(occupancy, now)) {
		add_to(occupancy, "time", json_seconds(now));
		add_to(occupancy, "mapped", json_object_new_uint64(mapped));
		add_to(occupancy, "table_bytes", json_object_new_uint64(number(seen, "table_bytes")));
	}
	if (!is_first && mapped <= number(occupancy, "most"))
		return;
	json_add_count(occupancy, "most", mapped);
	json_object_object_add(occupancy, "cells", cells_of(seen));
}

static size_t count_sampled(struct json_object *windows)
{
	size_t count = 0;

	for (size_t i = 0; i < json_object_array_length(windows); i++)
		count += !!json_object_object_get(json_object_array_get_idx(windows, i), "occupancy");
	return count;
}

void report_windows_sample(struct json_object *windows, struct json_object *seen, double now)
{
	size_t sampled = count_sampled(windows);

	for (size_t i = 0; i < json_object_array_length(seen); i++) {
		struct json_object *one = json_object_array_get_idx(seen, i), *window;

		if (!json_object_is_type(one, json_type_object))
			continue;
		window = find(windows, (int)number(one, "group"), start_of(one));
		if (!window || (!json_object_object_get(window, "occupancy") && sampled++ >= SAMPLED_COUNT_MAX))
			continue;
		add_sample(window, one, now);
	}
}
