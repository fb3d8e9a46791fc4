/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements os_socket.h by sockets of type SOCK_SEQPACKET with abstract names. Such a name belongs
 * to a network namespace.
 */
#include "util/os_socket.h"

#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "util/alloc.h"
#include "util/os.h"
#include "util/os_call.h"

#define BACKLOG 64

/* Ancillary data with at most OS_MESSAGE_FDS descriptors. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(OS_MESSAGE_FDS * sizeof(int))];
};

/* Returns the length of the address. Its first byte is 0, which makes the name abstract. */
static unsigned int set_address(struct sockaddr_un *address, struct os_socket_name name)
{
	int length;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "spapr-tce.%016llx%016llx",
			  (unsigned long long)name.part[0], (unsigned long long)name.part[1]);
	return (unsigned int)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

static int make_socket(void)
{
	return (int)CALL(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int os_socket_listen(struct os_socket_name name)
{
	struct sockaddr_un address;
	unsigned int length = set_address(&address, name);
	int fd = make_socket(), r;

	if (fd < 0)
		return fd;
	r = (int)CALL(SYS_bind, fd, &address, length);
	if (!r)
		r = (int)CALL(SYS_listen, fd, BACKLOG);
	if (r)
		os_close(fd);
	return r ? r : fd;
}

int os_socket_connect(struct os_socket_name name)
{
	struct sockaddr_un address;
	unsigned int length = set_address(&address, name);
	int fd = make_socket(), r;

	if (fd < 0)
		return fd;
	r = (int)CALL(SYS_connect, fd, &address, length);
	if (r)
		os_close(fd);
	return r ? r : fd;
}

int os_socket_accept(int listener)
{
	return (int)CALL(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int os_socket_peer(int fd, unsigned int *uid)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);
	long r = CALL(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);

	*uid = peer.uid;
	return (int)r;
}

ssize_t os_message_send(int fd, const struct os_message *message)
{
	union control control = {
		.header = {
			.cmsg_len = CMSG_LEN(message->fd_count * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		},
	};
	struct msghdr header = {
		.msg_iov = (struct iovec *)message->iov,
		.msg_iovlen = ARRAY_COUNT(message->iov),
	};

	if (message->fd_count) {
		memcpy(CMSG_DATA(&control.header), message->fds, message->fd_count * sizeof(int));
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(message->fd_count * sizeof(int));
	}
	return CALL(SYS_sendmsg, fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t os_message_receive(int fd, struct os_message *message)
{
	union control control = { .header = { 0 } };
	struct msghdr header = {
		.msg_iov = message->iov,
		.msg_iovlen = ARRAY_COUNT(message->iov),
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t r = CALL(SYS_recvmsg, fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	message->fd_count = 0;
	if (r < 0)
		return r;
	if (header.msg_controllen >= sizeof(struct cmsghdr) && control.header.cmsg_type == SCM_RIGHTS) {
		message->fd_count = (unsigned int)((control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(message->fds, CMSG_DATA(&control.header), message->fd_count * sizeof(int));
	}
	if (!(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return r;
	for (unsigned int i = 0; i < message->fd_count; i++)
		os_close(message->fds[i]);
	message->fd_count = 0;
	return -EMSGSIZE;
}

int os_poll_readable(int *fds, bool *is_readable, unsigned int count, unsigned int milliseconds)
{
	struct timespec wait = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	struct pollfd *all = alloc_zero(count, sizeof(*all));
	int r;

	if (!all)
		return -ENOMEM;
	for (unsigned int i = 0; i < count; i++)
		all[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	r = (int)CALL(SYS_ppoll, all, (unsigned long)count, &wait, NULL, 0UL);
	for (unsigned int i = 0; i < count; i++)
		is_readable[i] = r > 0 && all[i].revents;
	free(all);
	return r;
}
