/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer is the far end of a wire. While both cards work, frames and room are found by looking, and
 * no system call is made. A thread waits for the bell that a far end rings when this one sleeps,
 * and looks from time to time whether the far end's process still lives, and whether a process that
 * has this end has left it.
 */
#include "net/backends.h"

#include <errno.h>
#include <stdlib.h>

#include "net/wire.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/os_futex.h"
#include "util/reason.h"

#define LOOK_NS    (UINT64_C(200) * 1000000)
#define GROUP_MAX  65535

struct peer {
	struct net_port port;
	char *directory;
	int group, far_group;
	struct wire wire;               /* the card's calls open it; net_port_stop() closes it */
	bool wants_room;                /* a frame got -EAGAIN */
	pthread_t thread;
	_Atomic(bool) stop, tries_again;
	_Atomic(uint32_t) word;         /* what the thread waits for until the wire is open */
	_Atomic(struct wire *) open;    /* the wire, once it is open */
	_Atomic(uint64_t) dead;         /* the session of the far end that ended without a word, 0: none */
};

static struct peer *peer_of(struct net_port *port)
{
	return container_of(port, struct peer, port);
}

static int parse(const char *argument)
{
	char *end;
	long n = strtol(argument, &end, 10);

	return *argument < '0' || *argument > '9' || *end || n > GROUP_MAX ? -EINVAL : (int)n;
}

static int check(const struct net_port_init *init, const char *argument, char *why)
{
	int far_group = parse(argument);

	if (far_group < 0)
		return net_refuse(why, -EINVAL, "net \"%s\": a group is a number from 0 to %d", init->spec, GROUP_MAX);
	if (far_group == init->group)
		return net_refuse(why, -EINVAL, "net \"%s\" is the function's own group; a peer must be in another",
				  init->spec);
	return 0;
}

static int create(const struct net_port_init *init, const char *argument, struct net_port **port)
{
	struct peer *peer = ALLOC(struct peer);

	if (!peer)
		return -ENOMEM;
	peer->directory = init->shared_directory ? alloc_text(init->shared_directory) : NULL;
	if (init->shared_directory && !peer->directory) {
		free(peer);
		return -ENOMEM;
	}
	peer->group = init->group;
	peer->far_group = parse(argument);
	*port = &peer->port;
	return 0;
}

static void free_peer(struct net_port *port)
{
	free(peer_of(port)->directory);
}

/*
 * Returns whether there is something that the card must be told of. Frames, and an end that is not
 * intact, are found here only if a process writes to the wire what it must not.
 */
static bool look_around(struct peer *peer)
{
	struct wire *wire = atomic_load(&peer->open);
	uint64_t dead;

	if (!wire) {
		atomic_store(&peer->tries_again, true);
		return true;
	}
	dead = wire_dead_session(wire);
	if (dead && atomic_exchange(&peer->dead, dead) != dead)
		return true;
	return wire_has_frames(wire) || !wire_is_intact(wire);
}

/*
 * A bell that rings calls ready(), and so does the change from one word to the other, because a
 * bell may have rung before.
 */
static void *run(void *context)
{
	struct peer *peer = context;
	_Atomic(uint32_t) *word = &peer->word;
	uint32_t seen = atomic_load(word);
	uint64_t looked = os_now_ns();

	while (!atomic_load(&peer->stop)) {
		struct wire *wire = atomic_load(&peer->open);
		_Atomic(uint32_t) *now = wire ? &wire->mine->bell : &peer->word;
		uint32_t value = atomic_load(now);
		bool rang = now != word || value != seen;

		word = now;
		seen = value;
		if (atomic_load(&peer->stop))
			break;
		if (os_now_ns() - looked >= LOOK_NS) {
			rang |= look_around(peer);
			looked = os_now_ns();
		}
		if (rang)
			net_ready(&peer->port);
		else
			os_futex_wait_for(word, value, LOOK_NS);
	}
	return NULL;
}

static void wake_thread(struct peer *peer)
{
	struct wire *wire = atomic_load(&peer->open);

	atomic_fetch_add(&peer->word, 1);
	os_futex_wake(&peer->word);
	if (!wire)
		return;
	atomic_fetch_add(&wire->mine->bell, 1);
	os_futex_wake(&wire->mine->bell);
}

static void attach(struct peer *peer)
{
	if (!atomic_exchange(&peer->tries_again, false))
		return;
	if (wire_open(&peer->wire, peer->directory, peer->group, peer->far_group))
		return;
	atomic_store(&peer->open, &peer->wire);
	wake_thread(peer);
}

/* Returns whether the wire carries frames. */
static bool look(struct net_port *port)
{
	struct peer *peer = peer_of(port);

	if (!peer->wire.map)
		attach(peer);
	return peer->wire.map && wire_meet(&peer->wire) && atomic_load(&peer->dead) != peer->wire.met;
}

static int start(struct net_port *port)
{
	struct peer *peer = peer_of(port);
	int r;

	if (!peer->directory)
		return REASON(-EOPNOTSUPP, "a peer needs a run, whose directory holds the wire");
	peer->wants_room = false;
	atomic_store(&peer->stop, false);
	atomic_store(&peer->dead, 0);
	atomic_store(&peer->open, NULL);
	atomic_store(&peer->tries_again, true);
	r = net_thread_start(&peer->thread, run, peer);
	if (!r)
		look(port);
	return r;
}

static void stop(struct net_port *port)
{
	struct peer *peer = peer_of(port);

	atomic_store(&peer->stop, true);
	wake_thread(peer);
	pthread_join(peer->thread, NULL);
	atomic_store(&peer->open, NULL);
	wire_close(&peer->wire);
}

static void begin_anew(struct peer *peer)
{
	if (!peer->port.stats->errors)
		(void)REASON(-EPROTO, "what group %d wrote to its wire with group %d has no sense", peer->far_group,
			     peer->group);
	net_count(&peer->port.stats->errors, 1);
	wire_restart(&peer->wire);
}

/* The far end has broken a rule, unless it began another session meanwhile. */
static void broke_a_rule(struct peer *peer)
{
	if (wire_is_same_session(&peer->wire))
		begin_anew(peer);
}

static int send(struct net_port *port, const struct iovec *part, unsigned int parts, uint32_t length)
{
	struct peer *peer = peer_of(port);
	int r = look(port) ? net_ring_put(&peer->wire.out, part, parts, length) : -ENETDOWN;

	if (!r) {
		peer->wants_room = false;
		wire_hint(&peer->wire, WIRE_FRAMES);
	} else if (r == -EAGAIN) {
		peer->wants_room = true;
		wire_tell(&peer->wire, WIRE_FRAMES);
	} else if (r == -EPROTO) {
		broke_a_rule(peer);
		r = -ENETDOWN;
	}
	return r;
}

static void *room(struct net_port *port, uint32_t length)
{
	struct peer *peer = peer_of(port);
	void *frame;

	return look(port) && !net_ring_room(&peer->wire.out, length, &frame) ? frame : NULL;
}

static void push(struct net_port *port, uint32_t length)
{
	struct peer *peer = peer_of(port);

	net_ring_push(&peer->wire.out, length);
	peer->wants_room = false;
	wire_hint(&peer->wire, WIRE_FRAMES);
}

/* Frames that are in the ring when the far end goes are received. */
static const void *peek(struct net_port *port, uint32_t *length)
{
	struct peer *peer = peer_of(port);
	const void *frame = NULL;

	look(port);
	if (!peer->wire.map || !peer->wire.has_carried)
		return NULL;
	if (net_ring_peek(&peer->wire.in, &frame, length))
		broke_a_rule(peer);
	return frame;
}

static void pop(struct net_port *port)
{
	struct wire *wire = &peer_of(port)->wire;

	net_ring_pop(&wire->in);
	if (unlikely(atomic_load_explicit(&wire->far->waits, memory_order_relaxed) & WIRE_ROOM) &&
	    net_ring_gave_room(&wire->in))
		wire_tell(wire, WIRE_ROOM);
}

static bool poll(struct net_port *port)
{
	struct peer *peer = peer_of(port);
	struct wire *wire = &peer->wire;
	uint32_t length;

	look(port);
	if (wire->map && !wire_is_intact(wire))
		begin_anew(peer);
	if (!wire->map || !wire->has_carried)
		return false;
	wire_tell(wire, WIRE_FRAMES | (net_ring_gave_room(&wire->in) ? WIRE_ROOM : 0));
	wire_wait_for(wire, WIRE_FRAMES | (peer->wants_room ? WIRE_ROOM : 0));
	if (peek(port, &length))
		return true;
	if (!peer->wants_room || !net_ring_has_room(&wire->out))
		return false;
	peer->wants_room = false;
	return true;
}

const struct net_backend net_peer = {
	.name = "peer", .takes_argument = true, .check = check, .create = create, .start = start, .stop = stop,
	.link = look, .send = send, .room = room, .push = push, .peek = peek, .pop = pop, .poll = poll, .free = free_peer,
};
