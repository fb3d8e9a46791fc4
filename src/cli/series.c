/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the samples, and writes those counters that make a picture. */
#include "series.h"

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#include "json.h"

/* The launcher looks ten times a second. */
#define FIRST_INTERVAL 0.1

static const struct {
	const char *name;
	size_t offset;
} columns[] = {
#define COLUMN(field) { #field, offsetof(struct stce_stats, field) }
	COLUMN(pages_mapped), COLUMN(tces_written), COLUMN(table_bytes), COLUMN(registered_bytes), COLUMN(locked_bytes),
	COLUMN(dma_read_bytes), COLUMN(dma_write_bytes), COLUMN(dma_accesses), COLUMN(map_calls), COLUMN(unmap_calls),
	COLUMN(h_put_tce), COLUMN(h_put_tce_indirect), COLUMN(h_stuff_tce), COLUMN(h_get_tce), COLUMN(refused_calls),
	COLUMN(interrupts), COLUMN(mmio_writes),
#undef COLUMN
};

static void halve(struct series *series)
{
	for (unsigned int i = 0; i < SERIES_MAX / 2; i++) {
		series->time[i] = series->time[2 * i];
		series->sample[i] = series->sample[2 * i];
	}
	series->count = SERIES_MAX / 2;
	series->interval *= 2;
}

bool series_take(struct series *series, const struct stce_stats *stats, double now, bool is_last)
{
	if (!series->count)
		series->interval = FIRST_INTERVAL;
	/* A look that comes a little early is still the one that was due. */
	else if (!is_last && now < series->time[series->count - 1] + series->interval - FIRST_INTERVAL / 2)
		return false;
	if (series->count == SERIES_MAX)
		halve(series);
	series->time[series->count] = now;
	series->sample[series->count++] = *stats;
	return true;
}

static struct json_object *column(const struct series *series, size_t offset)
{
	struct json_object *values = json_object_new_array();

	for (unsigned int i = 0; i < series->count; i++) {
		uint64_t value;

		memcpy(&value, (const char *)&series->sample[i] + offset, sizeof(value));
		json_object_array_add(values, json_object_new_uint64(value));
	}
	return values;
}

struct json_object *series_json(const struct series *series)
{
	struct json_object *object = json_object_new_object(), *times = json_object_new_array();

	json_add_seconds(object, "interval", series->interval);
	for (unsigned int i = 0; i < series->count; i++)
		json_object_array_add(times, json_seconds(series->time[i]));
	json_object_object_add(object, "time", times);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		json_object_object_add(object, columns[i].name, column(series, columns[i].offset));
	return object;
}
