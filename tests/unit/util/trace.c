/* SPDX-License-Identifier: BSD-2-Clause */
/* The events that a list of names turns on, and the lines that they print. */
#include "testing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/trace.h"
#include "util/trace_file.h"
#include "util/trace_filter.h"
#include "util/trace_format.h"

static int ends[2];
static char line[2 * TRACE_LINE_SIZE];

static int start(void **state)
{
	const char *bad;

	assert_int_equal(pipe(ends), 0);
	trace_set_fd(ends[1]);
	return trace_enable("-*", &bad);
}

static int stop(void **state)
{
	trace_set_fd(2);
	trace_filter_clear();
	trace_format_set("text");
	return close(ends[0]) || close(ends[1]);
}

/* Returns the lines printed since the last call. */
static const char *printed(void)
{
	ssize_t size;

	/* So that there is always something to read. */
	assert_int_equal(write(ends[1], "|", 1), 1);
	size = read(ends[0], line, sizeof(line) - 1);
	assert_true(size > 0 && line[size - 1] == '|');
	line[size - 1] = '\0';
	return line;
}

static void enable(const char *names)
{
	const char *bad = NULL;

	assert_int_equal(trace_enable(names, &bad), 0);
	assert_null(bad);
}

static unsigned int count_on(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < TRACE_COUNT; i++)
		n += trace_is_on[i];
	return n;
}

static void nothing_is_on_at_first_and_all_of_it_can_be(void **state)
{
	assert_int_equal(count_on(), 0);
	enable("*");
	assert_int_equal(count_on(), TRACE_COUNT);
	enable("-*");
	assert_int_equal(count_on(), 0);
	enable("");
	assert_int_equal(count_on(), 0);
}

static void a_name_is_one_event_and_a_star_all_that_begin_so(void **state)
{
	enable("vfio_spapr_map");
	assert_int_equal(count_on(), 1);
	assert_true(trace_is_on[TRACE_vfio_spapr_map]);
	enable("spapr_iommu_ddw_*,,dma_fault,");
	assert_int_equal(count_on(), 8);
	assert_true(trace_is_on[TRACE_spapr_iommu_ddw_reset] && trace_is_on[TRACE_dma_fault]);
	assert_false(trace_is_on[TRACE_spapr_iommu_put]);
}

/* The list is read in order. */
static void a_minus_turns_off(void **state)
{
	enable("vfio_spapr_*,!vfio_spapr_map");
	assert_int_equal(count_on(), 3);
	enable("-*,vfio_spapr_*,-vfio_spapr_map");
	assert_int_equal(count_on(), 3);
	assert_false(trace_is_on[TRACE_vfio_spapr_map]);
	enable("-vfio_spapr_map,vfio_spapr_map");
	assert_true(trace_is_on[TRACE_vfio_spapr_map]);
}

static void a_name_that_matches_nothing_is_told(void **state)
{
	static const char *const bad[] = { "vfio_spapr", "vfio_spapr_mapp", "nothing_*", "VFIO_spapr_map", "-nothing", "*map" };
	const char *names = "dma_fault,no_such_event,vfio_spapr_map", *at;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(trace_enable(bad[i], &at), -ENOENT);
		assert_ptr_equal(at, bad[i]);
	}
	assert_int_equal(count_on(), 0);
	assert_int_equal(trace_enable(names, &at), -ENOENT);
	assert_ptr_equal(at, strchr(names, ',') + 1);
	/* The names before it are on, those behind it are not. */
	assert_true(trace_is_on[TRACE_dma_fault]);
	assert_int_equal(count_on(), 1);
}

/* Returns what follows the time, the process and the thread of a line; they must be as they should. */
static const char *behind_stamp(const char *text)
{
	unsigned int seconds, micros, process, thread;
	int length = 0;

	assert_int_equal(sscanf(text, "%u.%6u %u/%u %n", &seconds, &micros, &process, &thread, &length), 4);
	assert_int_equal(text[strcspn(text, ".") + 7], ' ');
	assert_int_equal(process, getpid());
	assert_int_equal(thread, os_gettid());
	return text + length;
}

static void an_event_prints_one_line_where_it_is_on(void **state)
{
	TRACE(vfio_spapr_remove_window, UINT64_C(0x800000000000000));
	assert_string_equal(printed(), "");
	enable("vfio_spapr_remove_window");
	TRACE(vfio_spapr_remove_window, UINT64_C(0x800000000000000));
	assert_string_equal(behind_stamp(printed()), "- vfio_spapr_remove_window offset=0x800000000000000\n");
	TRACE(pe_ownership, 1, 0);
	assert_string_equal(printed(), "");
	enable("pe_ownership");
	TRACE(pe_ownership, 1, 0);
	assert_string_equal(behind_stamp(printed()), "g1 pe_ownership group=1 host=0\n");
}

static void times_count_from_the_start_that_was_set(void **state)
{
	double seconds;

	enable("pe_ownership");
	trace_set_start(os_now_ns() - UINT64_C(7000000000));
	TRACE(pe_ownership, 1, 0);
	assert_int_equal(sscanf(printed(), "%lf", &seconds), 1);
	assert_true(seconds >= 7 && seconds < 60);
	trace_set_start(os_now_ns());
}

/* Every conversion of every format has a value and a name, and prints what was given. */
static void each_format_has_a_name_for_each_conversion(void **state)
{
	for (unsigned int i = 0; i < TRACE_COUNT; i++) {
		const struct trace_row *row = &trace_rows[i];
		unsigned int names = 1, conversions = 0;

		for (const char *p = row->arguments; *p; p++)
			names += *p == ',';
		for (const char *p = row->format; (p = strchr(p, '%')); conversions++) {
			p++;
			p += *p == 'l';
			assert_non_null(memchr("sdux", *p, 4));
		}
		if (names != conversions)
			fail_msg("%s has %u names and %u conversions", row->name, names, conversions);
		assert_true(names <= TRACE_ARGUMENTS);
		assert_true(row->range.at < names && row->range.size < names && row->result.at < names);
	}
}

static void a_line_is_as_printf_would_write_it(void **state)
{
	const char *device = "0000:01:00.0";
	char wanted[256];

	enable("nvme_io_cmd,vfio_spapr_map,spapr_iommu_indirect");
	TRACE(nvme_io_cmd, device, 3u, 4u, 0xabu, UINT64_MAX, 8u, 0x4002u);
	snprintf(wanted, sizeof(wanted), "- nvme_io_cmd device=%s sqid=%u cid=%u opcode=0x%x slba=0x%" PRIx64
		 " nlb=%u status=0x%x\n", device, 3u, 4u, 0xabu, UINT64_MAX, 8u, 0x4002u);
	assert_string_equal(behind_stamp(printed()), wanted);
	TRACE(vfio_spapr_map, UINT64_C(0), UINT64_C(0x1000), UINT64_C(0x7fff00000000), 3u, -22);
	assert_string_equal(behind_stamp(printed()),
			    "- vfio_spapr_map iova=0x0 size=0x1000 vaddr=0x7fff00000000 flags=0x3 ret=-22\n");
	TRACE(spapr_iommu_indirect, UINT64_C(0x80000001), UINT64_C(0x1000), UINT64_C(0), UINT64_MAX, -4L);
	assert_string_equal(behind_stamp(printed()),
			    "- spapr_iommu_indirect liobn=80000001 ioba=0x1000 tceList=0x0 npages=18446744073709551615 ret=-4\n");
}

static void groups_are_those_of_the_scope(void **state)
{
	struct trace_groups groups = { { 0 } };

	enable("vfio_spapr_remove_window");
	trace_groups_add(&groups, 0);
	trace_groups_add(&groups, 12);
	TRACE_IN(trace_of_groups(&groups), vfio_spapr_remove_window, UINT64_C(0));
	assert_string_equal(behind_stamp(printed()), "g0,12 vfio_spapr_remove_window offset=0x0\n");
	trace_groups_remove(&groups, 0);
	TRACE_IN(trace_of_groups(&groups), vfio_spapr_remove_window, UINT64_C(0));
	assert_string_equal(behind_stamp(printed()), "g12 vfio_spapr_remove_window offset=0x0\n");
	for (int i = 0; i < 2 * TRACE_GROUPS; i++)
		trace_groups_add(&groups, 100 + i);
	TRACE_IN(trace_of_groups(&groups), vfio_spapr_remove_window, UINT64_C(0));
	assert_string_equal(behind_stamp(printed()),
			    "g100,12,101,102,103,104,105,106 vfio_spapr_remove_window offset=0x0\n");
}

static bool maps_at(uint64_t iova, uint64_t size, int group, int r)
{
	TRACE_IN(trace_of_group(group), vfio_spapr_map, iova, size, UINT64_C(0), 3u, r);
	return printed()[0];
}

static void a_filter_of_groups_takes_these_only(void **state)
{
	enable("vfio_spapr_map,file_release");
	assert_int_equal(trace_filter_groups("1,0x2"), 0);
	assert_true(maps_at(0, 0x1000, 1, 0) && maps_at(0, 0x1000, 2, 0));
	assert_false(maps_at(0, 0x1000, 0, 0) || maps_at(0, 0x1000, 12, 0));
	/* One of its groups is enough. */
	TRACE_IN(((struct trace_scope){ .group = { 5, 2 }, .group_count = 2 }), vfio_spapr_map, UINT64_C(0), UINT64_C(0x1000),
		 UINT64_C(0), 3u, 0);
	assert_true(printed()[0]);
	TRACE_IN(((struct trace_scope){ .group = { 5, 6 }, .group_count = 2 }), vfio_spapr_map, UINT64_C(0), UINT64_C(0x1000),
		 UINT64_C(0), 3u, 0);
	assert_string_equal(printed(), "");
	TRACE(file_release, "container");
	assert_string_equal(printed(), "");
}

static void a_filter_of_results_takes_these_only(void **state)
{
	enable("vfio_spapr_map,vfio_group_ioctl,dma_fault,file_release");
	assert_int_equal(trace_filter_result("error"), 0);
	assert_true(maps_at(0, 0x1000, 1, -12) && maps_at(0, 0x1000, 1, 1));
	assert_false(maps_at(0, 0x1000, 1, 0));
	TRACE(vfio_group_ioctl, 1, 0x3b6au, 5);
	TRACE(file_release, "container");
	assert_string_equal(printed(), "");
	TRACE(dma_fault, 1, UINT64_C(0), UINT64_C(4), "unmapped");
	assert_true(printed()[0]);
	assert_int_equal(trace_filter_result("ok"), 0);
	assert_true(maps_at(0, 0x1000, 1, 0));
	assert_false(maps_at(0, 0x1000, 1, -12));
}

static void a_filter_of_addresses_takes_what_overlaps(void **state)
{
	enable("vfio_spapr_map,spapr_iommu_stuff,spapr_iommu_put,file_release");
	assert_int_equal(trace_filter_range("0x10000-0x1ffff"), 0);
	assert_true(maps_at(0x10000, 0x1000, 1, 0) && maps_at(0x1f000, 0x1000, 1, 0) && maps_at(0, 0x10001, 1, 0));
	assert_true(maps_at(0, UINT64_MAX, 1, 0) && maps_at(0x10000, 0, 1, -22));
	assert_false(maps_at(0xf000, 0x1000, 1, 0) || maps_at(0x20000, 0x1000, 1, 0));
	/* 16 pages of 4K reach it, and so does one of 64K. */
	TRACE(spapr_iommu_stuff, UINT64_C(1), UINT64_C(0x1000), UINT64_C(0), UINT64_C(15), 0L);
	assert_string_equal(printed(), "");
	TRACE(spapr_iommu_stuff, UINT64_C(1), UINT64_C(0x1000), UINT64_C(0), UINT64_C(16), 0L);
	assert_true(printed()[0]);
	TRACE_IN((struct trace_scope){ .page_shift = 16 }, spapr_iommu_stuff, UINT64_C(1), UINT64_C(0x1000), UINT64_C(0),
		 UINT64_C(1), 0L);
	assert_true(printed()[0]);
	/* A guest may ask for any number. */
	TRACE(spapr_iommu_stuff, UINT64_C(1), UINT64_C(0x1000), UINT64_C(0), UINT64_C(1) << 52, 0L);
	assert_true(printed()[0]);
	TRACE(spapr_iommu_put, UINT64_C(1), UINT64_C(0x20000), UINT64_C(0), 0L);
	TRACE(file_release, "container");
	assert_string_equal(printed(), "");
}

static void a_filter_that_is_none_is_refused(void **state)
{
	static const char *const groups[] = { "", "x", "1,", ",1", "1;2", "-1", "1 2", "4294967296", "99999999999999999999" };
	static const char *const ranges[] = { "", "1", "1-", "-1", "2-1", "0x-2", "1-2-3", "1 - 2", "0-0x10000000000000000" };
	static const char *const results[] = { "", "OK", "fail", "okay" };

	for (unsigned int i = 0; i < ARRAY_COUNT(groups); i++)
		assert_int_equal(trace_filter_groups(groups[i]), -EINVAL);
	for (unsigned int i = 0; i < ARRAY_COUNT(ranges); i++)
		assert_int_equal(trace_filter_range(ranges[i]), -EINVAL);
	for (unsigned int i = 0; i < ARRAY_COUNT(results); i++)
		assert_int_equal(trace_filter_result(results[i]), -EINVAL);
	assert_int_equal(trace_format_set("xml"), -EINVAL);
	/* Nothing is set. */
	enable("vfio_spapr_map");
	assert_true(maps_at(0, 1, 7, 0) && maps_at(0, 1, 7, -1));
}

static unsigned int ends_told;
static char end_told[512];

static void note_end(const char *message)
{
	ends_told++;
	snprintf(end_told, sizeof(end_told), "%s", message);
}

/* Each line of the file is one of pe_ownership, and together they have so many bytes. */
static void check_whole_lines(const char *path, size_t size)
{
	FILE *file = fopen(path, "re");
	char text[256];
	size_t sum = 0;

	assert_non_null(file);
	for (; fgets(text, sizeof(text), file); sum += strlen(text))
		assert_string_equal(behind_stamp(text), "g1 pe_ownership group=1 host=0\n");
	fclose(file);
	assert_int_equal(sum, size);
}

static void a_string_in_json_is_valid_whatever_it_holds(void **state)
{
	enable("file_open");
	assert_int_equal(trace_format_set("json"), 0);
	TRACE(file_open, "a\"b\\c\n\x7f\xff", 3);
	assert_non_null(strstr(printed(), "\"groups\":[],\"event\":\"file_open\",\"failed\":false,"
			       "\"arguments\":{\"path\":\"a\\\"b\\\\c\\u000a\\u007f\\u00ff\",\"fd\":3}}\n"));
}

static void a_call_lasts_from_its_beginning(void **state)
{
	const char *text;
	double duration;

	enable("vfio_spapr_map");
	assert_int_equal(trace_format_set("json"), 0);
	trace_enter();
	usleep(2000);
	TRACE(vfio_spapr_map, UINT64_C(0), UINT64_C(0x1000), UINT64_C(0), 3u, 0);
	text = strstr(printed(), "\"duration\":");
	assert_non_null(text);
	assert_int_equal(sscanf(text, "\"duration\":%lf", &duration), 1);
	assert_true(duration >= 0.002 && duration < 5);
	assert_non_null(strstr(line, "\"iova\":\"0x0\",\"size\":\"0x1000\",\"vaddr\":\"0x0\",\"flags\":\"0x3\",\"ret\":0}"));
}

/* The limit of a file's size stands for a full disk: the kernel writes what fits. */
/* A slice ends by an event of its own name and number. */
static void a_window_begins_and_ends_on_its_track(void **state)
{
	static const char track[] = "\"cat\":\"window\",\"name\":\"group 3 at 0x20000\",\"id\":\"0x20003\",\"ts\":";
	const char *event;

	enable("vfio_spapr_create_window,vfio_spapr_remove_window");
	assert_int_equal(trace_format_set("perfetto"), 0);
	TRACE_IN(trace_of_group(3), vfio_spapr_create_window, 12u, 1u, UINT64_C(0x10000), UINT64_C(0x20000));
	event = strstr(printed(), "{\"ph\":\"b\",");
	assert_non_null(event);
	assert_memory_equal(event + strlen("{\"ph\":\"b\","), track, strlen(track));
	TRACE_IN(trace_of_group(3), vfio_spapr_remove_window, UINT64_C(0x20000));
	event = strstr(printed(), "{\"ph\":\"e\",");
	assert_non_null(event);
	assert_memory_equal(event + strlen("{\"ph\":\"e\","), track, strlen(track));
}

static void a_full_file_ends_the_trace_with_whole_lines_and_one_message(void **state)
{
	struct rlimit before, limit;
	struct stat status;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	enable("pe_ownership");
	trace_file_on_end(note_end);
	assert_int_equal(trace_file_set("trace-file-test"), 0);
	assert_int_equal(trace_file_open(true), 0);
	TRACE(pe_ownership, 1, 0);
	assert_int_equal(stat("trace-file-test", &status), 0);
	/* The third line has room for its half. */
	limit = (struct rlimit){ (rlim_t)status.st_size * 5 / 2, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (unsigned int i = 0; i < 20; i++)
		TRACE(pe_ownership, 1, 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	TRACE(pe_ownership, 1, 0);
	assert_int_equal(stat("trace-file-test", &status), 0);
	assert_int_equal(ends_told, 1);
	assert_non_null(strstr(end_told, "trace-file-test: No space left on device"));
	assert_string_equal(printed(), "");
	check_whole_lines("trace-file-test", (size_t)limit.rlim_cur * 4 / 5);
	trace_file_close();
	unlink("trace-file-test");
	trace_file_on_end(NULL);
}

static void a_line_that_is_too_long_is_cut_and_still_ends(void **state)
{
	char name[2 * TRACE_LINE_SIZE];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	enable("file_open");
	TRACE(file_open, name, 7);
	assert_true(strlen(printed()) <= TRACE_LINE_SIZE);
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_memory_equal(behind_stamp(line), "- file_open path=nnn", 20);
	/* In JSON each byte may take six. */
	memset(name, '\xff', sizeof(name) - 1);
	assert_int_equal(trace_format_set("json"), 0);
	TRACE(file_open, name, 7);
	assert_non_null(strstr(printed(), "\",\"fd\":7}}\n"));
}

static void every_event_has_a_name_of_its_own(void **state)
{
	for (unsigned int i = 0; i < TRACE_COUNT; i++) {
		const char *name = trace_event_name(i);

		assert_non_null(name);
		enable("-*");
		enable(name);
		assert_int_equal(count_on(), 1);
		assert_true(trace_is_on[i]);
	}
	assert_null(trace_event_name(TRACE_COUNT));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_on_at_first_and_all_of_it_can_be),
		TEST(a_name_is_one_event_and_a_star_all_that_begin_so),
		TEST(a_minus_turns_off),
		TEST(a_name_that_matches_nothing_is_told),
		TEST(an_event_prints_one_line_where_it_is_on),
		TEST(times_count_from_the_start_that_was_set),
		TEST(each_format_has_a_name_for_each_conversion),
		TEST(a_line_is_as_printf_would_write_it),
		TEST(groups_are_those_of_the_scope),
		TEST(a_filter_of_groups_takes_these_only),
		TEST(a_filter_of_results_takes_these_only),
		TEST(a_filter_of_addresses_takes_what_overlaps),
		TEST(a_filter_that_is_none_is_refused),
		TEST(a_window_begins_and_ends_on_its_track),
		TEST(a_string_in_json_is_valid_whatever_it_holds),
		TEST(a_call_lasts_from_its_beginning),
		TEST(a_full_file_ends_the_trace_with_whole_lines_and_one_message),
		TEST(a_line_that_is_too_long_is_cut_and_still_ends),
		TEST(every_event_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("util/trace", tests, NULL, NULL);
}
