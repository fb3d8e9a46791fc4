/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes values and groups of a line for all formats. In JSON, numbers that the text shows in
 * hexadecimal are strings, because readers lose bits of numbers above 2^53.
 */
#include "util/trace_members.h"

#include <string.h>

void trace_members_value(struct trace_text *text, const struct trace_value *value)
{
	if (value->conversion == 's')
		trace_put_string(text, value->text);
	else if (value->conversion == 'd')
		trace_put_signed(text, value->number);
	else if (value->conversion == 'u')
		trace_put_number(text, (uint64_t)value->number);
	else
		trace_put_hex(text, (uint64_t)value->number);
}

void trace_members_groups(struct trace_text *text, const struct trace_scope *scope)
{
	for (unsigned int i = 0; i < scope->group_count; i++) {
		if (i)
			trace_put(text, ",");
		trace_put_signed(text, scope->group[i]);
	}
}

static void put_json_value(struct trace_text *text, const struct trace_value *value)
{
	if (value->conversion == 's') {
		trace_put_json(text, value->text);
	} else if (value->conversion == 'x') {
		trace_put(text, "\"0x");
		trace_put_hex(text, (uint64_t)value->number);
		trace_put(text, "\"");
	} else {
		trace_members_value(text, value);
	}
}

void trace_members_arguments(struct trace_text *text, const struct trace_line *line)
{
	const char *name = line->row->arguments;

	for (unsigned int i = 0; i < line->count; i++) {
		size_t length = strcspn(name, ",");

		trace_put(text, i ? ",\"" : "\"");
		trace_put_bytes(text, name, length);
		trace_put(text, "\":");
		put_json_value(text, &line->value[i]);
		name += length + 1;
	}
}
