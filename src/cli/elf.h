/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a file on disk is a program that a preloaded library can serve.
 */
#ifndef STCE_CLI_ELF_H
#define STCE_CLI_ELF_H

enum program_kind {
	PROGRAM_SERVED,
	PROGRAM_SCRIPT,        /* its interpreter has to be judged instead */
	PROGRAM_STATIC,        /* nothing can be preloaded into it */
	PROGRAM_FOREIGN,       /* of another architecture */
	PROGRAM_PRIVILEGED,    /* setuid, setgid or with capabilities: the loader drops our library */
	PROGRAM_UNREADABLE,
	PROGRAM_UNKNOWN,
};

#define INTERPRETER_SIZE 256

/* For a script, interpreter receives the path after "#!", or /bin/sh where there is none. */
enum program_kind program_judge(const char *path, char interpreter[INTERPRETER_SIZE]);

#endif
