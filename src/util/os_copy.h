/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets the kernel copy memory inside the process, which returns -EFAULT where plain loads and
 * stores would kill. Linux does it with process_vm_readv() and process_vm_writev(). A seccomp
 * filter may refuse both, and qemu-user lacks them: then the bytes go through a pair of sockets,
 * with the same results. Copies without a system call are util/guard.h's.
 */
#ifndef STCE_UTIL_OS_COPY_H
#define STCE_UTIL_OS_COPY_H

#include <sys/types.h>
#include <sys/uio.h>

#include "util/types.h"

/*
 * Finds out whether process_vm_readv() is refused, and if so makes the first pair of sockets.
 * -EMFILE if the program has no descriptors left for it. After it has returned 0, no copy in this
 * process needs a further descriptor.
 */
int os_copy_begin(void);

/*
 * Copies between two lists of at most 1024 pieces each, until the shorter one ends. Either list may
 * contain memory that is not mapped: the result is the number of bytes before that, or -EFAULT if
 * there are none. Other errors are those of os_copy_begin(), if it has not been called.
 */
ssize_t os_copy_from(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);
ssize_t os_copy_to(const struct iovec *local, size_t n_local, const struct iovec *program, size_t n_program);

#endif
