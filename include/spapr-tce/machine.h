/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: machines
 *
 * A machine is one emulated PowerNV host: a bridge, PEs with PCI functions,
 * and the device files through which a program uses them. A process may
 * hold several machines. No call prints, unless trace events are on, and none
 * exits or aborts. Errors are negative errno values.
 *
 * Thread rule: one thread at a time may use a config, and any thread a machine;
 * stce_machine_free() must be the last call on it.
 *
 * After fork() the child inherits the descriptors, and may use the machine as
 * another process of the same host: calls on a container that its parent drives
 * are refused with -EPERM, and opening a group that the parent holds with -EBUSY
 * (spapr-tce-abi(7), DIFF-30). Disks in memory are empty in the child.
 *
 * @why: room for STCE_WHY_SIZE bytes, which get one line of English on failure;
 *       or NULL.
 * @n: counts from 0.
 */
#ifndef SPAPR_TCE_MACHINE_H
#define SPAPR_TCE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <spapr-tce/news.h>
#include <spapr-tce/stats.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define STCE_WHY_SIZE 512

struct stce_config;
struct stce_machine;

/** stce_version() - gives the library's version. Return: a static string such as "0.1.0". */
const char *stce_version(void);

/**
 * stce_last_reason() - gives the innermost cause of the last refusal in this
 * thread. A refusal is a negative errno, or an answer of a hypercall or RTAS call
 * other than success. Call this directly after a refusal, because a call that
 * succeeds may overwrite the text. The text lasts until the thread's next call.
 *
 * Return: a line, borrowed; "" if nothing was refused.
 */
const char *stce_last_reason(void);

/**
 * stce_config_new() - makes a config with the defaults: platform power9, the page
 * size of this machine, RLIMIT_MEMLOCK, pin=populate, share=on, no device.
 *
 * Return: 0; -ENOMEM. The caller owns *config, and frees it with stce_config_free().
 */
int stce_config_new(struct stce_config **config);
/** stce_config_free() - frees a config; machines made from it keep their own copy. NULL is fine. */
void stce_config_free(struct stce_config *config);

/**
 * stce_config_set() - sets one option. Names and values are as on the command line
 * of `spapr-tce run`; spapr-tce-run(1) describes them.
 * @option: "platform", "page-size", "memlock", "pin", "share", "strict", "node-owner",
 *          "node-mode", "trace", or "device", which adds a PCI function.
 * @value: its value. A size takes K, M, G or T. A device is
 *          TYPE,prop=value,... with the properties addr, group and node among others.
 *
 * Return: 0; -ENOENT unknown option; -EINVAL bad value; -EEXIST address or group is
 * taken; -ENOMEM. On failure the config is unchanged.
 */
int stce_config_set(struct stce_config *config, const char *option,
		    const char *value, char *why);

/**
 * stce_config_load() - reads options from a file: one `option value` in a line; a line
 * that begins with '#' is a comment. @why names the line that was refused. The lines
 * before it stay in effect.
 * @path: the file.
 *
 * Return: 0; -errno as open(2) fails; -ENOENT unknown option; -EINVAL bad value; -EEXIST address
 * or group is taken; -ENOMEM.
 */
int stce_config_load(struct stce_config *config, const char *path, char *why);

/**
 * stce_config_check() - checks in advance whether stce_machine_new() would refuse the
 * config, for example because a file is missing, short or read-only. It creates nothing,
 * but adds the default device to a config without any: an NVMe controller with 64M at
 * 0000:01:00.0, group 1. Return: 0; -errno that stce_machine_new() would return.
 */
int stce_config_check(struct stce_config *config, char *why);

/**
 * stce_config_rule() - gives the @n-th rule that the option "eeh" has added. Return: its text, which the config
 * owns; NULL past the end.
 */
const char *stce_config_rule(const struct stce_config *config, unsigned int n);

/** struct stce_option - one row of help: a name, the form of its value, and one line of text. */
struct stce_option {
	const char *name;
	const char *value;
	const char *text;
};

/** stce_config_option() - gives the @n-th option for help. Return: a static row; NULL past the end. */
const struct stce_option *stce_config_option(unsigned int n);

/** stce_device_type() - gives the @n-th device type for help. Return: a static row; NULL past the end. */
const struct stce_option *stce_device_type(unsigned int n);

/** stce_device_option() - gives the @n-th property of device type @type. Return: a static row; NULL past the end. */
const struct stce_option *stce_device_option(const char *type, unsigned int n);

/** The bus_offset of a platform whose containers make no window. */
#define STCE_PLATFORM_NO_OFFSET UINT64_MAX

/**
 * struct stce_platform - the abilities of a platform's bridge, and the places of its windows. New fields are appended.
 * @name: the value of the option "platform".
 * @bridge: type and version of the bridge, such as "PHB4".
 * @page_sizes: bit n stands for IOMMU pages of 2^n bytes.
 * @default_start: bus address at which a group's default window starts.
 * @default_size: length of the default window in bytes.
 * @bus_offset_min: lowest bus address at which a container's 64-bit window beside the default one can start;
 *	STCE_PLATFORM_NO_OFFSET if a container can make none. A guest table that the window follows must start there:
 *	KVM_CREATE_SPAPR_TCE_64 takes this address in IOMMU pages, stce_vm_create_table_bytes() in bytes.
 * @bus_offset_max: highest such address. On all present platforms it equals @bus_offset_min.
 * @window_size_max: length in bytes of the longest window that can be made with any IOMMU page, if the limit of
 *	locked memory allows it; 0 if none can be made.
 * @window_count: windows that a container may have, the default one included; 0 if a container makes none.
 * @levels: the most levels that a table may be asked to have, as VFIO reports them.
 * @has_eeh: 1 if the bridge has EEH, else 0.
 * @has_bypass: 1 if the host's own devices can reach all memory at @bus_offset_min, else 0.
 */
struct stce_platform {
	const char *name;
	const char *bridge;
	uint64_t page_sizes;
	uint64_t default_start;
	uint64_t default_size;
	uint64_t bus_offset_min;
	uint64_t bus_offset_max;
	uint64_t window_size_max;
	uint32_t window_count;
	uint32_t levels;
	uint32_t has_eeh;
	uint32_t has_bypass;
};

/**
 * stce_platform() - describes the @n-th platform, for a host with one group and pages of this machine's size.
 * @platform: receives the description; its strings are static.
 * @size: sizeof(struct stce_platform) as the caller knows it. Fields that the library does not know are set to 0.
 *
 * Return: 0; -ENOENT past the last platform.
 */
int stce_platform(unsigned int n, struct stce_platform *platform, size_t size);

/** stce_trace_event() - gives the name of the @n-th trace event. Return: a static string; NULL past the end. */
const char *stce_trace_event(unsigned int n);

/**
 * stce_machine_new() - builds a machine from a copy of the config.
 *
 * Return: 0; -ENOMEM; -errno as stce_config_check() returns. The caller owns
 * *machine, and frees it with stce_machine_free() after closing its files.
 */
int stce_machine_new(struct stce_config *config, struct stce_machine **machine, char *why);
/** stce_machine_free() - frees a machine. Its files must be closed, its VMs freed, its calls ended. NULL is fine. */
void stce_machine_free(struct stce_machine *machine);

/**
 * stce_machine_stats() - gives the counters as they are now.
 * @stats: receives them.
 * @size: sizeof(struct stce_stats) as the caller knows it.
 */
void stce_machine_stats(const struct stce_machine *machine, struct stce_stats *stats, size_t size);

/**
 * stce_machine_platform() - describes the platform of the machine, with the default window of its first group.
 * @platform: receives the description; its strings are static.
 * @size: sizeof(struct stce_platform) as the caller knows it. Fields that the library does not know are set to 0.
 */
void stce_machine_platform(struct stce_machine *machine, struct stce_platform *platform, size_t size);

/**
 * stce_machine_locked() - gives the locked memory that the machine has charged to
 * the calling process. On Linux it is part of the process's VmLck.
 *
 * Return: bytes.
 */
uint64_t stce_machine_locked(struct stce_machine *machine);

/**
 * stce_machine_on_news() - sets the listener to the machine's news. Set it before the first open.
 * @fn: the listener; NULL: none.
 * @context: passed to @fn.
 */
void stce_machine_on_news(struct stce_machine *machine, stce_news_fn fn, void *context);

/**
 * stce_machine_on_device_write() - sets the listener that is told when a device has
 * written @length bytes of program memory at @address. A program that keeps data
 * derived from memory, such as translated code, discards it then. Set it before the
 * first open.
 * @fn: the listener; NULL: none.
 * @context: passed to @fn.
 *
 * The device calls @fn after the bytes are in memory, in the thread that rang the
 * doorbell or in the device's own, and with the device's lock held: @fn must neither
 * use that device's files nor wait for a thread that does. The range may be larger
 * than the bytes written.
 */
void stce_machine_on_device_write(struct stce_machine *machine,
				  void (*fn)(void *context, void *address, size_t length),
				  void *context);

/**
 * stce_machine_unmap_begin() - takes memory away from devices before the program unmaps or replaces it,
 * by munmap(2), mremap(2), mmap(2) with MAP_FIXED, shmdt(2) and the like.
 * @ranges: the ranges that will be unmapped; they begin and end with a page.
 * @count: the number of ranges, at least 1.
 *
 * When this returns, no device access to the ranges is in progress, and none can start before they are
 * registered and mapped again: the TCEs that pointed there are cleared, and later accesses are DMA
 * faults. Registered memory stays charged until it is unregistered. A registration of the ranges by
 * another thread waits for stce_machine_unmap_end(), so it registers the memory that is there then.
 *
 * The preload calls this. If a program does not, devices can reach the memory that is mapped at the
 * address next. The call is cheap if no device has memory in the ranges. It allocates nothing but a
 * copy of each part of a table that several windows share and that must differ now. A thread must not
 * call it twice without stce_machine_unmap_end() in between.
 *
 * Return: a number for stce_machine_unmap_end().
 */
unsigned int stce_machine_unmap_begin(struct stce_machine *machine, const struct iovec *ranges, unsigned int count);

/**
 * stce_machine_unmap_end() - tells the library that the ranges have been unmapped, or will not be.
 * @number: the return value of stce_machine_unmap_begin().
 */
void stce_machine_unmap_end(struct stce_machine *machine, unsigned int number);

/**
 * stce_machine_has_memory() - tells whether devices may reach a byte of the range, because it is registered or
 * has been mapped by VFIO v1. It takes no lock.
 * @address: the start of the range in the program's memory.
 * @length: bytes.
 *
 * Return: whether it is.
 */
bool stce_machine_has_memory(struct stce_machine *machine, const void *address, size_t length);

/**
 * stce_machine_set_direct_dma() - sets whether devices read and write memory by
 * plain instructions (@is_direct) or, as by default, by system calls, which cost
 * about a microsecond each. Copies between two bus addresses and file I/O always go
 * through the kernel. Set it before the first open.
 *
 * Turning it on installs handlers for SIGSEGV and SIGBUS. A fault in a device's
 * access is a DMA fault, as with system calls; all other faults are passed to the
 * handler that was there before. A program that later sets a handler which does not
 * call the previous one dies if a device accesses memory that it has unmapped. In a
 * thread that blocks either signal the kernel moves the bytes; a thread that blocks
 * one after its first access must call stce_vm_enter_thread().
 *
 * Return: 0; -errno as sigaction(2) fails, and nothing has changed.
 */
int stce_machine_set_direct_dma(struct stce_machine *machine, bool is_direct);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
