/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world on which a benchmark runs: a machine with groups, each in a container of its own,
 * registered memory, and a VM whose tables may be linked. A world belongs to one benchmark, which
 * ends it by world_stop().
 */
#ifndef STCE_BENCH_WORLD_H
#define STCE_BENCH_WORLD_H

#include "spapr-tce.h"
#include "machine/machine.h"

#define PAGE     UINT64_C(4096)
#define GPA      UINT64_C(0x10000000)
#define RAM_SIZE (UINT64_C(64) << 20)
#define LIST_MAX 512
#define PES_MAX  3

/* The shape of a world: groups 1 to `count`, each with one window at 0. */
struct world_shape {
	const char *platform, *host_page, *share;   /* values of the machine's options */
	unsigned int count, page_shift, levels;
	uint64_t size;                              /* bytes of each window */
};

struct world {
	struct world_shape shape;
	struct stce_machine *machine;
	struct stce_vm *vm;
	char *ram;                 /* registered in each container, shown to the guest at GPA */
	struct {
		int container, group;
	} pe[PES_MAX];
	int device;                /* the KVM-VFIO device */
};

/* Makes the machine of a world. */
struct stce_machine *world_machine(const struct world_shape *shape);
void world_start_as(struct world *w, const struct world_shape *shape);
/* Starts a world of two groups with windows of 4K pages. */
void world_start(struct world *w, uint64_t size, unsigned int levels);
void world_stop(struct world *w);

/*
 * Makes a guest table of `size` entries at 0, with pages like the windows', and links it to a group
 * unless group is 0.
 */
int world_table(struct world *w, uint64_t liobn, uint64_t size, int group);
void world_link(struct world *w, int table, int group);

/* Give the parts behind the public handles. */
struct host_pe *world_pe(struct world *w, unsigned int n);
struct host_window *world_window(struct world *w, unsigned int n);

static inline struct stce_stats world_stats(const struct stce_machine *machine)
{
	struct stce_stats stats;

	stce_machine_stats(machine, &stats, sizeof(stats));
	return stats;
}

static inline long world_hcall(struct world *w, uint64_t nr, uint64_t a, uint64_t b, uint64_t c,
			       uint64_t d, uint64_t *ret)
{
	uint64_t args[5] = { a, b, c, d, 0 };

	return stce_vm_hcall(w->vm, nr, args, ret);
}

/*
 * Fills the guest's list with `count` pages of memory in no order, and returns its guest address.
 */
uint64_t world_list(struct world *w, unsigned int count);

long world_map(struct world *w, unsigned int n, uint64_t iova, const void *address, uint64_t size);
long world_unmap(struct world *w, unsigned int n, uint64_t iova, uint64_t size);

#endif
