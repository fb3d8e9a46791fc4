/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets each life of a recorded process be played by a process (lives.c). All players read all
 * records. The keeper, which was started, plays none: it forks the players that no other one forks,
 * and waits for them.
 *
 * Each record has two turns: in the first one its player is forked, if a life begins with the record,
 * and in the second one the record is played.
 */
#include "replay.h"

#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/* Turns are compared for equality only, so they may begin again at 0. */
static uint32_t fork_turn(uint64_t place)
{
	return (uint32_t)(2 * place);
}

static uint32_t play_turn(uint64_t place)
{
	return (uint32_t)(2 * place + 1);
}

/* Waits until a player is gone that has left: what a call is answered may depend on that. */
static void wait_for_end(pid_t player)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, player, 0), .events = POLLIN };

	if (end.fd < 0)
		return;
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	close(end.fd);
}

/* Waits for a turn, or for the end of the replay. The timeout is for players that were killed. */
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
	if (atomic_load(&shared->leaver))
		wait_for_end(atomic_exchange(&shared->leaver, 0));
}

static void begin_turn(struct replay *replay, uint32_t turn)
{
	atomic_store(&replay->shared->turn, turn);
	if (atomic_load(&replay->shared->waiting))
		syscall(SYS_futex, &replay->shared->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool is_over(const struct replay *replay)
{
	return atomic_load(&replay->shared->status);
}

__attribute__((noreturn)) static void leave(const struct replay *replay)
{
	fflush(stdout);
	_exit(atomic_load(&replay->shared->status));
}

/* Ends a turn of this player, which leaves if it is not needed behind this place. */
static void end_turn(struct replay *replay, uint64_t place, uint32_t next)
{
	const bool is_last = replay_life(replay->life)->last == place;

	if (is_last)
		atomic_store(&replay->shared->leaver, getpid());
	begin_turn(replay, next);
	if (is_last)
		leave(replay);
}

/* Returns in both: the child plays the new life from its first record on. */
static void fork_player(struct replay *replay, uint32_t life, uint64_t place)
{
	pid_t child;

	wait_for(replay, fork_turn(place));
	if (is_over(replay))
		return;
	fflush(stdout);
	child = fork();
	if (child < 0) {
		replay_complain("cannot fork: %s", strerror(errno));
		atomic_store(&replay->shared->status, EXIT_REPLAY);
	} else if (!child) {
		replay->life = life;
		replay->process = replay_life(life)->process;
	} else {
		end_turn(replay, place, play_turn(place));
	}
}

static void play(struct replay *replay, const struct recording_record *record, uint64_t place)
{
	wait_for(replay, replay_life(replay->life)->first == place ? play_turn(place) : fork_turn(place));
	if (is_over(replay))
		return;
	replay_play(replay, record);
	end_turn(replay, place, fork_turn(place + 1));
}

/* Returns in the keeper only. */
static void walk(struct replay *replay)
{
	const struct recording_record *record;
	const struct replay_life *begins;
	uint32_t process, next = 1;

	for (uint64_t place = 0; !is_over(replay) && (record = recording_next(&replay->recording, &process)); place++) {
		begins = replay_life(next);
		if (begins && begins->first == place) {
			if (begins->parent == replay->life)
				fork_player(replay, next, place);
			next++;
		}
		if (process == replay->process)
			play(replay, record, place);
	}
	if (replay->life)
		leave(replay);
}

int replay_all(struct replay *replay)
{
	replay->shared = mmap(NULL, sizeof(*replay->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (replay->shared == MAP_FAILED || replay_lives_find(&replay->recording)) {
		replay_complain("out of memory");
		return EXIT_REPLAY;
	}
	/* Players that another player has forked become the keeper's children when that ends. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	walk(replay);
	while (reap(replay, 0))
		;
	if (!is_over(replay) && atomic_load(&replay->shared->turn) != fork_turn(replay->recording.count)) {
		replay_complain("the replay has stopped before the last record");
		return EXIT_REPLAY;
	}
	return atomic_load(&replay->shared->status);
}
