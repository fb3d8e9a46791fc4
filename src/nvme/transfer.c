/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves the blocks of reads and writes straight between the backing and host memory. The memory is
 * held (dma/hold.h) for as long as data moves. A thread that rings a doorbell makes each transfer
 * at once; the worker plans transfers and carries them out together.
 */
#include "nvme/transfer.h"

#include <errno.h>

#include "nvme/finish.h"
#include "nvme/lock.h"
#include "util/stats.h"

/* Reports once that the program has closed the backing's descriptor. */
static void tell_loss(struct nvme *nvme)
{
	if (nvme->backing.is_told_lost || !own_fd_is_lost(nvme->backing.fd))
		return;
	nvme->backing.is_told_lost = true;
	news_tell(&nvme->fn.pe->phb->news, &(struct stce_news){
		.kind = STCE_NEWS_DISK_LOST, .group = nvme->fn.pe->group });
}

uint16_t nvme_backing_status(struct nvme *nvme, int error, bool writing)
{
	if (!error)
		return NVME_OK;
	if (error == -ENOSPC || error == -EDQUOT || error == -EFBIG)
		return NVME_CAPACITY_EXCEEDED;
	nvme->health.media_errors++;
	tell_loss(nvme);
	return writing ? NVME_WRITE_FAULT : NVME_UNRECOVERED_READ;
}

/* Counts a DMA fault at the address where the kernel stopped, after `moved` bytes. */
static uint16_t memory_gone(struct nvme *nvme, const struct nvme_transfer *t, uint64_t moved)
{
	unsigned int i = 0;

	while (i + 1 < t->range_count && moved >= t->range[i].length)
		moved -= t->range[i++].length;
	dma_memory_gone(nvme->fn.pe, to_ioba(t->range[i].ioba.value + moved), t->range[i].length - moved);
	return NVME_DATA_TRANSFER_ERROR;
}

static uint16_t refused_hold(int error)
{
	return error == -EFAULT ? NVME_DATA_TRANSFER_ERROR : NVME_INTERNAL_ERROR;
}

static void finish_planned(struct nvme *nvme, const struct nvme_transfer *t, uint16_t status)
{
	nvme->cq[t->sq->cq_id].planned--;
	nvme_finish(nvme, t->sq, &t->command, status, 0);
}

static struct backing_move move_of(const struct nvme_transfer *t)
{
	return (struct backing_move){
		.writes = t->permission == TCE_READ,
		.iov = t->hold.iov,
		.count = t->hold.iov_count,
		.offset = t->offset,
	};
}

static uint16_t status_of(struct nvme *nvme, const struct nvme_transfer *t,
			  const struct backing_move *move)
{
	if (move->error == -EFAULT)
		return memory_gone(nvme, t, move->moved);
	return nvme_backing_status(nvme, move->error, move->writes);
}

static int hold(struct nvme *nvme, struct nvme_transfer *t, bool may_wait)
{
	const struct dma_request request = {
		.ranges = t->range,
		.count = t->range_count,
		.permission = t->permission,
		.pieces = t->piece,
		.piece_max = NVME_PIECES_MAX,
		.may_wait = may_wait,
	};

	return function_dma_hold(&nvme->fn, &request, &t->hold);
}

static uint16_t run_now(struct nvme *nvme, struct nvme_transfer *t)
{
	struct backing_move move;
	int r = hold(nvme, t, true);

	if (r)
		return refused_hold(r);
	move = move_of(t);
	nvme_leave_lock(nvme);
	backing_move_rest(&nvme->backing, &move);
	dma_release(&t->hold, move.moved);
	nvme_retake_lock(nvme);
	return status_of(nvme, t, &move);
}

uint16_t nvme_transfer_run(struct nvme *nvme, const struct nvme_request *request)
{
	struct nvme_transfer *t = nvme_transfer_in_hand(nvme);

	if (!nvme->worker.busy || request->must_end)
		return run_now(nvme, t);
	t->command = *request->command;
	t->sq = request->sq;
	nvme->cq[t->sq->cq_id].planned++;
	if (++nvme->planned == NVME_TRANSFERS_MAX)
		nvme_transfer_planned(nvme);
	return NVME_HELD;
}

static void make_ring(struct nvme *nvme)
{
	struct nvme_worker *worker = &nvme->worker;

	if (worker->ring || worker->ring_refused)
		return;
	worker->ring_refused = backing_ring_new(NVME_TRANSFERS_MAX, &worker->ring) != 0;
	STATS_ADD(nvme->fn.pe->phb->stats, uring_refused, worker->ring_refused);
}

/* The ring still contains the entries that the kernel did not take, so it cannot be used again. */
static void give_ring_up(struct nvme *nvme)
{
	struct nvme_worker *worker = &nvme->worker;

	backing_ring_free(worker->ring);
	worker->ring = NULL;
	worker->ring_refused = true;
	STATS_ADD(nvme->fn.pe->phb->stats, uring_refused, 1);
}

/*
 * The caller has dropped the lock. A single transfer does not use the ring, because a plain call is
 * faster.
 */
static void move_all(struct nvme *nvme, struct backing_move *moves, unsigned int n)
{
	struct nvme_worker *worker = &nvme->worker;

	if (n > 1)
		make_ring(nvme);
	if (n > 1 && worker->ring) {
		unsigned int taken = backing_ring_move(worker->ring, &nvme->backing, moves, n);

		STATS_ADD(nvme->fn.pe->phb->stats, uring_transfers, taken);
		if (taken < n)
			give_ring_up(nvme);
	}
	for (unsigned int i = 0; i < n; i++)
		backing_move_rest(&nvme->backing, &moves[i]);
}

/*
 * Holds transfers from `first` on until a gate has no free place, and returns the first that is not
 * dealt with. A transfer whose hold fails is finished with an error. Only the first hold may wait,
 * because a thread that has a place in a gate must not wait for another.
 */
static unsigned int hold_some(struct nvme *nvme, unsigned int first, unsigned int end,
			      struct nvme_transfer *held[], unsigned int *held_count)
{
	unsigned int i;

	*held_count = 0;
	for (i = first; i < end; i++) {
		struct nvme_transfer *t = &nvme->transfer[i];
		int r = hold(nvme, t, !*held_count);

		if (r == SLOWER)
			break;
		if (r)
			finish_planned(nvme, t, refused_hold(r));
		else
			held[(*held_count)++] = t;
	}
	return i;
}

static void carry_out(struct nvme *nvme, struct nvme_transfer *held[], unsigned int n)
{
	struct backing_move moves[NVME_TRANSFERS_MAX];

	for (unsigned int i = 0; i < n; i++)
		moves[i] = move_of(held[i]);
	nvme_leave_lock(nvme);
	move_all(nvme, moves, n);
	for (unsigned int i = 0; i < n; i++)
		dma_release(&held[i]->hold, moves[i].moved);
	nvme_retake_lock(nvme);
	for (unsigned int i = 0; i < n; i++)
		finish_planned(nvme, held[i], status_of(nvme, held[i], &moves[i]));
}

void nvme_transfer_planned(struct nvme *nvme)
{
	struct nvme_transfer *held[NVME_TRANSFERS_MAX];
	unsigned int done = 0, n;

	while (done < nvme->planned) {
		done = hold_some(nvme, done, nvme->planned, held, &n);
		carry_out(nvme, held, n);
	}
	nvme->planned = 0;
}
