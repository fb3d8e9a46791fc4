/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a VMM saves, or restores into: a VM, and by its own numbers memory,
 * containers, groups and devices, so that two processes mean the same by them.
 *
 *  (S1) a stream that is refused has changed nothing;
 *  (S2) no address of the program is in a stream.
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
	struct file *file;          /* a reference; NULL: memory */
	uint64_t address, size;     /* of memory */
};

/* A table that restoring has made and nobody has fetched yet. */
struct state_made {
	uint64_t liobn;
	int fd;
};

struct state {
	struct papr_vm *papr;       /* a reference; NULL: no VM */
	struct kvm_vm *vm;          /* its other half */
	struct state_name *name;
	unsigned int names;
	bool is_saving;
	struct state_writer writer;
	struct state_made *made;
	unsigned int made_count;
	uint64_t stream_limit, made_limit;   /* bytes; 0: the default */
};

/* names.c */
void state_init(struct state *state, struct papr_vm *vm);
void state_fini(struct state *state);
/* -EINVAL empty, wrapping or overlapping; -EEXIST the number is taken; -ENOMEM. */
int state_add_memory(struct state *state, uint32_t id, uint64_t address, uint64_t size);
/* -EBADF; -EINVAL nothing that can be saved; -EEXIST number or file are there; -ENOMEM. */
int state_add_file(struct state *state, uint32_t id, int fd);
/* NULL: none. */
const struct state_name *state_find(const struct state *state, enum state_kind kind, uint32_t id);
const struct state_name *state_find_pe(const struct state *state, const struct host_pe *pe);
/* The memory that holds address, and in *offset where. */
const struct state_name *state_find_address(const struct state *state, uint64_t address,
					    uint64_t *offset);
/* Calls fn for each of a kind; what it answers, unless it is 0, ends it. */
int state_for_each(struct state *state, enum state_kind kind,
		   int (*fn)(struct state *state, const struct state_name *name));
struct vfio_iommu *state_iommu(const struct state_name *name);
/* The descriptor of a table that was made here: the caller's from now on. -ENOENT. */
int state_take_table(struct state *state, uint64_t liobn);

/* save.c */
int state_save_begin(struct state *state, state_write_fn write, void *context);
/* What has changed: how many bytes it took. */
long state_save_pass(struct state *state);
int state_save_end(struct state *state);
void state_save_abort(struct state *state);
/* save_host.c */
int state_save_containers(struct state *state);
int state_save_devices(struct state *state);

/* limit.c: bytes that a stream may have. */
uint64_t state_stream_limit(const struct state *state);
/* restore.c */
int state_restore(struct state *state, state_read_fn read, void *context);

#endif
