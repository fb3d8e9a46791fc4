/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joins a program to a run. The program's machine keeps counters and news in the run's file `state`,
 * which all programs of the run map. The file is checked before anything in it is used. run.c is
 * the side of the process that made the run.
 */
#include "spapr-tce/run.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "machine/explain.h"
#include "machine/machine.h"
#include "machine/run_directory.h"
#include "machine/run_join.h"
#include "machine/run_shared.h"
#include "machine/vfs.h"
#include "recording/file.h"
#include "recording/record.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/trace.h"
#include "util/trace_file.h"

/* Maps the file `state`. -ENOENT: it is not a run's, or a run's by another version of the library. */
static int map_shared(int fd, struct run_shared **shared)
{
	uint64_t size = 0;
	int r = os_fstat(fd, NULL, NULL, &size, NULL);
	void *p;

	if (r || size != sizeof(struct run_shared))
		return r ? r : -ENOENT;
	p = os_mmap(NULL, sizeof(struct run_shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (os_is_error(p))
		return os_error(p);
	*shared = p;
	return 0;
}

static struct run_shared *shared_of(struct stce_machine *machine)
{
	return container_of(machine->counters, struct run_shared, counters);
}

/*
 * Takes a number, fills the item that has it, and publishes the number. Threads of all programs call
 * this at the same time.
 */
static void write_news(void *context, const struct stce_news *item)
{
	struct stce_machine *machine = context;
	struct run_shared *shared = shared_of(machine);
	uint64_t n = atomic_fetch_add(&shared->news_written, 1);

	atomic_store(&shared->news[n % NEWS_COUNT].number, 0);
	/* A reader must not see a half-written item under the number of the one before. */
	atomic_thread_fence(memory_order_release);
	shared->news[n % NEWS_COUNT].item = *item;
	atomic_store_explicit(&shared->news[n % NEWS_COUNT].number, n + 1, memory_order_release);
	/* The device that has met the fault has these parts. */
	if (item->kind == STCE_NEWS_FAULT)
		explain_to_run(machine->parts, shared, item->group, (enum stce_fault)item->cause);
}

static char told_directory[FILE_PATH_SIZE];

static void tell_end(const char *message)
{
	stce_run_tell(told_directory, message);
}

/* Makes the process's trace a part of the run's. */
static void join_trace(const char *directory, struct run_shared *shared)
{
	snprintf(told_directory, sizeof(told_directory), "%s", directory);
	trace_file_on_end(tell_end);
	recording_file_on_end(tell_end);
	trace_set_start(atomic_load(&shared->began));
}

static void leave(struct stce_machine *machine)
{
	recording_stop(&shared_of(machine)->recorded);
	os_munmap(shared_of(machine), sizeof(struct run_shared));
}

/*
 * Makes the program's machine, with counters and news in the shared file. As soon as there is a
 * machine, it owns config, life and the mapping, even if this call fails then.
 */
static int attach(struct stce_config *config, const char *directory, struct life *life, struct run_shared *shared,
		  struct stce_machine **machine, char *why)
{
	/* What is plugged in from here on is taken in later, even if the file has it already. */
	uint32_t plugged = atomic_load(&shared->plugged);
	char path[FILE_PATH_SIZE + 32];
	uint64_t read = 0;
	int r;

	snprintf(path, sizeof(path), "%s/config", directory);
	r = config_load_run(config, path, &read, why);
	r = r ? r : machine_new(config, directory, machine);
	if (r)
		return r;
	(*machine)->plugged = &shared->plugged;
	(*machine)->look_for_plugged = machine_look_for_plugged;
	(*machine)->set_vfs = machine_set_vfs;
	(*machine)->virtual_is_gone = machine_forget_vf;
	(*machine)->plugged_seen = plugged;
	(*machine)->config_read = read;
	(*machine)->counters = &shared->counters;
	(*machine)->news = (struct news){ write_news, *machine };
	(*machine)->free_counters = leave;
	(*machine)->life = *life;
	return machine_start(*machine, why);
}

/* As map_shared(), but checks the magic number too. */
static int map_marked(int fd, struct run_shared **shared)
{
	int r = map_shared(fd, shared);

	if (r || atomic_load(&(*shared)->magic) == RUN_MAGIC)
		return r;
	os_munmap(*shared, sizeof(**shared));
	return -ENOENT;
}

/* Removes the gauges that dead programs have left, and makes this one a program of the run. */
static int enter_run(int fd, struct run_shared *shared, bool is_alone, struct life *life)
{
	/* The duplicate has the lock of fd too, which keeps the directory from being removed. */
	int r = life_init(life, os_dup_high(fd));

	if (r)
		return r;
	if (is_alone)
		stats_forget(&shared->counters);
	else
		stats_bury(&shared->counters, life);
	r = run_directory_joined(fd);
	if (r)
		life_fini(life);
	return r;
}

/* Joins the run: fills life, and maps the shared file. */
static int join(const char *directory, struct life *life, struct run_shared **shared, char *why)
{
	bool is_alone = false;
	int fd = run_directory_join(directory, &is_alone, why);
	int r;

	if (fd < 0)
		return fd;
	r = map_marked(fd, shared);
	if (r) {
		config_why(why, r, "%s is not the directory of a run: its state has another version", directory);
		goto close;
	}
	r = enter_run(fd, *shared, is_alone, life);
	if (r) {
		os_munmap(*shared, sizeof(**shared));
		config_why(why, r, r == -EAGAIN ? "%s: another program keeps others from joining the run" :
			   "%s: cannot get a descriptor for the run", directory);
	}
close:
	os_close(fd);
	return r;
}

int run_attach(const char *directory, bool is_program, struct stce_machine **out, char *why)
{
	struct stce_machine *machine = NULL;
	struct stce_config *config = NULL;
	struct run_shared *shared = NULL;
	struct life life;
	int r = join(directory, &life, &shared, why);

	if (r)
		return r;
	join_trace(directory, shared);
	r = stce_config_new(&config);
	if (!r)
		r = attach(config, directory, &life, shared, &machine, why);
	if (r && machine) {
		stce_machine_free(machine);
	} else if (r) {
		stce_config_free(config);
		os_munmap(shared, sizeof(*shared));
		life_fini(&life);
	}
	if (r)
		return r;
	atomic_fetch_add(&shared->programs, is_program);
	if (is_program && recording_file_path()[0])
		recording_begin(&shared->recorded);
	*out = machine;
	return 0;
}

int stce_run_attach(const char *directory, struct stce_machine **out, char *why)
{
	unsigned int count = reason_count();

	return (int)REASON_END(count, run_attach(directory, true, out, why));
}
