/* SPDX-License-Identifier: BSD-2-Clause */
/* What `show` tells of windows: the parts that are mapped, also of large ones, and what they share. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <linux/kvm.h>

#include "machine/control_show.h"
#include "vmm_test.h"

#define AREA  4096ul                       /* pages of the memory that is mapped again and again */
#define LARGE (UINT64_C(1) << 35)          /* bytes of a window, a part of which has 2^18 entries */
#define PART  (LARGE / 32)

/* Returns what `show` answers, until the next call. */
static const char *show(void)
{
	static char text[256 << 10];
	struct control_answer answer = { 0 };

	assert_int_equal(control_show(v.c.machine, "", &answer), 0);
	assert_true(answer.size < sizeof(text));
	memcpy(text, answer.text, answer.size);
	text[answer.size] = 0;
	control_answer_fini(&answer);
	return text;
}

/* Returns what is told of the window of a group from this start on. */
static const char *window(int group, uint64_t begin)
{
	char head[96];
	const char *found;

	snprintf(head, sizeof(head), "{\"group\": %d, \"start\": \"%#llx\", ", group, (unsigned long long)begin);
	found = strstr(show(), head);
	if (!found)
		fail_msg("no %s", head);
	return found;
}

static void has(const char *text, const char *part)
{
	const char *end = strchr(text, '}'), *found = strstr(text, part);

	if (!found || found > end)
		fail_msg("no %s in %.*s", part, (int)(end - text), text);
}

/* 1 to 99 stand for what lies between none and all. */
static void a_part_is_0_if_nothing_is_mapped_and_100_if_all_is(void **state)
{
	uint64_t begin;

	assert_int_equal(register_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(create_window(v.c.container, 12, 64 * PAGE, 1, &begin), 0);
	assert_int_equal(map_dma(v.c.container, v.ram, begin, 3 * PAGE, RW), 0);
	has(window(1, begin), "\"cells\": [100, 50, 0, 0,");
	has(window(1, begin), "\"mapped\": 3, \"exact\": true");
	has(window(1, begin), "\"size\": 262144, \"page_shift\": 12, \"levels\": 1, \"entries\": 64, \"owner\": \"program\"");
	assert_int_equal(remove_window(v.c.container, begin), 0);
	assert_int_equal(unregister_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
}

/* The rest of a large part is taken to be like what was read, but holes are crossed whole. */
static void a_large_part_is_read_in_part(void **state)
{
	char *memory = get_pages(AREA);
	uint64_t begin;

	assert_int_equal(register_memory(v.c.container, memory, AREA * PAGE), 0);
	assert_int_equal(create_window(v.c.container, 12, LARGE, 2, &begin), 0);
	for (uint64_t at = 0; at < PART; at += AREA * PAGE)
		assert_int_equal(map_dma(v.c.container, memory, begin + at, AREA * PAGE, RW), 0);
	has(window(1, begin), "\"cells\": [100, 0, ");
	has(window(1, begin), "\"mapped\": 262144, \"exact\": false");
	assert_int_equal(unmap_dma(v.c.container, begin, PART), 0);
	assert_int_equal(map_dma(v.c.container, memory, begin + 3 * PART - PAGE, PAGE, RW), 0);
	has(window(1, begin), "\"cells\": [0, 0, 1, 0, ");
	has(window(1, begin), "\"mapped\": 1, \"exact\": true");
	assert_int_equal(remove_window(v.c.container, begin), 0);
	assert_int_equal(unregister_memory(v.c.container, memory, AREA * PAGE), 0);
	drop_pages(memory, AREA);
}

static void windows_that_follow_one_table_share_theirs(void **state)
{
	int container;
	int32_t group;

	vmm_link(&v);
	has(window(1, 0), "\"shared\": \"no\"");
	vmm_open_group(&v, 2, &container, &group);
	v.c.second = group;
	assert_int_equal(create_window(container, 12, 1 << 22, 1, NULL), 0);
	assert_int_equal(remove_window(v.c.container, 0), 0);
	assert_int_equal(create_window(v.c.container, 12, 1 << 22, 1, NULL), 0);
	assert_int_equal(vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group), 0);
	assert_int_equal(set_spapr_tce(&v, v.c.group, v.table), 0);
	has(window(1, 0), "\"shared\": \"no\"");
	assert_int_equal(set_spapr_tce(&v, group, v.table), 0);
	has(window(1, 0), "\"shared\": \"table\"");
	has(window(2, 0), "\"shared\": \"table\"");
	assert_int_equal(map_dma(container, v.ram, 0, PAGE, RW), 0);
	/* Each has a table of its own from here on, in which equal parts are held once. */
	has(window(2, 0), "\"shared\": \"parts\"");
	has(window(2, 0), "\"mapped\": 1,");
	has(window(1, 0), "\"mapped\": 0,");
	assert_int_equal(unmap_dma(container, 0, PAGE), 0);
	stce_close(container);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_part_is_0_if_nothing_is_mapped_and_100_if_all_is),
		TEST(a_large_part_is_read_in_part),
		TEST(windows_that_follow_one_table_share_theirs),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
