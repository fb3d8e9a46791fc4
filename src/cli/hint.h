/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was probably meant by a word that is unknown: "; did you mean 'NAME'", or "". The text lasts until the next
 * call.
 */
#ifndef STCE_CLI_HINT_H
#define STCE_CLI_HINT_H

/* The word that a refusal of the library quotes as unknown, whether an option has it or a file. */
const char *hint_for(const char *why);
const char *hint_option(const char *word);
const char *hint_platform(const char *word);
const char *hint_type(const char *word);

#endif
