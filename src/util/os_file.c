/* SPDX-License-Identifier: BSD-2-Clause */
/* What an open file holds, and whose it is. os.h says what each call does. */
#include "util/os.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "util/os_call.h"

/* No file system allocates smaller blocks. */
#define OS_BLOCK_SIZE 512

int os_memfd_create(const char *name, unsigned int flags)
{
	return (int)CALL(SYS_memfd_create, name, flags);
}

int os_ftruncate(int fd, uint64_t size)
{
	return (int)CALL(SYS_ftruncate, fd, size);
}

int os_seal_size(int fd)
{
	return (int)CALL(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int os_fallocate(int fd, int mode, uint64_t offset, uint64_t length)
{
	return (int)CALL(SYS_fallocate, fd, mode, offset, length);
}

/*
 * If the file system cannot reserve space, rewrites a byte in each block, which allocates the
 * block.
 */
static int write_blocks(int fd, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += OS_BLOCK_SIZE) {
		char byte = 0;
		long r = CALL(SYS_pread64, fd, &byte, 1UL, at);

		r = r < 0 ? r : CALL(SYS_pwrite64, fd, &byte, 1UL, at);
		if (r != 1)
			return r < 0 ? (int)r : -ENOSPC;
	}
	return os_ftruncate(fd, size);
}

int os_allocate(int fd, uint64_t size)
{
	int r = os_fallocate(fd, 0, 0, size);

	return r == -EOPNOTSUPP || r == -ENOSYS ? write_blocks(fd, size) : r;
}

int os_fdatasync(int fd)
{
	return (int)CALL(SYS_fdatasync, fd);
}

int os_find_data(int fd, uint64_t offset, uint64_t *start, uint64_t *end)
{
	long r = CALL(SYS_lseek, fd, offset, SEEK_DATA);

	if (r < 0)
		return (int)r;
	*start = (uint64_t)r;
	r = CALL(SYS_lseek, fd, *start, SEEK_HOLE);
	*end = (uint64_t)r;
	return r < 0 ? (int)r : 0;
}

long os_ioctl(int fd, unsigned long request, void *argument)
{
	return CALL(SYS_ioctl, fd, request, argument);
}

int os_fstat(int fd, uint64_t *dev, uint64_t *ino, uint64_t *size, unsigned int *mode)
{
	struct statx st;
	int r = (int)CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);

	if (r)
		return r;
	if (dev)
		*dev = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
	if (ino)
		*ino = st.stx_ino;
	if (size)
		*size = st.stx_size;
	if (mode)
		*mode = st.stx_mode;
	return 0;
}

int os_fstat_owner(int fd, unsigned int *uid, unsigned int *mode)
{
	struct statx st;
	int r = (int)CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);

	if (r)
		return r;
	*uid = st.stx_uid;
	*mode = st.stx_mode;
	return 0;
}

int os_fchmod(int fd, unsigned int mode)
{
	return (int)CALL(SYS_fchmod, fd, mode);
}

int os_fchown(int fd, uint32_t uid, uint32_t gid)
{
	return (int)CALL(SYS_fchown, fd, uid, gid);
}

int os_file_user(int fd, struct os_file_user *user)
{
	struct statfs mount = { 0 };
	struct statx st;
	int r = (int)CALL(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);

	if (r)
		return r;
	*user = (struct os_file_user){
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.mode = st.stx_mode,
		.has_capabilities = CALL(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0,
		.is_heeded = CALL(SYS_fstatfs, fd, &mount) || !(mount.f_flags & ST_NOSUID),
	};
	return 0;
}

ssize_t os_read(int fd, void *buffer, size_t size)
{
	return CALL(SYS_read, fd, buffer, size);
}

ssize_t os_read_nowait(int fd, void *buffer, size_t size)
{
	struct iovec iov = { buffer, size };

	/* Position -1 reads at the file's own position, as read(2) does. */
	return CALL(SYS_preadv2, fd, &iov, 1L, -1L, -1L, RWF_NOWAIT);
}

ssize_t os_write(int fd, const void *buffer, size_t size)
{
	return CALL(SYS_write, fd, buffer, size);
}

ssize_t os_pread(int fd, void *buffer, size_t size, uint64_t offset)
{
	return CALL(SYS_pread64, fd, buffer, size, offset);
}

ssize_t os_pwrite(int fd, const void *buffer, size_t size, uint64_t offset)
{
	return CALL(SYS_pwrite64, fd, buffer, size, offset);
}

ssize_t os_preadv(int fd, const struct iovec *iov, int count, uint64_t offset)
{
	return CALL(SYS_preadv, fd, iov, (long)count, offset, 0L);
}

ssize_t os_pwritev(int fd, const struct iovec *iov, int count, uint64_t offset)
{
	return CALL(SYS_pwritev, fd, iov, (long)count, offset, 0L);
}

int64_t os_tell(int fd)
{
	return CALL(SYS_lseek, fd, 0L, SEEK_CUR);
}
