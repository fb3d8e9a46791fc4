/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: programs
 *
 * Which programs can be served: the interface is put under a program by a
 * library that its loader loads before others, so there must be a loader,
 * glibc's, of this machine's architecture, that is willing. What the kernel
 * and the loader will do is read from the program's file.
 *
 * Thread rule: any thread. These calls neither allocate nor take a lock: a child
 * after vfork(2) may make them.
 *
 * @path: of the program's file.
 */
#ifndef SPAPR_TCE_PROGRAM_H
#define SPAPR_TCE_PROGRAM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** enum stce_program_kind - whether a program can be served, or why not. */
enum stce_program_kind {
	STCE_PROGRAM_SERVED,
	STCE_PROGRAM_SCRIPT,       /* for a script for a script, deeper than the system follows */
	STCE_PROGRAM_STATIC,       /* nothing can be preloaded into it */
	STCE_PROGRAM_FOREIGN,      /* of another architecture */
	STCE_PROGRAM_OTHER_LIBC,   /* its loader is not glibc's */
	STCE_PROGRAM_PRIVILEGED,   /* setuid, setgid or with capabilities: the loader drops our library */
	STCE_PROGRAM_SPLIT,        /* real and effective user or group differ: the loader drops it, too */
	STCE_PROGRAM_UNREADABLE,   /* it cannot be known; the kernel may be able to run it */
	STCE_PROGRAM_UNKNOWN,      /* nothing that the kernel runs by itself */
};

/** STCE_PROGRAM_PATH_SIZE - room for the path of a program, with its end. */
#define STCE_PROGRAM_PATH_SIZE 4096
/** STCE_INTERPRETER_SIZE - what the kernel reads of a script's first line. */
#define STCE_INTERPRETER_SIZE 256

/** STCE_PROGRAM_PRELOAD - the file name of the library that is preloaded. */
#define STCE_PROGRAM_PRELOAD "libspapr-tce-preload.so"

/**
 * stce_program_find() - finds the file that execvp(3) runs for @name.
 * @search: folders with colons between them, as in PATH; NULL: execvp's default.
 * @path: room for STCE_PROGRAM_PATH_SIZE bytes.
 *
 * Return: 0; -errno as execvp(3) fails.
 */
int stce_program_find(const char *name, const char *search, char *path);

/**
 * stce_program_judge() - tells what becomes of a program when the calling thread
 * executes it.
 * @interpreter: room for STCE_INTERPRETER_SIZE bytes: for a script the interpreter
 * that decides, which is /bin/sh where the script names none; else "".
 *
 * Return: STCE_PROGRAM_SERVED, or why it cannot be served.
 */
enum stce_program_kind stce_program_judge(const char *path, char *interpreter);

/**
 * stce_program_sentence() - writes what stce_program_judge() has found as a
 * sentence that names the program.
 * @line: room for @size bytes.
 * @kind: what it has returned.
 * @interpreter: what it has put there.
 *
 * Return: @line.
 */
char *stce_program_sentence(char *line, size_t size, enum stce_program_kind kind, const char *path,
			    const char *interpreter);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
