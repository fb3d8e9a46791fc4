/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes and reads the lines that programs of a run tell its user. Two programs may write the same
 * line at once, and a program may write anything, so the reader drops repeated lines and control
 * characters.
 */
#include "machine/run_told.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "spapr-tce/run.h"
#include "util/os.h"
#include "util/reason.h"

#define PATH_SIZE 512
/* The last line of a full file. All other lines leave room for it. */
#define FULL "more programs cannot be served than are named here"

static int open_told(const char *directory, int flags)
{
	char path[PATH_SIZE];

	if ((size_t)snprintf(path, sizeof(path), "%s/told", directory) >= sizeof(path))
		return -ENAMETOOLONG;
	return os_open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int run_told_init(struct run_told *told, const char *directory)
{
	told->fd = os_move_high(open_told(directory, O_RDWR | O_CREAT | O_EXCL));
	return told->fd < 0 ? told->fd : 0;
}

void run_told_fini(struct run_told *told)
{
	if (told->fd >= 0)
		os_close(told->fd);
}

/* Tells whether the text has the line; length includes its line break. */
static bool has_line(const char *text, size_t size, const char *line, size_t length)
{
	const char *at = text;

	while ((at = memmem(at, size - (size_t)(at - text), line, length))) {
		if (at == text || at[-1] == '\n')
			return true;
		at++;
	}
	return false;
}

static void make_plain(char *line)
{
	for (; *line; line++)
		if (iscntrl((unsigned char)*line))
			*line = '?';
}

bool run_told_next(struct run_told *told, char *line, size_t size)
{
	ssize_t more = os_pread(told->fd, told->text + told->size, sizeof(told->text) - told->size, told->size);

	told->size += more > 0 ? (size_t)more : 0;
	while (told->read < told->size) {
		const char *from = told->text + told->read;
		const char *end = memchr(from, '\n', told->size - told->read);
		size_t length = end ? (size_t)(end - from) + 1 : 0;
		bool is_new = end && !has_line(told->text, told->read, from, length);

		if (!end)
			return false;
		told->read += length;
		if (!is_new)
			continue;
		snprintf(line, size, "%.*s", (int)length - 1, from);
		make_plain(line);
		return true;
	}
	return false;
}

/*
 * Ends the line, or replaces it by FULL if the file with this text has no room. Returns the bytes
 * to write, which are 0 if the file has the line already.
 */
static size_t choose(const char *text, size_t size, char *whole)
{
	size_t length = strlen(whole);

	whole[length++] = '\n';
	if (has_line(text, size, whole, length))
		return 0;
	if (size + length + sizeof(FULL) <= RUN_TOLD_SIZE)
		return length;
	memcpy(whole, FULL "\n", sizeof(FULL));
	return size + sizeof(FULL) > RUN_TOLD_SIZE || has_line(text, size, whole, sizeof(FULL)) ? 0 : sizeof(FULL);
}

/* The text is read into a mapping, because the stack may be small. */
static int add_line(int fd, const char *line)
{
	char whole[STCE_WHY_SIZE + 1], *text;
	ssize_t size;
	size_t length;

	text = os_mmap(NULL, RUN_TOLD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (os_is_error(text))
		return os_error(text);
	snprintf(whole, STCE_WHY_SIZE, "%s", line);
	make_plain(whole);
	size = os_pread(fd, text, RUN_TOLD_SIZE, 0);
	length = size < 0 ? 0 : choose(text, (size_t)size, whole);
	os_munmap(text, RUN_TOLD_SIZE);
	if (size < 0)
		return (int)size;
	return os_write(fd, whole, length) == (ssize_t)length ? 0 : -EIO;
}

int stce_run_tell(const char *directory, const char *line)
{
	unsigned int count = reason_count();
	int fd = open_told(directory, O_RDWR | O_APPEND);
	int r = fd < 0 ? fd : add_line(fd, line);

	if (fd >= 0)
		os_close(fd);
	return (int)REASON_END(count, r);
}
