/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the programs of a run share, its file `state`. Every one of them may
 * write anything there: whoever reads it looks once, and bounds what he saw.
 * Programs map it; the process that made the run reads it as a file, so that
 * one that is cut short is just that.
 */
#ifndef STCE_MACHINE_RUN_SHARED_H
#define STCE_MACHINE_RUN_SHARED_H

#include "spapr-tce/news.h"
#include "util/stats.h"

#define RUN_MAGIC  UINT64_C(0x7370617072544345)   /* "spaprTCE" */
#define NEWS_COUNT 256

struct run_news {
	_Atomic(uint64_t) number;   /* of the item inside, from 1; 0: being written */
	struct stce_news item;
};

struct run_shared {
	_Atomic(uint64_t) magic;
	_Atomic(uint32_t) programs;
	_Atomic(uint64_t) news_written;
	struct stats_shared counters;
	struct run_news news[NEWS_COUNT];
};

#endif
