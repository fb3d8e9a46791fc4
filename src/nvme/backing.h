/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands behind a disk: a file of the user's, or memory. Data moves
 * between it and the addresses of a held mapping by system calls alone.
 */
#ifndef STCE_NVME_BACKING_H
#define STCE_NVME_BACKING_H

#include <sys/uio.h>

#include "util/own_fd.h"
#include "util/types.h"

/* What the user wants. */
struct backing_wish {
	const char *type;       /* of the function, opens the line of a refusal */
	const char *file;       /* path, NULL: memory */
	uint64_t size;          /* of memory, bytes */
	unsigned int block;     /* bytes; the size is a multiple of it */
	bool readonly;          /* of a file */
};

struct backing {
	struct own_fd *fd;
	uint64_t size;          /* bytes */
	bool readonly;
	bool is_memory;
	bool cannot_zero;       /* the file system said no once */
	bool cannot_punch;
	bool is_told_lost;      /* the user knows that fd is */
};

/* Whether backing_open() would do, as far as one can know without doing it. */
int backing_check(const struct backing_wish *wish, char *why);
/*
 * Memory becomes the file shared_path where that is not NULL, which programs
 * share, and an unnamed one otherwise.
 */
int backing_open(struct backing *backing, const struct backing_wish *wish,
		 const char *shared_path, char *why);
void backing_close(struct backing *backing);

/*
 * Moves all pieces at offset, and counts the bytes in *moved. -EFAULT: the
 * memory of the pieces is gone; -EBADF: the program has closed the backing, and
 * nothing was moved; else the file's error, -EIO when it is shorter than it was.
 */
int backing_read(struct backing *backing, struct iovec *iov, unsigned int count,
		 uint64_t offset, uint64_t *moved);
int backing_write(struct backing *backing, struct iovec *iov, unsigned int count,
		  uint64_t offset, uint64_t *moved);

/* One transfer of several that go together. */
struct backing_move {
	bool writes;            /* the backing */
	struct iovec *iov;
	unsigned int count;
	uint64_t offset;
	uint64_t moved;         /* bytes; what is left is still to be done */
	int error;              /* as of backing_read() */
};

/* Does what is left of one. */
void backing_move_rest(struct backing *backing, struct backing_move *move);

/* The range reads as zeros then; may give its blocks back where deallocate. */
int backing_zero(struct backing *backing, uint64_t offset, uint64_t length, bool deallocate);
/* Gives blocks back where the file system can; nothing otherwise. */
int backing_discard(struct backing *backing, uint64_t offset, uint64_t length);
/* What was written survives a crash of the machine. Memory needs nothing. */
int backing_flush(struct backing *backing);

#endif
