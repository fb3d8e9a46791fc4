/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements live.h. */
#include "live.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


#define TEXT_COUNT       8
#define TEXT_SIZE        512

static void make_plain(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

static void add_silent(struct live *live, const struct stce_answer *answer, const char *why)
{
	struct json_object *program = json_object_new_object();
	char plain[STCE_WHY_SIZE];

	snprintf(plain, sizeof(plain), "%s", why);
	make_plain(plain);
	json_object_object_add(program, "pid", json_object_new_int(answer->pid));
	json_object_object_add(program, "why", json_object_new_string(plain));
	json_object_array_add(live->silent, program);
}

static int add_program(void *context, const struct stce_answer *answer)
{
	struct live *live = context;
	struct json_object *program;

	if (answer->result) {
		add_silent(live, answer, answer->text);
		return 0;
	}
	program = json_tokener_parse(answer->text);
	if (!json_object_is_type(program, json_type_object)) {
		json_object_put(program);
		add_silent(live, answer, "its answer is not understood");
		return 0;
	}
	/* Its own number is that of its PID namespace. */
	json_object_object_add(program, "pid", json_object_new_int(answer->pid));
	json_object_array_add(live->programs, program);
	return 0;
}

void live_take(struct stce_control *control, struct live *live)
{
	struct timespec now;

	*live = (struct live){ .programs = json_object_new_array(), .silent = json_object_new_array() };
	clock_gettime(CLOCK_MONOTONIC, &now);
	live->taken = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	stce_control_stats(control, &live->stats, sizeof(live->stats));
	stce_control_ask(control, 0, "show", add_program, live, NULL);
}

void live_free(struct live *live)
{
	json_object_put(live->programs);
	json_object_put(live->silent);
	*live = (struct live){ .taken = 0 };
}

struct json_object *live_json(const struct stce_control *control, const struct live *live)
{
	const struct stce_run_entry *entry = stce_control_run(control);
	struct json_object *object = json_object_new_object(), *counters = json_object_new_object();

	json_object_object_add(object, "run", json_object_new_string(entry->name));
	json_object_object_add(object, "pid", json_object_new_int(entry->pid));
	json_object_object_add(object, "started", json_object_new_uint64(entry->started));
	json_object_object_add(object, "directory", json_object_new_string(entry->directory));
#define ADD(field, unit, text) json_object_object_add(counters, #field, json_object_new_uint64(live->stats.field));
	STCE_STATS(ADD)
#undef ADD
	json_object_object_add(object, "counters", counters);
	json_object_object_add(object, "programs", json_object_get(live->programs));
	json_object_object_add(object, "silent", json_object_get(live->silent));
	return object;
}

uint64_t live_number(struct json_object *object, const char *name)
{
	return json_object_get_uint64(json_object_object_get(object, name));
}

const char *live_text(struct json_object *object, const char *name)
{
	struct json_object *found = json_object_object_get(object, name);

	static char texts[TEXT_COUNT][TEXT_SIZE];
	static unsigned int next;
	char *text = texts[next++ % TEXT_COUNT];

	snprintf(text, TEXT_SIZE, "%s", json_object_is_type(found, json_type_string) ? json_object_get_string(found) : "");
	make_plain(text);
	return text;
}

struct json_object *live_array(struct json_object *object, const char *name)
{
	struct json_object *found = json_object_object_get(object, name);

	return json_object_is_type(found, json_type_array) ? found : NULL;
}

size_t live_length(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

void live_bar(struct json_object *window, char bar[LIVE_BAR + 1])
{
	static const char marks[] = ".:+#@";
	struct json_object *cells = live_array(window, "cells");

	memset(bar, ' ', LIVE_BAR);
	bar[LIVE_BAR] = 0;
	for (size_t i = 0; i < live_length(cells) && i < LIVE_BAR; i++) {
		int percent = json_object_get_int(json_object_array_get_idx(cells, i));

		if (percent > 0)
			bar[i] = marks[percent >= 100 ? 4 : percent / 25];
	}
}

const char *live_iommu(struct json_object *group)
{
	switch (live_number(group, "iommu")) {
	case 2: return "v1";
	case 7: return "v2";
	default: return "no IOMMU";
	}
}
