/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: programs
 *
 * Whether a program can be served. The interface is put under a program by a
 * preloaded library, so the program needs a loader: glibc's, of this machine's
 * architecture, which does not ignore LD_PRELOAD. These calls read from the
 * program's file what the kernel and the loader will do with it.
 *
 * Thread rule: any thread, and a child after vfork(2): these calls neither
 * allocate nor take a lock.
 *
 * @path: the program's file.
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
	STCE_PROGRAM_SERVED,       /* it can be served */
	STCE_PROGRAM_SCRIPT,       /* its interpreter is a script, and so on for more levels than Linux allows */
	STCE_PROGRAM_STATIC,       /* it has no loader, so nothing can be preloaded */
	STCE_PROGRAM_FOREIGN,      /* it is of another architecture */
	STCE_PROGRAM_OTHER_LIBC,   /* its loader is not glibc's */
	STCE_PROGRAM_PRIVILEGED,   /* it is setuid, setgid or has capabilities: the loader ignores LD_PRELOAD */
	STCE_PROGRAM_SPLIT,        /* real and effective user or group differ: the loader ignores LD_PRELOAD */
	STCE_PROGRAM_UNREADABLE,   /* it cannot be read, or is no regular file; the kernel may be able to run it */
	STCE_PROGRAM_UNKNOWN,      /* it is neither ELF nor a script */
};

/** STCE_PROGRAM_PATH_SIZE - room for the path of a program, with its NUL, in bytes. */
#define STCE_PROGRAM_PATH_SIZE 4096
/** STCE_INTERPRETER_SIZE - how many bytes of a script's first line the kernel reads. */
#define STCE_INTERPRETER_SIZE 256

/** STCE_PROGRAM_PRELOAD - the file name of the preloaded library. */
#define STCE_PROGRAM_PRELOAD "libspapr-tce-preload.so"

/**
 * stce_program_find() - finds the file that execvp(3) runs for @name.
 * @name: the program, as the first argument of execvp(3).
 * @search: folders with colons between them, as in PATH; NULL: "/bin:/usr/bin".
 * @path: room for STCE_PROGRAM_PATH_SIZE bytes.
 *
 * Return: 0; -errno as execvp(3) fails.
 */
int stce_program_find(const char *name, const char *search, char *path);

/**
 * stce_program_judge() - decides whether a program is served if the calling thread
 * executes it.
 * @interpreter: room for STCE_INTERPRETER_SIZE bytes. If the program is a script, it
 * receives the interpreter that decides, /bin/sh if the script names none; else "".
 *
 * Return: STCE_PROGRAM_SERVED, or why it cannot be served.
 */
enum stce_program_kind stce_program_judge(const char *path, char *interpreter);

/**
 * stce_program_sentence() - writes the answer of stce_program_judge() as a sentence
 * that names the program.
 * @line: room for @size bytes.
 * @kind: its return value.
 * @interpreter: the text that it has stored.
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
