/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the choice of the format, and writes text and JSON. trace_members.c writes what the formats
 * have in common.
 */
#include "util/trace_format.h"

#include <errno.h>
#include <string.h>

#include "util/trace_members.h"
#include "util/trace_perfetto.h"

/* Puts the format with the values in the place of its conversions. */
static void put_arguments(struct trace_text *text, const struct trace_line *line)
{
	const char *format = line->row->format;

	for (unsigned int i = 0; i < line->count; i++) {
		const char *percent = strchr(format, '%');

		trace_put_bytes(text, format, (size_t)(percent - format));
		trace_members_value(text, &line->value[i]);
		format = percent + (percent[1] == 'l' ? 3 : 2);
	}
	trace_put(text, format);
}

static void format_text(struct trace_text *text, const struct trace_line *line)
{
	trace_put_time(text, line->time, 9, 6);
	trace_put(text, " ");
	trace_put_signed(text, line->process);
	trace_put(text, "/");
	trace_put_signed(text, line->thread);
	trace_put(text, line->scope.group_count ? " g" : " -");
	trace_members_groups(text, &line->scope);
	trace_put(text, " ");
	trace_put(text, line->row->name);
	trace_put(text, " ");
	put_arguments(text, line);
	trace_put(text, "\n");
}

static void format_json(struct trace_text *text, const struct trace_line *line)
{
	trace_put(text, "{\"time\":");
	trace_put_time(text, line->time, 9, 6);
	trace_put(text, ",\"process\":");
	trace_put_signed(text, line->process);
	trace_put(text, ",\"thread\":");
	trace_put_signed(text, line->thread);
	trace_put(text, ",\"groups\":[");
	trace_members_groups(text, &line->scope);
	trace_put(text, "],\"event\":");
	trace_put_json(text, line->row->name);
	if (line->row->kind == TRACE_CALL || line->row->kind == TRACE_DMA) {
		trace_put(text, ",\"duration\":");
		trace_put_time(text, line->time - line->since, 9, 9);
	}
	trace_put(text, ",\"failed\":");
	trace_put(text, trace_line_has_failed(line) ? "true" : "false");
	trace_put(text, ",\"arguments\":{");
	trace_members_arguments(text, line);
	trace_put(text, "}}\n");
}

static const struct format {
	const char *name;
	const char *head;
	void (*write)(struct trace_text *text, const struct trace_line *line);
} formats[] = {
	{ "text", "", format_text },
	{ "json", "", format_json },
	{ "perfetto", "[\n", trace_perfetto },
};

static const struct format *format = &formats[0];

int trace_format_set(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(formats); i++) {
		if (strcmp(formats[i].name, name))
			continue;
		format = &formats[i];
		return 0;
	}
	return -EINVAL;
}

const char *trace_format_head(void)
{
	return format->head;
}

size_t trace_format(char buffer[TRACE_LINE_SIZE], const struct trace_line *line)
{
	struct trace_text text = { buffer, buffer + TRACE_LINE_SIZE };

	format->write(&text, line);
	return (size_t)(text.at - buffer);
}
