/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other processes must know of an open file: a page of its backing
 * file, mapped by everybody who holds a descriptor of it.
 */
#ifndef STCE_FILE_RECORD_H
#define STCE_FILE_RECORD_H

#include <stdatomic.h>

#include "util/life.h"

struct file_record {
	/*
	 * The mm whose process drives the object - it has attached the group,
	 * or groups to the container - or 0. Only that process can change it.
	 */
	_Atomic(uint64_t) driver;
	_Atomic(uint32_t) has_iommu;   /* container: SET_IOMMU has succeeded */
};

/* Maps the record behind a descriptor, which is made large enough. -errno. */
int file_record_map(int fd, struct file_record **record);
void file_record_unmap(struct file_record *record);

/*
 * Anybody who has the descriptor can write there: nothing but the answers below
 * depends on it, and each looks once.
 */

/* Takes the object for this process, which shows its life. -EBUSY: another living process drives it. */
int file_record_claim(struct file_record *record, const struct life *life);
/* Gives up a claim of this process. */
void file_record_yield(struct file_record *record);
/* Gives up the claim of a process that has died. -EBUSY: its process lives. */
int file_record_bury(struct file_record *record, const struct life *life);
/* A living process drives the object. */
bool file_record_is_claimed(struct file_record *record, const struct life *life);
/* Another process drives the object. */
bool file_record_is_foreign(struct file_record *record, const struct life *life);

#endif
