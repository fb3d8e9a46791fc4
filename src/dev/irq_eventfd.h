/* SPDX-License-Identifier: BSD-2-Clause */
/* The eventfds of programs that interrupts use. */
#ifndef STCE_DEV_IRQ_EVENTFD_H
#define STCE_DEV_IRQ_EVENTFD_H

#include "util/own_fd.h"

/* Our own duplicate of an eventfd of the program's; NULL of -1. -EBADF, -EINVAL, -EMFILE, -ENOMEM. */
int irq_duplicate_eventfd(int fd, struct own_fd **copy);

#endif
