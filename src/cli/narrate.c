/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints one line for each item of news, and from time to time a line of progress. Progress is
 * printed at intervals that double up to a minute and start again with each item of news. No line
 * is rewritten in place, because the program writes to the same terminal. A round prints at most
 * ROUND_LINES items and the number of the rest; the counters include them all.
 */
#include "narrate.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "cli.h"

#define ROUND_LINES        16
#define PROGRESS_SECONDS   2.0   /* first interval between lines of progress; each line doubles it */
#define PROGRESS_LONGEST   60.0  /* an interval of this length is not doubled */

static void say_group_opened(const struct stce_news *item)
{
	complain("group %d opened", item->group);
}

static void say_group_closed(const struct stce_news *item)
{
	complain("group %d closed", item->group);
}

static void say_group_taken(const struct stce_news *item)
{
	complain("group %d taken from the host: its DMA belongs to the program", item->group);
}

static void say_group_returned(const struct stce_news *item)
{
	complain("group %d returned to the host", item->group);
}

static void say_window_created(const struct stce_news *item)
{
	char page[HUMAN_SIZE], size[HUMAN_SIZE];

	/* A program writes these numbers, so they may be wrong. */
	complain("group %d: window at 0x%" PRIx64 ": %s pages, size %s, %u level%s", item->group,
		 item->start, human_size(item->page_shift < 64 ? 1ull << item->page_shift : 0, page),
		 human_size(item->size, size), item->levels, item->levels == 1 ? "" : "s");
}

static void say_window_removed(const struct stce_news *item)
{
	complain("group %d: window at 0x%" PRIx64 " removed", item->group, item->start);
}

static void say_memory_registered(const struct stce_news *item)
{
	char size[HUMAN_SIZE];

	complain("memory registered: %s at 0x%" PRIx64, human_size(item->size, size), item->start);
}

static void say_memory_unregistered(const struct stce_news *item)
{
	char size[HUMAN_SIZE];

	complain("memory unregistered: %s at 0x%" PRIx64, human_size(item->size, size), item->start);
}

static void say_fault(const struct stce_news *item)
{
	complain("group %d: DMA fault at 0x%" PRIx64 ": %s", item->group, item->start, stce_fault_text(item->cause));
}

static void say_refused(const struct stce_news *item)
{
	char size[HUMAN_SIZE];

	complain("refused: %s more memory would exceed the limit of locked memory; raise it with --memlock SIZE",
		 human_size(item->size, size));
}

static void say_device_reset(const struct stce_news *item)
{
	complain("group %d: function reset", item->group);
}

static void say_disk_lost(const struct stce_news *item)
{
	complain("group %d: disk lost: the program closed a descriptor that was not its own by a raw system call; "
		 "every transfer fails", item->group);
}

static void say_instruction(const struct stce_news *item)
{
	complain("group %d: a mapped register was accessed by an instruction that cannot be emulated, "
		 "%016" PRIx64 " at 0x%" PRIx64 "; the program gets SIGSEGV", item->group, item->size, item->start);
}

static void say_frozen(const struct stce_news *item)
{
	static const char *const whys[STCE_EEH_REASON_COUNT] = {
		[STCE_EEH_INJECTED] = "an injected error",
		[STCE_EEH_CALL] = "as asked",
	};

	if (item->cause == STCE_EEH_FAULT)
		complain("group %d: frozen by EEH: DMA fault at 0x%" PRIx64 ": %s", item->group, item->start,
			 stce_fault_text((unsigned int)item->size));
	else if (item->cause == STCE_EEH_RULE)
		complain("group %d: frozen by EEH: rule %" PRIu64 ", at 0x%" PRIx64, item->group, item->size,
			 item->start);
	else
		complain("group %d: frozen by EEH: %s", item->group,
			 item->cause < STCE_EEH_REASON_COUNT && whys[item->cause] ? whys[item->cause] : "unknown");
}

static void say_thawed(const struct stce_news *item)
{
	complain("group %d: thawed: it works again", item->group);
}

static void say_device_wanted(const struct stce_news *item)
{
	complain("group %d: a function is wanted back; process %" PRIu64 " has it open, and %s", item->group, item->start,
		 item->levels ? "was asked by an interrupt" : "cannot be asked, because it has no request interrupt");
}

/* Writes the PCI address of an item to a buffer of ADDRESS_SIZE bytes, and returns it. */
#define ADDRESS_SIZE 32
static const char *address_of(const struct stce_news *item, char *buffer)
{
	unsigned int start = (unsigned int)item->start;

	snprintf(buffer, ADDRESS_SIZE, "%04x:%02x:%02x.%x", start >> 16, start >> 8 & 0xff, start >> 3 & 0x1f, start & 7);
	return buffer;
}

static void say_device_added(const struct stce_news *item)
{
	char address[ADDRESS_SIZE];

	complain("group %d: %s was plugged in", item->group, address_of(item, address));
}

static void say_device_removed(const struct stce_news *item)
{
	char address[ADDRESS_SIZE];

	complain("group %d: %s was unplugged", item->group, address_of(item, address));
}

static void (*const sayings[])(const struct stce_news *item) = {
	[STCE_NEWS_GROUP_OPENED] = say_group_opened,
	[STCE_NEWS_GROUP_CLOSED] = say_group_closed,
	[STCE_NEWS_GROUP_TAKEN] = say_group_taken,
	[STCE_NEWS_GROUP_RETURNED] = say_group_returned,
	[STCE_NEWS_WINDOW_CREATED] = say_window_created,
	[STCE_NEWS_WINDOW_REMOVED] = say_window_removed,
	[STCE_NEWS_MEMORY_REGISTERED] = say_memory_registered,
	[STCE_NEWS_MEMORY_UNREGISTERED] = say_memory_unregistered,
	[STCE_NEWS_FAULT] = say_fault,
	[STCE_NEWS_REFUSED] = say_refused,
	[STCE_NEWS_DEVICE_RESET] = say_device_reset,
	[STCE_NEWS_DISK_LOST] = say_disk_lost,
	[STCE_NEWS_INSTRUCTION] = say_instruction,
	[STCE_NEWS_PE_FROZEN] = say_frozen,
	[STCE_NEWS_PE_THAWED] = say_thawed,
	[STCE_NEWS_DEVICE_WANTED] = say_device_wanted,
	[STCE_NEWS_DEVICE_ADDED] = say_device_added,
	[STCE_NEWS_DEVICE_REMOVED] = say_device_removed,
};

void narrator_init(struct narrator *narrator)
{
	*narrator = (struct narrator){ .interval = PROGRESS_SECONDS };
}

void narrate(struct narrator *narrator, const struct stce_news *item)
{
	if (item->kind >= sizeof(sayings) / sizeof(sayings[0]) || !sayings[item->kind])
		return;
	narrator->interval = PROGRESS_SECONDS;
	if (narrator->said++ < ROUND_LINES)
		sayings[item->kind](item);
}

static void finish_round(struct narrator *narrator)
{
	if (narrator->said > ROUND_LINES)
		complain("... and %u more like these", narrator->said - ROUND_LINES);
	narrator->said = 0;
}

static bool has_moved(const struct stce_stats *a, const struct stce_stats *b)
{
	return a->tces_written != b->tces_written || a->dma_read_bytes != b->dma_read_bytes ||
	       a->dma_write_bytes != b->dma_write_bytes;
}

static uint64_t dma_bytes(const struct stce_stats *stats)
{
	return stats->dma_read_bytes + stats->dma_write_bytes;
}

void narrate_progress(struct narrator *narrator, const struct stce_stats *stats, double now)
{
	const struct stce_stats *last = &narrator->last;
	double seconds = now - narrator->last_progress;
	char in[HUMAN_SIZE], out[HUMAN_SIZE], rate[HUMAN_SIZE];

	finish_round(narrator);
	if (now - narrator->last_progress < narrator->interval || !has_moved(stats, &narrator->last))
		return;
	complain("%.0f s: %" PRIu64 " pages mapped, devices read %s and wrote %s; now %.0f TCEs and %s of DMA each second",
		 now, stats->pages_mapped, human_size(stats->dma_read_bytes, in), human_size(stats->dma_write_bytes, out),
		 (double)(stats->tces_written - last->tces_written) / seconds,
		 human_size((uint64_t)((double)(dma_bytes(stats) - dma_bytes(last)) / seconds), rate));
	narrator->last_progress = now;
	narrator->last = *stats;
	if (narrator->interval < PROGRESS_LONGEST)
		narrator->interval *= 2;
}
