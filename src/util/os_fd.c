/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptors, and waiting for them. Our own have high numbers, away from those of a program.
 * os.h says what each call does.
 */
#include "util/os.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "util/os_call.h"

/* Our own descriptors start here. */
#define HIGH_FD 512

int os_close(int fd)
{
	return (int)CALL(SYS_close, fd);
}

int os_close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)CALL(SYS_close_range, first, last, flags);
}

int os_dup3(int fd, int copy, int flags)
{
	return (int)CALL(SYS_dup3, fd, copy, flags);
}

int os_wait_readable(const int *fds, unsigned int count, unsigned int milliseconds)
{
	struct timespec wait = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	struct pollfd all[8];
	int r;

	for (unsigned int i = 0; i < count; i++)
		all[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	r = (int)CALL(SYS_ppoll, all, (unsigned long)count, &wait, NULL, 0UL);
	for (unsigned int i = 0; r > 0 && i < count; i++)
		if (all[i].revents)
			return (int)i;
	return r ? r : -ETIMEDOUT;
}

int os_eventfd(void)
{
	return (int)CALL(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int os_socket_pair(int ends[2])
{
	return (int)CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

ssize_t os_send(int fd, const void *buffer, size_t size)
{
	return CALL(SYS_sendto, fd, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0UL);
}

ssize_t os_receive(int fd, void *buffer, size_t size)
{
	return CALL(SYS_recvfrom, fd, buffer, size, MSG_DONTWAIT, NULL, NULL);
}

bool os_fd_is_open(int fd)
{
	long flags = CALL(SYS_fcntl, fd, F_GETFL);

	return flags >= 0 && !(flags & O_PATH);
}

/* With a low limit our descriptors start at its last quarter. */
static int first_high(void)
{
	struct rlimit limit;

	if (CALL(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit))
		return HIGH_FD;
	return (int)min_u64(limit.rlim_cur - limit.rlim_cur / 4, HIGH_FD);
}

int os_dup_high(int fd)
{
	int r = (int)CALL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, first_high());

	/*
	 * No number is free there, or the limit is 0. Take any number above the three standard
	 * streams.
	 */
	if (r == -EINVAL || r == -EMFILE)
		r = (int)CALL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
	return r == -EINVAL ? -EMFILE : r;
}

int os_move_high(int fd)
{
	int high = fd < 0 ? fd : os_dup_high(fd);

	if (fd >= 0)
		os_close(fd);
	return high;
}
