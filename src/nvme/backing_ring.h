/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several transfers at once through the kernel's io_uring. Where the kernel
 * refuses it, as the seccomp filters of containers do, there is no ring and
 * transfers go one after the other. One thread at a time.
 */
#ifndef STCE_NVME_BACKING_RING_H
#define STCE_NVME_BACKING_RING_H

#include "nvme/backing.h"

struct backing_ring;

/* For that many moves at once. -errno where the kernel refuses; -ENOSYS: built without. */
int backing_ring_new(unsigned int size, struct backing_ring **ring);
/* NULL is fine. */
void backing_ring_free(struct backing_ring *ring);

/*
 * Starts all of the moves and waits for all. Those that came short are left
 * for backing_move_rest(). Returns how many the kernel took.
 */
unsigned int backing_ring_move(struct backing_ring *ring, struct backing *backing,
			       struct backing_move *moves, unsigned int n);

#endif
