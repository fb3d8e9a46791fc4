/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of spapr-tce top, from two pictures two seconds apart. */
#include "testing.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cli/top.h"
#include "util/types.h"

static struct live before, now;
static struct top_page page;

/* top_fill() asks nothing else of the run. */
const struct stce_run_entry *__wrap_stce_control_run(const struct stce_control *control);
const struct stce_run_entry *__wrap_stce_control_run(const struct stce_control *control)
{
	static const struct stce_run_entry entry = { .name = "abc" };

	return &entry;
}

static void take(struct live *live, double taken, const char *programs, const char *silent)
{
	*live = (struct live){ .taken = taken, .programs = json_tokener_parse(programs),
			       .silent = json_tokener_parse(silent) };
	assert_non_null(live->programs);
	assert_non_null(live->silent);
}

static const char first[] =
	"[{\"pid\": 10, \"command\": \"old\", \"counters\": {\"map_calls\": 1000, \"unmap_calls\": 50, \"hcalls_real\": 1, "
	"\"dma_read_bytes\": 100, \"pages_mapped\": 7}, \"locked\": {\"bytes\": 4096}, \"groups\": [{\"group\": 3, \"open\": 1, "
	"\"dma_read_bytes\": 1024, \"functions\": [{\"address\": \"0000:01:00.0\", \"type\": \"nvme\"}]}]},"
	" {\"pid\": 11, \"counters\": {\"map_calls\": 500}}]";
static const char second[] =
	"[{\"pid\": 10, \"command\": \"old\", \"counters\": {\"map_calls\": 1200, \"unmap_calls\": 80, \"hcalls_real\": 5, "
	"\"hcalls_virtual\": 6, \"hcalls_user\": 10, \"create_calls\": 4, \"other_calls\": 2, \"dma_read_bytes\": 4196, "
	"\"dma_write_bytes\": 2097152, \"pages_mapped\": 9}, \"locked\": {\"bytes\": 8192}, \"groups\": [{\"group\": 3, "
	"\"open\": 1, \"frozen\": 1, \"dma_read_bytes\": 5120, \"dma_write_bytes\": 2048, "
	"\"functions\": [{\"address\": \"0000:01:00.0\", \"type\": \"nvme\"}]}]},"
	" {\"pid\": 11, \"command\": \"busy\", \"counters\": {\"map_calls\": 60000500, \"pages_mapped\": 5}},"
	" {\"pid\": 12, \"command\": \"new\", \"counters\": {\"map_calls\": 900000000, \"pages_mapped\": 8}}]";

static int start(void **state)
{
	take(&before, 100, first, "[]");
	take(&now, 102, second, "[{\"pid\": 13, \"why\": \"it is stopped\"}]");
	now.stats.fault_unmapped = 4;
	return 0;
}

static int stop(void **state)
{
	live_free(&before);
	live_free(&now);
	return 0;
}

/* Returns the line of a program, or of something else that begins so. */
static const char *line_of(const char *start_of_line)
{
	for (unsigned int i = 0; i < page.count; i++)
		if (!strncmp(page.line[i] + strspn(page.line[i], " "), start_of_line, strlen(start_of_line)))
			return page.line[i];
	fail_msg("no line \"%s\"", start_of_line);
	return "";
}

static void rates_are_differences_by_the_time_between(void **state)
{
	top_fill(&page, NULL, &before, &now, TOP_BY_CALLS);
	assert_string_equal(line_of("PID"), "     PID  MAP/s  UNM/s  HCALL  OTHER  READ/s WRITE/s    PAGES  LOCKED  COMMAND");
	assert_string_equal(line_of("10 "), "      10    100     15     10      3      2K      1M        9      8K  old");
	assert_string_equal(line_of("group   3"),
			    "group   3  0000:01:00.0 nvme     read      2K/s  wrote      1K/s  program 10  FROZEN");
}

static void large_rates_have_letters_and_new_programs_none(void **state)
{
	top_fill(&page, NULL, &before, &now, TOP_BY_CALLS);
	assert_non_null(strstr(line_of("11 "), "  11    30M      0      0      0 "));
	assert_non_null(strstr(line_of("12 "), "  12      0      0      0      0 "));
}

static void programs_are_sorted_as_asked(void **state)
{
	static const struct {
		enum top_order order;
		const char *pid[3];
	} wanted[] = {
		{ TOP_BY_CALLS, { "11 ", "10 ", "12 " } }, { TOP_BY_DMA, { "10 ", "11 ", "12 " } },
		{ TOP_BY_PAGES, { "10 ", "12 ", "11 " } }, { TOP_BY_PID, { "10 ", "11 ", "12 " } },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(wanted); i++) {
		top_fill(&page, NULL, &before, &now, wanted[i].order);
		assert_true(line_of(wanted[i].pid[0]) < line_of(wanted[i].pid[1]));
		assert_true(line_of(wanted[i].pid[1]) < line_of(wanted[i].pid[2]));
	}
}

static void programs_that_are_silent_and_faults_have_their_lines(void **state)
{
	top_fill(&page, NULL, &before, &now, TOP_BY_CALLS);
	assert_string_equal(line_of("13 "), "      13 it is stopped");
	assert_non_null(strstr(page.line[page.count - 1], ": 4"));
}

/* The first picture is compared with nothing. */
static void without_a_picture_before_there_are_no_rates(void **state)
{
	const struct live nothing = { .taken = 0 };

	top_fill(&page, NULL, &nothing, &now, TOP_BY_CALLS);
	assert_string_equal(line_of("10 "), "      10      0      0      0      0       0       0        9      8K  old");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_are_differences_by_the_time_between),
		TEST(large_rates_have_letters_and_new_programs_none),
		TEST(programs_are_sorted_as_asked),
		TEST(programs_that_are_silent_and_faults_have_their_lines),
		TEST(without_a_picture_before_there_are_no_rates),
	};

	return cmocka_run_group_tests_name("top", tests, NULL, NULL);
}
