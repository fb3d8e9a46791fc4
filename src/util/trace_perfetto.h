/* SPDX-License-Identifier: BSD-2-Clause */
/* The format that Perfetto's viewer opens. */
#ifndef STCE_UTIL_TRACE_PERFETTO_H
#define STCE_UTIL_TRACE_PERFETTO_H

#include "util/trace_line.h"
#include "util/trace_text.h"

/* Puts the events of a line, each of which ends with a comma and a line end. */
void trace_perfetto(struct trace_text *text, const struct trace_line *line);

#endif
