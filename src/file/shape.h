/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages by which a process makes calls on a file whose state another process has
 * (file/borrow.h, file/lend.h). A call is sent with the bytes of its argument and gets the bytes of
 * its answer back, so no address crosses the border. A shape says which bytes these are.
 */
#ifndef STCE_FILE_SHAPE_H
#define STCE_FILE_SHAPE_H

#include "util/reason.h"
#include "util/types.h"

/* An ioctl that can be made for another process. */
struct file_shape {
	unsigned int request;
	/* Its argument is a number. The rest is 0 then. */
	bool has_number;
	/* The bytes that the call reads first; fewer are refused (-EFAULT). */
	size_t head;
	/* Returns how many bytes of the argument follow, as the head says; NULL: none. */
	size_t (*tail)(const void *head);
	/* Returns how many words at the end of the argument are descriptors; NULL: none. */
	unsigned int (*fds)(const void *head);
	/* Returns how many bytes the call has written to the argument; NULL: none. */
	size_t (*answer)(const void *argument, long result);
};

/* No call carries more bytes in one direction; longer reads and writes are made in pieces. */
#define FILE_CALL_SIZE 32768

enum file_call_kind {
	FILE_CALL_BEGIN,        /* has the file's descriptor; the first call on a connection */
	FILE_CALL_IOCTL,
	FILE_CALL_READ,
	FILE_CALL_WRITE,
	FILE_CALL_END,          /* drops the file */
};

/* Bytes and descriptors follow. */
struct file_call {
	uint32_t kind;
	uint32_t request;       /* of an ioctl */
	uint64_t number;        /* of an ioctl, if that is its argument */
	uint64_t offset, size;  /* of a read or write */
};

/* Bytes follow. */
struct file_answer {
	int64_t result;
	uint64_t written;       /* how many bytes */
	char reason[REASON_SIZE];
};

#endif
