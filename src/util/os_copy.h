/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies inside the process by the kernel, which answers -EFAULT where plain
 * loads and stores would kill. Linux does it with process_vm_readv() and
 * process_vm_writev(). A seccomp filter may refuse both, and qemu-user lacks
 * them: there the bytes go through a pair of sockets, with the same answers.
 */
#ifndef STCE_UTIL_OS_COPY_H
#define STCE_UTIL_OS_COPY_H

#include <sys/types.h>
#include <sys/uio.h>

#include "util/types.h"

/*
 * Finds out whether process_vm_readv() is refused, and makes the first pair of
 * sockets then. -EMFILE where the program has no descriptors left for it; after
 * 0 no copy needs any more in this process.
 */
int os_copy_begin(void);

/*
 * Copies between two lists of at most 1024 pieces each, until the shorter one
 * ends. Either list may name memory that is not there: the answer is the
 * number of bytes before that, or -EFAULT when there are none. Other errors
 * are those of os_copy_begin(), where nobody has called it.
 */
ssize_t os_copy_from(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);
ssize_t os_copy_to(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);

#endif
