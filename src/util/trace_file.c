/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the file of the trace. The descriptor is one of ours (util/own_fd.h), so the program cannot
 * close it or put a file of its own in its place unnoticed. SIGPIPE cannot come, because pipes and
 * sockets are refused.
 */
#include "util/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/absolute.h"
#include "util/append.h"
#include "util/os.h"
#include "util/own_fd.h"
#include "util/trace.h"
#include "util/trace_format.h"

static char path[PATH_MAX];
static struct own_fd *file;
static struct append_end end;

static void close_file(void)
{
	trace_set_sink(NULL);
	own_fd_free(file);
	file = NULL;
}

int trace_file_set(const char *name)
{
	char before[PATH_MAX];
	int r;

	memcpy(before, path, sizeof(before));
	r = absolute_path(path, name);
	if (!r && strcmp(before, path))
		close_file();
	return r;
}

const char *trace_file_path(void)
{
	return path;
}

static void write_lines(const char *lines, size_t size)
{
	int fd, r;

	if (atomic_load(&end.has_come))
		return;
	/* The trace is also written where the descriptors are locked. */
	fd = own_fd_try_enter(file);
	if (fd < 0) {
		if (fd != -EAGAIN)
			append_end(&end, "trace", path, -fd);
		return;
	}
	r = append_whole(fd, lines, size);
	own_fd_leave(file);
	if (r && size)
		append_end(&end, "trace", path, -r);
}

/* Takes the descriptor over. */
static int begin(int fd, bool is_new)
{
	const char *head = trace_format_head();
	unsigned int mode = 0;
	int r = os_fstat(fd, NULL, NULL, NULL, &mode);

	if (!r && !S_ISREG(mode) && !S_ISCHR(mode))
		r = -EINVAL;
	if (!r && is_new && S_ISREG(mode))
		r = os_ftruncate(fd, 0);
	if (r) {
		os_close(fd);
		return r;
	}
	atomic_store(&end.has_come, false);
	r = own_fd_new(fd, &file);
	if (r)
		return r;
	if (is_new && S_ISREG(mode))
		write_lines(head, strlen(head));
	trace_set_sink(write_lines);
	return 0;
}

int trace_file_open(bool is_new)
{
	int fd, r;

	if (!path[0] || file)
		return 0;
	/* O_NONBLOCK, so that the open of a pipe that no one reads returns. */
	fd = os_open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (is_new ? O_CREAT : 0), 0666);
	if (fd >= 0)
		r = begin(fd, is_new);
	else
		r = fd == -ENXIO ? -EINVAL : fd;
	if (!r || is_new)
		return r;
	/* The lines of this program go nowhere, because they were not to go to standard error. */
	append_end(&end, "trace", path, -r);
	trace_set_sink(write_lines);
	return r;
}

void trace_file_close(void)
{
	close_file();
	path[0] = '\0';
	atomic_store(&end.has_come, false);
}

void trace_file_on_end(void (*tell)(const char *message))
{
	end.tell = tell;
}
