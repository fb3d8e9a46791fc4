/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of the file `state`, which the programs of a run share. Any of them may write anything
 * to it, so a reader reads each value once and checks its bounds. Programs map the file; the
 * process that made the run reads it by pread(), so that a truncated file cannot crash it.
 */
#ifndef STCE_MACHINE_RUN_SHARED_H
#define STCE_MACHINE_RUN_SHARED_H

#include <string.h>

#include "recording/record.h"
#include "spapr-tce/news.h"
#include "spapr-tce/run.h"
#include "util/os.h"
#include "util/stats.h"

#define RUN_MAGIC  UINT64_C(0x7370617072544345)   /* "spaprTCE" */
#define NEWS_COUNT 256

struct run_news {
	_Atomic(uint64_t) number;   /* number of the item, from 1; 0: it is being written */
	struct stce_news item;
};

/* The explanation of a DMA fault, in lines (explain.h). */
#define EXPLAINED_COUNT 16
struct run_explained {
	_Atomic(uint32_t) is_there;
	char text[STCE_EXPLANATION_SIZE];
};

struct run_shared {
	_Atomic(uint64_t) magic;
	_Atomic(uint64_t) began;      /* when the run was made, by os_now_ns() */
	_Atomic(uint32_t) programs;
	_Atomic(uint32_t) plugged;    /* counts the changes of `config` since the run began */
	struct recording_shared recorded;
	_Atomic(uint64_t) news_written;
	struct stats_shared counters;
	struct run_news news[NEWS_COUNT];
	_Atomic(uint64_t) explained_count;   /* places that are taken */
	struct run_explained explained[EXPLAINED_COUNT];
};

/* Reads a part of the file; bytes beyond its end become 0. */
static inline void run_shared_look(int state, void *to, size_t size, size_t offset)
{
	ssize_t length = os_pread(state, to, size, offset);

	if (length < 0)
		length = 0;
	memset((char *)to + length, 0, size - (size_t)length);
}

#endif
