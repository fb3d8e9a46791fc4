/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the last DMA faults of a PHB with what was known when they happened: the access, the
 * window and the entry, and the changes that had led there (util/history.h). Telling them is left to
 * machine/.
 */
#ifndef STCE_HOST_BLAME_H
#define STCE_HOST_BLAME_H

#include "host/pe.h"
#include "util/history.h"

#define BLAME_COUNT   64
#define BLAME_CHANGES 4

struct blame {
	uint64_t number;             /* of the fault, from 1 */
	uint64_t time;               /* monotonic nanoseconds */
	pid_t thread;                /* in which the device was working */
	int group;
	struct host_access access;
	enum stce_fault cause;
	/* The window of the failed byte; page_shift is 0 if there is none. */
	struct ioba window_start;
	uint64_t window_size;
	unsigned int page_shift;
	uint64_t index, entry;
	unsigned int change_count;   /* newest first */
	struct history_item change[BLAME_CHANGES];
};

/* Notes a fault. A storm of them is noted once in a millisecond. */
void blame_note(struct host_pe *pe, const struct host_access *access, enum stce_fault cause);
/* Copies the noted faults, newest first, and returns how many there are. *all: so many have happened. */
unsigned int blame_read(struct host_phb *phb, struct blame to[BLAME_COUNT], uint64_t *all);
/* Copies the newest noted fault of a group by that cause. Returns false if none was noted. */
bool blame_find(struct host_phb *phb, int group, enum stce_fault cause, struct blame *to);

/* No device may be left. */
void blame_fini(struct host_phb *phb);

#endif
