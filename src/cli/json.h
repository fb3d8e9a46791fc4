/* SPDX-License-Identifier: BSD-2-Clause */
/* How the report writes its values. Each function takes the object that it adds to for granted. */
#ifndef STCE_CLI_JSON_H
#define STCE_CLI_JSON_H

#include <stdint.h>

struct json_object;

void json_add_count(struct json_object *object, const char *name, uint64_t value);
void json_add_text(struct json_object *object, const char *name, const char *text);
/* Adds a hexadecimal string, because readers of JSON lose bits of numbers above 2^53. */
void json_add_address(struct json_object *object, const char *name, uint64_t value);
/* Returns seconds with milliseconds, which are exact enough and short. */
struct json_object *json_seconds(double seconds);
void json_add_seconds(struct json_object *object, const char *name, double seconds);

#endif
