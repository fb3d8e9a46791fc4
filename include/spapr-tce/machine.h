/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: machines
 *
 * A machine is one emulated PowerNV host: a bridge, PEs with PCI functions,
 * and the device files through which a program uses them. A process may
 * hold several machines. Nothing here prints, exits or aborts.
 *
 * Errors are negative errno values. Calls that take `why` put one line of
 * English there on failure (STCE_WHY_SIZE bytes; may be NULL).
 *
 * Thread rule: a config belongs to one thread. A machine may be used from
 * any thread; stce_machine_free() must be the last call on it.
 *
 * After fork(): the child inherits the descriptors, and may use the machine as
 * another process of the same host: what its parent drives is refused with
 * -EPERM, a group that is held with -EBUSY (spapr-tce-abi(7), DIFF-30). Disks in
 * memory are empty there.
 *
 * @why: one line of English on failure, STCE_WHY_SIZE bytes; NULL: not wanted.
 * @n: from 0.
 */
#ifndef SPAPR_TCE_MACHINE_H
#define SPAPR_TCE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <spapr-tce/news.h>
#include <spapr-tce/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define STCE_WHY_SIZE 512

struct stce_config;
struct stce_machine;

/** stce_version() - tells the library's version. Return: such as "0.1.0". Static. */
const char *stce_version(void);

/**
 * stce_last_reason() - tells the innermost cause of the newest refusal that a
 * call of this thread has answered: a negative errno, or a hypercall's or RTAS
 * call's answer that is no success. A call that succeeds may leave another
 * text: ask after a refusal. The text lasts until the thread's next call.
 *
 * Return: a line, "" if nothing was refused. Borrowed.
 */
const char *stce_last_reason(void);

/**
 * stce_config_new() - makes an empty config: power9, the machine's own page size,
 * RLIMIT_MEMLOCK, pin=populate, share=on, no device.
 *
 * Return: 0, -ENOMEM. The caller owns *config, and frees it with stce_config_free().
 */
int stce_config_new(struct stce_config **config);
/** stce_config_free() - frees a config; machines made of it stay as they are. NULL is fine. */
void stce_config_free(struct stce_config *config);

/**
 * stce_config_set() - sets one option, as the command line spells it.
 * @option: "platform", "page-size", "memlock", "pin", "share", "strict", "device" (adds one;
 *          TYPE,prop=value,... with addr= and group=), "trace".
 * @value: its value; sizes take K, M, G, T.
 *
 * Return: 0; -ENOENT unknown option; -EINVAL bad value; -EEXIST duplicate
 * address or group; -ENOMEM. The config is unchanged on failure.
 */
int stce_config_set(struct stce_config *config, const char *option,
		    const char *value, char *why);

/**
 * stce_config_load() - reads options from a file: one `option value` a line,
 * '#' starts a comment. @why names the line. Lines before a bad one have been applied.
 * @path: of the file.
 *
 * Return: 0; -errno as open(2) fails; -ENOENT unknown option; -EINVAL bad value; -EEXIST duplicate
 * address or group; -ENOMEM.
 */
int stce_config_load(struct stce_config *config, const char *path, char *why);

/**
 * stce_config_check() - finds out beforehand what stce_machine_new() would refuse:
 * files that are missing, short or read-only, for example.
 * Adds the default device where none is set: 64M of NVMe at 0000:01:00.0,
 * group 1. Nothing is created. Return: 0; -errno that it would give.
 */
int stce_config_check(struct stce_config *config, char *why);

/** struct stce_option - one row of help. */
struct stce_option {
	const char *name;
	const char *value;
	const char *text;
};

/** stce_config_option() - gives the @n-th option for help. Return: static, NULL past the end. */
const struct stce_option *stce_config_option(unsigned int n);

/** stce_device_type() - gives name and one line of the @n-th device type. Return: static, NULL past the end. */
const struct stce_option *stce_device_type(unsigned int n);

/** stce_device_option() - gives the @n-th property of a device type, @type. Return: static, NULL past the end. */
const struct stce_option *stce_device_option(const char *type, unsigned int n);

/** stce_trace_event() - gives the name of the @n-th trace event. Return: static, NULL past the end. */
const char *stce_trace_event(unsigned int n);

/**
 * stce_machine_new() - builds the machine; copies what it needs of the config.
 *
 * Return: 0; -ENOMEM; -errno as stce_config_check() gives. The caller owns
 * *machine and frees it with stce_machine_free(), after closing its files.
 */
int stce_machine_new(struct stce_config *config, struct stce_machine **machine, char *why);
/** stce_machine_free() - frees a machine, after its files, its VMs and all calls on it. NULL is fine. */
void stce_machine_free(struct stce_machine *machine);

/**
 * stce_machine_stats() - gives the counters as they are now. Any thread, at any time.
 * @stats: is filled.
 * @size: of it, sizeof(struct stce_stats).
 */
void stce_machine_stats(const struct stce_machine *machine, struct stce_stats *stats, size_t size);

/**
 * stce_machine_locked() - tells how much locked memory the machine has charged
 * to the calling process: what Linux adds to its VmLck.
 *
 * Return: bytes.
 */
uint64_t stce_machine_locked(struct stce_machine *machine);

/**
 * stce_machine_on_news() - sets who hears the news from now on, before the first open.
 * @fn: the listener; NULL: nobody.
 * @context: is handed to @fn.
 */
void stce_machine_on_news(struct stce_machine *machine, stce_news_fn fn, void *context);

/**
 * stce_machine_on_device_write() - sets who hears that a device has written @length
 * bytes of program memory at @address. A program that keeps
 * something derived from memory (translated code, say) forgets it there.
 * @fn: the listener; NULL: nobody.
 * @context: is handed to @fn.
 *
 * Called after the bytes are there, on the thread that rang the doorbell, and
 * with the device's lock held: @fn must neither use that device's files nor
 * wait for a thread that does. More may be named than was written. Set before
 * the first open.
 */
void stce_machine_on_device_write(struct stce_machine *machine,
				  void (*fn)(void *context, void *address, size_t length),
				  void *context);

/**
 * stce_machine_set_direct_dma() - sets whether devices read and write memory by
 * plain instructions (@is_direct) instead of by system calls, which cost about a
 * microsecond each. Off at first. Copies between two bus addresses and file
 * I/O always go through the kernel. Set before the first open.
 *
 * Turning it on takes SIGSEGV and SIGBUS: a fault of a device's access is a
 * DMA fault as it is without, all others go to whoever had the signal. A
 * program that sets a handler of its own later, and does not call the one
 * before it, dies where it has unmapped memory that a device still uses. For a
 * thread that blocks either signal the kernel moves the bytes as without this;
 * one that blocks them after its first access calls stce_vm_enter_thread().
 *
 * Return: 0; -errno as sigaction(2) gave it, and nothing has changed.
 */
int stce_machine_set_direct_dma(struct stce_machine *machine, bool is_direct);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
