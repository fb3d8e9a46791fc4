/* SPDX-License-Identifier: BSD-2-Clause */
/* spapr-tce show prints once what the programs of a live run have: groups, containers, windows, locked memory. */
#include "cli.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "live.h"

static const char *size_of(struct json_object *object, const char *name, char *buffer)
{
	return human_size(live_number(object, name), buffer);
}

static void print_locked(struct json_object *program)
{
	struct json_object *locked = json_object_object_get(program, "locked");
	char bytes[HUMAN_SIZE], left[HUMAN_SIZE], memory[HUMAN_SIZE], tables[HUMAN_SIZE];
	uint64_t more = live_number(locked, "left");

	printf("  locked    %s charged: %s for registered memory, %s for tables and v1; ", size_of(locked, "bytes", bytes),
	       size_of(locked, "memory", memory), size_of(locked, "tables", tables));
	if (more > UINT64_MAX / 2)
		printf("no limit\n");
	else
		printf("%s left\n", human_size(more, left));
}

static void print_group(struct json_object *group)
{
	struct json_object *functions = live_array(group, "functions");
	char in[HUMAN_SIZE], out[HUMAN_SIZE];

	printf("  group %-3" PRIu64 " %s", live_number(group, "group"),
	       live_number(group, "open") ? "open" : "not open");
	if (strcmp(live_text(group, "container"), "0"))
		printf(", container %s, %s, %" PRIu64 " registered", live_text(group, "container"), live_iommu(group),
		       live_number(group, "regions"));
	if (live_number(group, "frozen"))
		printf(", frozen");
	printf("; devices read %s and wrote %s\n", size_of(group, "dma_read_bytes", in),
	       size_of(group, "dma_write_bytes", out));
	for (size_t i = 0; i < live_length(functions); i++) {
		struct json_object *function = json_object_array_get_idx(functions, i);

		printf("            %s %s\n", live_text(function, "address"), live_text(function, "type"));
	}
}

static void print_window(struct json_object *window)
{
	char size[HUMAN_SIZE], page[HUMAN_SIZE], tables[HUMAN_SIZE], bar[LIVE_BAR + 1];
	uint64_t shift = live_number(window, "page_shift"), levels = live_number(window, "levels");

	if (!strcmp(live_text(window, "owner"), "host"))
		return;
	live_bar(window, bar);
	printf("  window    group %" PRIu64 " at %s: size %s, %s pages, %" PRIu64 " level%s, %s of tables%s%s\n"
	       "            [%s] %s%" PRIu64 " of %" PRIu64 " mapped\n",
	       live_number(window, "group"), live_text(window, "start"), size_of(window, "size", size),
	       human_size(shift < 64 ? UINT64_C(1) << shift : 0, page), levels, levels == 1 ? "" : "s",
	       size_of(window, "table_bytes", tables), strcmp(live_text(window, "shared"), "no") ? ", shared: " : "",
	       strcmp(live_text(window, "shared"), "no") ? live_text(window, "shared") : "", bar,
	       live_number(window, "exact") ? "" : "about ", live_number(window, "mapped"),
	       live_number(window, "entries"));
}

static void print_program(struct json_object *program)
{
	struct json_object *groups = live_array(program, "groups"), *windows = live_array(program, "windows");
	struct json_object *counters = json_object_object_get(program, "counters");

	printf("program %" PRIu64 ": %s\n", live_number(program, "pid"), live_text(program, "command"));
	print_locked(program);
	printf("  calls     %" PRIu64 " map, %" PRIu64 " unmap, %" PRIu64 " register, %" PRIu64 " other; %" PRIu64
	       " hypercalls; %" PRIu64 " refused\n", live_number(counters, "map_calls"),
	       live_number(counters, "unmap_calls"), live_number(counters, "register_calls"),
	       live_number(counters, "other_calls"),
	       live_number(counters, "hcalls_real") + live_number(counters, "hcalls_virtual") +
	       live_number(counters, "hcalls_user"), live_number(counters, "refused_calls"));
	for (size_t i = 0; i < live_length(groups); i++)
		print_group(json_object_array_get_idx(groups, i));
	for (size_t i = 0; i < live_length(windows); i++)
		print_window(json_object_array_get_idx(windows, i));
}

static void print_faults(const struct stce_stats *stats)
{
#define PRINT(field, unit, text)                                                                \
	if (!strncmp(#field, "fault_", strlen("fault_")) && stats->field)                       \
		printf("%s: %" PRIu64 "\n", text, stats->field);
	STCE_STATS(PRINT)
#undef PRINT
}

static void print_all(const struct stce_control *control, const struct live *live)
{
	const struct stce_run_entry *entry = stce_control_run(control);
	char began[64] = "an unknown time";
	time_t started = (time_t)entry->started;
	struct tm tm;

	if (started && localtime_r(&started, &tm))
		strftime(began, sizeof(began), "%Y-%m-%d %H:%M:%S", &tm);
	printf("run %s, made by process %d at %s\n", entry->name, entry->pid, began);
	for (size_t i = 0; i < live_length(live->programs); i++)
		print_program(json_object_array_get_idx(live->programs, i));
	for (size_t i = 0; i < live_length(live->silent); i++) {
		struct json_object *program = json_object_array_get_idx(live->silent, i);

		printf("program %" PRIu64 ": %s\n", live_number(program, "pid"), live_text(program, "why"));
	}
	if (!live_length(live->programs) && !live_length(live->silent))
		printf("no program has opened a device file\n");
	print_faults(&live->stats);
}

static int show(int argc, char **argv)
{
	struct live_options options;
	struct stce_control *control;
	struct json_object *object;
	struct live live;
	int status = live_parse(&options, argc, argv, 0);

	status = status ? status : ask_open(options.run, &control);
	if (status)
		return status;
	live_take(control, &live);
	if (options.is_json) {
		object = live_json(control, &live);
		printf("%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							     JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	} else {
		print_all(control, &live);
	}
	live_free(&live);
	stce_control_free(control);
	return 0;
}

static void show_help(void)
{
	printf("usage: spapr-tce show [--json] [RUN]\n\n"
	       "Prints what the programs of a live run have: groups, containers, windows with their\n"
	       "occupancy, calls, locked memory, and the faults of the run. RUN is the name of a run, or the\n"
	       "process ID of spapr-tce run or of a program below it; without it, the only live run is meant.\n"
	       "A bar has %d parts: blank is empty, then .:+# by quarters, and @ is full.\n", LIVE_BAR);
	live_help(0);
}

static void complete_show(char **words, int count)
{
	live_complete(words, count, 0);
}

const struct command command_show = {
	.name = "show",
	.arguments = "[--json] [RUN]",
	.text = "show what the programs of a live run have",
	.run = show,
	.help = show_help,
	.complete = complete_show,
};
