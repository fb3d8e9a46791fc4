/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where runs lie, and which of them live: whoever uses a run's directory - the
 * process that made it, and each program that has attached - holds its state
 * file locked. A directory that nobody holds is left over from a run that was
 * killed, and whoever makes the next one removes it.
 */
#ifndef STCE_MACHINE_RUN_DIRECTORY_H
#define STCE_MACHINE_RUN_DIRECTORY_H

#include "util/types.h"

/* A fresh directory, after dead ones of this user have gone: a descriptor of it, or -errno. */
int run_directory_make(char *path, size_t size);
/*
 * Whether programs of other users may come: root's can become any user. Such a
 * run lies where others can enter but see no names, and a program learns its
 * own by the environment.
 */
bool run_directory_is_open(void);
/* With all that is in it. */
void run_directory_remove(int fd, const char *path);
/* The state file of a fresh directory, of so many bytes that are really there, held: a descriptor, or -errno. */
int run_directory_begin(int directory, size_t state_size);
/*
 * The state file of a directory for a program below its run, held: a
 * descriptor, or -errno with the reason. A directory, or file in it, that is a
 * link, of another user than this or root, or that others may write into, is
 * no run's. *is_alone: all programs before it have ended.
 */
int run_directory_join(const char *directory, bool *is_alone, char *why);
/* The program counts from now on. To be called once, after run_directory_join(). -EAGAIN: somebody prevents it. */
int run_directory_joined(int fd);
/* Whether a program counts. To whoever made the directory. */
bool run_directory_has_programs(int fd);

#endif
