/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs transfers through liburing. The kernel uses the memory of a move from submission to
 * completion, so backing_ring_move() returns only when every move that the kernel took is complete.
 */
#include "nvme/backing_ring.h"

#include <errno.h>

#include "config.h"

#if HAVE_LIBURING
#include <liburing.h>
#include <limits.h>

#include "util/alloc.h"
#include "util/os.h"

#define LOOK_US 1000    /* poll interval for completions if waiting in the kernel fails */

struct backing_ring {
	struct io_uring uring;
	struct own_fd *fd;      /* liburing is told the number only for the time of a call */
};

static void name_descriptor(struct backing_ring *ring, int fd)
{
	ring->uring.ring_fd = fd;
	ring->uring.enter_ring_fd = fd;
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
	r = own_fd_new(ring->uring.ring_fd, &ring->fd);
	name_descriptor(ring, -1);
	if (r) {
		backing_ring_free(ring);
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
	own_fd_free(ring->fd);
	free(ring);
}

static void prepare(struct backing_ring *ring, int fd, struct backing_move *move)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
	unsigned int count = (unsigned int)min_u64(move->count, IOV_MAX);

	if (move->writes)
		io_uring_prep_writev(sqe, fd, move->iov, count, move->offset);
	else
		io_uring_prep_readv(sqe, fd, move->iov, count, move->offset);
	io_uring_sqe_set_data(sqe, move);
}

/*
 * Waits for n completions, whatever signals arrive, because the kernel uses the moves' memory until
 * then. If the program has closed the ring's descriptor, waiting in the kernel fails; but our
 * mapping keeps the ring alive and the completions still appear in it, so await() polls.
 */
static void await(struct backing_ring *ring, unsigned int n)
{
	while (n) {
		struct io_uring_cqe *cqe;
		struct backing_move *move;
		int r = io_uring_wait_cqe(&ring->uring, &cqe);

		if (r && r != -EINTR)
			os_sleep_us(LOOK_US);
		if (r)
			continue;
		move = io_uring_cqe_get_data(cqe);
		if (cqe->res > 0)
			move->moved = (uint64_t)cqe->res;
		io_uring_cqe_seen(&ring->uring, cqe);
		n--;
	}
}

static unsigned int move_all(struct backing_ring *ring, int fd, struct backing_move *moves, unsigned int n)
{
	unsigned int taken = 0;

	for (unsigned int i = 0; i < n; i++)
		prepare(ring, fd, &moves[i]);
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

unsigned int backing_ring_move(struct backing_ring *ring, struct backing *backing,
			       struct backing_move *moves, unsigned int n)
{
	int ring_fd = own_fd_enter(ring->fd), fd = ring_fd < 0 ? ring_fd : own_fd_enter(backing->fd);
	unsigned int taken = 0;

	name_descriptor(ring, ring_fd);
	if (fd >= 0) {
		taken = move_all(ring, fd, moves, n);
		own_fd_leave(backing->fd);
	}
	if (ring_fd >= 0)
		own_fd_leave(ring->fd);
	name_descriptor(ring, -1);
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
