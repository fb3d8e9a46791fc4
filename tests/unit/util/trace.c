/* SPDX-License-Identifier: BSD-2-Clause */
/* The events that a list of names turns on, and the lines that they print. */
#include "testing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/trace.h"

static int ends[2];
static char line[2048];

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
	enable("vfio_spapr_*,-vfio_spapr_map");
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

static void an_event_prints_one_line_where_it_is_on(void **state)
{
	TRACE(vfio_spapr_remove_window, UINT64_C(0x800000000000000));
	assert_string_equal(printed(), "");
	enable("vfio_spapr_remove_window");
	TRACE(vfio_spapr_remove_window, UINT64_C(0x800000000000000));
	assert_string_equal(printed(), "vfio_spapr_remove_window offset=0x800000000000000\n");
	TRACE(pe_ownership, 1, 0);
	assert_string_equal(printed(), "");
	enable("pe_ownership");
	TRACE(pe_ownership, 1, 0);
	assert_string_equal(printed(), "pe_ownership group=1 host=0\n");
}

static void a_line_that_is_too_long_is_cut_and_still_ends(void **state)
{
	char name[1500];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	enable("file_open");
	TRACE(file_open, name, 7);
	assert_true(strlen(printed()) <= 512);
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_memory_equal(line, "file_open path=nnn", 18);
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
		TEST(a_line_that_is_too_long_is_cut_and_still_ends),
		TEST(every_event_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests_name("util/trace", tests, NULL, NULL);
}
