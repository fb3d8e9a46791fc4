/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads /proc/self. It finds the size of a mapping in maps, and shows status as the emulated host
 * would: VmLck includes what the machine has charged to this process. The program gets a copy in
 * memory which, unlike the kernel's file, stays the same when it is read again.
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STATUS      "/proc/self/status"
#define STATUS_SIZE 16384
#define FIELD       "\nVmLck:"

/* Reads the kernel's text, and returns its length, or -1 with errno. */
static ssize_t read_status(char *text)
{
	int fd = real()->openat(AT_FDCWD, STATUS, O_RDONLY | O_CLOEXEC);
	ssize_t done = 0, step = 0;

	if (fd < 0)
		return -1;
	while (done < STATUS_SIZE - 1 && (step = real()->read(fd, text + done, (size_t)(STATUS_SIZE - 1 - done))) > 0)
		done += step;
	real()->close(fd);
	text[done] = '\0';
	return step < 0 ? -1 : done;
}

static int write_status(int fd, const char *text, size_t size, uint64_t locked)
{
	const char *field = strstr(text, FIELD), *end = field ? strchr(field + 1, '\n') : NULL;

	if (!end)
		return dprintf(fd, "%s", text) < 0 ? -1 : 0;
	locked = locked / 1024 + strtoull(field + strlen(FIELD), NULL, 10);
	return dprintf(fd, "%.*s" FIELD "\t%8llu kB%.*s", (int)(field - text), text, (unsigned long long)locked,
		       (int)(text + size - end), end) < 0 ? -1 : 0;
}

/* The first part of a line of maps: at most the address range, what is mapped, and a part of its name. */
struct line {
	size_t length;
	char text[128];
};

/* Adds a byte to the line. Returns true if the line is whole. */
static bool add_byte(struct line *line, char byte)
{
	if (byte != '\n' && line->length < sizeof(line->text) - 1)
		line->text[line->length++] = byte;
	line->text[line->length] = '\0';
	return byte == '\n';
}

/* What has been found so far: the file at [start, end). */
struct found {
	unsigned long start, end, inode;
	char device[16];
};

/* Adds a line of maps to what has been found. Returns false behind the end. */
static bool add_line(struct found *found, const char *text)
{
	unsigned long start, end, inode;
	char device[16];

	if (sscanf(text, "%lx-%lx %*s %*s %15s %lu", &start, &end, device, &inode) != 4 || start < found->start)
		return true;
	if (start != (found->end ? found->end : found->start))
		return false;
	if (!found->end) {
		found->inode = inode;
		memcpy(found->device, device, sizeof(device));
	}
	if (inode != found->inode || strcmp(device, found->device))
		return false;
	found->end = end;
	return true;
}

size_t shim_mapped_size(const void *address)
{
	struct found found = { .start = (unsigned long)address };
	int saved = errno, fd = real()->openat(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct line line = { 0 };
	char block[4096];
	bool more = true;
	ssize_t size;

	while (fd >= 0 && more && (size = real()->read(fd, block, sizeof(block))) > 0) {
		for (ssize_t i = 0; i < size && more; i++) {
			if (!add_byte(&line, block[i]))
				continue;
			more = add_line(&found, line.text);
			line.length = 0;
		}
	}
	if (fd >= 0)
		real()->close(fd);
	errno = saved;
	return found.end ? found.end - found.start : 0;
}

int shim_open_status(const char *path, int flags)
{
	struct stce_machine *machine;
	char text[STATUS_SIZE];
	ssize_t size;
	int fd;

	/* The path is compared first, because programs open thousands of others. */
	if (!path || path[0] != '/' || strcmp(path, STATUS) || (flags & O_ACCMODE) != O_RDONLY || shim_is_vfork_child())
		return STCE_NOT_OURS;
	/* A program that is not attached has no memory charged. */
	machine = shim_machine_known();
	if (!machine || !IN_CORE(stce_machine_locked(machine)))
		return STCE_NOT_OURS;
	size = read_status(text);
	fd = size < 0 ? -1 : memfd_create("status", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
	if (fd < 0)
		return STCE_NOT_OURS;
	if (write_status(fd, text, (size_t)size, IN_CORE(stce_machine_locked(machine))) ||
	    real()->lseek(fd, 0, SEEK_SET)) {
		real()->close(fd);
		return STCE_NOT_OURS;
	}
	return shim_fresh(fd);
}
