/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run's directory: `config` as option lines, `state` with the counters and
 * the news of all programs, the mirror, and the backing files of groups,
 * devices and shared memory.
 */
#include "spapr-tce/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/mirror.h"
#include "file/tree.h"
#include "machine/machine.h"
#include "machine/run_directory.h"
#include "machine/run_nodes.h"
#include "machine/run_told.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/own_fd.h"

#define RUN_MAGIC  UINT64_C(0x7370617072544345)   /* "spaprTCE" */
#define NEWS_COUNT 256

struct run_state {
	uint64_t magic;
	_Atomic(uint32_t) programs;
	_Atomic(uint64_t) news_written;
	struct stats_shared counters;
	struct {
		_Atomic(uint64_t) number;   /* of the item inside, from 1; 0: being written */
		struct stce_news item;
	} news[NEWS_COUNT];
};

struct stce_run {
	char directory[FILE_PATH_SIZE];
	char sysfs[FILE_PATH_SIZE + 32];
	char pci_devices[FILE_PATH_SIZE + 32];
	int directory_fd;
	int state_fd;                 /* holds the directory, -1: not yet */
	struct run_state *state;
	uint64_t news_read;
	struct run_told told;
};

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

static int write_config(const struct stce_config *config, const char *directory)
{
	char path[FILE_PATH_SIZE + 32];
	FILE *file;
	int r = 0;

	snprintf(path, sizeof(path), "%s/config", directory);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	for (unsigned int i = 0; i < config->line_count; i++)
		if (fprintf(file, "%s %s\n", config->line[i].option, config->line[i].value) < 0)
			r = -errno;
	return fclose(file) ? -errno : r;
}

/* Mirrors the functions of a machine, which knows their config spaces. */
static int write_mirror(struct stce_config *config, const char *directory, char *why)
{
	struct stce_machine *machine = NULL;
	int r = mirror_create(directory);

	if (!r)
		r = stce_machine_new(config, &machine, why);
	/* A machine says itself why it cannot be made; what follows is told by its error. */
	if (!r && why)
		why[0] = 0;
	for (unsigned int i = 0; !r && i < machine->parts->function_count; i++) {
		struct function *fn = machine->parts->function[i].function;
		const uint8_t *v = fn->config.value;

		r = mirror_add_function(directory, &(struct mirror_function){
			.address = fn->address,
			.group = fn->pe->group,
			.driver = machine->parts->function[i].driver,
			.vendor = (uint16_t)(v[0] | v[1] << 8),
			.device = (uint16_t)(v[2] | v[3] << 8),
			.numa_node = fn->pe->phb->placement.node[fn->pe->copy],
			.class_code = (uint32_t)(v[9] | v[10] << 8 | v[11] << 16),
			.subsystem_vendor = (uint16_t)(v[0x2c] | v[0x2d] << 8),
			.subsystem = (uint16_t)(v[0x2e] | v[0x2f] << 8),
			.bar_size = fn->bar_size,
			.bar_count = FUNCTION_BAR_COUNT,
		});
	}
	stce_machine_free(machine);
	return r;
}

static int cannot_fill(const struct stce_run *run, int r, char *why)
{
	const char *advice = r == -ENOSPC || r == -EDQUOT ?
		"; make room there, or name another place in XDG_RUNTIME_DIR" : "";

	return config_why(why, r, "%s: the directory of the run cannot be filled: %s%s", run->directory,
			  strerrordesc_np(-r), advice);
}

/* What a run needs for all its life, so that it ends here where there is no room for it. */
static int fill(struct stce_run *run, struct stce_config *config, char *why)
{
	int r = write_mirror(config, run->directory, why);

	if (!r)
		r = write_config(config, run->directory);
	if (!r)
		r = run_told_init(&run->told, run->directory);
	if (!r)
		r = run->state_fd = run_directory_begin(run->directory_fd, sizeof(struct run_state));
	if (r >= 0)
		r = run_nodes_make(config, run->directory_fd, run_directory_is_open(), why);
	if (!r)
		r = map_state(run->state_fd, &run->state);
	return r;
}

int stce_run_new(struct stce_config *config, struct stce_run **out, char *why)
{
	struct stce_run *run = ALLOC(struct stce_run);
	mode_t mask;
	int r;

	if (!run)
		return -ENOMEM;
	run->state_fd = -1;
	run->told.fd = -1;
	r = run->directory_fd = run_directory_make(run->directory, sizeof(run->directory));
	if (r < 0) {
		free(run);
		return config_why(why, r, "no directory for the run: %s", strerrordesc_np(-r));
	}
	snprintf(run->sysfs, sizeof(run->sysfs), "%s/sys", run->directory);
	snprintf(run->pci_devices, sizeof(run->pci_devices), "%s/sys/bus/pci/devices", run->directory);
	if (why)
		why[0] = 0;
	/* programs of other users may read what the mirror shows, whatever the launcher makes for itself */
	mask = umask(022);
	r = fill(run, config, why);
	umask(mask);
	if (r) {
		r = why && why[0] ? r : cannot_fill(run, r, why);
		stce_run_free(run);
		return r;
	}
	run->state->magic = RUN_MAGIC;
	*out = run;
	return 0;
}

void stce_run_free(struct stce_run *run)
{
	if (!run)
		return;
	if (run->state)
		os_munmap(run->state, sizeof(*run->state));
	run_told_fini(&run->told);
	run_directory_remove(run->directory_fd, run->directory);
	os_close(run->directory_fd);
	if (run->state_fd >= 0)
		os_close(run->state_fd);
	free(run);
}

const char *stce_run_directory(const struct stce_run *run)
{
	return run->directory;
}

const char *stce_run_sysfs(const struct stce_run *run)
{
	return run->sysfs;
}

const char *stce_run_pci_devices(const struct stce_run *run)
{
	return run->pci_devices;
}

/* Beside others only: what the last program had is told to the end. */
struct stce_stats stce_run_stats(const struct stce_run *run)
{
	if (run_directory_has_programs(run->state_fd))
		stats_bury(&run->state->counters);
	return stats_sum(&run->state->counters);
}

bool stce_run_told(struct stce_run *run, char *line)
{
	return run_told_next(&run->told, line, STCE_WHY_SIZE);
}

unsigned int stce_run_programs(const struct stce_run *run)
{
	return atomic_load(&run->state->programs);
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

bool stce_run_news(struct stce_run *run, struct stce_news *item, unsigned int *lost)
{
	uint64_t written = atomic_load(&run->state->news_written);
	uint64_t n;

	*lost = 0;
	if (written - run->news_read > NEWS_COUNT) {
		*lost = (unsigned int)(written - run->news_read - NEWS_COUNT);
		run->news_read = written - NEWS_COUNT;
	}
	n = run->news_read;
	if (n == written ||
	    atomic_load_explicit(&run->state->news[n % NEWS_COUNT].number, memory_order_acquire) != n + 1)
		return false;
	*item = run->state->news[n % NEWS_COUNT].item;
	atomic_thread_fence(memory_order_acquire);
	/* Overwritten while it was read: it is among those that are lost now. */
	if (atomic_load_explicit(&run->state->news[n % NEWS_COUNT].number, memory_order_relaxed) != n + 1)
		return stce_run_news(run, item, lost);
	run->news_read++;
	return true;
}

static void leave(struct stce_machine *machine)
{
	os_munmap(container_of(machine->counters, struct run_state, counters), sizeof(struct run_state));
	own_fd_free(machine->run_fd);
}

/* The machine of a run, with counters and news in the shared state. */
static int attach(struct stce_config *config, const char *directory, int fd, struct run_state *state,
		  struct stce_machine **machine, char *why)
{
	int r = machine_new(config, directory, machine);

	if (r)
		return r;
	(*machine)->counters = &state->counters;
	(*machine)->news = (struct news){ write_news, state };
	(*machine)->free_shared = leave;
	r = own_fd_new(fd, &(*machine)->run_fd);
	if (r)
		return config_why(why, r, "no descriptor for the run: %s", strerrordesc_np(-r));
	return machine_start(*machine, why);
}

/* The state of a run that this program joins. */
static int join(const char *directory, int *fd, struct run_state **state, char *why)
{
	bool is_alone = false;
	int r = *fd = run_directory_join(directory, &is_alone, why);

	if (r < 0)
		return r;
	r = map_state(*fd, state);
	if (!r && (*state)->magic != RUN_MAGIC) {
		os_munmap(*state, sizeof(**state));
		r = -ENOENT;
	}
	if (r) {
		os_close(*fd);
		return config_why(why, r, "%s is not the directory of a run: its state is of another version",
				  directory);
	}
	if (is_alone)
		stats_forget(&(*state)->counters);
	else
		stats_bury(&(*state)->counters);
	r = run_directory_joined(*fd);
	if (!r)
		return 0;
	os_munmap(*state, sizeof(**state));
	os_close(*fd);
	return config_why(why, r, "%s: another program has kept everyone from joining the run", directory);
}

int stce_run_attach(const char *directory, struct stce_machine **out, char *why)
{
	struct stce_machine *machine = NULL;
	struct stce_config *config = NULL;
	struct run_state *state = NULL;
	char path[FILE_PATH_SIZE + 32];
	int fd, r = join(directory, &fd, &state, why);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/config", directory);
	r = stce_config_new(&config);
	if (!r)
		r = stce_config_load(config, path, why);
	if (!r)
		r = attach(config, directory, fd, state, &machine, why);
	if (r && machine) {
		stce_machine_free(machine);
	} else if (r) {
		stce_config_free(config);
		os_munmap(state, sizeof(*state));
		os_close(fd);
	}
	if (r)
		return r;
	atomic_fetch_add(&state->programs, 1);
	*out = machine;
	return 0;
}
