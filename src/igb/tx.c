/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes packets from the transmit queues in turn. A packet is taken when its last descriptor is
 * there. If its bytes leave as they are it goes straight to the port's memory. Otherwise it is gathered
 * into the card's memory, and send.c makes frames of it; it stays in hand while the port has no room.
 * Its descriptors leave the ring when all frames have gone, and are reported with those of the other
 * packets of the batch.
 *
 * What a descriptor says is judged by the copy that was read. A packet that is too long, in too many
 * pieces, of a wrong type or in memory that cannot be reached is dropped: its descriptors are
 * reported like others, and ICR.DOUTSYNC tells the driver. If the descriptors themselves cannot be
 * reached, the queue stops until the driver enables it again.
 */
#include "igb/tx.h"

#include "igb/dma.h"
#include "igb/model.h"
#include "igb/ring.h"
#include "igb/send.h"
#include "igb/statistics.h"

static void set_context(const struct igb *igb, struct igb_tx_queue *q, const struct igb_descriptor *d)
{
	q->context[igb->model->context_of(le32_get(d->low), le32_get(d->high))].descriptor = *d;
}

/* Adds a data descriptor to the packet in hand. Returns false if that makes it unfit to be sent. */
static bool add_data(struct igb *igb, const struct igb_descriptor *d, const struct igb_part *part)
{
	struct igb_packet *p = &igb->packet;

	if (!p->command) {
		p->command = part->command;
		p->options = part->options;
		p->context = igb->tx[p->queue].context[igb->model->context_of(le32_get(d->low), le32_get(d->high))];
	}
	p->command |= part->command & (IGB_TX_VLE | IGB_TX_IC);
	if (part->has_tag) {
		p->has_tag = true;
		p->tag = part->tag;
	}
	if (part->kind == IGB_PART_BAD)
		return false;
	if (!part->length)
		return true;
	if (p->ranges == IGB_PIECES_MAX || p->length + part->length > IGB_PACKET_MAX)
		return false;
	p->range[p->ranges++] = (struct dma_range){ to_ioba(le64_get(d->address)), part->length };
	p->length += part->length;
	return true;
}

enum found { FOUND_NONE, FOUND_PACKET, FOUND_BAD };

static void stop_queue(struct igb *igb, struct igb_tx_queue *q)
{
	q->failed = true;
	q->ring.size = 0;
	igb->worker.causes |= IGB_ICR_DOUTSYNC;
}

/* Reads the descriptors of the next packet. */
static enum found find_packet(struct igb *igb, unsigned int queue)
{
	struct igb_tx_queue *q = &igb->tx[queue];
	struct igb_packet *p = &igb->packet;
	uint32_t index = q->ring.head;
	bool good = true;

	p->queue = queue;
	p->descriptors = p->length = p->sent = p->command = p->options = p->ranges = 0;
	p->has_tag = false;
	while (index != q->ring.tail) {
		const struct igb_descriptor *d = igb_descriptor_at(&q->ring, &q->fetched, index);
		struct igb_part part;

		if (!d) {
			stop_queue(igb, q);
			return FOUND_NONE;
		}
		igb->model->read_part(d, &part);
		index = igb_ring_after(&q->ring, index, 1);
		p->descriptors++;
		if (part.kind == IGB_PART_CONTEXT) {
			set_context(igb, q, d);
			continue;
		}
		good = add_data(igb, d, &part) && good;
		if (part.command & IGB_TX_EOP)
			return good ? FOUND_PACKET : FOUND_BAD;
	}
	q->waits = true;
	q->waits_at = q->ring.tail;
	return FOUND_NONE;
}

/* A packet that begins with a context is not fetched early; it has more work of its own. */
static void expect_next(const struct igb *igb)
{
	const struct igb_tx_queue *q = &igb->tx[igb->packet.queue];
	const struct igb_descriptor *next = igb_descriptor_next(&q->fetched, q->ring.head + igb->packet.descriptors - 1);
	struct igb_part part;

	if (!next)
		return;
	igb->model->read_part(next, &part);
	if (part.kind == IGB_PART_DATA && part.length)
		igb_dma_expect(q->ring.fn, to_ioba(le64_get(next->address)), part.length, TCE_READ);
}

static bool gather(struct igb *igb, uint8_t *to)
{
	struct igb_packet *p = &igb->packet;
	struct function *fn = igb->tx[p->queue].ring.fn;
	uint32_t at = 0;

	expect_next(igb);
	for (uint32_t i = 0; i < p->ranges; i++) {
		if (igb_dma_read(fn, p->range[i].ioba, to + at, p->range[i].length))
			return false;
		at += (uint32_t)p->range[i].length;
	}
	return true;
}

/* Reports what has left: the head to where the driver wants it, or each descriptor with RS. */
static void report(struct igb *igb, unsigned int queue)
{
	struct igb_tx_queue *q = &igb->tx[queue];
	uint32_t queue_at = IGB_TX_QUEUE(queue);
	uint64_t to = (uint64_t)igb_get(igb, queue_at + IGB_QUEUE_WBAH) << 32 | igb_get(igb, queue_at + IGB_QUEUE_WBAL);
	const struct le32 head = le32_make(q->ring.head), done = le32_make(IGB_TX_DD);
	struct ioba status = to_ioba(q->ring.base + offsetof(struct igb_descriptor, high));
	int r;

	if (to & IGB_WBAL_ENABLE)
		r = igb_dma_write(q->ring.fn, to_ioba(to & ~UINT64_C(3)), &head, sizeof(head));
	else
		r = igb_dma_write_words(q->ring.fn, status, q->done, q->dones, done);
	q->dones = 0;
	igb->worker.tx_done |= 1u << queue;
	if (r)
		stop_queue(igb, q);
}

/* Notes the packet's descriptors that are to be reported. Returns false if a descriptor cannot be reached. */
static bool note_done(struct igb *igb, const struct igb_packet *p)
{
	struct igb_tx_queue *q = &igb->tx[p->queue];
	uint32_t index = q->ring.head;

	for (uint32_t i = 0; i < p->descriptors; i++, index = igb_ring_after(&q->ring, index, 1)) {
		const struct igb_descriptor *d = igb_descriptor_at(&q->ring, &q->fetched, index);

		if (!d)
			return false;
		if (!(le32_get(d->low) & IGB_TX_RS))
			continue;
		if (q->dones == ARRAY_COUNT(q->done))
			report(igb, p->queue);
		if (!q->ring.size)
			return false;
		q->done[q->dones++] = index * IGB_DESCRIPTOR_SIZE;
	}
	return true;
}

/* The packet has left, or was dropped. */
static void finish(struct igb *igb)
{
	struct igb_packet *p = &igb->packet;
	struct igb_tx_queue *q = &igb->tx[p->queue];

	p->exists = false;
	if (!note_done(igb, p)) {
		stop_queue(igb, q);
		return;
	}
	q->ring.head = igb_ring_after(&q->ring, q->ring.head, p->descriptors);
	*igb_reg(igb, IGB_TX_QUEUE(p->queue) + IGB_QUEUE_HEAD) = q->ring.head;
	igb_fetched_use(&q->fetched, q->ring.head);
}

/* Sends the packet in hand straight from the driver's memory, or returns false if it has to be changed, or to wait. */
static bool send_unchanged(struct igb *igb, unsigned int *budget)
{
	struct igb_packet *p = &igb->packet;
	uint8_t *room = igb_send_room(igb);

	if (!room)
		return false;
	if (gather(igb, room)) {
		igb_count_sent(igb, room, p->length);
		net_port_push(igb->port, p->length);
		--*budget;
	} else {
		igb->worker.causes |= IGB_ICR_DOUTSYNC;
	}
	finish(igb);
	return true;
}

/* Takes the next packet of a queue in hand, or sends it at once. Returns false if there is none. */
static bool take_packet(struct igb *igb, unsigned int queue, unsigned int *budget)
{
	struct igb_tx_queue *q = &igb->tx[queue];
	struct igb_packet *p = &igb->packet;
	enum found found;

	if (!q->ring.size || q->ring.head == q->ring.tail || (q->waits && q->waits_at == q->ring.tail))
		return false;
	q->waits = false;
	found = find_packet(igb, queue);
	if (found == FOUND_NONE)
		return false;
	p->exists = true;
	if (found == FOUND_PACKET && send_unchanged(igb, budget))
		return true;
	if (found == FOUND_BAD || !gather(igb, igb->data) || !igb_send_begin(igb)) {
		igb->worker.causes |= IGB_ICR_DOUTSYNC;
		finish(igb);
	}
	return true;
}

/* Returns false if the port has no room, and the packet stays in hand. */
static bool send_packet(struct igb *igb, unsigned int *budget)
{
	if (!igb->packet.exists)
		return true;
	if (!igb_send(igb, budget))
		return false;
	if (igb->packet.exists && igb_send_is_done(igb))
		finish(igb);
	return true;
}

/* Returns the queue behind the one that was served last, of those that may have a packet. */
static unsigned int next_queue(const struct igb *igb)
{
	uint32_t behind = igb->tx_left & ~0u << igb->tx_next;

	return (unsigned int)__builtin_ctz(behind ? behind : igb->tx_left);
}

/* Takes a packet of the next queue that has one. */
static bool take_any(struct igb *igb, unsigned int *budget)
{
	while (igb->tx_left) {
		unsigned int queue = next_queue(igb);

		if (take_packet(igb, queue, budget)) {
			igb->tx_next = (queue + 1) % IGB_QUEUES;
			return true;
		}
		igb->tx_left &= ~(1u << queue);
	}
	return false;
}

static bool serve(struct igb *igb)
{
	unsigned int budget = IGB_BATCH;
	bool moved = false;

	while (budget) {
		if (!igb->packet.exists && !take_any(igb, &budget))
			break;
		if (!send_packet(igb, &budget)) {
			igb->worker.is_blocked = true;
			break;
		}
		moved = true;
	}
	return moved;
}

/*
 * A queue may go off while its packet waits for the port: by VFTE, MRQC, or a tail outside the ring. The packet then
 * stays in the ring, and is read and sent as a whole when the queue is on again.
 */
static void put_back(struct igb *igb)
{
	if (!igb->tx[igb->packet.queue].ring.size)
		igb->packet.exists = false;
}

bool igb_tx_serve(struct igb *igb)
{
	bool moved;

	if (igb->worker.is_blocked || !(igb_get(igb, IGB_TCTL) & IGB_TCTL_EN))
		return false;
	put_back(igb);
	moved = serve(igb);
	for (unsigned int queue = 0; queue < IGB_QUEUES; queue++)
		if (igb->tx[queue].dones)
			report(igb, queue);
	return moved;
}
