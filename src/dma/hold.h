/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Held mappings: bus ranges as the program's own addresses, good until they
 * are put back. An unmap of any of them waits for that, so keep holds short
 * and never call into the program meanwhile.
 *
 * The addresses may only be given to system calls: the program may unmap the
 * memory behind them at any time, and then a plain load or store would kill.
 */
#ifndef STCE_DMA_HOLD_H
#define STCE_DMA_HOLD_H

#include <sys/uio.h>

#include "host/pe.h"
#include "util/slower.h"

struct dma_range {
	struct ioba ioba;
	uint64_t length;   /* bytes, not 0 */
};

struct dma_request {
	const struct dma_range *ranges;
	unsigned int count;        /* of ranges */
	uint64_t permission;       /* TCE_READ (the device reads memory), TCE_WRITE or both */
	struct iovec *pieces;      /* an array of the caller's, which the hold fills and goes on using */
	unsigned int piece_max;
	/*
	 * False for a thread that has a hold already: it must not wait for a place
	 * in a gate, because another thread in the same situation may wait for its.
	 */
	bool may_wait;
};

struct dma_hold {
	struct host_pe *pe;
	struct iovec *iov;         /* the caller's array */
	unsigned int iov_count;    /* pieces in use; neighbours are merged */
	unsigned int written_from; /* the first piece that a device writes */
	uint64_t permission;
	bool in_bypass;            /* the RCU read lock is held */
	struct {
		struct tce_gate *gate;     /* NULL: this slot is not in use */
		unsigned int place;
	} slot[HOST_WINDOW_SLOTS];
};

/*
 * Translates the ranges in order. -EFAULT: a fault, counted; -E2BIG: more
 * pieces than the array has; SLOWER: it may not wait and would have to,
 * nothing was counted. Nothing is held then. The same thread puts what it got.
 */
int dma_hold(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold);

/*
 * Holds two ranges of one length to copy between them: the pieces before
 * hold->written_from are the source, the others the target. One hold and not
 * two: who has a place in a gate must not wait for another.
 */
int dma_hold_copy(struct host_pe *pe, struct ioba to, struct ioba from, uint64_t length,
		  struct iovec *iov, unsigned int iov_size, struct dma_hold *hold);

/* Gives the mappings back after `moved` bytes went through them. */
void dma_release(struct dma_hold *hold, uint64_t moved);

/* A system call refused the held addresses: the program's memory is gone. -EFAULT. */
int dma_memory_gone(struct host_pe *pe, struct ioba ioba, uint64_t length);

#endif
