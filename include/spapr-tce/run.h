/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: runs
 *
 * A run is one emulated host that several processes share: `spapr-tce run`
 * makes it, every program below it attaches. They see one set of groups; the
 * counters and the news of all of them come together in a shared directory.
 *
 * Thread rule: a run belongs to one thread at a time. stce_run_tell() and
 * stce_run_attach(), which have no run, may be called by any thread.
 *
 * @why: one line of English on failure, STCE_WHY_SIZE bytes; NULL: not wanted.
 * @directory: of the run, from the environment variable STCE_RUN_VARIABLE.
 */
#ifndef SPAPR_TCE_RUN_H
#define SPAPR_TCE_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <spapr-tce/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** STCE_RUN_VARIABLE - the environment variable that carries the directory to the programs. */
#define STCE_RUN_VARIABLE "SPAPR_TCE_RUN"

struct stce_run;

/**
 * stce_run_new() - makes the directory: config, sysfs mirror, counters.
 * @config: has passed stce_config_check().
 *
 * Return: 0; -errno as the calls fail that make files. The caller owns *run, and
 * frees it with stce_run_free().
 */
int stce_run_new(struct stce_config *config, struct stce_run **run, char *why);
/** stce_run_free() - frees a run, and removes the directory with all that is in it. NULL is fine. */
void stce_run_free(struct stce_run *run);

/** stce_run_directory() - tells where the directory is. Return: its absolute path. Borrowed. */
const char *stce_run_directory(const struct stce_run *run);
/** stce_run_sysfs() - tells where the mirror is, which stands for /sys. Return: its absolute path. Borrowed. */
const char *stce_run_sysfs(const struct stce_run *run);
/** stce_run_pci_devices() - tells what stands for /sys/bus/pci/devices. Return: its absolute path. Borrowed. */
const char *stce_run_pci_devices(const struct stce_run *run);

/**
 * stce_run_stats() - gives the counters of all programs together, as they are now.
 * @stats: is filled.
 * @size: of it, sizeof(struct stce_stats).
 *
 * What a program had mapped, registered and charged when it ended goes while
 * other programs live; what the last had is told until the next one comes.
 */
void stce_run_stats(const struct stce_run *run, struct stce_stats *stats, size_t size);

/**
 * stce_run_news() - gives the next item that has not been read yet. Old items are
 * overwritten when nobody reads.
 * @item: is filled.
 * @lost: how many have been overwritten since the last call.
 *
 * Return: whether there was one.
 */
bool stce_run_news(struct stce_run *run, struct stce_news *item, unsigned int *lost);

/**
 * stce_run_tell() - says something to the user of a run, from a program below
 * it: one line, which is told once however many programs say it. Allocates
 * nothing and takes no lock: a child after vfork(2) may call it.
 * @line: text without a line end, of which STCE_WHY_SIZE bytes count.
 *
 * Return: 0; -errno where the run's directory is out of reach.
 */
int stce_run_tell(const char *directory, const char *line);
/**
 * stce_run_told() - gives the next line that a program has said.
 * @line: room for STCE_WHY_SIZE bytes.
 *
 * Return: whether there was one.
 */
bool stce_run_told(struct stce_run *run, char *line);

/** stce_run_programs() - counts the processes that have attached so far. Return: how many. */
unsigned int stce_run_programs(const struct stce_run *run);

/**
 * stce_run_attach() - makes the machine of a program below a run. Its news and
 * counters go to the run.
 *
 * Return: 0; -ENOENT no such run; -errno as opening its files fails. The caller owns
 * *machine, and frees it with stce_machine_free().
 */
int stce_run_attach(const char *directory, struct stce_machine **machine, char *why);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
