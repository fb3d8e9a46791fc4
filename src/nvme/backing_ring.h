/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring runs several transfers at once through the kernel's io_uring. If the kernel refuses
 * io_uring, as the seccomp filters of containers do, there is no ring and the caller makes one
 * transfer after the other. Only one thread at a time may use a ring.
 */
#ifndef STCE_NVME_BACKING_RING_H
#define STCE_NVME_BACKING_RING_H

#include "nvme/backing.h"

struct backing_ring;

/*
 * Makes a ring for `size` moves at once. -ENOSYS: built without liburing; otherwise the kernel's
 * error.
 */
int backing_ring_new(unsigned int size, struct backing_ring **ring);
/* The ring may be NULL. */
void backing_ring_free(struct backing_ring *ring);

/*
 * Starts the moves, waits for those that the kernel took, and returns their number. A move may be
 * incomplete; backing_move_rest() finishes it and finds its error.
 */
unsigned int backing_ring_move(struct backing_ring *ring, struct backing *backing,
			       struct backing_move *moves, unsigned int n);

#endif
