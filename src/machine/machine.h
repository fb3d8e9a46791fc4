/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine and what it is made of. The parts are built for one process; a
 * forked child that touches a file of the machine gets parts of its own, since
 * locks and threads of the parent's did not come along. The lock order of the
 * whole library is in src/README.md.
 */
#ifndef STCE_MACHINE_MACHINE_H
#define STCE_MACHINE_MACHINE_H

#include "machine/config.h"
#include "util/life.h"
#include "util/stats.h"
#include "vfio/vfio.h"

struct machine_pe {
	struct host_pe pe;
	struct vfio_group group;
};

struct machine_function {
	struct function *function;
	const char *driver;           /* of the host; the config's */
	struct vfio_member member;    /* where that is vfio-pci */
	struct vfio_host_function host_function;   /* elsewhere */
};

struct machine_parts {
	struct stats stats;
	struct file_space space;
	struct mem_ledger ledger;
	struct mem_registry registry;
	struct host_phb phb;
	struct vfio_host vfio;
	unsigned int pe_count;
	struct machine_pe *pe;
	unsigned int function_count;
	struct machine_function function[];
};

struct stce_machine {
	struct stce_config *config;         /* our own */
	char directory[FILE_PATH_SIZE];     /* of the run, "": none */
	struct stats_shared *counters;      /* our own, or the run's */
	struct news news;
	struct host_write_hook written;
	bool has_direct_dma;
	_Atomic(uint64_t) mm;               /* the process that `parts` were built for */
	struct machine_parts *parts;
	struct life life;                   /* of a run's programs, or of a process and its children; holds the run */
	void (*free_counters)(struct stce_machine *machine);
};

/* parts.c */
int machine_parts_new(struct stce_machine *machine, struct machine_parts **parts, char *why);
void machine_parts_free(struct machine_parts *parts);
/* The parts for the calling process, built anew after a fork. NULL: no memory. */
struct machine_parts *machine_parts(struct stce_machine *machine);

/* machine.c: takes over the config. */
int machine_new(struct stce_config *config, const char *directory,
		struct stce_machine **machine);
int machine_start(struct stce_machine *machine, char *why);

#endif
