/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the lines of spapr-tce top. A rate is the difference of two pictures by the time between them. A
 * program that the earlier picture lacks, or whose counters have fallen, has no rates yet. The first 80
 * columns of a line tell what matters.
 */
#include "top.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

/* A program, and its row. */
struct row {
	struct json_object *program;
	double map, unmap, hcalls, other, in, out;   /* each second */
	uint64_t pages, locked, pid;
};

#define ROWS_MAX 128

const char *top_order_name(enum top_order order)
{
	static const char *const names[TOP_ORDERS] = { "calls", "DMA", "pages", "PID" };

	return names[order];
}

static void add(struct top_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct top_page *page, const char *format, ...)
{
	va_list arguments;

	if (page->count >= TOP_LINES)
		return;
	va_start(arguments, format);
	vsnprintf(page->line[page->count++], TOP_COLUMNS, format, arguments);
	va_end(arguments);
}

/* Writes a rate with a letter for thousands, in at most 6 characters. */
static const char *rate(double value, char buffer[16])
{
	static const char letters[] = " KMGT";
	size_t i = 0;

	while (value >= 9999.5 && i + 2 < sizeof(letters)) {
		value /= 1000;
		i++;
	}
	snprintf(buffer, 16, i ? "%.0f%c" : "%.0f", value, letters[i]);
	return buffer;
}

static const char *bytes_rate(double value, char buffer[HUMAN_SIZE])
{
	return human_size((uint64_t)value, buffer);
}

static double per_second(uint64_t before, uint64_t now, double seconds)
{
	return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

static struct json_object *find_program(const struct live *live, uint64_t pid)
{
	for (size_t i = 0; i < live_length(live->programs); i++) {
		struct json_object *program = json_object_array_get_idx(live->programs, i);

		if (live_number(program, "pid") == pid)
			return program;
	}
	return NULL;
}

static uint64_t hcalls(struct json_object *counters)
{
	return live_number(counters, "hcalls_real") + live_number(counters, "hcalls_virtual") +
	       live_number(counters, "hcalls_user");
}

static uint64_t others(struct json_object *counters)
{
	return live_number(counters, "register_calls") + live_number(counters, "unregister_calls") +
	       live_number(counters, "create_calls") + live_number(counters, "remove_calls") +
	       live_number(counters, "other_calls");
}

static struct row make_row(struct json_object *program, const struct live *before, double seconds)
{
	struct row row = { .program = program, .pid = live_number(program, "pid") };
	struct json_object *now = json_object_object_get(program, "counters");
	struct json_object *old = json_object_object_get(find_program(before, row.pid), "counters");

	row.pages = live_number(now, "pages_mapped");
	row.locked = live_number(json_object_object_get(program, "locked"), "bytes");
	if (!old)
		return row;
	row.map = per_second(live_number(old, "map_calls"), live_number(now, "map_calls"), seconds);
	row.unmap = per_second(live_number(old, "unmap_calls"), live_number(now, "unmap_calls"), seconds);
	row.hcalls = per_second(hcalls(old), hcalls(now), seconds);
	row.other = per_second(others(old), others(now), seconds);
	row.in = per_second(live_number(old, "dma_read_bytes"), live_number(now, "dma_read_bytes"), seconds);
	row.out = per_second(live_number(old, "dma_write_bytes"), live_number(now, "dma_write_bytes"), seconds);
	return row;
}

static double key(const struct row *row, enum top_order order)
{
	switch (order) {
	case TOP_BY_CALLS: return row->map + row->unmap + row->hcalls + row->other;
	case TOP_BY_DMA: return row->in + row->out;
	case TOP_BY_PAGES: return (double)row->pages;
	default: return -(double)row->pid;
	}
}

/* Highest first; a few rows need no better sort, and rows with equal keys keep their order. */
static void sort_rows(struct row *row, size_t count, enum top_order order)
{
	for (size_t i = 1; i < count; i++)
		for (size_t j = i; j && key(&row[j - 1], order) < key(&row[j], order); j--) {
			struct row swap = row[j];

			row[j] = row[j - 1];
			row[j - 1] = swap;
		}
}

static void add_programs(struct top_page *page, const struct live *before, const struct live *now, enum top_order order,
			 double seconds)
{
	static struct row row[ROWS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < live_length(now->programs) && count < ROWS_MAX; i++)
		row[count++] = make_row(json_object_array_get_idx(now->programs, i), before, seconds);
	sort_rows(row, count, order);
	add(page, "%8s %6s %6s %6s %6s %7s %7s %8s %7s  %s", "PID", "MAP/s", "UNM/s", "HCALL", "OTHER", "READ/s", "WRITE/s",
	    "PAGES", "LOCKED", "COMMAND");
	for (size_t i = 0; i < count; i++) {
		char map[16], unmap[16], calls[16], other[16], in[HUMAN_SIZE], out[HUMAN_SIZE], locked[HUMAN_SIZE];

		add(page, "%8" PRIu64 " %6s %6s %6s %6s %7s %7s %8" PRIu64 " %7s  %s", row[i].pid, rate(row[i].map, map),
		    rate(row[i].unmap, unmap), rate(row[i].hcalls, calls), rate(row[i].other, other),
		    bytes_rate(row[i].in, in), bytes_rate(row[i].out, out), row[i].pages,
		    human_size(row[i].locked, locked), live_text(row[i].program, "command"));
	}
	for (size_t i = 0; i < live_length(now->silent); i++) {
		struct json_object *program = json_object_array_get_idx(now->silent, i);

		add(page, "%8" PRIu64 " %s", live_number(program, "pid"), live_text(program, "why"));
	}
}

static struct json_object *find_group(struct json_object *program, uint64_t number)
{
	struct json_object *groups = live_array(program, "groups");

	for (size_t i = 0; i < live_length(groups); i++) {
		struct json_object *group = json_object_array_get_idx(groups, i);

		if (live_number(group, "group") == number)
			return group;
	}
	return NULL;
}

/* A group is shown for the program that has it open, or whose devices have moved data. */
static void add_groups(struct top_page *page, struct json_object *program, struct json_object *old, double seconds)
{
	struct json_object *groups = live_array(program, "groups");

	for (size_t i = 0; i < live_length(groups); i++) {
		struct json_object *group = json_object_array_get_idx(groups, i);
		struct json_object *was = old ? find_group(old, live_number(group, "group")) : NULL;
		struct json_object *functions = live_array(group, "functions");
		struct json_object *first = live_length(functions) ? json_object_array_get_idx(functions, 0) : NULL;
		char in[HUMAN_SIZE], out[HUMAN_SIZE];

		if (!live_number(group, "open"))
			continue;
		add(page, "group %3" PRIu64 "  %-12s %-8s read %7s/s  wrote %7s/s  program %" PRIu64 "%s",
		    live_number(group, "group"), live_text(first, "address"), live_text(first, "type"),
		    bytes_rate(was ? per_second(live_number(was, "dma_read_bytes"), live_number(group, "dma_read_bytes"),
						seconds) : 0, in),
		    bytes_rate(was ? per_second(live_number(was, "dma_write_bytes"),
						live_number(group, "dma_write_bytes"), seconds) : 0, out),
		    live_number(program, "pid"), live_number(group, "frozen") ? "  FROZEN" : "");
	}
}

static void add_windows(struct top_page *page, struct json_object *program)
{
	struct json_object *windows = live_array(program, "windows");

	for (size_t i = 0; i < live_length(windows); i++) {
		struct json_object *window = json_object_array_get_idx(windows, i);
		char bar[LIVE_BAR + 1], size[HUMAN_SIZE], tables[HUMAN_SIZE];

		if (!strcmp(live_text(window, "owner"), "host"))
			continue;
		live_bar(window, bar);
		add(page, "window %-18s %5s %6s [%s] %" PRIu64, live_text(window, "start"),
		    human_size(live_number(window, "size"), size), human_size(live_number(window, "table_bytes"), tables),
		    bar, live_number(window, "mapped"));
	}
}

static void add_faults(struct top_page *page, const struct stce_stats *stats)
{
#define ADD(field, unit, text)                                                                  \
	if (!strncmp(#field, "fault_", strlen("fault_")) && stats->field)                       \
		add(page, "%s: %" PRIu64, text, stats->field);
	STCE_STATS(ADD)
#undef ADD
}

void top_fill(struct top_page *page, const struct stce_control *control, const struct live *before, const struct live *now,
	      enum top_order order)
{
	const struct stce_run_entry *entry = stce_control_run(control);
	const struct stce_stats *stats = &now->stats;
	double seconds = now->taken - before->taken;
	char tables[HUMAN_SIZE], memory[HUMAN_SIZE], locked[HUMAN_SIZE];
	uint64_t up = entry->started ? (uint64_t)time(NULL) - entry->started : 0;

	page->count = 0;
	add(page, "run %s  up %" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "  programs %zu  groups opened %" PRIu64
	    "  windows %" PRIu64, entry->name, up / 3600, up / 60 % 60, up % 60,
	    live_length(now->programs) + live_length(now->silent), stats->groups_opened,
	    stats->windows_created - stats->windows_removed);
	add(page, "pages mapped %" PRIu64 "  tables %s  registered %s  locked %s  refused calls %" PRIu64,
	    stats->pages_mapped, human_size(stats->table_bytes, tables), human_size(stats->registered_bytes, memory),
	    human_size(stats->locked_bytes, locked), stats->refused_calls);
	add(page, "%s", "");
	add_programs(page, before, now, order, seconds);
	add(page, "%s", "");
	for (size_t i = 0; i < live_length(now->programs); i++) {
		struct json_object *program = json_object_array_get_idx(now->programs, i);

		add_groups(page, program, find_program(before, live_number(program, "pid")), seconds);
		add_windows(page, program);
	}
	add_faults(page, stats);
}
