/* SPDX-License-Identifier: BSD-2-Clause */
/* How long tables and VMs, and the objects that they hold, live. */
#include "kvm.h"

#include <sys/socket.h>

#define SIZE 0x10000

CASE("K30", "a table ends when its descriptor is closed")
{
	int fd = vm_with_table(1, SIZE);

	put(1, 0x1000, 0x5000);
	close_fd(fd, "the table");
	put(1, 0x1000, 0x5000);
	get(1, 0x1000);
	fd = table(1, SIZE);
	get(1, 0x1000);
}

CASE("C115", "a mapping keeps a table whose descriptor is closed")
{
	int fd = vm_with_table(1, SIZE);
	volatile uint64_t *map = view(fd, 1);

	close_fd(fd, "the table");
	put(1, 0x1000, 0x5000);
	get(1, 0x1000);
	entries(map, 0, 3);
	table(1, SIZE);
	unmap_view(map, 1);
	put(1, 0x1000, 0x5000);
	table(1, SIZE);
	get(1, 0x1000);
}

CASE("K31", "a part of a mapping keeps the table")
{
	int fd = vm_with_table(1, SIZE);
	volatile uint64_t *map = view(fd, 4);

	close_fd(fd, "the table");
	unmap_view(map, 3);
	put(1, 0x1000, 0x5000);
	unmap_view(map + 3 * page / 8, 1);
	put(1, 0x1000, 0x5000);
	note("done");
}

CASE("K32", "a mapping that another replaces lets go")
{
	int fd = vm_with_table(1, SIZE);
	volatile uint64_t *map = view(fd, 1);

	close_fd(fd, "the table");
	put(1, 0x1000, 0x5000);
	mmap((void *)map, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	put(1, 0x1000, 0x5000);
	note("done");
}

CASE("K33", "a copy of the descriptor keeps the table")
{
	int fd = vm_with_table(1, SIZE), copy = dup(fd);

	close_fd(fd, "the table");
	put(1, 0x1000, 0x5000);
	table(1, 1);
	close_fd(copy, "its copy");
	put(1, 0x1000, 0x5000);
	table(1, 1);
}

CASE("K34", "dup2() and fcntl() make copies too")
{
	int fd = vm_with_table(1, SIZE), copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	must(dup2(fd, 120), "dup2");
	close_fd(fd, "the table");
	close_fd(copy, "a copy");
	put(1, 0x1000, 0x5000);
	must(dup2(0, 120), "dup2");
	note("the last copy is overwritten");
	put(1, 0x1000, 0x5000);
}

static int held;

static void close_it(void)
{
	close_fd(held, "the table");
}

CASE("K35", "a child that closes its copy takes nothing away")
{
	held = vm_with_table(1, SIZE);
	in_child(close_it);
	put(1, 0x1000, 0x5000);
	close_fd(held, "the table");
	put(1, 0x1000, 0x5000);
}

/* Starts a child that does nothing until the pipe is closed. */
static pid_t sleeper(int gate[2])
{
	char byte;
	pid_t child;

	must(pipe(gate), "pipe");
	fflush(stdout);
	child = fork();
	if (!child) {
		close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		_exit(0);
	}
	close(gate[0]);
	return child;
}

CASE("K36", "a child's copy keeps the table")
{
	int fd = vm_with_table(1, SIZE), gate[2];
	pid_t child = sleeper(gate);

	close_fd(fd, "the table");
	put(1, 0x1000, 0x5000);
	table(1, 1);
	close(gate[1]);
	told(waitpid(child, NULL, 0) == child ? 0 : -errno, "the child's end");
	put(1, 0x1000, 0x5000);
	table(1, 1);
}

CASE("K37", "a child's mapping keeps the table")
{
	int fd = vm_with_table(1, SIZE), gate[2];
	volatile uint64_t *map = view(fd, 1);
	pid_t child = sleeper(gate);

	close_fd(fd, "the table");
	unmap_view(map, 1);
	put(1, 0x1000, 0x5000);
	close(gate[1]);
	told(waitpid(child, NULL, 0) == child ? 0 : -errno, "the child's end");
	put(1, 0x1000, 0x5000);
}

CASE("K38", "a descriptor on its way keeps the table")
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = vm_with_table(1, SIZE), ends[2], got;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	must(sendmsg(ends[0], &message, 0), "sendmsg");
	close_fd(fd, "the table");
	put(1, 0x1000, 0x5000);
	must(recvmsg(ends[1], &message, 0), "recvmsg");
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(got));
	get(1, 0x1000);
	entries(view(got, 1), 0, 2);
}

CASE("K39", "a table outlives the descriptor of its VM")
{
	int fd = vm_with_table(1, SIZE);
	volatile uint64_t *map;

	put(1, 0x1000, 0x5000);
	close_vm();
	map = view(fd, 1);
	entries(map, 0, 3);
	map[2] = 7;
	entries(map, 0, 3);
	unmap_view(map, 1);
	close_fd(fd, "the table");
}

CASE("K40", "a table ends before its VM")
{
	int fd = vm_with_table(1, SIZE);

	close_fd(fd, "the table");
	close_vm();
	new_vm();
	table(1, SIZE);
}

CASE("K41", "a VM that is closed with a table that is mapped")
{
	int fd = vm_with_table(1, SIZE);
	volatile uint64_t *map = view(fd, 1);

	map[1] = 5;
	close_vm();
	entries(map, 0, 2);
	close_fd(fd, "the table");
	entries(map, 0, 2);
	unmap_view(map, 1);
}

static void leave_it_all(void)
{
	int fd = vm_with_table(1, SIZE);

	view(fd, 1)[3] = 1;
	put(1, 0x1000, 0x5000);
}

CASE("K42", "a program that exits with a mapping")
{
	in_child(leave_it_all);
	leave_it_all();
}

CASE("K43", "a VM of a child charges the child")
{
	new_vm();
	table(1, SIZE);
	in_child(leave_it_all);
	table(2, SIZE);
}

CASE("K44", "many rounds leave nothing behind")
{
	new_vm();
	ram();
	for (int i = 0; i < 20; i++) {
		int fd = table(1, SIZE);

		put(1, 0x1000, 0x5000);
		close_fd(fd, "the table");
	}
}
