/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls with paths. The machine opens device files; every other call goes to libc, with the file's
 * real path in the run's directory if it is one of ours. A program uses thousands of other
 * paths, so their first bytes are checked before anything else.
 */
#include "shim.h"

#include <stdlib.h>
#include <string.h>

/* Copies a path with "/" for "//" and "/./", which mean the same. */
static void squeeze(const char *from, char *to)
{
	for (; *from; from++) {
		while (from[0] == '/' && (from[1] == '/' || (from[1] == '.' && from[2] == '/')))
			from += from[1] == '/' ? 1 : 2;
		*to++ = *from;
	}
	*to = '\0';
}

/* Returns the plain spelling of a path that may be ours, in the buffer if it differs, else NULL. */
static const char *our_name(const char *path, char *buffer)
{
	if (!path || path[0] != '/' || !path[1] || !strchr("ds/.", path[1]))
		return NULL;
	if ((strstr(path, "//") || strstr(path, "/./")) && strlen(path) < PATH_MAX) {
		squeeze(path, buffer);
		path = buffer;
	}
	return shim_may_be_ours(path) ? path : NULL;
}

/* Returns the path where the file really lies, in the buffer of PATH_MAX bytes if it differs. */
static const char *real_path(const char *path, char *buffer)
{
	char plain[PATH_MAX];
	const char *name = our_name(path, plain), *where;
	struct stce_machine *machine = name ? shim_machine() : NULL;

	if (!machine)
		return path;
	where = stce_path(machine, name, buffer, PATH_MAX);
	return where == buffer ? buffer : path;
}

/* A child of vfork() would have the descriptor alone, but the parent's memory would record it. */
static bool is_refused(struct stce_machine *machine, const char *name, int flags)
{
	char buffer[PATH_MAX];

	return shim_is_vfork_child() && (!strncmp(name, "/dev", 4) ||
	       ((flags & O_ACCMODE) != O_RDONLY && stce_path(machine, name, buffer, PATH_MAX) == buffer));
}

static int open_device(int dirfd, const char *path, int flags)
{
	char plain[PATH_MAX];
	const char *name = our_name(path, plain);
	struct stce_machine *machine;
	int saved = errno, fd;

	if (!name)
		name = shim_attribute_path(dirfd, path, flags, plain);
	errno = saved;
	machine = name ? shim_machine() : NULL;
	if (!machine)
		return name && !strncmp(name, "/dev", 4) && shim_machine_error() ? shim_machine_error() : STCE_NOT_OURS;
	if (is_refused(machine, name, flags))
		return -EPERM;
	fd = IN_CORE(stce_open(machine, name, flags));
	if (fd >= 0)
		shim_note(fd);
	return fd;
}

/* As real_path(), also for a step from a folder that is not ours. */
static const char *real_path_of_step(int dirfd, const char *path, int flags, char *buffer)
{
	char whole[PATH_MAX];

	if (shim_step_path(dirfd, path, flags, whole) && real_path(whole, buffer) == buffer)
		return buffer;
	return real_path(path, buffer);
}

int shim_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	char buffer[PATH_MAX];
	int fd = open_device(dirfd, path, flags);

	if (fd != STCE_NOT_OURS)
		return (int)shim_answer(fd);
	fd = shim_open_status(path, flags);
	if (fd != STCE_NOT_OURS)
		return fd;
	return shim_fresh(real()->openat(dirfd, real_path_of_step(dirfd, path, flags, buffer), flags, mode));
}

/* Translates the parts of fopen()'s mode that matter for existing files. */
static int flags_of(const char *mode)
{
	int flags = strchr(mode, 'e') ? O_CLOEXEC : 0;

	if (strchr(mode, '+'))
		return flags | O_RDWR;
	return flags | (mode[0] == 'r' ? O_RDONLY : O_WRONLY);
}

/* fdopen() refuses an invalid mode, and then the file must be closed. */
static FILE *stream_of(int fd, const char *mode)
{
	FILE *stream = real()->fdopen(fd, mode);

	if (!stream) {
		int saved = errno;

		shim_close(fd);
		errno = saved;
	}
	return stream;
}

FILE *shim_fopen(const char *path, const char *mode)
{
	char buffer[PATH_MAX];
	int flags = flags_of(mode), fd = open_device(AT_FDCWD, path, flags);

	if (fd == STCE_NOT_OURS) {
		fd = shim_open_status(path, flags);
		return fd >= 0 ? stream_of(fd, mode) : real()->fopen(real_path(path, buffer), mode);
	}
	return shim_answer(fd) < 0 ? NULL : stream_of(fd, mode);
}

DIR *shim_opendir(const char *path)
{
	char buffer[PATH_MAX];

	return real()->opendir(real_path(path, buffer));
}

int shim_scandir(const char *path, struct dirent ***list, shim_filter_fn filter, shim_order_fn order)
{
	char buffer[PATH_MAX];

	return real()->scandir(real_path(path, buffer), list, filter, order);
}

static void *open_for_glob(const char *path)
{
	return shim_opendir(path);
}

static struct dirent *read_for_glob(void *directory)
{
	return readdir(directory);
}

static void close_for_glob(void *directory)
{
	closedir(directory);
}

static int stat_for_glob(const char *path, struct stat *st)
{
	return shim_fstatat(AT_FDCWD, path, st, 0);
}

static int lstat_for_glob(const char *path, struct stat *st)
{
	return shim_fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

/* libc's glob() bypasses interposition, so we give it our versions by GLOB_ALTDIRFUNC. */
int shim_glob(const char *pattern, int flags, shim_glob_error_fn error, glob_t *result)
{
	char plain[PATH_MAX];

	if (flags & GLOB_ALTDIRFUNC || !our_name(pattern, plain))
		return real()->glob(pattern, flags, error, result);
	result->gl_opendir = open_for_glob;
	result->gl_readdir = read_for_glob;
	result->gl_closedir = close_for_glob;
	result->gl_stat = stat_for_glob;
	result->gl_lstat = lstat_for_glob;
	return real()->glob(pattern, flags | GLOB_ALTDIRFUNC, error, result);
}

int shim_chdir(const char *path)
{
	char buffer[PATH_MAX];

	return real()->chdir(real_path(path, buffer));
}

int shim_fstatat(int dirfd, const char *path, struct stat *st, int flags)
{
	char buffer[PATH_MAX];
	int result = real()->fstatat(dirfd, real_path(path, buffer), st, flags);
	const char *name = result ? NULL : our_name(path, buffer);

	if (name)
		shim_show_path(name, st);
	else if (!result && flags & AT_EMPTY_PATH && (!path || !path[0]))
		shim_show(dirfd, st);
	return result;
}

int shim_statx(int dirfd, const char *path, int flags, unsigned int mask, struct statx *st)
{
	char buffer[PATH_MAX];
	int result = real()->statx(dirfd, real_path(path, buffer), flags, mask, st);
	const char *name = result ? NULL : our_name(path, buffer);

	if (name)
		shim_showx_path(name, st);
	else if (!result && flags & AT_EMPTY_PATH && (!path || !path[0]))
		shim_showx(dirfd, st);
	return result;
}

int shim_faccessat(int dirfd, const char *path, int mode, int flags)
{
	char buffer[PATH_MAX];

	return real()->faccessat(dirfd, real_path(path, buffer), mode, flags);
}

int shim_euidaccess(const char *path, int mode)
{
	char buffer[PATH_MAX];

	return real()->euidaccess(real_path(path, buffer), mode);
}

ssize_t shim_getxattr(const char *path, const char *name, void *value, size_t size)
{
	char buffer[PATH_MAX];

	return real()->getxattr(real_path(path, buffer), name, value, size);
}

ssize_t shim_lgetxattr(const char *path, const char *name, void *value, size_t size)
{
	char buffer[PATH_MAX];

	return real()->lgetxattr(real_path(path, buffer), name, value, size);
}

ssize_t shim_readlinkat(int dirfd, const char *path, char *buffer, size_t size)
{
	char where[PATH_MAX];

	return real()->readlinkat(dirfd, real_path(path, where), buffer, size);
}

/*
 * Strips the run's directory from a real path, so that the program sees the path of ours. The
 * directory mirrors /sys and /dev under these names.
 */
static void forget_directory(char *path)
{
	const char *directory = shim_directory();
	size_t length = directory ? strlen(directory) : 0;

	if (!length || strncmp(path, directory, length) || !shim_may_be_ours(path + length))
		return;
	memmove(path, path + length, strlen(path + length) + 1);
}

char *shim_realpath(const char *path, char *resolved)
{
	char buffer[PATH_MAX];
	const char *where = real_path(path, buffer);
	char *answer = real()->realpath(where, resolved);

	if (answer && where != path)
		forget_directory(answer);
	return answer;
}
