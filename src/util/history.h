/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has changed entries of windows: a ring of the last changes of this process, from which a DMA fault
 * is explained. Rare changes, such as the removal of a window, are always noted; those of MAP, UNMAP and
 * hypercalls once the history is on, and cost a test of one byte before. An item that is being overwritten
 * is not found. A change is not noted if its place in the ring is still being written, by a thread that was
 * interrupted while the others went once round.
 */
#ifndef STCE_UTIL_HISTORY_H
#define STCE_UTIL_HISTORY_H

#include <stdatomic.h>
#include <sys/types.h>

#include "util/types.h"

enum history_kind {
	HISTORY_MAP = 1,             /* VFIO's MAP_DMA; value is the program's address */
	HISTORY_UNMAP,               /* VFIO's UNMAP_DMA */
	HISTORY_PUT,                 /* H_PUT_TCE; value is the program's address and permissions, or 0 */
	HISTORY_PUT_LIST,            /* H_PUT_TCE_INDIRECT; value is that of the first entry */
	HISTORY_STUFF,               /* H_STUFF_TCE */
	HISTORY_FILLED,              /* the window got the entries of a guest table, when it was added to a bridge */
	HISTORY_WINDOW_CREATED,
	HISTORY_WINDOW_REMOVED,
	HISTORY_MEMORY_GONE,         /* the program was about to unmap the memory */
};

struct history_item {
	enum history_kind kind;
	uint64_t time;               /* monotonic nanoseconds */
	pid_t thread;
	uint64_t window;             /* stands for the window; another one may have it once that is freed */
	struct ioba start;
	uint64_t length;
	uint64_t value;
};

extern atomic_bool history_is_on_;
void history_turn(bool on);

/* Notes a change, whether the history is on or not. */
void history_note_always(enum history_kind kind, const void *window, struct ioba start, uint64_t length, uint64_t value);

static inline bool history_is_on(void)
{
	return atomic_load_explicit(&history_is_on_, memory_order_relaxed);
}

static inline void history_note(enum history_kind kind, const void *window, struct ioba start, uint64_t length,
				uint64_t value)
{
	if (unlikely(history_is_on()))
		history_note_always(kind, window, start, length, value);
}

/*
 * Finds the newest changes of the address that are not younger than a time, newest first. window limits
 * them to one window; NULL: any. Returns how many were found.
 */
unsigned int history_find(struct ioba address, const void *window, uint64_t until, struct history_item *item,
			  unsigned int max);

#endif
