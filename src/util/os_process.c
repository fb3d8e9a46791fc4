/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling process and thread, the kernel, and time. os.h says what each call does. */
#include "util/os.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <time.h>

#include "util/os_call.h"

unsigned int os_user(void)
{
	return (unsigned int)CALL(SYS_geteuid);
}

struct os_identity os_identity(void)
{
	return (struct os_identity){
		.uid = (uint32_t)CALL(SYS_getuid),
		.euid = (uint32_t)CALL(SYS_geteuid),
		.gid = (uint32_t)CALL(SYS_getgid),
		.egid = (uint32_t)CALL(SYS_getegid),
		.gains_by_exec = CALL(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0,
	};
}

bool os_kernel_is(unsigned int major, unsigned int minor)
{
	struct utsname name = { 0 };
	unsigned int a = 0, b = 0;

	if (CALL(SYS_uname, &name) || sscanf(name.release, "%u.%u", &a, &b) != 2)
		return false;
	return a > major || (a == major && b >= minor);
}

pid_t os_gettid(void)
{
	return (pid_t)CALL(SYS_gettid);
}

pid_t os_getpid(void)
{
	return (pid_t)CALL(SYS_getpid);
}

uint64_t os_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void os_sleep_us(unsigned int us)
{
	struct timespec t = { us / 1000000, (long)(us % 1000000) * 1000 };

	CALL(SYS_nanosleep, &t, NULL);
}

void os_yield(void)
{
	CALL(SYS_sched_yield);
}

int os_random(void *buffer, size_t size)
{
	ssize_t r = CALL(SYS_getrandom, buffer, size, 0);

	return r == (ssize_t)size ? 0 : -EIO;
}
