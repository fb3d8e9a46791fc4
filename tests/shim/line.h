/* SPDX-License-Identifier: BSD-2-Clause */
/* Two processes with a line between them, by which they send descriptors, and tell each other to go on. */
#ifndef STCE_TESTS_SHIM_LINE_H
#define STCE_TESTS_SHIM_LINE_H

#include "program.h"

#include <sys/socket.h>

static int line = -1;

static inline void send_fd(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};

	CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
	if (sendmsg(line, &message, 0) != 1)
		perror("# sendmsg");
}

static inline int receive_fd(void)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(line, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static inline void say(void)
{
	(void)!write(line, "", 1);
}

static inline bool hear(void)
{
	char byte;

	return read(line, &byte, 1) == 1;
}

/* The child does other(), whose result is its exit status. It has nothing open if the caller has not. */
static inline pid_t begin(int (*other)(void))
{
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		exit(99);
	child = fork();
	line = ends[!child];
	close(ends[!!child]);
	if (!child)
		_exit(other());
	return child;
}

#endif
