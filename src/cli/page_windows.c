/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The windows of a run: where each lies in the bus address space, how full which part of it was, when it
 * was there, and what its table consists of. The bus address space has 2^60 bytes of which almost all are empty, so it is
 * drawn on a logarithmic scale below 2^59, and again from there.
 */
#include "page_parts.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cli.h"
#include "page_write.h"

#define ROWS_MAX 40              /* windows that are drawn; all others are only counted */
#define ROW      22
#define HIGH     (UINT64_C(1) << 59)
#define LOWEST   12              /* log2 of the smallest distance that is drawn */
#define HIGHEST  59
#define CELL_MAX 64              /* parts of a window that are drawn */
#define LEAST_NODE_BITS 9        /* a node of a table fills a host page, of 4K at least */

static uint64_t start_of(struct json_object *window)
{
	return strtoull(page_string(window, "start"), NULL, 16);
}

/* Returns the logarithm to the base 2, in between powers by a straight line. */
static double logarithm(uint64_t number)
{
	unsigned int whole = 63 - (unsigned int)__builtin_clzll(number | 1);

	return whole + (double)number / (double)(UINT64_C(1) << whole) - 1;
}

/* Returns the place of an address, each half of the space on a scale of its own. */
static double place(uint64_t address)
{
	uint64_t distance = address >= HIGH ? address - HIGH : address;
	double part = (logarithm(distance) - LOWEST) / (HIGHEST - LOWEST);

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	return PAGE_LEFT + PAGE_DRAWN / 2.0 * (part + (address >= HIGH));
}

static void put_axis(FILE *out, unsigned int height)
{
	static const struct {
		unsigned int power;
		const char *name;
	} marks[] = { { 20, "1M" }, { 30, "1G" }, { 40, "1T" }, { 50, "1P" } };

	for (unsigned int half = 0; half < 2; half++) {
		double from = place(half ? HIGH : 0);

		fprintf(out, "<line x1=\"%.1f\" y1=\"14\" x2=\"%.1f\" y2=\"%u\" stroke=\"#888\"/>"
			"<text x=\"%.1f\" y=\"11\">%s</text>\n", from, from, height, from + 2, half ? "1&lt;&lt;59" : "0");
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			double x = place((half ? HIGH : 0) + (UINT64_C(1) << marks[i].power));

			fprintf(out, "<line x1=\"%.1f\" y1=\"14\" x2=\"%.1f\" y2=\"%u\" stroke=\"#ddd\"/>"
				"<text x=\"%.1f\" y=\"11\" fill=\"#888\">+%s</text>\n", x, x, height, x + 2, marks[i].name);
		}
	}
}

static void put_label(FILE *out, struct json_object *window, unsigned int y)
{
	fprintf(out, "<text x=\"0\" y=\"%u\">group %" PRIu64 ", ", y + 12, page_count(window, "group"));
	page_text(out, page_string(window, "start"));
	fputs("</text>\n", out);
}

/* Puts the parts of a window that were not empty when most of it was mapped, darker if there was more in them. */
static void put_cells(FILE *out, struct json_object *window, unsigned int y)
{
	struct json_object *cells = page_array(json_object_object_get(window, "occupancy"), "cells");
	uint64_t start = start_of(window), size = page_count(window, "size");
	size_t count = page_length(cells);

	for (size_t i = 0; i < count && i < CELL_MAX; i++) {
		int64_t percent = json_object_get_int64(json_object_array_get_idx(cells, i));
		double from = place(start + (uint64_t)((unsigned __int128)size * i / count));
		double to = place(start + (uint64_t)((unsigned __int128)size * (i + 1) / count) - 1);

		if (percent < 1 || percent > 100)
			continue;
		fprintf(out, "<rect class=\"cell\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"#1f4e79\" "
			"fill-opacity=\"%.2f\"/>\n", from, y + 3, to - from < 1 ? 1 : to - from, ROW - 12,
			0.25 + 0.75 * (double)percent / 100);
	}
}

static void put_on_map(FILE *out, struct json_object *window, unsigned int y)
{
	uint64_t start = start_of(window), size = page_count(window, "size");
	uint64_t end = start + size < start ? UINT64_MAX : start + size;
	double from = place(start), to = place(end);
	char text[HUMAN_SIZE];

	put_label(out, window, y);
	fprintf(out, "<rect class=\"window\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s in pages "
		"of 2^%u bytes</title></rect>\n", from, y, to - from < 3 ? 3 : to - from, ROW - 6,
		json_object_object_get(window, "removed") ? "#dce6f1" : "#95b3d7", human_size(size, text),
		(unsigned int)page_count(window, "page_shift"));
	put_cells(out, window, y);
}

/* Puts the pages that were mapped as an area in the row of a window, whose whole height is the most of them. */
static void put_occupancy(FILE *out, struct json_object *window, unsigned int y, double duration)
{
	struct json_object *occupancy = json_object_object_get(window, "occupancy");
	struct json_object *times = page_array(occupancy, "time"), *mapped = page_array(occupancy, "mapped");
	size_t count = page_length(times) < page_length(mapped) ? page_length(times) : page_length(mapped);
	double most = (double)page_count(occupancy, "most"), x = 0;
	int bottom = (int)y + ROW - 6;

	if (!count || most <= 0)
		return;
	fputs("<polygon class=\"occupancy\" fill=\"#4e6b1f\" points=\"", out);
	for (size_t i = 0; i < count; i++) {
		double part = (double)json_object_get_uint64(json_object_array_get_idx(mapped, i)) / most;

		double time = json_object_get_double(json_object_array_get_idx(times, i));

		x = page_place(time >= 0 ? time : 0, duration);
		if (!i)
			fprintf(out, "%.1f,%d ", x, bottom);
		fprintf(out, "%.1f,%.1f ", x, bottom - (ROW - 6) * (part < 1 ? part : 1));
	}
	fprintf(out, "%.1f,%d\"><title>at most %.0f pages mapped</title></polygon>\n", x, bottom, most);
}

static void put_in_time(FILE *out, struct json_object *window, unsigned int y, double duration)
{
	bool is_removed = json_object_object_get(window, "removed");
	double from = page_place(page_number(window, "created"), duration);
	double to = page_place(is_removed ? page_number(window, "removed") : duration, duration);

	put_label(out, window, y);
	fprintf(out, "<rect class=\"life\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"#9bbb59\"><title>from "
		"%.3f s to %s</title></rect>\n", from, y, to - from < 2 ? 2 : to - from, ROW - 6,
		page_number(window, "created"), is_removed ? "its removal" : "the end");
	put_occupancy(out, window, y, duration);
}

/* Puts the faults as marks across the picture of the windows over time. */
static void put_faults(FILE *out, struct json_object *report, unsigned int height, double duration)
{
	struct json_object *faults = page_array(report, "first_faults");

	for (size_t i = 0; i < page_length(faults); i++) {
		struct json_object *fault = json_object_array_get_idx(faults, i);
		double x = page_place(page_number(fault, "time"), duration);

		fprintf(out, "<line class=\"fault\" x1=\"%.1f\" y1=\"2\" x2=\"%.1f\" y2=\"%u\" stroke=\"#c0392b\" "
			"stroke-width=\"2\"><title>group %" PRIu64 " at ", x, x, height, page_count(fault, "group"));
		page_text(out, page_string(fault, "ioba"));
		fputs(": ", out);
		page_text(out, page_string(fault, "cause"));
		fputs("</title></line>\n", out);
	}
}

/* Puts how many tables each level has if all entries are in use, the level that devices read first in front. */
static void put_levels(FILE *out, uint64_t entries, unsigned int levels)
{
	unsigned int bits = 0, digit;

	while (bits < 63 && UINT64_C(1) << bits < entries)
		bits++;
	levels = levels < 1 ? 1 : levels > 5 ? 5 : levels;
	digit = (bits + levels - 1) / levels;
	digit = levels > 1 && digit < LEAST_NODE_BITS ? LEAST_NODE_BITS : digit;
	for (unsigned int below = levels; below-- > 0;) {
		unsigned int covered = digit * (below + 1);

		fprintf(out, "%s%" PRIu64, below + 1 == levels ? "" : " + ", covered >= bits ? 1 : UINT64_C(1) << (bits - covered));
	}
}

/* Puts two fields: the most pages that were mapped in a sample, and the largest tables. */
static void put_most(FILE *out, struct json_object *occupancy)
{
	struct json_object *bytes = page_array(occupancy, "table_bytes");
	uint64_t largest = 0;
	char text[HUMAN_SIZE];

	for (size_t i = 0; i < page_length(bytes); i++) {
		uint64_t one = json_object_get_uint64(json_object_array_get_idx(bytes, i));

		largest = one > largest ? one : largest;
	}
	if (occupancy)
		fprintf(out, "<td class=\"n\">%" PRIu64 "</td><td class=\"n\">%s</td>", page_count(occupancy, "most"),
			human_size(largest, text));
	else
		fputs("<td></td><td></td>", out);
}

static void put_row(FILE *out, struct json_object *window)
{
	uint64_t size = page_count(window, "size");
	unsigned int shift = (unsigned int)page_count(window, "page_shift") & 63;
	char text[HUMAN_SIZE], page[HUMAN_SIZE], table[HUMAN_SIZE];

	fprintf(out, "<tr><td class=\"n\">%" PRIu64 "</td><td><code>", page_count(window, "group"));
	page_text(out, page_string(window, "start"));
	fprintf(out, "</code></td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%" PRIu64 "</td><td>",
		human_size(size, text), human_size(UINT64_C(1) << shift, page), size >> shift);
	put_levels(out, size >> shift, (unsigned int)page_count(window, "levels"));
	fprintf(out, "</td><td class=\"n\">%s</td>", human_size((size >> shift) * 8, table));
	put_most(out, json_object_object_get(window, "occupancy"));
	fprintf(out, "<td class=\"n\">%.3f s</td><td class=\"n\">", page_number(window, "created"));
	if (json_object_object_get(window, "removed"))
		fprintf(out, "%.3f s", page_number(window, "removed"));
	fputs("</td></tr>\n", out);
}

static void put_table(FILE *out, struct json_object *windows, size_t count)
{
	fputs("<table id=\"windows\"><tr><th>group</th><th>start</th><th>size</th><th>page</th><th>entries</th>"
	      "<th>tables by level, if full</th><th>lowest level, if full</th>"
	      "<th>mapped at most</th><th>tables at most</th><th>made</th><th>removed</th></tr>\n", out);
	for (size_t i = 0; i < count; i++)
		put_row(out, json_object_array_get_idx(windows, i));
	fputs("</table>\n", out);
}

void page_windows(FILE *out, struct json_object *report)
{
	struct json_object *windows = page_array(report, "windows");
	size_t all = page_length(windows), count = all < ROWS_MAX ? all : ROWS_MAX;
	unsigned int height = (unsigned int)count * ROW + 20;
	double duration = page_number(report, "duration");

	fprintf(out, "<h2>Windows</h2>\n<p>%zu made%s. Pale ones were removed. Dark parts are those that had the most mapped.</p>\n", all,
		all > count ? ", of which the first are shown" : "");
	page_begin_picture(out, "map", height, "The windows in the bus address space, on a logarithmic scale");
	put_axis(out, height);
	for (size_t i = 0; i < count; i++)
		put_on_map(out, json_object_array_get_idx(windows, i), 18 + (unsigned int)i * ROW);
	page_end_picture(out);
	put_table(out, windows, count);
	fputs("<h2>Windows and faults over time</h2>\n", out);
	page_begin_picture(out, "life", height, "The windows over time, and the DMA faults");
	for (size_t i = 0; i < count; i++)
		put_in_time(out, json_object_array_get_idx(windows, i), 6 + (unsigned int)i * ROW, duration);
	put_faults(out, report, height - 4, duration);
	page_end_picture(out);
}
