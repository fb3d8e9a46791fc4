/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spapr-tce-replay makes the calls of a recording again, and tells where the first answer differs.
 * Each recorded process is played by one of its own, which a recorded fork() makes by fork(), and
 * all take turns: a call is made when the one before it has ended. The calls are plain system calls, so
 * the same program asks a kernel, or this library when that is preloaded.
 */
#ifndef STCE_REPLAY_REPLAY_H
#define STCE_REPLAY_REPLAY_H

#include <stdatomic.h>
#include <stdio.h>

#include "recording/reader.h"

enum {
	EXIT_EQUAL = 0,
	EXIT_DIFFERS = 1,
	EXIT_REPLAY = 125,           /* the recording cannot be replayed */
};

/* What all players share. */
struct replay_shared {
	_Atomic(uint32_t) turn;      /* players.c says whose it is */
	_Atomic(uint32_t) waiting;   /* players that wait for their turn */
	_Atomic(int) leaver;         /* the player that had the turn before and ends, or 0 */
	_Atomic(int) status;         /* not 0: all players end with it */
	_Atomic(uint64_t) calls;     /* whose answers were compared */
	_Atomic(uint64_t) accesses;  /* of registers */
	_Atomic(uint64_t) values;    /* register reads that had another value */
	_Atomic(uint64_t) dma;       /* DMA that was recorded */
	_Atomic(uint64_t) skipped;   /* calls that cannot be made here */
	_Atomic(uint64_t) differing; /* calls whose answers differ */
};

struct replay {
	struct recording recording;
	struct replay_shared *shared;
	bool is_all;                 /* it goes on behind an answer that differs */
	uint32_t life;               /* which one this player plays; 0: it is the keeper, which only forks */
	uint32_t process;            /* of that life, or 0 */
};

/* A process that was recorded, from its first record to its end: numbers are given again. */
struct replay_life {
	uint32_t process;
	uint32_t parent;             /* number of the life that forks it; 0: the keeper does */
	uint64_t first;              /* place of its first record among all records */
	uint64_t last;               /* place of its last record, or of the first one of a life that it forks later */
};

/* main.c: prints a line on stderr. */
void replay_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define RESULT_TEXT_SIZE 32

/* list.c */
/* Returns the name of an errno, or the number, for which there is room in `text`. */
const char *replay_text_of(long result, char text[RESULT_TEXT_SIZE]);
void replay_print(FILE *to, uint32_t process, const struct recording_record *record);
int replay_list(struct recording *recording);

/* launch.c: starts spapr-tce run with this program below it. Returns only if it fails. */
int replay_launch(struct replay *replay, const char *program, const char *self, char *const *options,
		  unsigned int option_count, const char *file);

/* lives.c: finds all lives, before any record is played. -ENOMEM. */
int replay_lives_find(struct recording *recording);
/* Returns a life, in the order of their first records from 1 on, or NULL behind the last. */
const struct replay_life *replay_life(uint32_t number);

/* players.c: plays everything, and returns the exit status. */
int replay_all(struct replay *replay);

/* play.c: makes the call of a record. Returns false if its answer differs and ends the replay. */
bool replay_play(struct replay *replay, const struct recording_record *record);

/* ioctl.c */
bool replay_ioctl(struct replay *replay, const struct recording_record *record);

/* answer.c: these compare an answer, and tell if it differs. They return false if that ends the replay. */
bool replay_result(const struct replay *replay, const struct recording_record *record, long here);
bool replay_bytes(const struct replay *replay, const struct recording_record *record, const uint8_t *recorded,
		  const uint8_t *here, size_t size);

/* fds.c: descriptors of the player. -1: the recorded one is not known. */
int replay_fd(uint64_t recorded);
/* Returns what the recorded descriptor was opened as. */
const char *replay_fd_name(uint64_t recorded);
bool replay_fd_is_device(uint64_t recorded);
void replay_fd_set(uint64_t recorded, int fd, const char *name, bool is_device);
void replay_fd_close(uint64_t recorded);
/* Returns an eventfd for the one that the program had under this number. */
int replay_eventfd(uint64_t recorded);

/* memory.c: the program's memory, at the same addresses where those are free. */
int replay_memory_need(uint64_t address, uint64_t size);
/* Notes that registers of the recorded address are mapped here. */
int replay_memory_add(uint64_t address, uint64_t size, void *here);
/* Returns where the address is here, or NULL if not all of so many bytes lie there, one behind the other. */
void *replay_memory_span(uint64_t address, uint64_t size);
void replay_memory_remove(uint64_t address, uint64_t size);

#endif
