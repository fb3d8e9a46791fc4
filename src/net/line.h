/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A descriptor to a far end outside the run, which is opened again and again until that works, and
 * once more when it was lost. A thread opens it, waits for it, and calls ready(). What is read and
 * written is the backend's.
 */
#ifndef STCE_NET_LINE_H
#define STCE_NET_LINE_H

#include <stdatomic.h>

#include "net/backend.h"
#include "util/os_wait.h"
#include "util/own_fd.h"

struct line {
	struct net_port *port;
	int (*open)(struct net_port *port);   /* returns a descriptor that does not block, or -errno */
	struct own_fd *set, *bell;            /* the thread waits for the set; the bell is an eventfd in it */
	struct own_fd *fd;                    /* the far end; NULL: there is none. The card's calls alone use it */
	_Atomic(struct own_fd *) offered;     /* the thread has opened it, and the card has not taken it yet */
	_Atomic(bool) stop, is_wanted;
	pthread_t thread;
};

/* -EMFILE, -ENOMEM, -EAGAIN (no thread). */
int line_start(struct line *line, struct net_port *port, int (*open)(struct net_port *port));
void line_stop(struct line *line);
/* Takes what the thread has opened; *is_new tells of that. Returns whether there is a far end. */
bool line_look(struct line *line, bool *is_new);
/* Closes the descriptor. The thread opens another one after a while. */
void line_drop(struct line *line);
/* Asks for ready() when the far end can be read, or also when it can be written. */
void line_ask(struct line *line, bool to_write);

#endif
