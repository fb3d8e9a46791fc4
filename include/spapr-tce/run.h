/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: runs
 *
 * A run is one emulated host that several processes share. `spapr-tce run` makes
 * it, and every program below it attaches. The programs see the same groups; a
 * shared directory collects their counters, their news and the lines that they
 * tell the user.
 *
 * Thread rule: one thread at a time may use a run; stce_run_tell(),
 * stce_run_attach() and stce_run_unplug(), which take none, any thread. While
 * stce_run_plug() runs, no other thread may make files, because it sets the umask.
 *
 * @why: room for STCE_WHY_SIZE bytes, which get one line of English on failure;
 *       or NULL.
 * @directory: the run's directory, from the environment variable STCE_RUN_VARIABLE.
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

/** STCE_RUN_VARIABLE - the environment variable that names the directory to the programs. */
#define STCE_RUN_VARIABLE "SPAPR_TCE_RUN"

struct stce_run;

/**
 * stce_run_new() - makes a run and its directory with the config, the sysfs mirror and
 * the counters.
 * @config: a config that stce_config_check() has accepted.
 *
 * Return: 0; -errno as the system calls that make files fail. The caller owns *run, and
 * frees it with stce_run_free().
 */
int stce_run_new(struct stce_config *config, struct stce_run **run, char *why);
/** stce_run_free() - frees a run, and removes its directory with all contents. NULL is fine. */
void stce_run_free(struct stce_run *run);

/** stce_run_directory() - gives the run's directory. Return: its absolute path, borrowed. */
const char *stce_run_directory(const struct stce_run *run);
/** stce_run_sysfs() - gives the mirror that replaces /sys. Return: its absolute path, borrowed. */
const char *stce_run_sysfs(const struct stce_run *run);
/** stce_run_pci_devices() - gives the mirror of /sys/bus/pci/devices. Return: its absolute path, borrowed. */
const char *stce_run_pci_devices(const struct stce_run *run);

/**
 * stce_run_stats() - gives the counters of all programs together, as they are now.
 * @stats: receives them.
 * @size: sizeof(struct stce_stats) as the caller knows it.
 *
 * When a program ends, its mapped pages, registered and charged memory are
 * subtracted while other programs live. After the last program they are shown
 * until another one attaches.
 */
void stce_run_stats(const struct stce_run *run, struct stce_stats *stats, size_t size);

/**
 * stce_run_news() - gives the next unread item of news. Unread items are overwritten
 * by new ones.
 * @item: receives the item.
 * @lost: receives the number of items overwritten since the last call.
 *
 * Return: whether there was an item.
 */
bool stce_run_news(struct stce_run *run, struct stce_news *item, unsigned int *lost);

/**
 * stce_run_tell() - tells the user of a run one line, from a program below it. The
 * user sees a line once, however many programs tell it. The call allocates nothing
 * and takes no lock, so a child after vfork(2) may make it.
 * @line: text without a line end; text beyond STCE_WHY_SIZE bytes is cut off.
 *
 * Return: 0; -errno if the run's directory is out of reach.
 */
int stce_run_tell(const char *directory, const char *line);
/**
 * stce_run_told() - gives the next line that a program has told.
 * @line: room for STCE_WHY_SIZE bytes.
 *
 * Return: whether there was a line.
 */
bool stce_run_told(struct stce_run *run, char *line);

/** STCE_EXPLANATION_SIZE - the room for an explanation, in bytes with the final 0. */
#define STCE_EXPLANATION_SIZE 1024
/**
 * stce_run_explained() - explains a DMA fault of a program of the run: the function, the access and its cause, the
 * window and the entry, and what had changed that. The first fault of each cause and group is explained, 16 at most.
 * @n: which of them, from 0.
 * @text: room for STCE_EXPLANATION_SIZE bytes; receives lines of English, all but the first indented, without the
 *	last line end.
 *
 * Return: whether there is an explanation @n. One that is missing may come later, if the run has not ended.
 */
bool stce_run_explained(const struct stce_run *run, unsigned int n, char *text);

/** STCE_ADDRESS_SIZE - the room for a PCI address, in bytes with the final 0. */
#define STCE_ADDRESS_SIZE 16
/** STCE_NET_SIZE - the room for what a port is plugged into, in bytes with the final 0. */
#define STCE_NET_SIZE 256

/**
 * struct stce_port - what the port of a network card has carried since the run began, from the card's point of view.
 * Members may be added at its end.
 */
struct stce_port {
	/** @address: the PCI address of the function, such as 0000:01:00.0. */
	char address[STCE_ADDRESS_SIZE];
	/** @net: what the port is plugged into, as the option net of the function names it. */
	char net[STCE_NET_SIZE];
	/** @sent_frames: frames that the far end has got. */
	uint64_t sent_frames;
	/** @sent_bytes: their bytes, without the FCS. */
	uint64_t sent_bytes;
	/** @received_frames: frames that the card has taken, also those that its filters refuse. */
	uint64_t received_frames;
	/** @received_bytes: their bytes, without the FCS. */
	uint64_t received_bytes;
	/** @missed: received frames for which there was no descriptor. */
	uint64_t missed;
	/** @dropped: frames that had nowhere to go, because there was no link or they did not fit. */
	uint64_t dropped;
	/** @errors: times that the far end broke the rules, for example by a frame of an impossible length. */
	uint64_t errors;
	/** @link_changes: times that the link came up or went down. */
	uint64_t link_changes;
};

/**
 * stce_run_port() - gives what the port of a network card of the run has carried.
 * @n: which of the ports that a program has used, from 0, in the order of their addresses.
 * @port: receives it.
 * @size: sizeof(struct stce_port) as the caller knows it.
 *
 * Return: whether there is a port @n.
 */
bool stce_run_port(const struct stce_run *run, unsigned int n, struct stce_port *port, size_t size);

/** stce_run_programs() - counts the processes that have attached so far. Return: their number. */
unsigned int stce_run_programs(const struct stce_run *run);

/**
 * stce_run_attach() - makes the machine of a program below a run, which gets the
 * machine's news and counters.
 *
 * Return: 0; -ENOENT no such run, or one of another version; -EAGAIN another program
 * keeps others from joining; -errno as opening its files fails. The caller owns
 * *machine, and frees it with stce_machine_free().
 */
int stce_run_attach(const char *directory, struct stce_machine **machine, char *why);

/**
 * stce_run_plug() - plugs a PCI function into a run. Programs that run see it, as those that
 * start later do. Any process of the user that made the run, or root's, may make the call,
 * inside the run or outside.
 * @value: the function as the option "device" of a config describes it; paths are relative
 *	to the working directory of the caller.
 *
 * Return: 0; -EEXIST the address or the group is taken; -EOPNOTSUPP the platform cannot have
 * a new group while it runs; -EINVAL as stce_config_set(); -ENOENT no such run; -EBUSY
 * another program keeps sysfs locked; -errno as opening the function's files fails. On
 * failure the run is as it was.
 */
int stce_run_plug(const char *directory, const char *value, char *why);
/**
 * stce_run_unplug() - takes a PCI function out of a run for good. If a program has it open,
 * it is asked by the request interrupt, and the call waits until the program has closed the
 * device, and its group if the function is its last one.
 * @address: the PCI address, such as 0000:01:00.0.
 * @waits: gets an item STCE_NEWS_DEVICE_WANTED each time that the program was asked, every
 *	ten seconds; or NULL.
 * @context: is passed to it.
 *
 * Return: 0; -ENODEV the run has no such function; -ENOENT no such run; -EBUSY another
 * program keeps sysfs locked; -errno as opening its files fails.
 */
int stce_run_unplug(const char *directory, const char *address, stce_news_fn waits, void *context, char *why);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
