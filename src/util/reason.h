/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every refusal says why. REASON() passes an error code on and keeps one line
 * of text for this thread, which the `reason` trace event prints and
 * stce_last_reason() returns. The function that finds the cause gives it; its
 * callers pass the error on and add nothing, because their text would replace
 * the cause. A public call that is refused without a reason, by the kernel or
 * for lack of memory, gets the text of its errno from reason_end().
 */
#ifndef STCE_UTIL_REASON_H
#define STCE_UTIL_REASON_H

#define REASON_SIZE 256

/* Returns error unchanged. */
int reason_set(int error, const char *function, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#ifndef __clang_analyzer__
#define REASON(error, ...) reason_set((error), __func__, __VA_ARGS__)
#else
/*
 * The analyzer does not see reason_set() in other files. Here it sees that the error comes back
 * unchanged.
 */
#define REASON(error, ...)                                                   \
	({                                                                   \
		int error_ = (error);                                        \
		reason_set(error_, __func__, __VA_ARGS__);                   \
		error_;                                                      \
	})
#endif

/*
 * As REASON(), for real mode, which must not format: keeps the format, which must be a literal, and
 * up to three numbers of type unsigned long long. reason_last() makes the text of them, and so does
 * the trace event when it is on.
 */
#define REASON_QUICK(error, ...) \
	((void)sizeof(reason_check(__VA_ARGS__)), REASON_QUICK_PADDED((error), __VA_ARGS__, 0, 0, 0, 0))
#define REASON_QUICK_PADDED(error, format, a, b, c, ...) reason_note((error), __func__, (format), (a), (b), (c))

int reason_note(int error, const char *function, const char *format, unsigned long long a,
		unsigned long long b, unsigned long long c) __attribute__((cold));
/* It is never called; it makes the compiler compare the format with the numbers. */
int reason_check(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Returns the newest reason of this thread, or "" if there was none. The text is borrowed. */
const char *reason_last(void);

/* Returns how many reasons this thread has given. A public call notes it when it begins. */
unsigned int reason_count(void);
/*
 * A public call returns by this: the result is unchanged. If it is negative and no reason was given
 * since `count`, the text of its errno becomes the reason.
 */
long reason_end(unsigned int count, const char *function, long result);

#define REASON_END(count, result) reason_end((count), __func__, (result))

#endif
