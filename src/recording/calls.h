/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ioctls whose arguments a recording keeps, one row each. A request number differs between
 * architectures, so a recording has the number of the row, which never changes. An ioctl without
 * a row is kept with its request and result only.
 */
#ifndef STCE_RECORDING_CALLS_H
#define STCE_RECORDING_CALLS_H

#include "util/types.h"

enum recording_argument {
	RECORDING_NO_ARGUMENT,
	RECORDING_A_NUMBER,
	RECORDING_ARGSZ,          /* a structure that begins with its size */
	RECORDING_FIXED,          /* a structure of `size` bytes */
	RECORDING_STRING,
	RECORDING_ATTRIBUTE,      /* kvm_device_attr; what its address points to follows it */
};

struct recording_call {
	unsigned int request;     /* on this machine */
	const char *name;
	bool on_device_file;      /* a call on a device file of VFIO */
	enum recording_argument argument;
	unsigned int size;        /* of a FIXED structure */
	unsigned int memory;      /* where it has the address of memory; its size is at memory_size; 0: none */
	unsigned int memory_size;
	unsigned int fds;         /* where descriptors begin that the call reads; 0: nowhere */
	bool is_fd;               /* the argument is one */
	bool makes_fd;            /* the result is one */
	unsigned int made_fd;     /* where the answer has one; 0: nowhere */
};

/* Returns the number of the row of a request, or 0. A device has other calls under the numbers of a container. */
unsigned int recording_call_number(unsigned long request, bool on_device_file);
/* Returns the row, or NULL if there is no row of that number. */
const struct recording_call *recording_call(uint64_t number);

/* Copies bytes of a program. -EFAULT: not all are there, and `to` may have some of them. */
typedef int (*recording_copy_fn)(void *to, const void *from, size_t size);

/*
 * Reads the argument, as far as it is kept, into RECORDING_BYTES_MAX bytes, and returns how many those are. The bytes
 * behind them may have changed too.
 */
unsigned int recording_call_read(const struct recording_call *call, const void *argument, uint8_t *to,
				 recording_copy_fn copy);

/* Returns how many descriptors the bytes of an argument have, from call->fds on. */
unsigned int recording_call_fds(const struct recording_call *call, const uint8_t *bytes, size_t size);

#endif
