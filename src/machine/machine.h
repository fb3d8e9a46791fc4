/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine and its parts. The parts belong to one process. A forked child gets parts of its own
 * when it first uses the machine, because the parent's may be locked and have lost their threads.
 * The lock order of the whole library is in src/README.md.
 */
#ifndef STCE_MACHINE_MACHINE_H
#define STCE_MACHINE_MACHINE_H

#include "host/leave.h"
#include "machine/config.h"
#include "util/life.h"
#include "util/stats.h"
#include "vfio/vfio.h"

/*
 * PEs and functions are in lists that grow at their ends while other threads read them by
 * rcu_dereference(). Nothing leaves a list before the machine ends: a function that was unplugged is
 * gone (vfio_host_function), and its PE waits for others of the group.
 */
struct machine_pe {
	struct host_pe pe;
	struct vfio_group group;
	struct machine_pe *next;
};

struct machine_function {
	struct function *function;
	unsigned int index;           /* in the config */
	const char *driver;           /* its driver at the start; the text is the config's */
	struct vfio_member member;
	struct machine_function *next;
};

struct machine_parts {
	struct stats stats;
	struct file_space space;
	struct mem_ledger ledger;
	struct mem_registry registry;
	struct host_phb phb;
	struct host_leave *leave;
	struct vfio_host vfio;
	struct machine_pe *pes;
	struct machine_function *functions;
	unsigned int built;           /* so many functions of the config have been built, or are gone */
};

struct stce_machine {
	struct stce_config *config;         /* owned */
	char directory[FILE_PATH_SIZE];     /* the run's directory; "": there is no run */
	struct stats_shared *counters;      /* owned, or those of the run */
	struct news news;
	struct host_write_hook written;
	bool has_direct_dma;
	bool has_kvm;                       /* the program has opened a real /dev/kvm */
	_Atomic(uint64_t) mm;               /* the process to which `parts` belong */
	_Atomic(uint64_t) control_mm;       /* the process that answers on the control channel (control.h) */
	struct machine_parts *parts;
	atomic_uint later_rules;            /* rules of EEH that were added to those of the config */
	struct life life;                   /* shows which programs of the run, or children, live; holds the run */
	void (*free_counters)(struct stce_machine *machine);
	void (*look_for_plugged)(void *machine);   /* machine_look_for_plugged() in a run, or NULL */
	int (*set_vfs)(void *machine, const char *physical, unsigned int count);   /* machine_set_vfs() in a run */
	int (*virtual_is_gone)(void *machine, const char *address);                /* machine_forget_vf() in a run */
	_Atomic(uint32_t) *plugged;         /* counts what was plugged into the run, or out; NULL: there is no run */
	_Atomic(uint32_t) plugged_seen;     /* the machine has what that many changes have made */
	uint64_t config_read;               /* so much of the run's file of options is in the config */
};

/* parts.c */
int machine_parts_new(struct stce_machine *machine, struct machine_parts **parts, char *why);
void machine_parts_free(struct machine_parts *parts);
/*
 * Returns the parts of the calling process, which are built again after a fork, or NULL without
 * memory.
 */
struct machine_parts *machine_parts(struct stce_machine *machine);
/* Returns the PE of a group, or NULL: there is no such group, or no memory. */
struct host_pe *machine_pe(struct stce_machine *machine, int group);

/* Builds the next function of the config, if it is not gone. fork_lock() is held, or nobody has the parts yet. */
int machine_build_next(struct stce_machine *machine, struct machine_parts *parts, char *why);

/*
 * plug.c: takes in what was plugged into the run and out of it by now. The parts are those of the
 * calling process.
 */
void machine_look_for_plugged(void *machine);
/* rules.c: adds a rule to a live machine. -EINVAL: the text is no rule; -ENODEV: no such group, or no EEH; -ENOSPC. */
int machine_add_rule(struct stce_machine *machine, const char *text, char *why);

/* leave.c: returns whether devices may have been given a byte of the range. */
bool machine_has_given(struct stce_machine *machine, struct range range);
/*
 * Takes ranges that the program is about to unmap from devices. Returns a number for
 * machine_leave_end(), which follows when they are unmapped. The thread must not begin again before.
 */
unsigned int machine_leave_begin(struct stce_machine *machine, const struct iovec *piece, unsigned int count);
void machine_leave_end(struct stce_machine *machine, unsigned int place);

/* machine.c: the machine takes the config over. */
int machine_new(struct stce_config *config, const char *directory,
		struct stce_machine **machine);
int machine_start(struct stce_machine *machine, char *why);

#endif
