/* SPDX-License-Identifier: BSD-2-Clause */
/* A descriptor that is sent over a socket remains the same file. */
#include "program.h"

#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int sockets[2];

static void send_fd(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	if (sendmsg(sockets[0], &message, 0) != 1)
		perror("# sendmsg");
}

static int receive(bool by_recvmmsg)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec iov = { &byte, 1 };
	struct mmsghdr list = {
		.msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) },
	};
	struct cmsghdr *part;
	int fd = -1;

	if (by_recvmmsg ? recvmmsg(sockets[1], &list, 1, 0, NULL) != 1 : recvmsg(sockets[1], &list.msg_hdr, 0) != 1)
		return -1;
	part = CMSG_FIRSTHDR(&list.msg_hdr);
	if (part && part->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	return fd;
}

static void same_process(bool by_recvmmsg, const char *name)
{
	int fd = open_container(), received;

	send_fd(fd);
	received = receive(by_recvmmsg);
	close(fd);
	ok(received >= 0 && is_container(received), name);
	close(received);
}

static void group_in_flight(void)
{
	int group = open("/dev/vfio/1", O_RDWR), received;
	struct vfio_group_status status = { .argsz = sizeof(status) };

	send_fd(group);
	close(group);
	ok(fails(open("/dev/vfio/1", O_RDWR), EBUSY), "a group that is on its way is still open");
	received = receive(false);
	ok(ioctl(received, VFIO_GROUP_GET_STATUS, &status) == 0 && (status.flags & VFIO_GROUP_FLAGS_VIABLE),
	   "and works when it arrives");
	close(received);
	group = open("/dev/vfio/1", O_RDWR);
	ok(group >= 0, "the last close frees it");
	close(group);
}

/* The receiver has not used any of our paths before the descriptor arrives. */
static void to_a_child(void)
{
	pid_t child = fork();
	int fd;

	if (!child)
		_exit(is_container(receive(false)) ? 0 : 1);
	fd = open_container();
	send_fd(fd);
	ok(status_of_child(child) == 0, "a child receives a container");
	close(fd);
}

/* Takes a descriptor from another process by its pidfd. */
static void by_pidfd(void)
{
	int own = pidfd_open(getpid(), 0), fd = open_container(), taken = pidfd_getfd(own, fd, 0);

	close(fd);
	ok(taken >= 0 && is_container(taken), "pidfd_getfd takes a container");
	close(taken);
	close(own);
}

static void other_files(void)
{
	int fd = open("/dev/zero", O_RDONLY), received;
	char byte = 1;

	send_fd(fd);
	received = receive(false);
	ok(read(received, &byte, 1) == 1 && !byte && fails(ioctl(received, VFIO_GET_API_VERSION), ENOTTY),
	   "other files arrive as what they are");
	close(fd);
	close(received);
}

int main(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return 1;
	to_a_child();
	same_process(false, "recvmsg in the same process");
	same_process(true, "recvmmsg in the same process");
	group_in_flight();
	by_pidfd();
	other_files();
	return ok_end();
}
