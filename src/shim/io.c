/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that use a descriptor. A program makes millions of them on files that are not ours, so one
 * look into the table of descriptors passes such a call on. The core does the work for files of
 * ours.
 */
#include "shim.h"

#include <sys/mman.h>

/* Answers an ioctl whose result is not 0, which few have. */
static __attribute__((noinline)) int answer_ioctl(long result)
{
	/*
	 * The result may be a new descriptor. If it is not, shim_note()'s limit becomes too high,
	 * which is harmless.
	 */
	if (result > 0 && result < INT_MAX && stce_is_ours((int)result))
		shim_note((int)result);
	return (int)shim_answer(result);
}

int shim_ioctl(int fd, unsigned long request, void *argument)
{
	long result;

	if (!stce_is_ours(fd))
		return real()->ioctl(fd, request, argument);
	/* stce_ioctl() leaves errno alone, so that MAP and UNMAP, which guests make all the time, need not save it. */
	shim_enter();
	result = stce_ioctl(fd, request, argument);
	shim_leave();
	return result ? answer_ioctl(result) : 0;
}

ssize_t shim_read(int fd, void *buffer, size_t size)
{
	if (!stce_is_ours(fd))
		return real()->read(fd, buffer, size);
	return shim_answer(IN_CORE(stce_read(fd, buffer, size)));
}

ssize_t shim_write(int fd, const void *buffer, size_t size)
{
	if (!stce_is_ours(fd))
		return real()->write(fd, buffer, size);
	return shim_answer(IN_CORE(stce_write(fd, buffer, size)));
}

/* [linux] A device has no size. The file behind ours has one, and must keep it. */
int shim_ftruncate(int fd, off_t size)
{
	return stce_is_ours(fd) ? (int)shim_answer(-EINVAL) : real()->ftruncate(fd, size);
}

int shim_fallocate(int fd, int mode, off_t offset, off_t size)
{
	return stce_is_ours(fd) ? (int)shim_answer(-ENODEV) : real()->fallocate(fd, mode, offset, size);
}

int shim_posix_fallocate(int fd, off_t offset, off_t size)
{
	return stce_is_ours(fd) ? ENODEV : real()->posix_fallocate(fd, offset, size);
}

off_t shim_lseek(int fd, off_t offset, int whence)
{
	/* Our files have no position, though the kernel's file behind a descriptor has one. */
	if (stce_is_ours(fd))
		return shim_answer(-ESPIPE);
	return real()->lseek(fd, offset, whence);
}

ssize_t shim_pread(int fd, void *buffer, size_t size, off_t offset)
{
	if (!stce_is_ours(fd))
		return real()->pread(fd, buffer, size, offset);
	return shim_answer(IN_CORE(stce_pread(fd, buffer, size, offset)));
}

ssize_t shim_pwrite(int fd, const void *buffer, size_t size, off_t offset)
{
	if (!stce_is_ours(fd))
		return real()->pwrite(fd, buffer, size, offset);
	return shim_answer(IN_CORE(stce_pwrite(fd, buffer, size, offset)));
}

/*
 * Like Linux for a file without operations on vectors, we transfer one part after the other until
 * one fails or is short. Offset -1 means that the call has no position.
 */
static ssize_t part_in(int fd, const struct iovec *part, off_t offset)
{
	return offset < 0 ? stce_read(fd, part->iov_base, part->iov_len)
			  : stce_pread(fd, part->iov_base, part->iov_len, offset);
}

static ssize_t part_out(int fd, const struct iovec *part, off_t offset)
{
	return offset < 0 ? stce_write(fd, part->iov_base, part->iov_len)
			  : stce_pwrite(fd, part->iov_base, part->iov_len, offset);
}

static ssize_t parts(int fd, const struct iovec *iov, int count, off_t offset,
		     ssize_t (*one)(int fd, const struct iovec *part, off_t offset))
{
	ssize_t done = 0;

	if (count < 0 || count > IOV_MAX)
		return -EINVAL;
	for (int i = 0; i < count; i++) {
		ssize_t r = one(fd, &iov[i], offset < 0 ? -1 : offset + done);

		if (r < 0)
			return done ? done : r;
		done += r;
		if ((size_t)r < iov[i].iov_len)
			break;
	}
	return done;
}

ssize_t shim_readv(int fd, const struct iovec *iov, int count)
{
	if (!stce_is_ours(fd))
		return real()->readv(fd, iov, count);
	return shim_answer(IN_CORE(parts(fd, iov, count, -1, part_in)));
}

ssize_t shim_writev(int fd, const struct iovec *iov, int count)
{
	if (!stce_is_ours(fd))
		return real()->writev(fd, iov, count);
	return shim_answer(IN_CORE(parts(fd, iov, count, -1, part_out)));
}

ssize_t shim_preadv(int fd, const struct iovec *iov, int count, off_t offset)
{
	if (!stce_is_ours(fd))
		return real()->preadv(fd, iov, count, offset);
	if (offset < 0)
		return shim_answer(-EINVAL);
	return shim_answer(IN_CORE(parts(fd, iov, count, offset, part_in)));
}

ssize_t shim_pwritev(int fd, const struct iovec *iov, int count, off_t offset)
{
	if (!stce_is_ours(fd))
		return real()->pwritev(fd, iov, count, offset);
	if (offset < 0)
		return shim_answer(-EINVAL);
	return shim_answer(IN_CORE(parts(fd, iov, count, offset, part_out)));
}

void *shim_map(const struct shim_mapping *m)
{
	void *mapping;
	int r;

	if ((m->flags & MAP_ANONYMOUS) || !stce_is_ours(m->fd))
		return real()->mmap(m->address, m->length, m->prot, m->flags, m->fd, m->offset);
	r = IN_CORE(stce_mmap(m->fd, m->address, m->length, m->prot, m->flags, m->offset, &mapping));
	if (!r)
		return mapping;
	errno = -r;
	return MAP_FAILED;
}
