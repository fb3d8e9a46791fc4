/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls by kind as bars, the faults that were reported and explained, and every counter that is not 0. */
#include "page_parts.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "page_write.h"

#define ROW 20

static const struct {
	const char *name, *text;
} kinds[] = {
	{ "map_calls", "MAP" }, { "unmap_calls", "UNMAP" }, { "register_calls", "REGISTER" },
	{ "unregister_calls", "UNREGISTER" }, { "create_calls", "CREATE" }, { "remove_calls", "REMOVE" },
	{ "other_calls", "other VFIO calls" }, { "h_put_tce", "H_PUT_TCE" },
	{ "h_put_tce_indirect", "H_PUT_TCE_INDIRECT" }, { "h_stuff_tce", "H_STUFF_TCE" }, { "h_get_tce", "H_GET_TCE" },
	{ "refused_calls", "refused" },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void put_calls(FILE *out, struct json_object *counters)
{
	uint64_t most = 1;

	for (size_t i = 0; i < KINDS; i++)
		most = page_count(counters, kinds[i].name) > most ? page_count(counters, kinds[i].name) : most;
	fputs("<h2>Calls by kind</h2>\n", out);
	page_begin_picture(out, "kinds", KINDS * ROW, "Calls by kind");
	for (size_t i = 0; i < KINDS; i++) {
		uint64_t count = page_count(counters, kinds[i].name);
		double width = (PAGE_DRAWN - 100) * ((double)count / (double)most);

		fprintf(out, "<text x=\"0\" y=\"%zu\">%s</text><rect class=\"kind\" x=\"%d\" y=\"%zu\" width=\"%.1f\" height=\"%d\" "
			"fill=\"#4f81bd\"/><text x=\"%.1f\" y=\"%zu\">%" PRIu64 "</text>\n", i * ROW + 13, kinds[i].text,
			PAGE_LEFT, i * ROW + 3, width, ROW - 6, PAGE_LEFT + width + 6, i * ROW + 13, count);
	}
	page_end_picture(out);
}

static void put_explained(FILE *out, struct json_object *explained)
{
	for (size_t i = 0; i < page_length(explained); i++) {
		fputs("<pre class=\"explained\">", out);
		page_text(out, json_object_get_string(json_object_array_get_idx(explained, i)) ?: "");
		fputs("</pre>\n", out);
	}
}

static void put_faults(FILE *out, struct json_object *report)
{
	struct json_object *faults = page_array(report, "first_faults");

	fprintf(out, "<h2>DMA faults</h2>\n<p>%zu were reported, the first of each kind and group.</p>\n",
		page_length(faults));
	fputs("<table id=\"faults\"><tr><th>time</th><th>group</th><th>bus address</th><th>cause</th></tr>\n", out);
	for (size_t i = 0; i < page_length(faults); i++) {
		struct json_object *fault = json_object_array_get_idx(faults, i);

		fprintf(out, "<tr><td class=\"n\">%.3f s</td><td class=\"n\">%" PRIu64 "</td><td><code>",
			page_number(fault, "time"), page_count(fault, "group"));
		page_text(out, page_string(fault, "ioba"));
		fputs("</code></td><td>", out);
		page_text(out, page_string(fault, "cause"));
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n", out);
	put_explained(out, page_array(report, "explained"));
}

void page_counts(FILE *out, struct json_object *report)
{
	struct json_object *counters = json_object_object_get(report, "counters");

	put_calls(out, counters);
	put_faults(out, report);
	fputs("<h2>Counters</h2>\n<table id=\"counters\">\n", out);
	if (json_object_is_type(counters, json_type_object)) {
		json_object_object_foreach(counters, name, value) {
			if (!json_object_get_uint64(value))
				continue;
			fputs("<tr><td>", out);
			page_text(out, name);
			fprintf(out, "</td><td class=\"n\">%" PRIu64 "</td></tr>\n", json_object_get_uint64(value));
		}
	}
	fputs("</table>\n", out);
}
