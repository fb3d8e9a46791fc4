/* SPDX-License-Identifier: BSD-2-Clause */
/* The eventfds of programs that interrupts use. */
#ifndef STCE_DEV_IRQ_EVENTFD_H
#define STCE_DEV_IRQ_EVENTFD_H

#include "util/types.h"

/* Our own duplicate of an eventfd of the program's; -1 of none. -EBADF, -EINVAL. */
int irq_duplicate_eventfd(int fd, int *copy);

#endif
