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
#include "util/os_socket.h"

struct file_record {
	/*
	 * The mm of the process that drives the object, or 0. A process drives a group that it has
	 * attached to a container, and a container to which it has attached groups. While that
	 * process lives, no other process changes this.
	 */
	_Atomic(uint64_t) driver;
	_Atomic(uint32_t) has_iommu;   /* of a container: SET_IOMMU has succeeded */
	/* The socket by which the driver lends the file (file/lend.h); 0: it does not. */
	_Atomic(uint64_t) lender[2];
	_Atomic(uint64_t) pid;         /* of the process that has opened the object, for people to read */
	/* Of a device (vfio/request.h). */
	_Atomic(uint32_t) requests;    /* so often was the driver asked to give it back; a futex */
	_Atomic(uint64_t) hears;       /* the mm of a process that is woken by that, or 0 */
};

/* Makes the file behind a descriptor large enough and maps its record. -errno. */
int file_record_map(int fd, struct file_record **record);
void file_record_unmap(struct file_record *record);

/*
 * Claims the object for this process, which must have shown its life. -EBUSY: another living
 * process drives it.
 */
int file_record_claim(struct file_record *record, const struct life *life);
/* Claims an object that nobody can drive but this process, whatever the record says. */
void file_record_take(struct file_record *record);
/* Returns whether this process drives the object. */
bool file_record_is_mine(const struct file_record *record);
/* Says how this process lends the object. */
void file_record_set_lender(struct file_record *record, struct os_socket_name name);
/* Returns whether another living process lends the object: its mm and its socket. */
bool file_record_lender(const struct file_record *record, const struct life *life, uint64_t *mm,
			struct os_socket_name *name);
/* Gives up this process's claim. */
void file_record_yield(struct file_record *record);
/* Gives up the claim of a process that has died. -EBUSY: the process lives. */
int file_record_bury(struct file_record *record, const struct life *life);
/* Returns whether a living process drives the object. */
bool file_record_is_claimed(struct file_record *record, const struct life *life);
/* Returns whether the driver is another process, which need not live any longer. */
bool file_record_is_others(const struct file_record *record);
/* Returns whether another living process drives the object. */
bool file_record_is_foreign(struct file_record *record, const struct life *life);

#endif
