/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stores frames in the buffers of a receive queue, each in as many as it needs [82576 7.1.4], and
 * writes the descriptors back several at once. A driver looks at descriptors in order, so the
 * others are written first, and the half of the first that says that it is done last, by one store:
 * drivers look at the length and at the status, in either order.
 *
 * A buffer that cannot be reached ends its frame with RXE, which is no good frame to any driver, and
 * the queue goes on. If descriptors cannot be reached, the queue stops until it is enabled again.
 */
#include "igb/rx_ring.h"

#include <stdatomic.h>

#include "igb/dma.h"
#include "igb/model.h"
#include "igb/ring.h"
#include "igb/rx_split.h"
#include "igb/statistics.h"

#define RXE            0x80000000u
#define TYPE_LEGACY    0
#define BUFFER_DEFAULT 2048u

static uint32_t srrctl(const struct igb *igb, unsigned int queue)
{
	return igb_get(igb, IGB_RX_QUEUE(queue) + IGB_QUEUE_SRRCTL);
}

static uint32_t buffer_size(const struct igb *igb, unsigned int queue)
{
	uint32_t kib = srrctl(igb, queue) & IGB_SRRCTL_PACKET, rctl = igb_get(igb, IGB_RCTL);
	uint32_t size = BUFFER_DEFAULT >> (rctl >> IGB_RCTL_BSIZE_SHIFT & 3);

	if (kib)
		return kib * 1024;
	return igb->model->has_large_buffers && rctl & IGB_RCTL_BSEX ? size * 16 : size;
}

static bool is_legacy(const struct igb *igb, unsigned int queue)
{
	return (srrctl(igb, queue) >> IGB_SRRCTL_TYPE_SHIFT & 7) == TYPE_LEGACY;
}

static void stop_queue(struct igb *igb, struct igb_rx_queue *q)
{
	q->failed = true;
	q->ring.size = 0;
	q->fetched.count = q->fetched.used = q->fetched.written = 0;
	igb->worker.causes |= IGB_ICR_RXO;
}

static int write_entries(const struct igb_rx_queue *q, uint32_t from, uint32_t count)
{
	uint64_t at = q->ring.base + (uint64_t)(q->fetched.first + from) * IGB_DESCRIPTOR_SIZE;

	return igb_dma_write(q->ring.fn, to_ioba(at), &q->fetched.entry[from], (size_t)count * IGB_DESCRIPTOR_SIZE);
}

static void flush(struct igb *igb, unsigned int queue)
{
	struct igb_rx_queue *q = &igb->rx[queue];
	struct igb_fetched *f = &q->fetched;
	struct igb_descriptor *first = &f->entry[f->written];
	const size_t half = offsetof(struct igb_descriptor, low);
	uint64_t at = q->ring.base + (uint64_t)(f->first + f->written) * IGB_DESCRIPTOR_SIZE + half;
	struct igb_descriptor done;
	int r;

	if (f->used == f->written)
		return;
	done = *first;
	first->low = first->high = le32_make(0);
	r = write_entries(q, f->written, f->used - f->written);
	atomic_thread_fence(memory_order_release);
	if (r || igb_dma_write(q->ring.fn, to_ioba(at), &done.low, sizeof(done) - half)) {
		stop_queue(igb, q);
		return;
	}
	f->written = f->used;
	*igb_reg(igb, IGB_RX_QUEUE(queue) + IGB_QUEUE_HEAD) = q->ring.head;
	igb->worker.rx_done |= 1u << queue;
}

void igb_rx_flush(struct igb *igb)
{
	for (unsigned int q = 0; q < IGB_QUEUES; q++)
		if (igb->rx[q].ring.size)
			flush(igb, q);
}

/* Returns the descriptor at the head, after those before it were written back if need be. */
static struct igb_descriptor *next_descriptor(struct igb *igb, unsigned int queue)
{
	struct igb_rx_queue *q = &igb->rx[queue];

	if (q->fetched.used == q->fetched.count)
		flush(igb, queue);
	return q->ring.size ? igb_descriptor_at(&q->ring, &q->fetched, q->ring.head) : NULL;
}

static void finish_advanced(struct igb_descriptor *d, const struct igb_received *r, uint32_t length, uint32_t status,
			    uint32_t split)
{
	uint32_t first = r->hash_kind | (uint32_t)r->type << 4 | split;

	d->address = le64_make((uint64_t)r->hash << 32 | first);
	d->low = le32_make(status);
	d->high = le32_make(length | (uint32_t)r->tag << 16);
}

/* A legacy descriptor has the errors in bits 8 to 15 of its upper word. */
static void finish_legacy(const struct igb *igb, struct igb_descriptor *d, const struct igb_received *r,
			  uint32_t length, uint32_t status)
{
	d->low = le32_make(length);
	d->high = le32_make((status & igb->model->rx_status) | (status >> 24 & 0xff) << 8 | (uint32_t)r->tag << 16);
}

/* Waiting for descriptors helps only if the queue is on, and large enough. */
static bool can_ever_have_room(const struct igb_rx_queue *q, uint32_t needed)
{
	return needed < q->ring.size;
}

/* Bit 0 of the header buffer's address is where a descriptor has DD. */
static uint64_t header_buffer(const struct igb_descriptor *d)
{
	return ((uint64_t)le32_get(d->high) << 32 | le32_get(d->low)) & ~UINT64_C(1);
}

/* A frame on its way to buffers of one size. */
struct storing {
	const struct igb_received *r;
	struct igb_split split;
	uint32_t buffer, at;             /* bytes of each packet buffer, and those that are stored */
	uint32_t errors;                 /* RXE: a buffer could not be reached */
};

/* The next frame is probably as long as this one. */
static void expect_next(const struct igb_rx_queue *q, uint32_t size)
{
	const struct igb_descriptor *next = igb_descriptor_next(&q->fetched, q->ring.head);

	if (next)
		igb_dma_expect(q->ring.fn, to_ioba(le64_get(next->address)), size, TCE_WRITE);
}

/*
 * Stores the next part of the frame. If a buffer cannot be reached, the descriptor of the frame's last part tells of it.
 * Returns false if the queue has stopped.
 */
static bool store_part(struct igb *igb, unsigned int queue, struct storing *s)
{
	const struct igb_received *r = s->r;
	struct igb_rx_queue *q = &igb->rx[queue];
	uint32_t header = s->at ? 0 : s->split.size, at = s->at + header;
	uint32_t size = (uint32_t)min_u64(s->buffer, r->length - at), status = IGB_RX_DD;
	struct igb_descriptor *d = next_descriptor(igb, queue);

	if (!d) {
		stop_queue(igb, q);
		return false;
	}
	expect_next(q, size);
	if ((header && igb_dma_write(q->ring.fn, to_ioba(header_buffer(d)), r->frame, header)) ||
	    (size && igb_dma_write(q->ring.fn, to_ioba(le64_get(d->address)), r->frame + at, size)))
		s->errors = RXE;
	if (at + size == r->length)
		status |= IGB_RX_EOP | r->status | s->split.status | s->errors;
	if (is_legacy(igb, queue))
		finish_legacy(igb, d, r, size, status);
	else
		finish_advanced(d, r, size, status, s->at ? 0 : s->split.first);
	q->fetched.used++;
	q->ring.head = igb_ring_after(&q->ring, q->ring.head, 1);
	s->at = at + size;
	return true;
}

static enum igb_stored no_room(struct igb *igb, unsigned int queue)
{
	if (!(srrctl(igb, queue) & IGB_SRRCTL_DROP))
		return IGB_NO_ROOM;
	igb_count(igb, IGB_RX_QUEUE(queue) + IGB_QUEUE_RQDPC);
	return IGB_DROPPED;
}

enum igb_stored igb_rx_store(struct igb *igb, unsigned int queue, const struct igb_received *r)
{
	struct igb_rx_queue *q = &igb->rx[queue];
	struct storing s = { .r = r, .split = igb_rx_split(igb, queue, r), .buffer = buffer_size(igb, queue) };
	uint32_t rest = r->length - s.split.size, needed = rest ? (rest + s.buffer - 1) / s.buffer : 1;

	if (!can_ever_have_room(q, needed)) {
		igb_count(igb, IGB_MPC);
		return IGB_DROPPED;
	}
	if (igb_ring_left(&q->ring, q->ring.head) < needed)
		return no_room(igb, queue);
	while (s.at < r->length)
		if (!store_part(igb, queue, &s))
			return IGB_DROPPED;
	return s.errors ? IGB_DROPPED : IGB_STORED_IT;
}
