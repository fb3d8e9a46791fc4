/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace points. TRACE(name, args...) costs one predictable branch while the event is off; while it
 * is on, it prints one line to the trace descriptor. Each point is also a USDT probe of provider
 * spapr_tce, if the build has them. The events are in trace_events.h.
 */
#ifndef STCE_UTIL_TRACE_H
#define STCE_UTIL_TRACE_H

#include <inttypes.h>

#include "config.h"
#include "util/types.h"

#if HAVE_SDT
#define SDT_USE_VARIADIC
#include <sys/sdt.h>
#define TRACE_PROBE(name, ...) STAP_PROBEV(spapr_tce, name, __VA_ARGS__)
#else
#define TRACE_PROBE(name, ...) ((void)0)
#endif

enum trace_event {
#define TRACE_EVENT(name, format) TRACE_##name,
#include "util/trace_events.h"
#undef TRACE_EVENT
	TRACE_COUNT,
};

extern bool trace_is_on[TRACE_COUNT];

/*
 * Turns events on. Names are separated by commas, `*` at the end matches any rest of a name, and a
 * leading '-' turns events off. -ENOENT: *bad is the first name that matches no event.
 */
int trace_enable(const char *names, const char **bad);
void trace_set_fd(int fd);
/* Returns the name of event number n, or NULL past the end. */
const char *trace_event_name(unsigned int n);
void trace_print(enum trace_event event, ...);

#define TRACE(name, ...)                                          \
	do {                                                      \
		TRACE_PROBE(name, __VA_ARGS__);                   \
		if (unlikely(trace_is_on[TRACE_##name]))          \
			trace_print(TRACE_##name, __VA_ARGS__);   \
	} while (0)

#endif
