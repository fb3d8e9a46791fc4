/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a raw system call and returns its result or -errno; errno itself does not change. Only the
 * files of util/ that are a door to the operating system (os.h) use it.
 */
#ifndef STCE_UTIL_OS_CALL_H
#define STCE_UTIL_OS_CALL_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline long os_answer(long r, int saved)
{
	long result = r < 0 ? -errno : r;

	errno = saved;
	return result;
}

/*
 * errno is read in a statement of its own, because the compiler chooses the order in which
 * arguments are evaluated.
 */
#define CALL(...) ({ int saved_errno = errno; os_answer(syscall(__VA_ARGS__), saved_errno); })

#endif
