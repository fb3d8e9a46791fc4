/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A wire between two functions of a run: a file in the run's directory with a ring for each
 * direction, which a process for each end maps. An end is in use while its process holds a lock on
 * the byte of the file with its number; the lock lives as long as the mapping, which a forked child
 * does not inherit, so a process that is killed lets go of the end.
 *
 * Each use of an end is a session with a number that is drawn at random. An end meets a session of
 * the far end by emptying its own side of both rings and then storing the number in `met`. The wire
 * carries frames when each end has met the other's session. So both sides begin with empty rings,
 * whatever a dead process left in them.
 *
 *  (F18) A process that begins a session never receives a frame that was sent in another one, and
 *       its frames are received in no other one.
 *
 * The thread that calls is the card's, except where a call says that any thread may make it.
 */
#ifndef STCE_NET_WIRE_H
#define STCE_NET_WIRE_H

#include "net/ring.h"
#include "util/own_fd.h"

/* The pairs of lines that processors fetch, and POWER's lines, are two cache lines long. */
#define WIRE_ALIGNMENT (2 * CACHE_LINE_SIZE)

/* What an end waits for. */
#define WIRE_FRAMES 1u
#define WIRE_ROOM   2u

/* One end. Its own process writes it, but for the last two fields. */
struct wire_end {
	_Alignas(WIRE_ALIGNMENT) _Atomic(uint64_t) session;   /* 0: the end is not in use */
	_Atomic(uint64_t) met;                                /* the far end's session, 0: none */
	_Alignas(WIRE_ALIGNMENT) _Atomic(uint64_t) sent;      /* its position in the ring that it fills */
	_Alignas(WIRE_ALIGNMENT) _Atomic(uint64_t) taken;     /* its position in the ring that it empties */
	_Alignas(WIRE_ALIGNMENT) _Atomic(uint32_t) waits;     /* WIRE_FRAMES, WIRE_ROOM; the far end clears them */
	_Atomic(uint32_t) bell;                               /* a futex, which the far end changes and wakes */
};

struct wire {
	struct wire_end *mine, *far;   /* in the mapping */
	void *map;                     /* NULL: the wire is not open */
	unsigned int side;             /* 0 is the end of the lower group, 1 that of the higher one */
	struct own_fd *probe;          /* another description of the file, which holds no lock */
	_Atomic(uint64_t) session, met;   /* what *mine has; only the card's thread stores them */
	bool has_carried;              /* the far end has met this session, so its ring is this session's too */
	struct net_ring out, in;
};

/*
 * Takes the end of `group` and begins a session. -EAGAIN: another process has the end. -ENOSPC,
 * -ENOMEM, or another -errno: the file cannot be made.
 */
int wire_open(struct wire *wire, const char *directory, int group, int far_group);
/* Ends the session, wakes the far end and lets go of the end. */
void wire_close(struct wire *wire);
/* Begins another session with empty rings, because the far end has broken a rule. */
void wire_restart(struct wire *wire);
/*
 * Any thread may call it. Returns false if another process has changed what only this end writes.
 * It may also do so while the card's thread begins or meets a session.
 */
bool wire_is_intact(const struct wire *wire);
/* Any thread may call it. Returns whether the far end has sent something that was not taken. */
bool wire_has_frames(const struct wire *wire);

/*
 * Meets the far end's present session, and returns whether the wire carries frames. It sets
 * has_carried, before which nothing may be read from the ring: it is still of another session.
 */
bool wire_meet(struct wire *wire);
/* Returns whether the far end is still in the session that this end met last. */
bool wire_is_same_session(const struct wire *wire);
/*
 * Any thread may call it. Returns the far end's session if the process that began it has ended
 * without a word, else 0.
 */
uint64_t wire_dead_session(struct wire *wire);

/* Notes what this end waits for. The caller looks again afterwards, and then sleeps. */
void wire_wait_for(struct wire *wire, unsigned int what);
/* Wakes the far end if it waits for one of these. What it waits for was published before. */
void wire_tell(struct wire *wire, unsigned int what);
/* As wire_tell(), but may miss that the far end has just begun to wait. It is cheaper. */
static inline void wire_hint(struct wire *wire, unsigned int what)
{
	if (unlikely(atomic_load_explicit(&wire->far->waits, memory_order_relaxed) & what))
		wire_tell(wire, what);
}

#endif
