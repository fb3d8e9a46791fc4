/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends a program that leaves no record of its end, while its child goes on: the child waits for that end, and asks the
 * group for its device, which it may not once the program is gone that attached the group. $1 is the way in which the
 * program ends.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int need(int result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(1);
}

/* Returns when the last program is gone that has the other end of the pipe. */
static void wait_for_end(int ends[2])
{
	char byte;

	close(ends[1]);
	need((int)read(ends[0], &byte, 1), "read");
}

/* Returns in the child only. */
static void leave(const char *way)
{
	if (!strcmp(way, "daemon")) {
		need(daemon(1, 1), "daemon");
		return;
	}
	if (!need(fork(), "fork"))
		return;
	if (!strcmp(way, "exec"))
		execlp("true", "true", NULL);
	else if (!strcmp(way, "killed"))
		raise(SIGKILL);
	_exit(strcmp(way, "_exit") ? 1 : 0);
}

static void go_on(const char *way)
{
	int container = need(open("/dev/vfio/vfio", O_RDWR), "container"), group = need(open("/dev/vfio/1", O_RDWR), "group");
	int parent[2];

	need(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container), "set container");
	need(ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU), "set iommu");
	need(pipe2(parent, O_CLOEXEC), "pipe");
	leave(way);
	wait_for_end(parent);
	if (ioctl(group, VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0") < 0)
		perror("device");
}

int main(int argc, char **argv)
{
	int all[2];                  /* also of a program that is executed */

	need(pipe(all), "pipe");
	if (argc == 2 && !need(fork(), "fork")) {
		go_on(argv[1]);
		return 0;
	}
	wait_for_end(all);
	return 0;
}
