/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements os_wait.h by epoll(7) with one-shot events. */
#include "util/os_wait.h"

#include <sys/epoll.h>

#include "util/os_call.h"

int os_wait_set(void)
{
	return (int)CALL(SYS_epoll_create1, EPOLL_CLOEXEC);
}

/* A descriptor that is new, or has got another number, is not in the set yet. */
int os_wait_ask(int set, int fd, uint64_t key, unsigned int what)
{
	struct epoll_event event = {
		.events = EPOLLONESHOT | (what & OS_WAIT_READABLE ? (uint32_t)EPOLLIN : 0) |
			  (what & OS_WAIT_WRITABLE ? (uint32_t)EPOLLOUT : 0),
		.data.u64 = key,
	};
	int r = (int)CALL(SYS_epoll_ctl, set, EPOLL_CTL_MOD, fd, &event);

	return r == -ENOENT ? (int)CALL(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event) : r;
}

int os_wait_for(int set, uint64_t *key, int milliseconds)
{
	struct epoll_event event;
	int r = (int)CALL(SYS_epoll_pwait, set, &event, 1, milliseconds, NULL, 0UL);

	if (r == 1)
		*key = event.data.u64;
	return r;
}
