/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets each recorded process be played by a process. All players read all records. The first one
 * plays none, but forks the players that no other player forks, and waits for them.
 */
#include "replay.h"

#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The processes that are being played; each player computes the same from the records. */
static uint32_t *playing;
static size_t playing_count;

static bool is_playing(uint32_t process)
{
	for (size_t i = 0; i < playing_count; i++)
		if (playing[i] == process)
			return true;
	return false;
}

static void set_playing(uint32_t process)
{
	playing = reallocarray(playing, playing_count + 1, sizeof(*playing));
	if (!playing)
		_exit(EXIT_REPLAY);
	playing[playing_count++] = process;
}

static void stop_playing(uint32_t process)
{
	for (size_t i = 0; i < playing_count; i++)
		if (playing[i] == process)
			playing[i] = playing[--playing_count];
}

/* Ends the replay if a player was killed, by a fault for example. Returns whether one has ended. */
static bool reap(struct replay *replay, int flags)
{
	int status;
	pid_t child = waitpid(-1, &status, flags);

	if (child > 0 && (WIFSIGNALED(status) || WEXITSTATUS(status)) && !atomic_load(&replay->shared->status)) {
		if (WIFSIGNALED(status))
			replay_complain("the replay was ended by signal %d", WTERMSIG(status));
		atomic_store(&replay->shared->status, EXIT_REPLAY);
	}
	return child > 0;
}

/* Waits until so many records have been played. The timeout is for players that were killed. */
static void wait_for(struct replay *replay, uint32_t turn)
{
	const struct timespec timeout = { .tv_nsec = 200000000 };
	struct replay_shared *shared = replay->shared;
	uint32_t now;

	while ((now = atomic_load(&shared->turn)) != turn && !atomic_load(&shared->status)) {
		atomic_fetch_add(&shared->waiting, 1);
		syscall(SYS_futex, &shared->turn, FUTEX_WAIT, now, &timeout, NULL, 0);
		atomic_fetch_sub(&shared->waiting, 1);
		while (reap(replay, WNOHANG))
			;
	}
}

static void finish_turn(struct replay *replay)
{
	atomic_fetch_add(&replay->shared->turn, 1);
	if (atomic_load(&replay->shared->waiting))
		syscall(SYS_futex, &replay->shared->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Returns in both: the child plays the new process from its first record on. */
static void fork_player(struct replay *replay, uint32_t process, uint32_t turn)
{
	pid_t child;

	wait_for(replay, turn);
	fflush(stdout);
	child = fork();
	if (child < 0) {
		replay_complain("cannot fork: %s", strerror(errno));
		atomic_store(&replay->shared->status, EXIT_REPLAY);
	}
	if (!child)
		replay->process = process;
}

/* Whether a player begins with this record, and which one forks it. */
static bool begins(const struct recording_record *record, uint32_t process, uint32_t *parent)
{
	const bool is_first = !is_playing(process);

	*parent = 0;
	if (is_first && record->kind == RECORDING_PROCESS && is_playing((uint32_t)record->field[RECORDING_PARENT]))
		*parent = (uint32_t)record->field[RECORDING_PARENT];
	return is_first;
}

static uint64_t last_record_of(const struct replay *replay)
{
	for (unsigned int i = 0; i < replay->recording.stream_count; i++)
		if (replay->recording.stream[i]->process == replay->process)
			return replay->recording.stream[i]->last;
	return 0;
}

static void drop_everything(void)
{
	replay_memory_remove_all();
	replay_fd_close_all();
}

/* A program that execs, or whose number another one has later, loses everything. */
static void play(struct replay *replay, const struct recording_record *record, uint32_t turn)
{
	const bool is_last = record->kind == RECORDING_EXIT || record->number == last_record_of(replay);

	wait_for(replay, turn);
	if (atomic_load(&replay->shared->status))
		return;
	if (record->kind == RECORDING_PROCESS && !record->field[RECORDING_PARENT])
		drop_everything();
	replay_play(replay, record);
	if (is_last)
		drop_everything();
	finish_turn(replay);
	if (is_last) {
		fflush(stdout);
		_exit(atomic_load(&replay->shared->status));
	}
}

static void walk(struct replay *replay)
{
	const struct recording_record *record;
	uint32_t process, parent;

	for (uint32_t turn = 0; (record = recording_next(&replay->recording, &process)); turn++) {
		if (atomic_load(&replay->shared->status))
			return;
		if (begins(record, process, &parent)) {
			if (parent == replay->process)
				fork_player(replay, process, turn);
			set_playing(process);
		}
		if (process == replay->process)
			play(replay, record, turn);
		if (record->kind == RECORDING_EXIT)
			stop_playing(process);
	}
}

int replay_all(struct replay *replay)
{
	replay->shared = mmap(NULL, sizeof(*replay->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (replay->shared == MAP_FAILED) {
		replay_complain("out of memory");
		return EXIT_REPLAY;
	}
	/* Players that another player has forked become the first one's children when that ends. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	walk(replay);
	if (replay->process) {
		fflush(stdout);
		_exit(atomic_load(&replay->shared->status));
	}
	while (reap(replay, 0))
		;
	return atomic_load(&replay->shared->status);
}
