/* SPDX-License-Identifier: BSD-2-Clause */
/* The request `why`: which fault is explained, by which change, and how many are kept. */
#include "testing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../vfio/client.h"
#include "machine/control_show.h"
#include "machine/machine.h"
#include "util/history.h"
#include "util/os.h"

#define KEPT  64
#define MANY  1000

static struct client c;
static char *memory;

/* The default windows have pages of 4K. */
static int start(void **state)
{
	history_turn(true);
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	memory = client_memory(&c, 4);
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	drop_pages(memory, 4);
	history_turn(false);
	return 0;
}

/* Returns what `why` answers, until the next call. */
static const char *why(void)
{
	static char text[256 << 10];
	struct control_answer answer = { 0 };

	assert_int_equal(control_why(c.machine, "", &answer), 0);
	assert_true(answer.size < sizeof(text));
	memcpy(text, answer.text, answer.size);
	text[answer.size] = 0;
	control_answer_fini(&answer);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void without_a_fault_it_says_so(void **state)
{
	assert_string_equal(why(), "no DMA fault\n");
}

static void an_entry_without_the_permission_is_shown_as_it_is(void **state)
{
	char x = 0, expected[64];

	assert_int_equal(map_dma(c.container, memory, 0x5000, PAGE, VFIO_DMA_MAP_FLAG_READ), 0);
	assert_int_equal(device_write(&c, 0x5010, &x, 1), -EFAULT);
	snprintf(expected, sizeof(expected), "entry 5 was 0x%016llx\n", (unsigned long long)(uintptr_t)memory | 1);
	has(why(), expected);
	has(why(), "group 1 (" FIRST " dmatest) wrote 0x1 bytes at 0x5010, in thread ");
	has(why(), "cause: the TCE forbids writing at 0x5010\n");
	assert_int_equal(unmap_dma(c.container, 0x5000, PAGE), 0);
}

static void a_read_is_told_from_a_write(void **state)
{
	char x[8];

	assert_int_equal(device_read(&c, 0x6000, x, sizeof(x)), -EFAULT);
	has(why(), " read 0x8 bytes at 0x6000,");
}

/* The second page of the access is the one that is missing. */
static void the_address_that_failed_is_told_beside_the_access(void **state)
{
	char x[16];

	assert_int_equal(map_dma(c.container, memory, 0x7000, PAGE, RW), 0);
	assert_int_equal(device_read(&c, 0x7ff8, x, sizeof(x)), -EFAULT);
	has(why(), " read 0x10 bytes at 0x7ff8,");
	has(why(), " at 0x8000\n    window at 0x0 of ");
	has(why(), ": entry 8 was 0x0000000000000000\n");
	assert_int_equal(unmap_dma(c.container, 0x7000, PAGE), 0);
}

/* Both containers have a window at 0. */
static void changes_of_another_window_at_the_address_explain_nothing(void **state)
{
	int container = open_container(&c), group = open_group(&c, 2);
	char x = 0;

	assert_int_equal(set_container(group, container), 0);
	assert_int_equal(set_iommu(container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(register_memory(container, memory, 4 * PAGE), 0);
	assert_int_equal(map_dma(c.container, memory, 0x9000, PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, 0x9000, PAGE), 0);
	assert_int_equal(map_dma(container, memory, 0x9000, PAGE, RW), 0);
	assert_int_equal(device_write(&c, 0x9000, &x, 1), -EFAULT);
	has(why(), " before: UNMAP, 0x1000 bytes at 0x9000, by thread ");
	assert_null(strstr(strstr(why(), "before: MAP") + 1, "before: MAP"));
	assert_true(strstr(why(), "before: UNMAP") < strstr(why(), "before: MAP"));
	assert_int_equal(stce_dma_write(c.machine, 2, 0x9000, &x, 1), 0);
	assert_int_equal(stce_dma_write(c.machine, 2, 0xa000, &x, 1), -EFAULT);
	has(why(), "group 2 (" SECOND " dmatest) wrote");
	assert_int_equal(unmap_dma(container, 0x9000, PAGE), 0);
	stce_close(group);
	stce_close(container);
}

static void without_the_history_it_says_how_to_have_it(void **state)
{
	char x = 0;

	assert_int_equal(map_dma(c.container, memory, 0xb000, PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, 0xb000, PAGE), 0);
	assert_int_equal(device_write(&c, 0xb000, &x, 1), -EFAULT);
	assert_null(strstr(why(), "run --history on"));
	history_turn(false);
	has(why(), "    calls that map and unmap were not recorded: run --history on records them\n");
}

/* One in a millisecond is noted once there are as many as are kept. The newest come first. */
static void a_storm_is_counted_and_few_of_it_are_kept(void **state)
{
	uint64_t began = os_now_ns(), gone;
	unsigned int number = 0, last = MANY + 1, count = 0;
	const char *at;
	char x = 0;

	for (unsigned int i = 0; i < MANY; i++)
		assert_int_equal(device_write(&c, 0xc000, &x, 1), -EFAULT);
	gone = (os_now_ns() - began) / 1000000;
	at = why();
	has(at, "1000 faults have happened; these are the last that were noted\n");
	for (; (at = strstr(at, "fault ")); at++) {
		assert_int_equal(sscanf(at, "fault %u, ", &number), 1);
		assert_true(number < last);
		last = number;
		count++;
	}
	assert_int_equal(count, KEPT);
	/* So many noted ones have made room for others. */
	assert_in_range(last, 1, 1 + gone + 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_fault_it_says_so),
		TEST(an_entry_without_the_permission_is_shown_as_it_is),
		TEST(a_read_is_told_from_a_write),
		TEST(the_address_that_failed_is_told_beside_the_access),
		TEST(changes_of_another_window_at_the_address_explain_nothing),
		TEST(without_the_history_it_says_how_to_have_it),
		TEST(a_storm_is_counted_and_few_of_it_are_kept),
	};

	return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
