/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: live runs
 *
 * These calls find the live runs of this user, and ask their programs. Each
 * program of a run that has opened a device file answers requests; a request is
 * one line, a verb and its arguments. `help` lists the verbs, and spapr-tce(1)
 * describes the commands that ask.
 *
 * Thread rule: one thread at a time may use a control; stce_runs(), which takes
 * none, any thread.
 *
 * @why: room for STCE_WHY_SIZE bytes, which get one line of English on failure;
 *       or NULL.
 * @context: passed to @fn.
 */
#ifndef SPAPR_TCE_CONTROL_H
#define SPAPR_TCE_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#include <spapr-tce/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** enum stce_run_state - whether the programs of a run can be asked. */
enum stce_run_state {
	STCE_RUN_LIVE,      /* they can */
	STCE_RUN_DEAD,      /* it was killed; the user's next run removes what is left of it */
	STCE_RUN_FOREIGN,   /* it belongs to another user */
};

/**
 * struct stce_run_entry - a run that was found. New fields are appended.
 * @name: its name, which is the end of its directory's.
 * @directory: its directory, an absolute path.
 * @uid: the user to whom it belongs.
 * @pid: the process that made it, as the user's PID namespace had numbered it then; 0 if unknown.
 * @state: enum stce_run_state.
 * @reserved: 0.
 * @started: when it was made, in seconds since 1970; 0 if unknown.
 */
struct stce_run_entry {
	const char *name;
	const char *directory;
	uint32_t uid;
	int32_t pid;
	uint32_t state;
	uint32_t reserved;
	uint64_t started;
};

/**
 * stce_runs() - finds the runs in the directories where this user's runs are made, of all users.
 * @fn: gets each, which is its own until it returns; a value other than 0 ends the search.
 *
 * Return: 0, or the value by which @fn ended the search.
 */
int stce_runs(int (*fn)(void *context, const struct stce_run_entry *entry), void *context);

struct stce_control;

/**
 * stce_control_open() - finds a live run.
 * @run: its name, the process ID of `spapr-tce run` or of a program below it, or its directory,
 *	which has a '/'; NULL: the only one of this user.
 *
 * Return: 0; -ENOENT there is none, or it has ended; -EPERM it belongs to another user; -ENOTUNIQ
 * @run is NULL and there are several; -ENOMEM. The caller owns *control, and frees it with
 * stce_control_free().
 */
int stce_control_open(const char *run, struct stce_control **control, char *why);
/** stce_control_free() - frees a control. NULL is fine. */
void stce_control_free(struct stce_control *control);

/** stce_control_run() - describes the run. Return: a struct that lasts as long as the control. */
const struct stce_run_entry *stce_control_run(const struct stce_control *control);

/**
 * stce_control_stats() - gives the counters of all programs together, as stce_run_stats() does.
 * @stats: receives them.
 * @size: sizeof(struct stce_stats) as the caller knows it.
 */
void stce_control_stats(const struct stce_control *control, struct stce_stats *stats, size_t size);

/** enum stce_program_state - how a program met a request. */
enum stce_program_state {
	STCE_PROGRAM_ANSWERED,   /* it has answered, perhaps by a refusal */
	STCE_PROGRAM_STOPPED,    /* it is stopped, by SIGSTOP or a debugger, and has not answered */
	STCE_PROGRAM_SILENT,     /* it has not answered in time, or has ended meanwhile */
};

/**
 * struct stce_answer - what one program of a run has answered. New fields are appended.
 * @pid: its process ID here; 0 if it is not visible from this PID namespace.
 * @uid: its user.
 * @state: enum stce_program_state.
 * @result: 0; or -EINVAL: the program refused the request; -ETIMEDOUT, -errno: it has not answered.
 * @text: the answer's text if @result is 0, else one line of English. Its bytes are the program's,
 *	so it may hold anything.
 * @size: bytes of @text without the 0 that ends it.
 */
struct stce_answer {
	int32_t pid;
	uint32_t uid;
	uint32_t state;
	int32_t result;
	const char *text;
	size_t size;
};

/**
 * stce_control_ask() - asks one program of a run, or all of them, one after the other. A program that
 * does not answer is waited for, for about a second if it is stopped and ten if it is not.
 * @pid: the program; 0: all.
 * @request: one line without its end, below 4096 bytes.
 * @fn: gets each answer, which is its own until it returns; a value other than 0 ends the call.
 *
 * Return: 0, or the value by which @fn ended the call; -ENOENT the run has ended, or no program of it,
 * or not @pid, has opened a device file; -ETIMEDOUT @pid may be a program that takes no connection, so that nobody
 * learns which process it is; -EINVAL @request is not one line, or too long; -EPERM, -errno
 * the run's programs cannot be listed.
 */
int stce_control_ask(struct stce_control *control, int pid, const char *request,
		     int (*fn)(void *context, const struct stce_answer *answer), void *context, char *why);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
