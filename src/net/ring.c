/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame stands in the ring behind its length, at a multiple of 8 bytes. The producer publishes by
 * storing its position behind the frame; the consumer gives room back by storing its own.
 */
#include "net/ring.h"

#include <errno.h>
#include <string.h>

#include "net/port.h"

#define ALIGNMENT UINT64_C(8)

/* What stands before a frame. */
struct prefix {
	_Atomic(uint32_t) length;
	uint32_t reserved;
};

static void *at(const struct net_ring *ring, uint64_t position)
{
	return ring->data + position % NET_RING_SIZE;
}

static uint64_t bytes_for(uint32_t length)
{
	return sizeof(struct prefix) + align_up(length, ALIGNMENT);
}

void net_ring_reset(struct net_ring *ring)
{
	ring->at = ring->seen = 0;
	ring->length = 0;
	atomic_store_explicit(ring->mine, 0, memory_order_release);
}

/* Reads the consumer's position. (F16) */
static int look_at_consumer(struct net_ring *ring)
{
	uint64_t position = atomic_load_explicit(ring->other, memory_order_acquire);

	if (ring->at - position > NET_RING_SIZE)
		return -EPROTO;
	ring->seen = position;
	return 0;
}

static void copy(unsigned char *to, const struct iovec *part, unsigned int parts)
{
	for (unsigned int i = 0; i < parts; i++) {
		memcpy(to, part[i].iov_base, part[i].iov_len);
		to += part[i].iov_len;
	}
}

int net_ring_room(struct net_ring *ring, uint32_t length, void **frame)
{
	uint64_t need = bytes_for(length);
	int r = 0;

	if (NET_RING_SIZE - (ring->at - ring->seen) < need)
		r = look_at_consumer(ring);
	if (!r && NET_RING_SIZE - (ring->at - ring->seen) < need)
		r = -EAGAIN;
	*frame = (struct prefix *)at(ring, ring->at) + 1;
	return r;
}

void net_ring_push(struct net_ring *ring, uint32_t length)
{
	struct prefix *prefix = at(ring, ring->at);

	atomic_store_explicit(&prefix->length, length, memory_order_relaxed);
	ring->at += bytes_for(length);
	atomic_store_explicit(ring->mine, ring->at, memory_order_release);
}

int net_ring_put(struct net_ring *ring, const struct iovec *part, unsigned int parts, uint32_t length)
{
	void *frame;
	int r = net_ring_room(ring, length, &frame);

	if (r)
		return r;
	copy(frame, part, parts);
	net_ring_push(ring, length);
	return 0;
}

bool net_ring_has_room(struct net_ring *ring)
{
	return look_at_consumer(ring) == 0 && ring->at - ring->seen <= NET_RING_SIZE / 2;
}

/* Reads the producer's position. (F16) */
static int look_at_producer(struct net_ring *ring)
{
	uint64_t position = atomic_load_explicit(ring->other, memory_order_acquire);

	if (position - ring->at > NET_RING_SIZE || position % ALIGNMENT)
		return -EPROTO;
	ring->seen = position;
	return 0;
}

/* Reads the length of the next frame. (F16) */
static int look_at_frame(struct net_ring *ring, struct prefix *prefix)
{
	uint32_t size = atomic_load_explicit(&prefix->length, memory_order_relaxed);

	if (size < NET_FRAME_SIZE_MIN || size > NET_FRAME_SIZE_MAX || bytes_for(size) > ring->seen - ring->at)
		return -EPROTO;
	ring->length = size;
	return 0;
}

int net_ring_peek(struct net_ring *ring, const void **frame, uint32_t *length)
{
	struct prefix *prefix = at(ring, ring->at);
	int r = 0;

	*frame = NULL;
	if (ring->seen == ring->at)
		r = look_at_producer(ring);
	if (r || ring->seen == ring->at)
		return r;
	if (!ring->length)
		r = look_at_frame(ring, prefix);
	if (r)
		return r;
	*length = ring->length;
	*frame = prefix + 1;
	return 0;
}

void net_ring_pop(struct net_ring *ring)
{
	ring->at += bytes_for(ring->length);
	ring->length = 0;
	atomic_store_explicit(ring->mine, ring->at, memory_order_release);
}

bool net_ring_gave_room(struct net_ring *ring)
{
	return look_at_producer(ring) != 0 || ring->seen - ring->at <= NET_RING_SIZE / 2;
}
