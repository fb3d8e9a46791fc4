/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves data between a backing and memory, and makes zeros by the cheapest way that the file system
 * knows. A transfer counts exactly the bytes it has moved, also when it fails.
 */
#include "nvme/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "util/os.h"

#define ZEROS_SIZE 65536

typedef ssize_t (*transfer_fn)(int fd, const struct iovec *iov, int count, uint64_t offset);

/*
 * Makes one system call for the pieces from *iov on, and skips `inside` bytes of the first piece.
 * It restores that piece afterwards, because the array belongs to the caller.
 */
static ssize_t transfer_some(transfer_fn transfer, int fd, struct iovec *iov,
			     unsigned int count, size_t inside, uint64_t offset)
{
	struct iovec whole = iov[0];
	ssize_t r;

	iov[0].iov_base = (char *)whole.iov_base + inside;
	iov[0].iov_len -= inside;
	do
		r = transfer(fd, iov, (int)min_u64(count, IOV_MAX), offset);
	while (r == -EINTR);
	iov[0] = whole;
	return r;
}

/* Skips the first *moved bytes of the pieces, and adds to *moved what it moves. */
static int transfer_rest(transfer_fn transfer, int fd, struct iovec *iov, unsigned int count,
			 uint64_t offset, uint64_t *moved)
{
	uint64_t inside = *moved;

	for (;;) {
		ssize_t r;

		while (count && inside >= iov->iov_len) {
			inside -= iov->iov_len;
			iov++;
			count--;
		}
		if (!count)
			return 0;
		r = transfer_some(transfer, fd, iov, count, inside, offset + *moved);
		if (r <= 0)
			return r ? (int)r : -EIO;
		*moved += (uint64_t)r;
		inside += (uint64_t)r;
	}
}

void backing_move_rest(struct backing *backing, struct backing_move *move)
{
	int fd = own_fd_enter(backing->fd);

	if (fd < 0) {
		move->error = fd;
		return;
	}
	move->error = transfer_rest(move->writes ? os_pwritev : os_preadv, fd, move->iov,
				    move->count, move->offset, &move->moved);
	own_fd_leave(backing->fd);
}

static int transfer_all(struct backing *backing, bool writes, struct iovec *iov, unsigned int count,
			uint64_t offset, uint64_t *moved)
{
	struct backing_move move = { .writes = writes, .iov = iov, .count = count, .offset = offset };

	backing_move_rest(backing, &move);
	*moved = move.moved;
	return move.error;
}

int backing_read(struct backing *backing, struct iovec *iov, unsigned int count,
		 uint64_t offset, uint64_t *moved)
{
	return transfer_all(backing, false, iov, count, offset, moved);
}

int backing_write(struct backing *backing, struct iovec *iov, unsigned int count,
		  uint64_t offset, uint64_t *moved)
{
	return transfer_all(backing, true, iov, count, offset, moved);
}

static int write_zeros(struct backing *backing, uint64_t offset, uint64_t length)
{
	static const char zeros[ZEROS_SIZE];

	while (length) {
		struct iovec iov = { (void *)zeros, min_u64(length, sizeof(zeros)) };
		uint64_t moved;
		int r = backing_write(backing, &iov, 1, offset, &moved);

		if (r)
			return r;
		offset += moved;
		length -= moved;
	}
	return 0;
}

/* Remembers in *cannot that the file system does not know this mode. */
static int fallocate_or(struct backing *backing, int mode, bool *cannot, uint64_t offset,
			uint64_t length)
{
	int fd, r;

	if (*cannot)
		return -EOPNOTSUPP;
	fd = own_fd_enter(backing->fd);
	if (fd < 0)
		return fd;
	do
		r = os_fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, offset, length);
	while (r == -EINTR);
	own_fd_leave(backing->fd);
	if (r == -EOPNOTSUPP || r == -ENOSYS) {
		*cannot = true;
		return -EOPNOTSUPP;
	}
	return r;
}

static int punch(struct backing *backing, uint64_t offset, uint64_t length)
{
	return fallocate_or(backing, FALLOC_FL_PUNCH_HOLE, &backing->cannot_punch, offset, length);
}

int backing_zero(struct backing *backing, uint64_t offset, uint64_t length, bool deallocate)
{
	int r = -EOPNOTSUPP;

	if (!length)
		return 0;
	if (!deallocate && !backing->is_memory)
		r = fallocate_or(backing, FALLOC_FL_ZERO_RANGE, &backing->cannot_zero, offset,
				 length);
	else
		r = punch(backing, offset, length);
	return r == -EOPNOTSUPP ? write_zeros(backing, offset, length) : r;
}

int backing_discard(struct backing *backing, uint64_t offset, uint64_t length)
{
	int r = length ? punch(backing, offset, length) : 0;

	return r == -EOPNOTSUPP ? 0 : r;
}

int backing_flush(struct backing *backing)
{
	int fd, r;

	if (backing->is_memory)
		return 0;
	fd = own_fd_enter(backing->fd);
	if (fd < 0)
		return fd;
	r = os_fdatasync(fd);
	own_fd_leave(backing->fd);
	return r;
}
