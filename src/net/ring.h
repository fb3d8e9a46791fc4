/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring of frames in memory that a producer and a consumer share, who need not trust each other.
 * Each has a position that it alone writes, counted in bytes from the start and never wrapped. The
 * memory is mapped twice, one copy behind the other, so a frame is never in two pieces.
 *
 *  (F16) Every position and length is read once, and judged before it is used. Whatever the other
 *       side writes, no call reads or writes outside the ring, and every call ends.
 *  (F17) The consumer sees a frame whole or not at all, and in the order of sending.
 *
 * Whose memory it is, and waking the other side, are left to wire.h.
 */
#ifndef STCE_NET_RING_H
#define STCE_NET_RING_H

#include <stdatomic.h>
#include <sys/uio.h>

#include "util/types.h"

#define NET_RING_SIZE MIB

/* One side's view of a ring. */
struct net_ring {
	_Atomic(uint64_t) *mine;           /* this side's position, in shared memory */
	const _Atomic(uint64_t) *other;    /* the other side's */
	unsigned char *data;               /* NET_RING_SIZE bytes, mapped twice */
	uint64_t at;                       /* what *mine is; nothing is read back */
	uint64_t seen;                     /* *other, as it was judged last */
	uint32_t length;                   /* of the frame that net_ring_peek() has returned; 0: none */
};

/* Makes the ring empty on this side. The other side does so too before it is used. */
void net_ring_reset(struct net_ring *ring);

/* As net_ring_put() in steps: room for a frame of this length, which nobody sees until it is pushed. */
int net_ring_room(struct net_ring *ring, uint32_t length, void **frame);
void net_ring_push(struct net_ring *ring, uint32_t length);
/* -EAGAIN: there is no room; -EPROTO: the other side's position is impossible. */
int net_ring_put(struct net_ring *ring, const struct iovec *part, unsigned int parts, uint32_t length);
/* Returns whether the producer has at least half of the ring. */
bool net_ring_has_room(struct net_ring *ring);

/* 0: *frame is the next frame, or NULL if there is none; -EPROTO: the producer broke a rule. */
int net_ring_peek(struct net_ring *ring, const void **frame, uint32_t *length);
/* Takes the frame that net_ring_peek() has returned. */
void net_ring_pop(struct net_ring *ring);
/* Returns whether the consumer has left at least half of the ring to the producer. */
bool net_ring_gave_room(struct net_ring *ring);

#endif
