/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for the program, and calls the caller's look() ten times a second meanwhile. */
#ifndef STCE_CLI_WATCH_H
#define STCE_CLI_WATCH_H

#include <signal.h>
#include <sys/types.h>

struct watch {
	int signals;        /* signalfd */
	int timer;          /* timerfd */
	sigset_t before;    /* the mask before watch_init(), which the program gets */
};

/* Blocks the signals that watch_child() handles. Returns 0 or -errno. */
int watch_init(struct watch *watch);
void watch_fini(struct watch *watch);

/*
 * Calls look() until the child has ended, and once more. Returns the child's status as waitpid(2)
 * does.
 */
int watch_child(struct watch *watch, pid_t child, void (*look)(void *context), void *context);

#endif
