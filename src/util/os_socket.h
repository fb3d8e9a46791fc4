/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sockets between processes of one machine, which carry whole messages with descriptors. They have a
 * name that no file shows and that ends with the last descriptor of the socket, so a process that is
 * killed leaves nothing behind. As in os.h, each call is a raw system call, does not wait unless it
 * says so, and returns -errno. What the messages mean is the caller's.
 */
#ifndef STCE_UTIL_OS_SOCKET_H
#define STCE_UTIL_OS_SOCKET_H

#include <sys/uio.h>

#include "util/types.h"

/* No message carries more descriptors [linux SCM_MAX_FD]. */
#define OS_MESSAGE_FDS 253

/* A name as two numbers, which are not both 0. */
struct os_socket_name {
	uint64_t part[2];
};

struct os_message {
	struct iovec iov[2];
	int fds[OS_MESSAGE_FDS];
	unsigned int fd_count;
};

/* Returns a socket to which others can connect by the name. */
int os_socket_listen(struct os_socket_name name);
/*
 * Returns a connected socket. -ECONNREFUSED: no socket has the name here; -EAGAIN: too many others
 * wait.
 */
int os_socket_connect(struct os_socket_name name);
int os_socket_accept(int listener);
/* Sets *uid to the user who listens at the other end of a connected socket. */
int os_socket_peer(int fd, unsigned int *uid);
/* Sends a message whole or not at all: -EAGAIN, -EPIPE. Descriptors are duplicated. */
ssize_t os_message_send(int fd, const struct os_message *message);
/*
 * Receives a message, whose descriptors are the caller's to close, and returns its size. 0: the
 * other end is closed. A message or list of descriptors that was cut short is -EMSGSIZE.
 */
ssize_t os_message_receive(int fd, struct os_message *message);
/* Waits at most so long until one of the descriptors can be read. A negative one is left out. */
int os_poll_readable(int *fds, bool *is_readable, unsigned int count, unsigned int milliseconds);

#endif
