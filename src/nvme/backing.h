/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backing of a disk: a file that the user names, or memory. Data moves between the backing and
 * the addresses of a held mapping by system calls only, because the program may unmap those
 * addresses at any time. Whether a command may touch the blocks is the caller's business.
 */
#ifndef STCE_NVME_BACKING_H
#define STCE_NVME_BACKING_H

#include <sys/uio.h>

#include "util/own_fd.h"
#include "util/types.h"

/* The user's options for a backing. */
struct backing_wish {
	const char *type;       /* function type, the first word of a refusal */
	const char *file;       /* path; NULL: memory */
	uint64_t size;          /* bytes, if it is memory */
	unsigned int block;     /* bytes; the size must be a multiple of it */
	bool readonly;          /* only a file can be */
};

struct backing {
	struct own_fd *fd;
	uint64_t size;          /* bytes */
	bool readonly;
	bool is_memory;
	bool cannot_zero;       /* the file system has refused FALLOC_FL_ZERO_RANGE */
	bool cannot_punch;      /* the file system has refused FALLOC_FL_PUNCH_HOLE */
	bool is_told_lost;      /* STCE_NEWS_DISK_LOST has been sent */
};

/* Checks whether backing_open() would succeed, as far as that is known without making anything. */
int backing_check(const struct backing_wish *wish, char *why);
/*
 * If the wish names no file, memory is made: the file shared_path, which programs share, or an
 * unnamed one if shared_path is NULL.
 */
int backing_open(struct backing *backing, const struct backing_wish *wish,
		 const char *shared_path, char *why);
void backing_close(struct backing *backing);

/*
 * Move all pieces at offset, and count the bytes in *moved. -EFAULT: the memory of a piece is gone.
 * -EBADF: the program has closed the backing, and nothing was moved. Other errors are the file's;
 * -EIO also says that the file has become shorter.
 */
int backing_read(struct backing *backing, struct iovec *iov, unsigned int count,
		 uint64_t offset, uint64_t *moved);
int backing_write(struct backing *backing, struct iovec *iov, unsigned int count,
		  uint64_t offset, uint64_t *moved);

/* One transfer of several that are started together. */
struct backing_move {
	bool writes;            /* true: memory to backing; false: backing to memory */
	struct iovec *iov;
	unsigned int count;
	uint64_t offset;
	uint64_t moved;         /* bytes done so far */
	int error;              /* as backing_read() returns it */
};

/* Moves the bytes that are not moved yet, and sets the error. */
void backing_move_rest(struct backing *backing, struct backing_move *move);

/*
 * Makes the range read as zeros. If deallocate is set, its blocks may go back to the file system.
 */
int backing_zero(struct backing *backing, uint64_t offset, uint64_t length, bool deallocate);
/* Gives blocks back to the file system, and does nothing if the file system cannot take them. */
int backing_discard(struct backing *backing, uint64_t offset, uint64_t length);
/* Makes all earlier writes survive a crash of the machine. It does nothing for memory. */
int backing_flush(struct backing *backing);

#endif
