/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a shell's completion may offer for a word. A command's `complete` (cli.h) prints one word per line on stdout;
 * the shell drops those that do not begin like the word.
 */
#ifndef STCE_CLI_COMPLETE_H
#define STCE_CLI_COMPLETE_H

#include "cli.h"

/* These lines leave the word to the shell. */
#define COMPLETE_FILES    ":files"
#define COMPLETE_PROGRAMS ":commands"

void complete_files(void);
void complete_commands(void);
void complete_platforms(void);
/* The names of this user's runs that live. */
void complete_runs(void);
/* A type of function, or what may come next behind it. */
void complete_devices(const char *word);

/* Words of a command that takes the options of run, and then what `otherwise` says. */
void complete_behind_options(char **words, int count, const char *otherwise);

/* These are the `complete` of a command. */
void complete_run(char **words, int count);
void complete_one_run(char **words, int count);
void complete_one_file(char **words, int count);

#endif
