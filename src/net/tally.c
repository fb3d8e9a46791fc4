/* SPDX-License-Identifier: BSD-2-Clause */
/* The file is the structure. Programs map it; its reader does not, so that a truncated file is no fault. */
#include "net/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "util/os.h"

#define PATH_SIZE 4096

/* The pages are reserved first, because a store to a page that a full file system lacks would be a fault. */
static int map(int fd, struct tally **tally)
{
	int r = os_allocate(fd, sizeof(**tally));
	void *p;

	if (r)
		return r;
	p = os_mmap(NULL, sizeof(**tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (os_is_error(p))
		return os_error(p);
	*tally = p;
	return 0;
}

int tally_open(const char *directory, const char *function, const char *spec, struct tally **tally)
{
	char path[PATH_SIZE];
	int fd, r;

	if (snprintf(path, sizeof(path), "%s/" TALLY_PREFIX "%s", directory, function) >= PATH_SIZE)
		return -ENAMETOOLONG;
	fd = os_open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return fd;
	r = map(fd, tally);
	os_close(fd);
	if (!r)
		snprintf((*tally)->spec, sizeof((*tally)->spec), "%s", spec);
	return r;
}

void tally_close(struct tally *tally)
{
	if (tally)
		os_munmap(tally, sizeof(*tally));
}

int tally_read(int directory, const char *file, struct tally *copy)
{
	int fd = os_open_at(directory, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
	ssize_t length;

	if (fd < 0)
		return fd;
	length = os_pread(fd, copy, sizeof(*copy), 0);
	os_close(fd);
	copy->spec[sizeof(copy->spec) - 1] = 0;
	if (length < 0)
		return (int)length;
	return length == sizeof(*copy) ? 0 : -ENODATA;
}
