/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program near RLIMIT_NOFILE. An open that does not fit fails with EMFILE, as on Linux, and works
 * when the program has closed a descriptor. No descriptor ever leads to a wrong file.
 */
#include "nvme.h"

#include <sys/resource.h>

#define LIMIT_SECONDS 120

static struct nvme nvme;

static void limit_to(unsigned int number)
{
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ number, 4096 });
}

/* Takes all numbers except this many. */
static void leave_free(unsigned int count)
{
	int last = -1, fd;

	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	for (; count; count--)
		close(last--);
}

static int works(void)
{
	for (unsigned int i = 0; i < 4; i++)
		memset(nvme_data(&nvme, i), 'a' + (int)i, NVME_BLOCK);
	if (nvme_move(&nvme, NVME_WRITE, 8, 4))
		return 20;
	memset(nvme_data(&nvme, 0), 0, 4 * NVME_BLOCK);
	if (nvme_move(&nvme, NVME_READ, 8, 4))
		return 21;
	for (unsigned int i = 0; i < 4 * NVME_BLOCK; i++)
		if (nvme_data(&nvme, 0)[i] != 'a' + (int)(i / NVME_BLOCK))
			return 22;
	return 0;
}

static int at_20(void)
{
	limit_to(20);
	return nvme_start(&nvme) ? works() : 1;
}

static int at_64(void)
{
	limit_to(64);
	return nvme_start(&nvme) ? works() : 1;
}

/* In a sandbox that forbids new descriptors, open files continue to work. */
static int at_0_afterwards(void)
{
	if (!nvme_start(&nvme))
		return 1;
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, 0 });
	if (!fails(open_container(), EMFILE))
		return 2;
	return works();
}

/* Raises the limit from none free to enough: EMFILE first, then all works. */
static int grows(void)
{
	limit_to(64);
	for (unsigned int count = 0; count < 8; count++) {
		leave_free(count);
		if (nvme_start(&nvme))
			return count < 4 ? 3 : works();
		if (errno != EMFILE)
			return 4;
		closefrom(3);
	}
	for (unsigned int count = 8; count < 40; count++) {
		leave_free(count);
		if (nvme_start(&nvme))
			return works();
		if (errno != EMFILE)
			return 5;
		closefrom(3);
	}
	return 6;
}

/* Takes all numbers after the start; the disk needs no more. */
static int full_afterwards(void)
{
	limit_to(64);
	if (!nvme_start(&nvme))
		return 1;
	leave_free(0);
	if (!fails(open("/dev/vfio/vfio", O_RDWR), EMFILE))
		return 2;
	if (!fails(ioctl(nvme.group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS), EMFILE))
		return 3;
	return works();
}

static void try(int (*test)(void), const char *name)
{
	pid_t child = fork();
	int status;

	if (!child) {
		alarm(LIMIT_SECONDS);
		_exit(test());
	}
	status = status_of_child(child);
	if (status)
		printf("# status %d\n", status);
	ok(status == 0, name);
}

int main(void)
{
	try(at_20, "a disk works with 20 descriptors");
	try(at_64, "and with 64");
	try(at_0_afterwards, "a limit of 0 afterwards refuses what is new only");
	try(full_afterwards, "it works on when all numbers are taken");
	try(grows, "with too few free it is EMFILE, and works when some are");
	return ok_end();
}
