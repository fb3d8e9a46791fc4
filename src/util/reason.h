/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every refusal says why. REASON() passes an error code on and keeps one line
 * of text for this thread, which the `reason` trace event prints and
 * stce_last_reason() returns.
 */
#ifndef STCE_UTIL_REASON_H
#define STCE_UTIL_REASON_H

#define REASON_SIZE 256

/* Returns error unchanged. */
int reason_set(int error, const char *function, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define REASON(error, ...) reason_set((error), __func__, __VA_ARGS__)

/* The newest reason of this thread, "" when there was none. Borrowed. */
const char *reason_last(void);

#endif
