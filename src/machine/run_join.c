/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program joins a run: its machine counts and tells in the state that all
 * programs of the run have mapped.
 */
#include "spapr-tce/run.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "machine/machine.h"
#include "machine/run_directory.h"
#include "machine/run_state.h"
#include "util/os.h"

/* -ENOENT: the file is no run's, or that of another version of the library. */
static int map_state(int fd, struct run_state **state)
{
	uint64_t size = 0;
	int r = os_fstat(fd, NULL, NULL, &size, NULL);
	void *p;

	if (r || size != sizeof(struct run_state))
		return r ? r : -ENOENT;
	p = os_mmap(NULL, sizeof(struct run_state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (os_is_error(p))
		return os_error(p);
	*state = p;
	return 0;
}

/* Any thread of any program: takes a number, fills its place, then shows it. */
static void write_news(void *context, const struct stce_news *item)
{
	struct run_state *state = context;
	uint64_t n = atomic_fetch_add(&state->news_written, 1);

	atomic_store(&state->news[n % NEWS_COUNT].number, 0);
	/* Nobody shall read half of it under the number of the item before. */
	atomic_thread_fence(memory_order_release);
	state->news[n % NEWS_COUNT].item = *item;
	atomic_store_explicit(&state->news[n % NEWS_COUNT].number, n + 1, memory_order_release);
}

static void leave(struct stce_machine *machine)
{
	os_munmap(container_of(machine->counters, struct run_state, counters), sizeof(struct run_state));
}

/* The machine of a run, with counters and news in the shared state. It takes over life and state. */
static int attach(struct stce_config *config, const char *directory, struct life *life, struct run_state *state,
		  struct stce_machine **machine, char *why)
{
	int r = machine_new(config, directory, machine);

	if (r)
		return r;
	(*machine)->counters = &state->counters;
	(*machine)->news = (struct news){ write_news, state };
	(*machine)->free_counters = leave;
	(*machine)->life = *life;
	return machine_start(*machine, why);
}

/* The state behind a descriptor, with its size and mark. */
static int map_marked_state(int fd, struct run_state **state)
{
	int r = map_state(fd, state);

	if (r || atomic_load(&(*state)->magic) == RUN_MAGIC)
		return r;
	os_munmap(*state, sizeof(**state));
	return -ENOENT;
}

/* Counts as a program from now on, after what others have left behind has gone. */
static int begin(int fd, struct run_state *state, bool is_alone, struct life *life)
{
	/* of the same description, which holds the run's directory */
	int r = life_init(life, os_dup_high(fd));

	if (r)
		return r;
	if (is_alone)
		stats_forget(&state->counters);
	else
		stats_bury(&state->counters, life);
	r = run_directory_joined(fd);
	if (r)
		life_fini(life);
	return r;
}

/* The state of a run that this program joins. */
static int join(const char *directory, struct life *life, struct run_state **state, char *why)
{
	bool is_alone = false;
	int fd = run_directory_join(directory, &is_alone, why);
	int r;

	if (fd < 0)
		return fd;
	r = map_marked_state(fd, state);
	if (r) {
		config_why(why, r, "%s is not the directory of a run: its state is of another version", directory);
		goto close;
	}
	r = begin(fd, *state, is_alone, life);
	if (r) {
		os_munmap(*state, sizeof(**state));
		config_why(why, r, r == -EAGAIN ? "%s: another program keeps everybody from joining the run" :
			   "%s: no descriptor for the run", directory);
	}
close:
	os_close(fd);
	return r;
}

int stce_run_attach(const char *directory, struct stce_machine **out, char *why)
{
	struct stce_machine *machine = NULL;
	struct stce_config *config = NULL;
	struct run_state *state = NULL;
	char path[FILE_PATH_SIZE + 32];
	struct life life;
	int r = join(directory, &life, &state, why);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/config", directory);
	r = stce_config_new(&config);
	if (!r)
		r = stce_config_load(config, path, why);
	if (!r)
		r = attach(config, directory, &life, state, &machine, why);
	if (r && machine) {
		stce_machine_free(machine);
	} else if (r) {
		stce_config_free(config);
		os_munmap(state, sizeof(*state));
		life_fini(&life);
	}
	if (r)
		return r;
	atomic_fetch_add(&state->programs, 1);
	*out = machine;
	return 0;
}
