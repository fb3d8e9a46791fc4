/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements os_stream.h. An address holds about 100 bytes of a path, so a longer one goes through a
 * descriptor of the folder, by /proc.
 */
#include "util/os_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "util/os.h"
#include "util/os_call.h"

#define BACKLOG 16

/* Fills the address. *folder must stay open while the address is used; it is negative if there is none. */
static int set_address(struct sockaddr_un *address, const char *directory, const char *name, int *folder)
{
	const size_t size = sizeof(address->sun_path);

	*folder = -1;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((size_t)snprintf(address->sun_path, size, "%s/%s", directory, name) < size)
		return 0;
	*folder = os_open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (*folder < 0)
		return *folder;
	return (size_t)snprintf(address->sun_path, size, "/proc/self/fd/%d/%s", *folder, name) < size ? 0 : -ENAMETOOLONG;
}

/* Makes a socket whose connect() waits at most so long; 0: it does not wait. */
static int make_socket(unsigned int milliseconds)
{
	const struct timeval wait = { milliseconds / 1000, milliseconds % 1000 * 1000L };
	int fd = (int)CALL(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (milliseconds ? 0 : SOCK_NONBLOCK), 0);
	int r = fd >= 0 && milliseconds ? (int)CALL(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) : 0;

	if (!r)
		return fd;
	os_close(fd);
	return r;
}

/* Binds or connects a new socket, and returns it. */
static int make_at(long call, const char *directory, const char *name, unsigned int milliseconds)
{
	struct sockaddr_un address;
	int folder, r = set_address(&address, directory, name, &folder);
	int fd = r ? r : make_socket(milliseconds);

	r = fd < 0 ? fd : (int)CALL(call, fd, &address, sizeof(address));
	if (!r && milliseconds)
		r = (int)CALL(SYS_fcntl, fd, F_SETFL, O_NONBLOCK);
	if (folder >= 0)
		os_close(folder);
	if (r < 0 && fd >= 0)
		os_close(fd);
	return r < 0 ? r : fd;
}

int os_stream_listen(const char *directory, const char *name)
{
	int fd = make_at(SYS_bind, directory, name, 0);
	int r = fd < 0 ? fd : (int)CALL(SYS_listen, fd, BACKLOG);

	if (!r || fd < 0)
		return fd;
	os_close(fd);
	return r;
}

int os_stream_connect(const char *directory, const char *name, unsigned int milliseconds)
{
	return make_at(SYS_connect, directory, name, milliseconds);
}

int os_stream_peer(int fd, struct os_stream_peer *peer)
{
	struct ucred found = { 0 };
	socklen_t size = sizeof(found);
	int r = (int)CALL(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &found, &size);

	*peer = (struct os_stream_peer){ found.pid, found.uid };
	return r;
}

int os_stream_wait(int fd, bool to_write, int other, unsigned int milliseconds)
{
	struct timespec wait = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	struct pollfd both[] = {
		{ .fd = fd, .events = to_write ? POLLOUT : POLLIN },
		{ .fd = other, .events = POLLIN },
	};
	int r = (int)CALL(SYS_ppoll, both, 2UL, &wait, NULL, 0UL);

	return r <= 0 ? r : !both[1].revents && both[0].revents;
}
