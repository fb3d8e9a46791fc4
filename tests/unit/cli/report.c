/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a run, from its news to the file: which window is removed, which of very many items
 * are kept, and a file that cannot be written.
 */
#include "testing.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/narrate.h"
#include "cli/report.h"
#include "cli/report_windows.h"
#include "util/types.h"

static char path[] = "/tmp/report-XXXXXX";
static struct report report;
static struct json_object *whole;

/* The report takes its words for faults from the narrator, which prints nothing here. */
void complain(const char *format, ...);
void complain(const char *format, ...)
{
}

static int start(void **state)
{
	int fd;

	strcpy(path, "/tmp/report-XXXXXX");
	fd = mkstemp(path);
	close(fd);
	return fd < 0 ? -1 : report_init(&report, path);
}

static int stop(void **state)
{
	report_fini(&report);
	json_object_put(whole);
	whole = NULL;
	return unlink(path);
}

static int write_report(void)
{
	char *program[] = { "a program", "with \"words\"", NULL };
	struct stce_stats stats = { .fault_unmapped = 7, .map_calls = UINT64_MAX };
	struct report_end end = {
		.program = program, .is_complete = true, .status = 143, .signal = 15, .seconds = 1.2345, .programs = 2, .lost = 3,
	};

	return report_write(&report, &stats, &end);
}

static void finish(void)
{
	assert_int_equal(write_report(), 0);
	whole = json_object_from_file(path);
	assert_non_null(whole);
}

static struct json_object *get(struct json_object *object, const char *name)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, name, &value));
	return value;
}

static uint64_t number(struct json_object *object, const char *name)
{
	return json_object_get_uint64(get(object, name));
}

static const char *text(struct json_object *object, const char *name)
{
	return json_object_get_string(get(object, name));
}

static struct json_object *nth(const char *list, size_t n)
{
	struct json_object *item = json_object_array_get_idx(get(whole, list), n);

	assert_non_null(item);
	return item;
}

static void tell(uint32_t kind, int group, uint64_t start, double now)
{
	report_news(&report, &(struct stce_news){ .kind = kind, .group = group, .start = start, .size = GIB, .page_shift = 12,
		    .levels = 1, .cause = STCE_FAULT_NO_READ }, now);
}

static void the_end_is_told_as_it_was(void **state)
{
	report_told(&report, "a line");
	report_explained(&report, "two\n    lines");
	report_port(&report, &(struct stce_port){ .address = "0000:01:00.0", .net = "a \"net\"", .missed = UINT64_MAX });
	finish();
	assert_string_equal(json_object_get_string(nth("explained", 0)), "two\n    lines");
	assert_string_equal(text(nth("ports", 0), "function"), "0000:01:00.0");
	assert_string_equal(text(nth("ports", 0), "net"), "a \"net\"");
	assert_true(number(nth("ports", 0), "missed") == UINT64_MAX);
	assert_int_equal(number(whole, "exit_status"), 143);
	assert_int_equal(number(whole, "signal"), 15);
	assert_string_equal(text(whole, "duration"), "1.234");
	assert_int_equal(number(whole, "programs_attached"), 2);
	assert_int_equal(number(whole, "news_lost"), 3);
	assert_string_equal(json_object_get_string(nth("program", 1)), "with \"words\"");
	assert_string_equal(json_object_get_string(nth("told", 0)), "a line");
	assert_true(number(get(whole, "counters"), "map_calls") == UINT64_MAX);
	assert_int_equal(number(get(whole, "faults"), "unmapped"), 7);
}

/* A window that was made again at the same place is another one. */
static void the_newest_window_that_stands_is_the_one_removed(void **state)
{
	struct json_object *removed;

	tell(STCE_NEWS_WINDOW_CREATED, 1, bit64(59), 1);
	tell(STCE_NEWS_WINDOW_REMOVED, 1, bit64(59), 2);
	tell(STCE_NEWS_WINDOW_CREATED, 1, bit64(59), 3);
	tell(STCE_NEWS_WINDOW_CREATED, 2, bit64(59), 4);
	tell(STCE_NEWS_WINDOW_CREATED, 1, 0, 5);
	tell(STCE_NEWS_WINDOW_REMOVED, 1, bit64(59), 6);
	/* Removes a window whose creation was not seen. */
	tell(STCE_NEWS_WINDOW_REMOVED, 9, bit64(59), 7);
	finish();
	assert_int_equal(json_object_array_length(get(whole, "windows")), 4);
	assert_string_equal(text(nth("windows", 0), "start"), "0x800000000000000");
	assert_string_equal(text(nth("windows", 0), "created"), "1.000");
	assert_string_equal(text(nth("windows", 0), "removed"), "2.000");
	assert_string_equal(text(nth("windows", 1), "removed"), "6.000");
	assert_false(json_object_object_get_ex(nth("windows", 2), "removed", &removed));
	assert_false(json_object_object_get_ex(nth("windows", 3), "removed", &removed));
	assert_int_equal(number(nth("windows", 3), "group"), 1);
	assert_int_equal(number(nth("windows", 3), "size"), GIB);
}

static void faults_are_told_with_their_cause(void **state)
{
	tell(STCE_NEWS_FAULT, 2, 0xabc000, 0.5);
	finish();
	assert_int_equal(number(nth("first_faults", 0), "group"), 2);
	assert_string_equal(text(nth("first_faults", 0), "ioba"), "0xabc000");
	assert_string_equal(text(nth("first_faults", 0), "cause"), stce_fault_text(STCE_FAULT_NO_READ));
	assert_string_equal(text(nth("first_faults", 0), "time"), "0.500");
}

/* A program that makes windows and faults for hours must not fill our memory. */
static void the_first_ones_are_kept(void **state)
{
	for (unsigned int i = 0; i < 10100; i++) {
		tell(STCE_NEWS_WINDOW_CREATED, 1, i, i);
		tell(STCE_NEWS_FAULT, 1, i, i);
	}
	/* The last window that was kept can still be removed. */
	tell(STCE_NEWS_WINDOW_REMOVED, 1, 9999, 20000);
	finish();
	assert_int_equal(json_object_array_length(get(whole, "windows")), 10000);
	assert_string_equal(text(nth("windows", 9999), "removed"), "20000.000");
	assert_int_equal(json_object_array_length(get(whole, "first_faults")), 1000);
	assert_string_equal(text(nth("first_faults", 999), "ioba"), "0x3e7");
}

static void without_a_path_there_is_no_report(void **state)
{
	report_fini(&report);
	assert_int_equal(report_init(&report, NULL), 0);
	tell(STCE_NEWS_WINDOW_CREATED, 1, 0, 0);
	report_told(&report, "a line");
	report_explained(&report, "a line");
	report_port(&report, &(struct stce_port){ .net = "sink" });
	assert_int_equal(write_report(), 0);
}

/* Ten samples a second for 20 minutes are thinned out to at most 512, which cover the run evenly. */
static void a_long_run_has_as_many_samples_as_a_short_one(void **state)
{
	char *program[] = { "a program", NULL };
	struct json_object *series, *times;
	struct stce_stats stats = { 0 };
	double last = 0;
	size_t count;

	for (unsigned int i = 0; i < 12000; i++) {
		struct report_end so_far = { .program = program, .seconds = i / 10.0 };

		stats.map_calls = i;
		report_sample(&report, &stats, &so_far);
	}
	whole = json_object_from_file(path);
	assert_false(json_object_get_boolean(get(whole, "complete")));
	series = get(whole, "series");
	times = get(series, "time");
	count = json_object_array_length(times);
	assert_in_range(count, 256, 512);
	for (size_t i = 0; i < count; i++) {
		double now = json_object_get_double(json_object_array_get_idx(times, i));

		assert_true(!i || (now - last > 3 && now - last < 4));
		assert_int_equal(json_object_get_uint64(json_object_array_get_idx(get(series, "map_calls"), i)),
				 (uint64_t)(now * 10 + 0.5));
		last = now;
	}
	assert_true(last > 1180);
}

/* Adds what a program says of a window that begins at 0, of which so many pages are mapped. */
static void sample(int group, uint64_t mapped, double now)
{
	char said[256];
	struct json_object *windows;

	snprintf(said, sizeof(said), "[5, {\"group\": %d, \"start\": \"0\", \"mapped\": %u, \"table_bytes\": 8192, "
		 "\"cells\": [%u, -7, 300, \"x\"]}, {\"group\": 1, \"start\": \"0x77\", \"mapped\": 3}]", group,
		 (unsigned int)mapped, (unsigned int)mapped);
	windows = json_tokener_parse(said);
	assert_non_null(windows);
	report_windows_sample(report.windows, windows, now);
	json_object_put(windows);
}

static void a_window_keeps_samples_of_its_life_and_the_fullest_picture(void **state)
{
	struct json_object *occupancy, *other;
	double last = 0;
	size_t count;

	tell(STCE_NEWS_WINDOW_CREATED, 1, 0, 1);
	sample(1, 99, 2);
	tell(STCE_NEWS_WINDOW_REMOVED, 1, 0, 3);
	/* Nobody asked about a window has it here. */
	sample(1, 98, 4);
	tell(STCE_NEWS_WINDOW_CREATED, 1, 0, 5);
	for (unsigned int i = 0; i < 1000; i++)
		sample(1, i < 60 ? i : 40, 5 + i);
	sample(2, 97, 1006);
	finish();
	occupancy = get(nth("windows", 0), "occupancy");
	assert_int_equal(json_object_array_length(get(occupancy, "time")), 1);
	assert_int_equal(number(occupancy, "most"), 99);
	occupancy = get(nth("windows", 1), "occupancy");
	count = json_object_array_length(get(occupancy, "time"));
	assert_in_range(count, 64, 128);
	assert_int_equal(json_object_array_length(get(occupancy, "mapped")), count);
	assert_int_equal(json_object_array_length(get(occupancy, "table_bytes")), count);
	for (size_t i = 0; i < count; i++) {
		double now = json_object_get_double(json_object_array_get_idx(get(occupancy, "time"), i));

		assert_true(i ? now - last > 3 && now - last < 20 : now == 5);
		last = now;
	}
	assert_true(last > 980);
	assert_int_equal(number(occupancy, "most"), 59);
	other = get(occupancy, "cells");
	assert_int_equal(json_object_array_length(other), 32);
	assert_int_equal(json_object_get_int(json_object_array_get_idx(other, 0)), 59);
	assert_int_equal(json_object_get_int(json_object_array_get_idx(other, 1)), 0);
	assert_int_equal(json_object_get_int(json_object_array_get_idx(other, 2)), 100);
	assert_int_equal(json_object_array_length(get(whole, "windows")), 2);
}

/* A program that makes windows for hours must not fill our memory with samples either. */
static void so_many_windows_have_samples(void **state)
{
	size_t sampled = 0;

	for (int i = 1; i <= 300; i++) {
		tell(STCE_NEWS_WINDOW_CREATED, i, 0, i);
		sample(i, 1, i);
	}
	/* One that has samples still gets more. */
	sample(1, 5, 400);
	finish();
	for (size_t i = 0; i < 300; i++)
		sampled += !!json_object_object_get(nth("windows", i), "occupancy");
	assert_int_equal(sampled, 256);
	assert_int_equal(number(get(nth("windows", 0), "occupancy"), "most"), 5);
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
	report_fini(&report);
	assert_int_equal(report_init(&report, "/nowhere/report"), -ENOENT);
	report_fini(&report);
	assert_int_equal(report_init(&report, "/dev/full"), 0);
	assert_int_equal(write_report(), -ENOSPC);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(the_end_is_told_as_it_was),
		TEST(the_newest_window_that_stands_is_the_one_removed),
		TEST(faults_are_told_with_their_cause),
		TEST(the_first_ones_are_kept),
		TEST(without_a_path_there_is_no_report),
		TEST(a_long_run_has_as_many_samples_as_a_short_one),
		TEST(a_window_keeps_samples_of_its_life_and_the_fullest_picture),
		TEST(so_many_windows_have_samples),
		TEST(a_file_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests_name("cli/report", tests, NULL, NULL);
}
