/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds text in a buffer. What does not fit is left out. Strings from outside stop while there is
 * still TRACE_TEXT_ROOM, so that what must follow them, such as closing brackets, always fits.
 */
#ifndef STCE_UTIL_TRACE_TEXT_H
#define STCE_UTIL_TRACE_TEXT_H

#include "util/types.h"

#define TRACE_TEXT_ROOM 512

struct trace_text {
	char *at;
	const char *end;
};

/* Puts a text of our own, which fits. */
void trace_put(struct trace_text *text, const char *own);
void trace_put_bytes(struct trace_text *text, const char *bytes, size_t size);
void trace_put_number(struct trace_text *text, uint64_t number);
void trace_put_signed(struct trace_text *text, int64_t number);
void trace_put_hex(struct trace_text *text, uint64_t number);
/* Puts ns as a decimal number of units of 10^digits ns, with up to nine digits behind the point. */
void trace_put_time(struct trace_text *text, uint64_t ns, unsigned int digits, unsigned int shown);
/* Puts a string from outside as it is. */
void trace_put_string(struct trace_text *text, const char *string);
/*
 * Puts a string from outside in quotes, as JSON. A byte that is not ASCII is taken for the character
 * with its number, so that the result is valid whatever the string holds.
 */
void trace_put_json(struct trace_text *text, const char *string);

#endif
