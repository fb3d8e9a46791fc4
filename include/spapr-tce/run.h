/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: runs
 *
 * A run is one emulated host that several processes share: `spapr-tce run`
 * makes it, every program below it attaches. They see one set of groups; the
 * counters and the news of all of them come together in a shared directory.
 */
#ifndef SPAPR_TCE_RUN_H
#define SPAPR_TCE_RUN_H

#include <stdbool.h>

#include <spapr-tce/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** The environment variable that carries the directory to the programs. */
#define STCE_RUN_VARIABLE "SPAPR_TCE_RUN"

struct stce_run;

/**
 * stce_run_new() - makes the directory: config, sysfs mirror, counters. The
 * config must have passed stce_config_check(). Return: 0 or -errno.
 */
int stce_run_new(struct stce_config *config, struct stce_run **run, char *why);
/** stce_run_free() - removes the directory with all that is in it. */
void stce_run_free(struct stce_run *run);

/** stce_run_directory() - absolute path. Borrowed. */
const char *stce_run_directory(const struct stce_run *run);
/** stce_run_sysfs() - the mirror's root: stands for /sys. Borrowed. */
const char *stce_run_sysfs(const struct stce_run *run);
/** stce_run_pci_devices() - stands for /sys/bus/pci/devices. Borrowed. */
const char *stce_run_pci_devices(const struct stce_run *run);

/**
 * stce_run_stats() - the counters of all programs together, as they are now.
 *
 * What a program had mapped, registered and charged when it ended goes while
 * other programs live; what the last had is told until the next one comes.
 */
struct stce_stats stce_run_stats(const struct stce_run *run);

/**
 * stce_run_news() - the next item that has not been read yet. Old items are
 * overwritten when nobody reads; *lost then counts them. One reader.
 * Return: whether there was one.
 */
bool stce_run_news(struct stce_run *run, struct stce_news *item, unsigned int *lost);

/**
 * stce_run_tell() - says something to the user of a run, from a program below
 * it: one line, which is told once however many programs say it. Allocates
 * nothing and takes no lock: a child after vfork() may call it.
 * @line: text without a line end, of which STCE_WHY_SIZE bytes count.
 *
 * Return: 0, or -errno where the run's directory is out of reach.
 */
int stce_run_tell(const char *directory, const char *line);
/**
 * stce_run_told() - the next line that a program has said. One reader.
 * @line: room for STCE_WHY_SIZE bytes. Return: whether there was one.
 */
bool stce_run_told(struct stce_run *run, char *line);

/** stce_run_programs() - how many processes have attached so far. */
unsigned int stce_run_programs(const struct stce_run *run);

/**
 * stce_run_attach() - the machine of a program below a run. Its news and
 * counters go to the run. Return: 0, -ENOENT no such run, -errno.
 */
int stce_run_attach(const char *directory, struct stce_machine **machine, char *why);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
