/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A restore on its way: the sections as they were read, what has been found
 * out about them, and how to undo what has been done. Every type of section
 * has a judge, which changes nothing, and perhaps a builder, which says to
 * state_undo_push() how its work is undone.
 */
#ifndef STCE_STATE_RESTORE_H
#define STCE_STATE_RESTORE_H

#include "kvm/table.h"
#include "papr/bridge_state.h"
#include "state/state.h"

struct state_section_image {
	uint32_t type;
	struct pack payload;
};

/* A table that the stream has. */
struct state_table {
	uint64_t serial;
	struct kvm_table_args shape;
	bool is_bridge;               /* made by the bridge */
	bool is_linked;
	struct kvm_table *table;      /* ours, once it is there */
};

struct state_restore;

struct state_undo {
	void (*undo)(struct state_restore *restore, const struct state_undo *undo);
	void *object;
	uint64_t a, b;
};

/* A device's state that has been judged. */
struct state_pending {
	struct function *function;
	struct function_saved *saved;
};

/* A container that the stream has, with windows of its own. */
struct state_container {
	uint32_t id;
	struct tce_geometry window[HOST_WINDOW_SLOTS];   /* no entries: none */
	uint64_t node[HOST_WINDOW_SLOTS];                /* 1 + the leaf that mappings were in last; 0: none yet */
};

struct state_restore {
	struct state *state;
	uint64_t length;              /* bytes of the stream */
	uint64_t made;                /* bytes of entries that it would make, as far as it has been judged */
	struct state_section_image *section;
	unsigned int sections;
	struct state_table **table;
	unsigned int tables;
	void *by_serial, *by_liobn;   /* the same tables, for tsearch(3) */
	struct state_container *container;
	unsigned int containers;
	struct state_undo *undo;
	unsigned int undos;
	struct state_pending *pending;
	unsigned int pendings;
};

/* Before something is done that may have to be undone: pushing it then cannot fail. -ENOMEM. */
int state_undo_reserve(struct state_restore *restore);
void state_undo_push(struct state_restore *restore, struct state_undo undo);

/* Room for one more behind count elements, by doubling: NULL, and the list stays as it is. */
void *state_list_grow(void *list, unsigned int count, size_t size);

/*
 * limit.c: the stream would make, or write once more, so many entries. -E2BIG:
 * more than stce_state_limit() allows.
 */
int state_allow(struct state_restore *restore, uint64_t entries);
/* The same for an empty table of the guest, which counts for less. */
int state_allow_table(struct state_restore *restore, uint64_t entries);

/* NULL: the stream has none. */
struct state_table *state_table_find(const struct state_restore *restore, uint64_t serial);
int state_table_add(struct state_restore *restore, const struct state_table *table);

/* restore_guest.c: -EPROTO what no save writes; others: it does not fit here. */
int state_judge_vm(struct state_restore *restore, struct unpack *from);
int state_judge_bridge(struct state_restore *restore, struct unpack *from);
int state_judge_table(struct state_restore *restore, struct unpack *from);
int state_judge_entries(struct state_restore *restore, struct unpack *from);
int state_judge_link(struct state_restore *restore, struct unpack *from);
int state_build_bridge(struct state_restore *restore, struct unpack *from);
int state_build_table(struct state_restore *restore, struct unpack *from);
int state_build_entries(struct state_restore *restore, struct unpack *from);
int state_build_link(struct state_restore *restore, struct unpack *from);
/* The windows follow all tables. */
int state_replay(struct state_restore *restore);
/* Cannot fail. */
void state_apply_vm(struct state_restore *restore, struct unpack *from);

/* restore_host.c */
int state_judge_container(struct state_restore *restore, struct unpack *from);
int state_judge_mappings(struct state_restore *restore, struct unpack *from);
int state_judge_device(struct state_restore *restore, struct unpack *from);
int state_build_container(struct state_restore *restore, struct unpack *from);
int state_build_mappings(struct state_restore *restore, struct unpack *from);

#endif
