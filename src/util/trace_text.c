/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts numbers and strings into a buffer, without the functions of stdio, which handlers may not call. */
#include "util/trace_text.h"

#include <string.h>

#define NUMBER_SIZE 24

void trace_put_bytes(struct trace_text *text, const char *bytes, size_t size)
{
	size_t room = (size_t)(text->end - text->at);

	if (size > room)
		size = room;
	memcpy(text->at, bytes, size);
	text->at += size;
}

void trace_put(struct trace_text *text, const char *own)
{
	trace_put_bytes(text, own, strlen(own));
}

static void put_base(struct trace_text *text, uint64_t number, unsigned int base, unsigned int width)
{
	char digits[NUMBER_SIZE], *at = digits + NUMBER_SIZE;

	do {
		*--at = "0123456789abcdef"[number % base];
		number /= base;
	} while (number || (unsigned int)(digits + NUMBER_SIZE - at) < width);
	trace_put_bytes(text, at, (size_t)(digits + NUMBER_SIZE - at));
}

void trace_put_number(struct trace_text *text, uint64_t number)
{
	put_base(text, number, 10, 1);
}

void trace_put_signed(struct trace_text *text, int64_t number)
{
	if (number < 0)
		trace_put(text, "-");
	put_base(text, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, 1);
}

void trace_put_hex(struct trace_text *text, uint64_t number)
{
	put_base(text, number, 16, 1);
}

static uint64_t power_of_ten(unsigned int n)
{
	uint64_t power = 1;

	while (n--)
		power *= 10;
	return power;
}

void trace_put_time(struct trace_text *text, uint64_t ns, unsigned int digits, unsigned int shown)
{
	uint64_t unit = power_of_ten(digits);

	put_base(text, ns / unit, 10, 1);
	trace_put(text, ".");
	put_base(text, ns % unit / power_of_ten(digits - shown), 10, shown);
}

static bool has_room(const struct trace_text *text)
{
	return text->end - text->at > TRACE_TEXT_ROOM;
}

void trace_put_string(struct trace_text *text, const char *string)
{
	for (; *string && has_room(text); string++)
		trace_put_bytes(text, string, 1);
}

void trace_put_json(struct trace_text *text, const char *string)
{
	trace_put(text, "\"");
	for (; *string && has_room(text); string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte < 0x20 || byte > 0x7e) {
			trace_put(text, "\\u");
			put_base(text, byte, 16, 4);
			continue;
		}
		if (byte == '"' || byte == '\\')
			trace_put(text, "\\");
		trace_put_bytes(text, string, 1);
	}
	trace_put(text, "\"");
}
