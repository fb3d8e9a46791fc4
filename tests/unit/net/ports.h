/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports as a card sees them, with a handler that counts, and a directory for a test's files. */
#ifndef STCE_TESTS_NET_PORTS_H
#define STCE_TESTS_NET_PORTS_H

#include "testing.h"

#include <pthread.h>
#include <stdatomic.h>

#include "net/port.h"

struct plugged {
	struct net_port *port;
	_Atomic(unsigned int) ready;   /* calls of the handler */
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

extern char ports_directory[];

/*
 * Setup and teardown of a test: makes ports_directory, removes it with its files, and fails if a descriptor was left
 * open.
 */
int ports_begin(void **state);
int ports_end(void **state);

/* Opens and starts a port of the function 0000:GROUP:00.0, and asserts that this works. */
void plug_in(struct plugged *plugged, int group, const char *spec, const char *pcap);
void pull(struct plugged *plugged);
/* Waits for a call of the handler after `seen` of them. Asserts that it comes within ten seconds. */
void wait_ready(struct plugged *plugged, unsigned int seen);
/* Polls and waits until the link is as wished. */
void wait_link(struct plugged *plugged, bool link);

/* Fills a frame that tells its number, and checks one. */
void fill_frame(unsigned char *frame, uint32_t length, uint32_t number);
bool is_frame(const unsigned char *frame, uint32_t length, uint32_t number);
/* Sends such a frame in pieces; returns as net_port_send(). */
int send_frame(struct net_port *port, uint32_t length, uint32_t number);
/* Waits for a frame, takes it, and asserts that it is this one. */
void expect_frame(struct plugged *plugged, uint32_t length, uint32_t number);

#endif
