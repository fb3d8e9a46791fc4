/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits for the program, and looks at the run ten times a second meanwhile.
 */
#ifndef STCE_CLI_WATCH_H
#define STCE_CLI_WATCH_H

#include <signal.h>
#include <sys/types.h>

struct watch {
	int signals;        /* signalfd */
	int timer;          /* timerfd */
	sigset_t before;    /* the mask that the program shall have */
};

/* From here on signals wait for watch_child(). Return: 0 or -errno. */
int watch_init(struct watch *watch);
void watch_fini(struct watch *watch);

/* Calls look() until the child has ended. Return: its status as waitpid(2) gives it. */
int watch_child(struct watch *watch, pid_t child, void (*look)(void *context), void *context);

#endif
