/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kind of far end implements, and the common part of a port. port.c checks sizes, counts and
 * captures; a backend moves frames. A backend's object begins with struct net_port.
 */
#ifndef STCE_NET_BACKEND_H
#define STCE_NET_BACKEND_H

#include <pthread.h>

#include "net/pcap.h"
#include "net/port.h"
#include "net/tally.h"

struct net_backend {
	const char *name;         /* what stands before the colon of a spec */
	bool takes_argument;
	/* Judges the text behind the colon. */
	int (*check)(const struct net_port_init *init, const char *argument, char *why);
	/* Allocates the object, zeroed but for what it needs of the checked text. -ENOMEM. */
	int (*create)(const struct net_port_init *init, const char *argument, struct net_port **port);
	int (*start)(struct net_port *port);
	void (*stop)(struct net_port *port);
	bool (*link)(struct net_port *port);
	int (*send)(struct net_port *port, const struct iovec *part, unsigned int parts, uint32_t length);
	/* Room for a frame, or NULL, and sending what was made there. A backend has both or none. */
	void *(*room)(struct net_port *port, uint32_t length);
	void (*push)(struct net_port *port, uint32_t length);
	const void *(*peek)(struct net_port *port, uint32_t *length);
	void (*pop)(struct net_port *port);
	/* Tells the far end, asks for ready(), and returns whether there is something already. */
	bool (*poll)(struct net_port *port);
	void (*free)(struct net_port *port);
};

struct net_port {
	const struct net_backend *backend;
	struct net_port_handler handler;
	void *context;
	struct net_port_stats *stats;   /* the port's own, or those of the tally; written by the card's calls */
	struct net_port_stats own;
	char *directory, *function, *spec;   /* of the tally; NULL: there is none */
	struct tally *tally;            /* NULL: not open */
	struct pcap *pcap;              /* NULL: nothing is captured */
	char *pcap_path;
	bool is_started;
	bool link;                      /* as the last call saw it */
	uint32_t peeked;                /* length of the frame that was returned last */
};

/* Writes one line into why, which may be NULL, and returns error. */
int net_refuse(char *why, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Only the thread that makes the card's calls counts; any thread may read. */
static inline void net_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

static inline void net_ready(struct net_port *port)
{
	port->handler.ready(port->context);
}

/* Starts a thread that takes no signals of the program. -EAGAIN. */
int net_thread_start(pthread_t *thread, void *(*fn)(void *context), void *context);

#endif
