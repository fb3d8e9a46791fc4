/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks on the bytes of files. os.h says what each call does. */
#include "util/os.h"

#include <fcntl.h>

#include "util/os_call.h"

static struct flock one_byte(short type, uint64_t byte)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)byte,
		.l_len = 1,
	};
}

int os_lock_byte(int fd, uint64_t byte, bool exclusive)
{
	struct flock lock = one_byte(exclusive ? F_WRLCK : F_RDLCK, byte);
	int r = (int)CALL(SYS_fcntl, fd, F_OFD_SETLK, &lock);

	return r == -EACCES ? -EAGAIN : r;
}

int os_unlock_byte(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_UNLCK, byte);

	return (int)CALL(SYS_fcntl, fd, F_OFD_SETLK, &lock);
}

/*
 * The kernel's F_SETLK. With 64-bit offsets libc on ppc64 has another number under that name, which
 * its own fcntl() translates.
 */
#define KERNEL_F_SETLK 6

int os_lock_byte_of_process(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_WRLCK, byte);
	int r = (int)CALL(SYS_fcntl, fd, KERNEL_F_SETLK, &lock);

	return r == -EACCES ? -EAGAIN : r;
}

int os_unlock_byte_of_process(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_UNLCK, byte);

	return (int)CALL(SYS_fcntl, fd, KERNEL_F_SETLK, &lock);
}

int os_byte_is_locked(int fd, uint64_t byte)
{
	struct flock lock = one_byte(F_WRLCK, byte);
	int r = (int)CALL(SYS_fcntl, fd, F_OFD_GETLK, &lock);

	return r ? r : lock.l_type != F_UNLCK;
}
