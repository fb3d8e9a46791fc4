/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record holds what other processes must know of an open file. It is a page of the backing file,
 * mapped by every process that has a descriptor of it. Any such process can write anything there,
 * so only the answers below depend on the record, and each reads it a limited number of times.
 * Whether a process lives is util/life.h's to say.
 */
#ifndef STCE_FILE_RECORD_H
#define STCE_FILE_RECORD_H

#include <stdatomic.h>

#include "util/life.h"

struct file_record {
	/*
	 * The mm of the process that drives the object, or 0. A process drives a group that it has
	 * attached to a container, and a container to which it has attached groups. While that
	 * process lives, no other process changes this.
	 */
	_Atomic(uint64_t) driver;
	_Atomic(uint32_t) has_iommu;   /* of a container: SET_IOMMU has succeeded */
};

/* Makes the file behind a descriptor large enough and maps its record. -errno. */
int file_record_map(int fd, struct file_record **record);
void file_record_unmap(struct file_record *record);

/*
 * Claims the object for this process, which must have shown its life. -EBUSY: another living
 * process drives it.
 */
int file_record_claim(struct file_record *record, const struct life *life);
/* Gives up this process's claim. */
void file_record_yield(struct file_record *record);
/* Gives up the claim of a process that has died. -EBUSY: the process lives. */
int file_record_bury(struct file_record *record, const struct life *life);
/* Returns whether a living process drives the object. */
bool file_record_is_claimed(struct file_record *record, const struct life *life);
/* Returns whether another living process drives the object. */
bool file_record_is_foreign(struct file_record *record, const struct life *life);

#endif
