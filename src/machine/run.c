/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that makes a run fills its directory, reads the counters and news of its programs,
 * and removes it. The directory has the options (`config`), the shared file (`state`), the lines
 * for the user (`told`), the mirror of /sys and /dev, and the backing files of groups, devices and
 * shared memory. A program may write anything to its files, so nothing that is read is trusted.
 * run_join.c is the program's side.
 */
#include "spapr-tce/run.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "file/mirror.h"
#include "file/tree.h"
#include "machine/machine.h"
#include "machine/run_about.h"
#include "machine/run_directory.h"
#include "machine/run_mirror.h"
#include "machine/run_nodes.h"
#include "machine/run_ports.h"
#include "machine/run_record.h"
#include "machine/run_shared.h"
#include "machine/run_told.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/trace.h"

struct stce_run {
	char directory[FILE_PATH_SIZE];
	char sysfs[FILE_PATH_SIZE + 32];
	char pci_devices[FILE_PATH_SIZE + 32];
	int directory_fd;
	int shared_fd;                /* its lock holds the directory; -1: not open yet */
	struct life life;             /* shows which programs live */
	struct stats_shared *counters;   /* a copy of the shared counters */
	uint64_t news_read;
	struct run_told told;
	bool is_recorded;
};

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

/* Builds a machine for its functions' config spaces, and writes the mirror from them. */
static int write_mirror(struct stce_config *config, const char *directory, char *why)
{
	struct stce_machine *machine = NULL;
	int r = mirror_create(directory);

	if (!r)
		r = stce_machine_new(config, &machine, why);
	/* Only stce_machine_new() writes why; a later error gets its text from cannot_fill(). */
	if (!r)
		why[0] = 0;
	for (struct machine_function *fn = r ? NULL : machine->parts->functions; fn && !r; fn = fn->next)
		r = run_mirror_add(directory, machine, fn);
	stce_machine_free(machine);
	return r;
}

static int cannot_fill(const struct stce_run *run, int r, char *why)
{
	const char *advice = r == -ENOSPC || r == -EDQUOT ?
		"; make room there, or name another directory in XDG_RUNTIME_DIR" : "";

	return config_why(why, r, "%s: the directory of the run cannot be filled: %s%s", run->directory,
			  strerrordesc_np(-r), advice);
}

/* Makes everything that the run needs during its life, so that a lack of space is found here. */
static int fill(struct stce_run *run, struct stce_config *config, char *why)
{
	const uint64_t magic = RUN_MAGIC, began = os_now_ns();
	int r;

	trace_set_start(began);
	r = run_record_create(config, why);
	run->is_recorded = !r && run_record_is_wanted(config);
	if (!r)
		r = write_mirror(config, run->directory, why);
	if (!r)
		r = write_config(config, run->directory);
	if (!r)
		r = run_about_write(run->directory);
	if (!r)
		r = run_told_init(&run->told, run->directory);
	if (!r)
		r = run->shared_fd = run_directory_begin(run->directory_fd, sizeof(struct run_shared));
	if (r >= 0)
		r = run_nodes_make(config, run->directory_fd, run_directory_is_open(), why);
	if (!r)
		r = life_init(&run->life, os_dup_high(run->shared_fd));
	if (r)
		return r;
	if (os_pwrite(run->shared_fd, &began, sizeof(began), offsetof(struct run_shared, began)) != sizeof(began))
		return -EIO;
	return os_pwrite(run->shared_fd, &magic, sizeof(magic), offsetof(struct run_shared, magic)) ==
	       sizeof(magic) ? 0 : -EIO;
}

int stce_run_new(struct stce_config *config, struct stce_run **out, char *asked)
{
	struct stce_run *run = ALLOC(struct stce_run);
	char own[STCE_WHY_SIZE], *why = asked ? asked : own;
	mode_t mask;
	int r;

	if (!run)
		return config_why(why, -ENOMEM, "out of memory");
	run->shared_fd = -1;
	run->told.fd = -1;
	run->counters = ALLOC(struct stats_shared);
	if (!run->counters) {
		free(run);
		return config_why(why, -ENOMEM, "out of memory");
	}
	r = run->directory_fd = run_directory_make(run->directory, sizeof(run->directory));
	if (r < 0) {
		free(run->counters);
		free(run);
		return config_why(why, r, "cannot make a directory for the run: %s", strerrordesc_np(-r));
	}
	snprintf(run->sysfs, sizeof(run->sysfs), "%s/sys", run->directory);
	snprintf(run->pci_devices, sizeof(run->pci_devices), "%s/sys/bus/pci/devices", run->directory);
	why[0] = 0;
	/*
	 * Programs of other users must be able to read the mirror, whatever the launcher's umask
	 * is.
	 */
	mask = umask(022);
	r = fill(run, config, why);
	umask(mask);
	if (r) {
		r = why[0] ? r : cannot_fill(run, r, why);
		stce_run_free(run);
		return r;
	}
	*out = run;
	return 0;
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

#define LOOK(run, to, field) \
	run_shared_look((run)->shared_fd, to, sizeof(*(to)), offsetof(struct run_shared, field))

void stce_run_free(struct stce_run *run)
{
	if (!run)
		return;
	if (run->is_recorded)
		run_record_finish(run->shared_fd);
	run_told_fini(&run->told);
	life_fini(&run->life);
	run_directory_remove(run->directory_fd, run->directory);
	os_close(run->directory_fd);
	if (run->shared_fd >= 0)
		os_close(run->shared_fd);
	free(run->counters);
	free(run);
}

/*
 * While a program lives, the gauges of dead ones are left out. After the last has ended its gauges
 * count, so that the closing report has them.
 */
void stce_run_stats(const struct stce_run *run, struct stce_stats *stats, size_t size)
{
	struct stce_stats sum;

	LOOK(run, run->counters, counters);
	sum = stats_sum(run->counters, run_directory_has_programs(run->shared_fd) ? &run->life : NULL);
	stats_give(&sum, stats, size);
}

bool stce_run_told(struct stce_run *run, char *line)
{
	return run_told_next(&run->told, line, STCE_WHY_SIZE);
}

/* A program may have written anything. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if (!isprint((unsigned char)*text) && *text != '\n')
			*text = '?';
}

bool stce_run_explained(const struct stce_run *run, unsigned int n, char *text)
{
	struct run_explained explained;
	size_t length;

	if (n >= EXPLAINED_COUNT)
		return false;
	run_shared_look(run->shared_fd, &explained, sizeof(explained),
			offsetof(struct run_shared, explained) + n * sizeof(explained));
	if (!atomic_load(&explained.is_there))
		return false;
	snprintf(text, STCE_EXPLANATION_SIZE, "%.*s", STCE_EXPLANATION_SIZE - 1, explained.text);
	make_plain(text);
	length = strlen(text);
	if (length && text[length - 1] == '\n')
		text[length - 1] = 0;
	return true;
}

bool stce_run_port(const struct stce_run *run, unsigned int n, struct stce_port *port, size_t size)
{
	struct stce_port whole;

	if (!run_port_read(run->directory_fd, n, &whole))
		return false;
	memset(port, 0, size);
	memcpy(port, &whole, size < sizeof(whole) ? size : sizeof(whole));
	return true;
}

unsigned int stce_run_programs(const struct stce_run *run)
{
	uint32_t programs;

	LOOK(run, &programs, programs);
	return programs;
}

/* Reads item n, and tells whether it is complete. */
static bool read_news(const struct stce_run *run, uint64_t n, struct stce_news *item)
{
	size_t offset = offsetof(struct run_shared, news) + n % NEWS_COUNT * sizeof(struct run_news);
	struct run_news before, after;

	run_shared_look(run->shared_fd, &before, sizeof(before), offset);
	/* A number that has changed means that the item was overwritten while it was read. */
	run_shared_look(run->shared_fd, &after, sizeof(after), offset);
	*item = before.item;
	return atomic_load(&before.number) == n + 1 && atomic_load(&after.number) == n + 1;
}

bool stce_run_news(struct stce_run *run, struct stce_news *item, unsigned int *lost)
{
	uint64_t written, waiting;

	*lost = 0;
	LOOK(run, &written, news_written);
	waiting = written - run->news_read;
	/* The counter never goes back, unless a program overwrites it. */
	if ((int64_t)waiting <= 0) {
		run->news_read = written;
		return false;
	}
	if (waiting > NEWS_COUNT) {
		*lost = (unsigned int)min_u64(waiting - NEWS_COUNT, UINT_MAX);
		run->news_read = written - NEWS_COUNT;
	}
	if (!read_news(run, run->news_read, item))
		return false;
	run->news_read++;
	return true;
}
