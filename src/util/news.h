/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * News travels upward by callback. The layer where something happens calls news_tell(); the code
 * that built the object chose the listener. A listener must not call back down, and may be called
 * from any thread.
 */
#ifndef STCE_UTIL_NEWS_H
#define STCE_UTIL_NEWS_H

#include "util/types.h"

#include "spapr-tce/news.h"

struct news {
	stce_news_fn fn;
	void *context;
};

static inline void news_tell(const struct news *news, const struct stce_news *item)
{
	if (news->fn)
		news->fn(news->context, item);
}

#endif
