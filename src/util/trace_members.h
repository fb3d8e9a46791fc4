/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of a line that several formats have. The formats themselves are in trace_format.h. */
#ifndef STCE_UTIL_TRACE_MEMBERS_H
#define STCE_UTIL_TRACE_MEMBERS_H

#include "util/trace_line.h"
#include "util/trace_text.h"

/* Puts a value as its conversion says, without the "0x" of the format. */
void trace_members_value(struct trace_text *text, const struct trace_value *value);
/* Puts the numbers of the groups, separated by commas. */
void trace_members_groups(struct trace_text *text, const struct trace_scope *scope);
/* Puts the arguments as members of a JSON object, without its brackets. */
void trace_members_arguments(struct trace_text *text, const struct trace_line *line);

#endif
