/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the directories, files and links of the mirror, for the files mirror*.c alone. A path
 * starts behind the run's directory. Each function returns -errno.
 */
#ifndef STCE_FILE_MIRROR_FILES_H
#define STCE_FILE_MIRROR_FILES_H

#include "util/types.h"

#define MIRROR_PATH_SIZE 512

/* An existing directory is no error. */
int mirror_directory(const char *directory, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool mirror_has(const char *directory, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Reads a text of less than size bytes, and ends it. It is empty if there is no such file: -errno. */
int mirror_read(const char *directory, const char *path, char *text, size_t size);
/* Replaces what the file has, or makes it with these permissions. Without bytes it is a hole. */
int mirror_write(const char *directory, const char *path, unsigned int mode, const void *bytes, size_t size);
/* Does the same with text. */
int mirror_print(const char *directory, const char *path, unsigned int mode, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* -EEXIST: there is something already. */
int mirror_link(const char *directory, const char *target, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int mirror_unlink(const char *directory, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
