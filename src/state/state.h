/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state that a VMM saves or restores: a VM, and memory, containers, groups and devices. The VMM
 * gives these numbers, because two processes have different addresses and descriptors for the same
 * thing.
 *
 *  (S1) A stream that is refused has changed nothing.
 *  (S2) A stream contains no address of the program.
 */
#ifndef STCE_STATE_STATE_H
#define STCE_STATE_STATE_H

#include "dev/function.h"
#include "papr/vm.h"
#include "state/stream.h"
#include "vfio/vfio.h"

enum state_kind {
	STATE_KIND_MEMORY,
	STATE_KIND_CONTAINER,
	STATE_KIND_GROUP,
	STATE_KIND_DEVICE,
};

struct state_name {
	enum state_kind kind;
	uint32_t id;
	struct file *file;          /* a reference; NULL if it is memory */
	uint64_t address, size;     /* set if it is memory */
};

/* A table that a restore has made and the VMM has not fetched yet. */
struct state_made {
	uint64_t liobn;
	int fd;
};

struct state {
	struct papr_vm *papr;       /* a reference, or NULL if there is no VM */
	struct kvm_vm *vm;          /* papr->kvm */
	struct state_name *name;
	unsigned int names;
	bool is_saving;
	struct state_writer writer;
	struct state_made *made;
	unsigned int made_count;
	uint64_t stream_limit, made_limit;   /* bytes; 0 is the default */
};

/* state.c */
void state_init(struct state *state, struct papr_vm *vm);
void state_fini(struct state *state);
/* Returns the descriptor of a table that a restore has made; the caller owns it. -ENOENT. */
int state_take_table(struct state *state, uint64_t liobn);

/* names.c */
/*
 * -EINVAL: the memory is empty, wraps or overlaps another; -EEXIST: the number is taken; -ENOMEM.
 */
int state_add_memory(struct state *state, uint32_t id, uint64_t address, uint64_t size);
/* -EBADF; -EINVAL: the file has no state; -EEXIST: the number or the file is taken; -ENOMEM. */
int state_add_file(struct state *state, uint32_t id, int fd);
/* These return NULL if nothing is found. */
const struct state_name *state_find(const struct state *state, enum state_kind kind, uint32_t id);
const struct state_name *state_find_pe(const struct state *state, const struct host_pe *pe);
/* Finds the memory that contains the address, and sets *offset to its offset there. */
const struct state_name *state_find_address(const struct state *state, uint64_t address,
					    uint64_t *offset);
/* Calls fn for each name of a kind until it returns a value other than 0, and returns that. */
int state_for_each(struct state *state, enum state_kind kind,
		   int (*fn)(struct state *state, const struct state_name *name));
struct vfio_iommu *state_iommu(const struct state_name *name);

/* save.c */
int state_save_begin(struct state *state, state_write_fn write, void *context);
/* Writes the entries that have changed, and returns the number of bytes. */
long state_save_pass(struct state *state);
int state_save_end(struct state *state);
void state_save_abort(struct state *state);
/* save_host.c */
int state_save_containers(struct state *state);
int state_save_devices(struct state *state);

/* limit.c: returns the bytes that a stream may have. */
uint64_t state_stream_limit(const struct state *state);
/* restore.c */
int state_restore(struct state *state, state_read_fn read, void *context);

#endif
