/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of the public calls on files (recording/record.h). A call's argument is read by copies
 * that cannot fault, because it is the program's. Only called while recording_is_on().
 */
#ifndef STCE_API_RECORDED_H
#define STCE_API_RECORDED_H

#include <sys/types.h>

#include "recording/calls.h"
#include "recording/record.h"

/* Makes the call and records it. */
long recorded_ioctl(long (*make)(int fd, unsigned long request, void *argument), int fd, unsigned long request,
		    void *argument);

void recorded_open(const char *path, int flags, int result);
void recorded_read(int fd, const void *buffer, size_t size, off_t offset, ssize_t result);
void recorded_write(int fd, const void *buffer, size_t size, off_t offset, ssize_t result);
void recorded_mmap(int fd, size_t length, int prot, int flags, off_t offset, const void *mapping, int result);

#endif
