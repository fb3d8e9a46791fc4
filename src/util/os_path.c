/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by their paths. os.h says what each call does. */
#include "util/os.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>

#include "util/os_call.h"

int os_open(const char *path, int flags, unsigned int mode)
{
	return (int)CALL(SYS_openat, AT_FDCWD, path, flags, mode);
}

int os_reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return os_open(path, flags, 0);
}

int os_open_at(int directory, const char *name, int flags, unsigned int mode)
{
	return (int)CALL(SYS_openat, directory, name, flags, mode);
}

bool os_is_same_file(int fd, const char *path)
{
	struct statx a, b;

	return !CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &a) &&
	       !CALL(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &b) &&
	       a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

int os_unlink_at(int directory, const char *name, bool is_directory)
{
	return (int)CALL(SYS_unlinkat, directory, name, is_directory ? AT_REMOVEDIR : 0);
}

ssize_t os_read_folder(int fd, void *entries, size_t size)
{
	return CALL(SYS_getdents64, fd, entries, size);
}

int os_unlink(const char *path)
{
	return (int)CALL(SYS_unlinkat, AT_FDCWD, path, 0);
}

int os_rmdir(const char *path)
{
	return (int)CALL(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int os_rename_at(int directory, const char *from, const char *to)
{
	return (int)CALL(SYS_renameat2, directory, from, directory, to, 0U);
}

int os_path_mode(const char *path, unsigned int *mode)
{
	struct statx st;
	int r = (int)CALL(SYS_statx, AT_FDCWD, path, 0, STATX_BASIC_STATS, &st);

	if (!r)
		*mode = st.stx_mode;
	return r;
}

bool os_may_execute(const char *path)
{
	long r = CALL(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS);

	/* Before Linux 5.8 only the real user can be asked about. */
	return (r == -ENOSYS ? CALL(SYS_faccessat, AT_FDCWD, path, X_OK) : r) == 0;
}

int os_mkdir(const char *path, unsigned int mode)
{
	return (int)CALL(SYS_mkdirat, AT_FDCWD, path, mode);
}

int os_mkdir_at(int directory, const char *name, unsigned int mode)
{
	return (int)CALL(SYS_mkdirat, directory, name, mode);
}

int os_symlink(const char *target, const char *path)
{
	return (int)CALL(SYS_symlinkat, target, AT_FDCWD, path);
}

ssize_t os_readlink(const char *path, char *buffer, size_t size)
{
	return CALL(SYS_readlinkat, AT_FDCWD, path, buffer, size);
}
