/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds values to JSON objects in the report's notation. */
#include "json.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

void json_add_count(struct json_object *object, const char *name, uint64_t value)
{
	json_object_object_add(object, name, json_object_new_uint64(value));
}

void json_add_text(struct json_object *object, const char *name, const char *text)
{
	json_object_object_add(object, name, json_object_new_string(text));
}

void json_add_address(struct json_object *object, const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	json_add_text(object, name, text);
}

struct json_object *json_seconds(double seconds)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", seconds);
	return json_object_new_double_s(seconds, text);
}

void json_add_seconds(struct json_object *object, const char *name, double seconds)
{
	json_object_object_add(object, name, json_seconds(seconds));
}
