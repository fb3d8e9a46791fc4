/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace points. TRACE(name, args...) costs one predictable branch while the event is off; while it
 * is on, it prints one line. Each point is also a USDT probe of provider spapr_tce, if the build has
 * them. The events are in trace_events.h; trace_filter.h chooses among the lines, trace_format.h
 * writes them, and trace_file.h has them in a file.
 */
#ifndef STCE_UTIL_TRACE_H
#define STCE_UTIL_TRACE_H

#include <inttypes.h>
#include <stdatomic.h>

#include "config.h"
#include "util/os.h"

#if HAVE_SDT
#define SDT_USE_VARIADIC
#include <sys/sdt.h>
#define TRACE_PROBE(name, ...) STAP_PROBEV(spapr_tce, name, __VA_ARGS__)
#else
#define TRACE_PROBE(name, ...) ((void)0)
#endif

enum trace_event {
#define TRACE_EVENT(name, format, arguments, kind, range, result) TRACE_##name,
#include "util/trace_events.h"
#undef TRACE_EVENT
	TRACE_COUNT,
};

/* A line names at most so many groups. */
#define TRACE_GROUPS 8

/* The groups of an object for its lines. Lines may be printed while the object's lock changes them. */
struct trace_groups {
	_Atomic(int) number[TRACE_GROUPS];   /* plus 1; 0: none */
};

/* What a line tells of an event that the event's arguments do not. */
struct trace_scope {
	int group[TRACE_GROUPS];
	unsigned int group_count;
	unsigned int page_shift;    /* of the IOMMU pages that an argument counts; 0 if there is none */
	uint64_t since;             /* when it began, by os_now_ns(); 0: when the thread's call did */
};

extern bool trace_is_on[TRACE_COUNT];
extern bool trace_is_timed;         /* some event is on */
extern __thread uint64_t trace_since;

/*
 * Turns events on. Names are separated by commas, `*` at the end matches any rest of a name, and a
 * leading '-' or '!' turns events off. -ENOENT: *bad is the first name that matches no event.
 */
int trace_enable(const char *names, const char **bad);
/* Lines go to this descriptor, by default standard error. */
void trace_set_fd(int fd);
/* Lines go to this function instead, one or more whole ones at a time; NULL: to the descriptor. */
void trace_set_sink(void (*write)(const char *lines, size_t size));
/* Sets the moment from which the times of lines count, by os_now_ns(). By default it is the first line's. */
void trace_set_start(uint64_t ns);
/* Returns the name of event number n, or NULL past the end. */
const char *trace_event_name(unsigned int n);
void trace_print(struct trace_scope scope, enum trace_event event, ...);

void trace_groups_add(struct trace_groups *groups, int group);
void trace_groups_remove(struct trace_groups *groups, int group);
/* Adds the groups to those of the scope. */
void trace_scope_add(struct trace_scope *scope, const struct trace_groups *groups);

static inline struct trace_scope trace_of_group(int group)
{
	return (struct trace_scope){ .group = { group }, .group_count = 1 };
}

static inline struct trace_scope trace_of_groups(const struct trace_groups *groups)
{
	struct trace_scope scope = { .group_count = 0 };

	trace_scope_add(&scope, groups);
	return scope;
}

/* Notes when a call of this thread begins. Each way into the calls that are traced starts with it. */
static inline void trace_enter(void)
{
	if (unlikely(trace_is_timed))
		trace_since = os_now_ns();
}

/* As TRACE(); the scope is evaluated only while the event is on. */
#define TRACE_IN(scope, name, ...)                                          \
	do {                                                                \
		TRACE_PROBE(name, __VA_ARGS__);                             \
		if (unlikely(trace_is_on[TRACE_##name]))                    \
			trace_print(scope, TRACE_##name, __VA_ARGS__);      \
	} while (0)

#define TRACE(name, ...) TRACE_IN((struct trace_scope){ .group_count = 0 }, name, __VA_ARGS__)

#endif
