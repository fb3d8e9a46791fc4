/* SPDX-License-Identifier: BSD-2-Clause */
/* The line for each item of news, and when lines about steady activity are printed. */
#include "testing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/narrate.h"
#include "util/types.h"

#define LINES 64

/* Replaces the program's complain(), which prints. */
static char line[LINES][160];
static unsigned int lines;
static struct narrator narrator;

void complain(const char *format, ...)
{
	va_list args;

	assert_true(lines < LINES);
	va_start(args, format);
	vsnprintf(line[lines++], sizeof(line[0]), format, args);
	va_end(args);
}

static int start(void **state)
{
	lines = 0;
	narrator_init(&narrator);
	return 0;
}

static void every_kind_of_news_has_its_line(void **state)
{
	static const struct {
		struct stce_news item;
		const char *line;
	} told[] = {
		{ { .kind = STCE_NEWS_GROUP_OPENED, .group = 3 }, "group 3 opened" },
		{ { .kind = STCE_NEWS_GROUP_CLOSED, .group = 3 }, "group 3 closed" },
		{ { .kind = STCE_NEWS_GROUP_TAKEN, .group = 3 },
		  "group 3 taken from the host: its DMA belongs to the program" },
		{ { .kind = STCE_NEWS_GROUP_RETURNED, .group = 3 }, "group 3 returned to the host" },
		{ { .kind = STCE_NEWS_WINDOW_CREATED, .group = 1, .start = bit64(59), .size = 3 * GIB / 2, .page_shift = 16,
		    .levels = 2 }, "group 1: window at 0x800000000000000: 64K pages, size 1.5G, 2 levels" },
		{ { .kind = STCE_NEWS_WINDOW_CREATED, .group = 1, .size = 512, .page_shift = 64, .levels = 1 },
		  "group 1: window at 0x0: 0 pages, size 512, 1 level" },
		{ { .kind = STCE_NEWS_WINDOW_REMOVED, .group = 1, .start = bit64(59) },
		  "group 1: window at 0x800000000000000 removed" },
		{ { .kind = STCE_NEWS_MEMORY_REGISTERED, .start = 0x1000, .size = 192 * KIB },
		  "memory registered: 192K at 0x1000" },
		{ { .kind = STCE_NEWS_MEMORY_UNREGISTERED, .start = 0x1000, .size = 192 * KIB },
		  "memory unregistered: 192K at 0x1000" },
		{ { .kind = STCE_NEWS_FAULT, .group = 2, .start = 0x3000, .cause = STCE_FAULT_NO_WRITE },
		  "group 2: DMA fault at 0x3000: the TCE forbids writing" },
		{ { .kind = STCE_NEWS_FAULT, .group = 2, .cause = 99 }, "group 2: DMA fault at 0x0: unknown cause" },
		{ { .kind = STCE_NEWS_REFUSED, .size = 8 * MIB },
		  "refused: 8M more memory would exceed the limit of locked memory; raise it with --memlock SIZE" },
		{ { .kind = STCE_NEWS_DEVICE_RESET, .group = 1 }, "group 1: function reset" },
		{ { .kind = STCE_NEWS_DEVICE_ADDED, .group = 5, .start = 0x10547 }, "group 5: 0001:05:08.7 was plugged in" },
		{ { .kind = STCE_NEWS_DEVICE_REMOVED, .group = 5, .start = 0x10547 }, "group 5: 0001:05:08.7 was unplugged" },
		{ { .kind = STCE_NEWS_DEVICE_WANTED, .group = 1, .start = 77, .size = 1, .levels = 1 },
		  "group 1: a function is wanted back; process 77 has it open, and was asked by an interrupt" },
	};

	for (unsigned int i = 0; i < ARRAY_COUNT(told); i++) {
		narrate(&narrator, &told[i].item);
		assert_int_equal(lines, i + 1);
		assert_string_equal(line[i], told[i].line);
	}
	/* A new round has room for more lines. */
	narrator_init(&narrator);
	narrate(&narrator, &(struct stce_news){ .kind = STCE_NEWS_DISK_LOST, .group = 1 });
	assert_non_null(strstr(line[lines - 1], "group 1: disk lost: "));
	narrate(&narrator, &(struct stce_news){ .kind = STCE_NEWS_INSTRUCTION, .group = 1, .start = 0x1234,
						.size = 0x0fae380000000000 });
	assert_non_null(strstr(line[lines - 1], "cannot be emulated, 0fae380000000000 at 0x1234; the program gets SIGSEGV"));
	/* A newer library may send kinds that this program does not know. */
	narrate(&narrator, &(struct stce_news){ .kind = 1000 });
	assert_int_equal(lines, ARRAY_COUNT(told) + 2);
}

static void every_fault_has_its_own_words(void **state)
{
	for (unsigned int a = 0; a < STCE_FAULT_COUNT; a++)
		for (unsigned int b = 0; b <= a; b++)
			assert_int_equal(!strcmp(stce_fault_text(a), stce_fault_text(b + 1)), a == b + 1);
	assert_string_equal(stce_fault_text(STCE_FAULT_COUNT), "unknown cause");
}

static void a_long_round_is_cut_short_and_says_by_how_much(void **state)
{
	struct stce_stats stats = { 0 };

	for (unsigned int i = 0; i < 20; i++)
		narrate(&narrator, &(struct stce_news){ .kind = STCE_NEWS_GROUP_OPENED, .group = (int)i });
	assert_int_equal(lines, 16);
	assert_string_equal(line[15], "group 15 opened");
	narrate_progress(&narrator, &stats, 0.1);
	assert_int_equal(lines, 17);
	assert_string_equal(line[16], "... and 4 more like these");
	/* The next round starts from zero. */
	narrate(&narrator, &(struct stce_news){ .kind = STCE_NEWS_GROUP_OPENED, .group = 1 });
	narrate_progress(&narrator, &stats, 0.2);
	assert_int_equal(lines, 18);
}

static void progress_is_told_ever_less_often_and_only_where_something_moved(void **state)
{
	/* The interval doubles from 2 seconds to 64, and stays there. */
	static const unsigned int told_at[] = { 2, 6, 14, 30, 62, 126, 190 };
	struct stce_stats stats = { .pages_mapped = 5, .dma_write_bytes = 2048 };
	unsigned int told = 0;

	for (unsigned int now = 0; now < 200; now++) {
		stats.dma_read_bytes += 512;
		narrate_progress(&narrator, &stats, now);
		if (lines == told)
			continue;
		assert_true(told < ARRAY_COUNT(told_at));
		assert_int_equal(now, told_at[told++]);
	}
	assert_int_equal(told, ARRAY_COUNT(told_at));
	assert_string_equal(line[0], "2 s: 5 pages mapped, devices read 1.5K and wrote 2K; "
			    "now 0 TCEs and 1.8K of DMA each second");
	/* Nothing has changed. */
	stats = narrator.last;
	narrate_progress(&narrator, &stats, 10000);
	assert_int_equal(lines, told);
	/* The rate is that of the time since the last line. */
	stats.tces_written += 300 * (10190 - 190);
	stats.dma_read_bytes += 4096 * (10190 - 190);
	narrate_progress(&narrator, &stats, 10190);
	assert_int_equal(lines, told + 1);
	assert_non_null(strstr(line[told], "; now 300 TCEs and 4K of DMA each second"));
}

static void news_makes_progress_worth_telling_again(void **state)
{
	struct stce_stats stats = { .dma_write_bytes = 1 };

	for (unsigned int now = 0; now <= 62; now++) {
		stats.dma_write_bytes++;
		narrate_progress(&narrator, &stats, now);
	}
	assert_int_equal(lines, 5);
	narrate(&narrator, &(struct stce_news){ .kind = STCE_NEWS_DEVICE_RESET });
	stats.dma_write_bytes++;
	narrate_progress(&narrator, &stats, 63.9);
	assert_int_equal(lines, 6);
	narrate_progress(&narrator, &stats, 64);
	assert_int_equal(lines, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_kind_of_news_has_its_line, start),
		cmocka_unit_test_setup(every_fault_has_its_own_words, start),
		cmocka_unit_test_setup(a_long_round_is_cut_short_and_says_by_how_much, start),
		cmocka_unit_test_setup(progress_is_told_ever_less_often_and_only_where_something_moved, start),
		cmocka_unit_test_setup(news_makes_progress_worth_telling_again, start),
	};

	return cmocka_run_group_tests_name("cli/narrate", tests, NULL, NULL);
}
