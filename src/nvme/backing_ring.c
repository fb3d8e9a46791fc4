/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfers through liburing; see backing_ring.h. */
#include "nvme/backing_ring.h"

#include <errno.h>

#include "config.h"

#if HAVE_LIBURING
#include <liburing.h>
#include <limits.h>

#include "util/alloc.h"
#include "util/os.h"

struct backing_ring {
	struct io_uring uring;
};

/* Our descriptors live above those that a program expects to get. */
static int move_high(struct io_uring *uring)
{
	int high = os_dup_high(uring->ring_fd);

	if (high < 0)
		return high;
	os_close(uring->ring_fd);
	uring->ring_fd = high;
	uring->enter_ring_fd = high;
	return 0;
}

int backing_ring_new(unsigned int size, struct backing_ring **out)
{
	struct backing_ring *ring = ALLOC(struct backing_ring);
	int r;

	if (!ring)
		return -ENOMEM;
	r = io_uring_queue_init(size, &ring->uring, 0);
	if (r) {
		free(ring);
		return r;
	}
	r = move_high(&ring->uring);
	if (r) {
		io_uring_queue_exit(&ring->uring);
		free(ring);
		return r;
	}
	*out = ring;
	return 0;
}

void backing_ring_free(struct backing_ring *ring)
{
	if (!ring)
		return;
	io_uring_queue_exit(&ring->uring);
	free(ring);
}

static void prepare(struct backing_ring *ring, const struct backing *backing, struct backing_move *move)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
	unsigned int count = (unsigned int)min_u64(move->count, IOV_MAX);

	if (move->writes)
		io_uring_prep_writev(sqe, backing->fd, move->iov, count, move->offset);
	else
		io_uring_prep_readv(sqe, backing->fd, move->iov, count, move->offset);
	io_uring_sqe_set_data(sqe, move);
}

/* The kernel uses the moves' memory until then, whatever signals come. */
static void await(struct backing_ring *ring, unsigned int n)
{
	while (n) {
		struct io_uring_cqe *cqe;
		struct backing_move *move;

		if (io_uring_wait_cqe(&ring->uring, &cqe))
			continue;
		move = io_uring_cqe_get_data(cqe);
		if (cqe->res > 0)
			move->moved = (uint64_t)cqe->res;
		io_uring_cqe_seen(&ring->uring, cqe);
		n--;
	}
}

unsigned int backing_ring_move(struct backing_ring *ring, struct backing *backing,
			       struct backing_move *moves, unsigned int n)
{
	unsigned int taken = 0;

	for (unsigned int i = 0; i < n; i++)
		prepare(ring, backing, &moves[i]);
	while (taken < n) {
		int r = io_uring_submit(&ring->uring);

		if (r == -EINTR)
			continue;
		if (r <= 0)
			break;
		taken += (unsigned int)r;
	}
	await(ring, taken);
	return taken;
}

#else

int backing_ring_new(unsigned int size, struct backing_ring **ring)
{
	return -ENOSYS;
}

void backing_ring_free(struct backing_ring *ring)
{
}

unsigned int backing_ring_move(struct backing_ring *ring, struct backing *backing,
			       struct backing_move *moves, unsigned int n)
{
	return 0;
}

#endif
