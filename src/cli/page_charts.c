/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters over time, as lines. A rate is the difference of two samples over their distance. */
#include "page_parts.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>

#include "cli.h"
#include "page_write.h"

#define HEIGHT 150
#define TOP    20
#define BOTTOM (HEIGHT - 20)
#define LINES_MAX 3

static const struct chart {
	const char *id, *title;
	bool is_rate, is_bytes;
	struct {
		const char *name, *text, *colour;
	} line[LINES_MAX];
} charts[] = {
	{ "pages", "Pages mapped", false, false,
	  { { "pages_mapped", "valid TCEs", "#4f81bd" } } },
	{ "dma", "DMA, bytes each second", true, true,
	  { { "dma_read_bytes", "read by devices", "#4f81bd" }, { "dma_write_bytes", "written by devices", "#c0504d" } } },
	{ "calls", "Calls each second", true, false,
	  { { "map_calls", "MAP", "#4f81bd" }, { "unmap_calls", "UNMAP", "#c0504d" },
	    { "h_put_tce_indirect", "H_PUT_TCE_INDIRECT", "#9bbb59" } } },
	{ "memory", "Memory", false, true,
	  { { "table_bytes", "TCE tables", "#4f81bd" }, { "registered_bytes", "registered", "#c0504d" },
	    { "locked_bytes", "charged as locked", "#9bbb59" } } },
};

/* A column of the series, with the times. */
struct column {
	struct json_object *time, *value;
	size_t count;
	bool is_rate;
};

static double time_of(const struct column *c, size_t i)
{
	return json_object_get_double(json_object_array_get_idx(c->time, i));
}

static double raw(const struct column *c, size_t i)
{
	return (double)json_object_get_uint64(json_object_array_get_idx(c->value, i));
}

static double value_of(const struct column *c, size_t i)
{
	double span;

	if (!c->is_rate)
		return raw(c, i);
	span = i ? time_of(c, i) - time_of(c, i - 1) : 0;
	return span > 0 && raw(c, i) >= raw(c, i - 1) ? (raw(c, i) - raw(c, i - 1)) / span : 0;
}

static struct column column_of(struct json_object *series, const char *name, bool is_rate)
{
	struct column c = { page_array(series, "time"), page_array(series, name), 0, is_rate };
	size_t times = page_length(c.time), values = page_length(c.value);

	c.count = times < values ? times : values;
	return c;
}

static double largest(const struct column *c)
{
	double most = 0;

	for (size_t i = 0; i < c->count; i++)
		most = value_of(c, i) > most ? value_of(c, i) : most;
	return most;
}

static void put_line(FILE *out, const struct column *c, const char *colour, double most, double duration)
{
	fprintf(out, "<polyline class=\"line\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"", colour);
	for (size_t i = 0; i < c->count; i++)
		fprintf(out, "%s%.1f,%.1f", i ? " " : "", page_place(time_of(c, i), duration),
			BOTTOM - (BOTTOM - TOP) * (most > 0 ? value_of(c, i) / most : 0));
	fputs("\"/>\n", out);
}

static void put_scale(FILE *out, const struct chart *chart, double most, double duration)
{
	char text[HUMAN_SIZE];

	snprintf(text, sizeof(text), "%.0f", most);
	fprintf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#888\"/>\n", PAGE_LEFT, BOTTOM,
		PAGE_LEFT + PAGE_DRAWN, BOTTOM);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0</text>\n", PAGE_LEFT - 6, TOP + 4,
		chart->is_bytes ? human_size((uint64_t)most, text) : text, PAGE_LEFT - 6, BOTTOM + 4);
	fprintf(out, "<text x=\"%d\" y=\"%d\">0 s</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.1f s</text>\n",
		PAGE_LEFT, BOTTOM + 15, PAGE_LEFT + PAGE_DRAWN, BOTTOM + 15, duration);
}

static void put_chart(FILE *out, const struct chart *chart, struct json_object *series, double duration)
{
	double most = 0;

	fprintf(out, "<h2>%s</h2>\n", chart->title);
	page_begin_picture(out, chart->id, HEIGHT, chart->title);
	for (unsigned int i = 0; i < LINES_MAX && chart->line[i].name; i++) {
		struct column c = column_of(series, chart->line[i].name, chart->is_rate);

		most = largest(&c) > most ? largest(&c) : most;
	}
	put_scale(out, chart, most, duration);
	for (unsigned int i = 0; i < LINES_MAX && chart->line[i].name; i++) {
		struct column c = column_of(series, chart->line[i].name, chart->is_rate);

		put_line(out, &c, chart->line[i].colour, most, duration);
		fprintf(out, "<text x=\"%d\" y=\"11\" fill=\"%s\">%s</text>\n", PAGE_LEFT + 160 * (int)i,
			chart->line[i].colour, chart->line[i].text);
	}
	page_end_picture(out);
}

void page_charts(FILE *out, struct json_object *report)
{
	struct json_object *series = json_object_object_get(report, "series");

	for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]); i++)
		put_chart(out, &charts[i], series, page_number(report, "duration"));
}
