/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the lives of the recorded processes: where each begins, who forks it, and until when its
 * player is needed. A process that ends by _exit(2), execve(2) or a signal leaves no record of that,
 * but its children may go on, so a player is needed until its last record and its last fork have passed.
 * A program that was executed loses all files and memory of the one before, and so is a life of its own.
 */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>

/* Number 0 is the keeper's, which forks what no recorded process has forked. */
static struct replay_life *lives;
static uint32_t life_count;

/* For each stream: which life of its process goes on; 0: none. */
static uint32_t *current;

const struct replay_life *replay_life(uint32_t number)
{
	return number < life_count ? &lives[number] : NULL;
}

/* Returns where the life of a process is noted, or NULL for a number that no stream has. */
static uint32_t *current_of(const struct recording *recording, uint64_t process)
{
	for (unsigned int i = 0; i < recording->stream_count; i++)
		if (recording->stream[i]->process == process)
			return &current[i];
	return NULL;
}

static int add(struct replay_life life)
{
	struct replay_life *more = reallocarray(lives, (size_t)life_count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	lives = more;
	lives[life_count++] = life;
	return 0;
}

/* Returns the life that has forked the process of this record, or 0. */
static uint32_t parent_of(const struct recording *recording, const struct recording_record *record, uint32_t process)
{
	const uint64_t parent = record->field[RECORDING_PARENT];
	const uint32_t *life = record->kind == RECORDING_PROCESS && parent != process ? current_of(recording, parent) : NULL;

	return life ? *life : 0;
}

/* Notes what the record, which is the one at this place, says of lives. */
static int note(const struct recording *recording, const struct recording_record *record, uint32_t process, uint64_t place)
{
	uint32_t *life = current_of(recording, process);
	int r = 0;

	if (!*life || record->kind == RECORDING_PROCESS) {
		const uint32_t parent = parent_of(recording, record, process);

		if (parent)
			lives[parent].last = place;
		r = add((struct replay_life){ .process = process, .parent = parent, .first = place });
		*life = life_count - 1;
	}
	lives[*life].last = place;
	if (record->kind == RECORDING_EXIT)
		*life = 0;
	return r;
}

int replay_lives_find(struct recording *recording)
{
	const struct recording_record *record;
	uint32_t process;
	int r;

	current = calloc((size_t)recording->stream_count + 1, sizeof(*current));
	r = current ? add((struct replay_life){ .last = UINT64_MAX }) : -ENOMEM;
	for (uint64_t place = 0; !r && (record = recording_next(recording, &process)); place++)
		r = note(recording, record, process, place);
	recording_rewind(recording);
	free(current);
	current = NULL;
	return r;
}
