/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recording of a process: what happens is numbered in the order in which it ends, for all programs
 * of the run together, and goes into the process's block, which is written when it is full, after each
 * call that is rare, and before the program executes another one or ends. So a program that is killed
 * loses at most the mappings, hypercalls, accesses and DMA since its last other call. A process that is
 * forked begins a block of its own.
 *
 * While no recording is on, a caller pays for one branch. The functions take a lock of their own, and no
 * other, so they may be called under any lock.
 */
#ifndef STCE_RECORDING_RECORD_H
#define STCE_RECORDING_RECORD_H

#include <stdatomic.h>
#include <sys/uio.h>

#include "recording/format.h"

extern _Atomic(bool) recording_is_on_;

static inline bool recording_is_on(void)
{
	return unlikely(atomic_load_explicit(&recording_is_on_, memory_order_relaxed));
}

extern _Atomic(bool) recording_keeps_data_;

/* Sets whether what devices read in memory is recorded too. */
static inline void recording_keep_data(bool keeps)
{
	atomic_store_explicit(&recording_keeps_data_, keeps, memory_order_relaxed);
}

static inline bool recording_keeps_data(void)
{
	return recording_is_on() && atomic_load_explicit(&recording_keeps_data_, memory_order_relaxed);
}

/* What the programs of a run share. */
struct recording_shared {
	_Atomic(uint64_t) number;    /* of the last record */
	_Atomic(bool) has_ended;     /* none records any longer: the run has ended, or a program could not write */
};

/*
 * Opens the file, and begins to record. If that cannot be, the recording of the run ends, because a reader could not
 * tell what this program has done.
 */
void recording_begin(struct recording_shared *shared);
/*
 * Writes what there is. In a child that was forked without libc's handlers it does nothing, because a
 * thread that the child does not have may hold the lock there.
 */
void recording_flush(void);
/* Writes what there is, and ends the process's part of this recording. */
void recording_stop(const struct recording_shared *shared);

/* Adds a record, whose number and thread are set here. A record that is not frequent is written at once. */
void recording_add(struct recording_record *record, bool is_frequent);

/* An access of a mapped register, of at most 64 bytes. */
void recording_add_access(uint64_t address, unsigned int size, const void *bytes, bool is_write, int result);
/* Calls of other kinds, by their numbers. */
void recording_add_plain(enum recording_kind kind, int fd, long result, uint64_t a, uint64_t b, uint64_t c);
/* A DMA of the function with this address. */
void recording_add_dma(bool is_write, const char *function, uint64_t ioba, uint64_t length, int result);
/* Memory that a device is about to read. What is gone is left out. */
void recording_add_data(const struct iovec *pieces, size_t count);
/* The bytes that a device has read from these pieces, `length` of them. */
void recording_add_moved(const struct iovec *pieces, const void *bytes, size_t length);

#endif
