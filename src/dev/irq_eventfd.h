/* SPDX-License-Identifier: BSD-2-Clause */
/* Duplicates of the program's eventfds. */
#ifndef STCE_DEV_IRQ_EVENTFD_H
#define STCE_DEV_IRQ_EVENTFD_H

#include "util/own_fd.h"

/*
 * Sets *copy to our own duplicate of the program's eventfd, or to NULL if fd is negative. -EBADF,
 * -EINVAL: not an eventfd; -EMFILE, -ENOMEM.
 */
int irq_duplicate_eventfd(int fd, struct own_fd **copy);

#endif
