/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stream sockets that have a path. As in os.h, each call is a raw system call, does not wait unless it
 * says so, and returns -errno. A socket's file stays when its process is killed; nobody answers there
 * then. What is said through a socket is the caller's.
 */
#ifndef STCE_UTIL_OS_STREAM_H
#define STCE_UTIL_OS_STREAM_H

#include <sys/types.h>

#include "util/types.h"

/* The process at the other end, as this process's namespaces number it; pid 0: it is not visible here. */
struct os_stream_peer {
	pid_t pid;
	unsigned int uid;
};

/* Makes the file of the socket, which only its owner and root can connect to, and listens. */
int os_stream_listen(const char *directory, const char *name);
/*
 * Waits at most so long while too many others wait; then -EAGAIN. -EINTR: a signal came meanwhile. -ECONNREFUSED: the
 * process that listened has ended.
 */
int os_stream_connect(const char *directory, const char *name, unsigned int milliseconds);
/* Of a connected socket: who listens at the other end, or who has connected. */
int os_stream_peer(int fd, struct os_stream_peer *peer);
/*
 * Waits at most so long until the socket can be read, or written if to_write is set, or `other` can be
 * read. Returns 1 for the socket, 0 for the other or for neither, or -errno. A negative number is left out.
 */
int os_stream_wait(int fd, bool to_write, int other, unsigned int milliseconds);

#endif
