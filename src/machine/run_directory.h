/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directories of runs. The process that makes a run and each program that attaches hold the
 * directory's state file locked. A directory that no process holds is left over from a run that was
 * killed, and the next run of the same user removes it.
 */
#ifndef STCE_MACHINE_RUN_DIRECTORY_H
#define STCE_MACHINE_RUN_DIRECTORY_H

#include "util/types.h"

#define RUN_DIRECTORY_PREFIX "spapr-tce-run-"
#define RUN_DIRECTORY_PARENT_SIZE 512

/* Whether a file of this name may be the directory of a run. */
bool run_directory_is_name(const char *name);
/* Gives the n-th directory in which there may be runs, or "". Returns false past the last. */
bool run_directory_parent(unsigned int n, char parent[RUN_DIRECTORY_PARENT_SIZE]);
/* Tells whether a process holds the directory, given a descriptor of the state file that holds nothing. */
bool run_directory_is_held(int fd);
/*
 * Removes dead directories of this user, makes a new one, and returns a descriptor of it, or
 * -errno.
 */
int run_directory_make(char *path, size_t size);
/*
 * Tells whether programs of other users may join, which is so for root's runs because their
 * programs can become any user. Others can enter such a directory but cannot find its name; a
 * program learns the name from its environment.
 */
bool run_directory_is_open(void);
/* Removes the directory with all its contents. */
void run_directory_remove(int fd, const char *path);
/*
 * Makes the state file of a new directory, allocates its blocks and locks it. Returns a descriptor,
 * or -errno.
 */
int run_directory_begin(int directory, size_t state_size);
/*
 * Opens and locks the state file for a program below the run. Returns a descriptor, or -errno with
 * the reason. It refuses a directory or file that is a link, belongs to a user other than this one
 * and root, or may be written by others. It sets *is_alone if all programs before this one have
 * ended.
 */
int run_directory_join(const char *directory, bool *is_alone, char *why);
/*
 * Makes the program count as one of the run. It is called once, after run_directory_join().
 * -EAGAIN: another process has kept the lock for too long.
 */
int run_directory_joined(int fd);
/* Tells the process that made the directory whether any program counts. */
bool run_directory_has_programs(int fd);

#endif
