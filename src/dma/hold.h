/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hold gives bus ranges as the program's own addresses, which stay good until dma_release().
 * Meanwhile an unmap of any of them waits, so a hold must be short and its thread must not call
 * into the program.
 *
 * The addresses may only be given to system calls or to guard_copy(). The program may unmap the
 * memory behind them at any time, and a plain load or store would then kill it. Moving the data is
 * left to dma/access.h and to the devices.
 */
#ifndef STCE_DMA_HOLD_H
#define STCE_DMA_HOLD_H

#include <sys/uio.h>

#include "host/pe.h"
#include "util/slower.h"

struct dma_range {
	struct ioba ioba;
	uint64_t length;   /* bytes, never 0 */
};

struct dma_request {
	const struct dma_range *ranges;
	unsigned int count;        /* the number of ranges */
	uint64_t permission;       /* TCE_READ (the device reads memory), TCE_WRITE or both */
	struct iovec *pieces;      /* the caller's array, which the hold fills and uses until its release */
	unsigned int piece_max;
	/*
	 * This must be false for a thread that has a hold already. Such a thread must not wait for
	 * a place in a gate, because another thread in the same situation may be waiting for its
	 * place.
	 */
	bool may_wait;
};

/* A bit of dma_hold.permission that no request has: the hold may have several ranges, in several windows or none. */
#define DMA_HOLD_OF_RANGES UINT64_C(4)

/*
 * What a hold of one page stores from registers does not lie side by side, because gcc would join two such stores, at
 * twice the cost, through a vector register.
 */
struct dma_hold {
	struct host_pe *pe;
	unsigned int iov_count;    /* pieces in use; adjacent ones are merged */
	unsigned int written_from; /* the first piece that the device writes, with DMA_HOLD_OF_RANGES; otherwise all are */
	tce_gate_place *place;     /* the thread's place in the gate */
	bool copies;               /* it has two ranges, the source and the target */
	bool in_bypass;            /* the thread is inside the RCU read lock */
	struct host_moved *moved;  /* where the thread counts for the PE while it has the place */
	uint64_t translated;       /* bytes before the one that could not be translated */
	/* As requested. With DMA_HOLD_OF_RANGES the hold has neither place nor moved, but slots. */
	uint64_t permission;
	struct iovec *iov;         /* the caller's array */
	struct {
		struct tce_gate *gate;     /* NULL if the hold does not use this slot */
		unsigned int place;
	} slot[HOST_WINDOW_SLOTS];
};

/*
 * Translates the ranges in order. -EFAULT: a fault, which has been counted; -E2BIG: there are more
 * pieces than the array has room for; SLOWER: it would have to wait and may not, and nothing has
 * been counted. After a failure nothing is held. The thread that made a hold must release it.
 */
int dma_hold(struct host_pe *pe, const struct dma_request *request, struct dma_hold *hold);

/*
 * Holds two ranges of the same length to copy between them: the pieces before hold->written_from
 * are the source, the others the target. This is one hold, because a thread with a place in a gate
 * must not wait for another.
 */
int dma_hold_copy(struct host_pe *pe, struct ioba to, struct ioba from, uint64_t length,
		  struct iovec *iov, unsigned int iov_size, struct dma_hold *hold);

/* Releases a hold after `moved` bytes have gone through it. */
void dma_release(struct dma_hold *hold, uint64_t moved);

/*
 * Counts a fault because held addresses could not be accessed: the program's memory is gone or
 * read-only. Returns -EFAULT.
 */
int dma_memory_gone(struct host_pe *pe, struct ioba ioba, uint64_t length);

#endif
