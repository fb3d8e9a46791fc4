/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a network card plugs into: a port, which sends and receives whole Ethernet frames without
 * their FCS. The text `spec` chooses what is at the far end:
 *
 *   peer:GROUP         another function of the run, by its VFIO group: a wire between the two
 *   unix:PATH          a stream socket: passt, QEMU's -netdev stream, a second run
 *   tap:NAME           a tap interface of the host
 *   source:SIZE[@RATE] frames of SIZE bytes, RATE a second or as many as the card takes
 *   sink               takes all frames
 *
 * Every program of a run builds every function, so a port holds nothing until net_port_start(): no
 * descriptor, thread, lock or connection. The program that uses the card starts the port.
 *
 *  (F11) No far end can make a call wait: a call moves what can be moved at once and returns.
 *  (F12) A far end that is late, gone or back changes the link only. A frame arrives whole or not at
 *       all.
 *  (F13) After net_port_poll() has returned false, ready() is called once there is a frame, room
 *       for a frame that got -EAGAIN, or a change of the link.
 *  (F14) After net_port_stop() or net_port_close() ready() is not called.
 *
 * The card serialises all calls on a port. It must copy what it judges: the far end of a peer can
 * change the bytes of a received frame at any time. Whether a frame is too long, too short or not
 * addressed to the card is the card's to judge.
 */
#ifndef STCE_NET_PORT_H
#define STCE_NET_PORT_H

#include <sys/uio.h>

#include "util/types.h"

#define NET_WHY_SIZE       256       /* as FUNCTION_WHY_SIZE */
#define NET_FRAME_SIZE_MIN 14u       /* two addresses and a type */
#define NET_FRAME_SIZE_MAX 65536u    /* what passt sends, of which a card takes less */

struct net_port;

struct net_port_handler {
	/*
	 * There may be frames, room, or another link. Any thread calls it, possibly during
	 * net_port_stop(), so it must take no lock that is held during a call on a port. It should
	 * set a flag and wake the card's worker.
	 */
	void (*ready)(void *context);
};

struct net_port_init {
	const char *spec;
	const char *function;            /* the card's PCI address */
	int group;                       /* the card's own VFIO group */
	const char *shared_directory;    /* that of the run, which gets the counters; NULL: there is no run, and so no peer */
	const char *pcap;                /* a file that gets a copy of every frame, or NULL */
};

/* A reader adds frames and bytes up from the card's point of view. */
struct net_port_stats {
	uint64_t sent_frames, sent_bytes;
	uint64_t received_frames, received_bytes;
	uint64_t missed;                 /* received frames for which the card had no descriptor */
	uint64_t dropped;                /* frames that had nowhere to go, or did not fit */
	uint64_t errors;                 /* times that the far end broke the rules */
	uint64_t link_changes;
};

/*
 * Judges the text and the right to use what it names. On a refusal one line is in why
 * (NET_WHY_SIZE bytes, or NULL). -EINVAL, -EACCES, -ENOENT, or another -errno.
 */
int net_port_check(const struct net_port_init *init, char *why);
/* As net_port_check(), and makes the port, which is stopped. The texts are copied. -ENOMEM. */
int net_port_open(const struct net_port_init *init, const struct net_port_handler *handler,
		  void *context, struct net_port **port, char *why);
/* Stops the port too. NULL is fine. */
void net_port_close(struct net_port *port);

/*
 * Plugs the port in. That the far end is missing, or that another program of the run has the port,
 * is no error: the link is down until that changes. A started port stays as it is. -ENOMEM, -EAGAIN
 * (no thread).
 */
int net_port_start(struct net_port *port);
/* Pulls the plug: the far end sees the link go down. Frames that were not taken are lost. */
void net_port_stop(struct net_port *port);

/* Returns whether there is a far end that takes frames. */
bool net_port_link(struct net_port *port);
/*
 * Sends one frame. -EAGAIN: there is no room now; -ENETDOWN: there is no link, the frame is dropped
 * and counted; -EMSGSIZE: no port carries a frame of that size.
 */
int net_port_send(struct net_port *port, const struct iovec *part, unsigned int parts);
/*
 * Returns the port's own memory for a frame of this length, which the card makes there and sends by
 * net_port_push(), so that it is copied once less. NULL: net_port_send() sends the frame, or tells why it
 * cannot be sent. The far end can change the bytes at any time. If the card makes another call instead of
 * net_port_push(), nothing was sent.
 */
void *net_port_room(struct net_port *port, uint32_t length);
void net_port_push(struct net_port *port, uint32_t length);
/*
 * Returns the next received frame, or NULL if there is none. It is in the port's memory until
 * net_port_pop(); a second call returns the same frame.
 */
const void *net_port_peek(struct net_port *port, uint32_t *length);
/* Takes the frame that net_port_peek() has returned. */
void net_port_pop(struct net_port *port);
/* Takes it too, but it counts as missed and not as received. */
void net_port_miss(struct net_port *port);
/*
 * Tells the far end of what was sent and taken, if it sleeps, and asks for ready(). The card calls
 * it before it sleeps. Returns true if there is a frame, room that was missing, or a change of the
 * link already: the card must look again before it sleeps.
 */
bool net_port_poll(struct net_port *port) __attribute__((warn_unused_result));

/*
 * The counters since net_port_open(), or in a run since the run began, if the port was started. Any
 * thread may read them while no other starts the port.
 */
struct net_port_stats net_port_stats(const struct net_port *port);

#endif
