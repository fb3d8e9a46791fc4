/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A restore under way: the sections as they were read, the facts that judging has found, and the
 * steps that undo the work so far. Every type of section has a judge, which changes nothing outside
 * this structure. A type may have a builder, which registers by state_undo_push() how its work is
 * undone.
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

/* A table of the stream. */
struct state_table {
	uint64_t serial;
	struct kvm_table_args shape;
	bool is_bridge;               /* a bridge makes it */
	bool is_linked;               /* windows follow it */
	struct kvm_table *table;      /* the VM's table, when it exists */
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

/* A container of the stream, with those windows that no bridge makes. */
struct state_container {
	uint32_t id;
	struct tce_geometry window[HOST_WINDOW_SLOTS];   /* 0 entries: the stream has no such window */
	uint64_t node[HOST_WINDOW_SLOTS];                /* 1 + leaf of the last mapping; 0: there was none yet */
};

struct state_restore {
	struct state *state;
	uint64_t length;              /* bytes of the stream */
	uint64_t made;                /* bytes of entries that the sections judged so far would make */
	struct state_section_image *section;
	unsigned int sections;
	struct state_table **table;
	unsigned int tables;
	void *by_serial, *by_liobn;   /* the same tables, for tsearch(3) */
	struct papr_bridge_state *bridge;   /* those that have been judged */
	unsigned int bridges;
	struct state_container *container;
	unsigned int containers;
	struct state_undo *undo;
	unsigned int undos;
	struct state_pending *pending;
	unsigned int pendings;
};

/* restore_list.c */
/* Returns NULL if the stream has no such table. */
struct state_table *state_table_find(const struct state_restore *restore, uint64_t serial);
int state_table_add(struct state_restore *restore, const struct state_table *table);
/* Makes room before a step, so that state_undo_push() cannot fail after it. -ENOMEM. */
int state_undo_reserve(struct state_restore *restore);
void state_undo_push(struct state_restore *restore, struct state_undo undo);

/*
 * Makes room for one more element by doubling. Returns NULL without memory, and the list stays
 * valid.
 */
void *state_list_grow(void *list, unsigned int count, size_t size);

/*
 * limit.c: adds the number of entries that the stream would make or write again. -E2BIG: the sum is
 * more than stce_state_limit() allows.
 */
int state_allow(struct state_restore *restore, uint64_t entries);
/* Does the same for an empty table of the guest, which counts for less. */
int state_allow_table(struct state_restore *restore, uint64_t entries);

/*
 * restore_guest.c, restore_association.c: -EPROTO: no save writes this. Other errors: the section does
 * not fit the VM here.
 */
int state_judge_vm(struct state_restore *restore, struct unpack *from);
int state_judge_bridge(struct state_restore *restore, struct unpack *from);
int state_judge_association(struct state_restore *restore, struct unpack *from);
int state_judge_table(struct state_restore *restore, struct unpack *from);
int state_judge_entries(struct state_restore *restore, struct unpack *from);
int state_judge_link(struct state_restore *restore, struct unpack *from);
int state_build_bridge(struct state_restore *restore, struct unpack *from);
int state_build_association(struct state_restore *restore, struct unpack *from);
int state_build_table(struct state_restore *restore, struct unpack *from);
int state_build_entries(struct state_restore *restore, struct unpack *from);
int state_build_link(struct state_restore *restore, struct unpack *from);
/* Writes the entries of linked tables to the windows that follow them. */
int state_replay(struct state_restore *restore);
/* Applies a judged VM section, which cannot fail. */
void state_apply_vm(struct state_restore *restore, struct unpack *from);

/* Checks that a section has been read to its end; `what` it is of goes into the reason. -EPROTO. */
int state_check_end(const struct unpack *from, const char *what);
/* Checks that there can be a table of this shape. -EPROTO. */
int state_check_shape(const struct kvm_table_args *shape);

/* restore_host.c */
int state_judge_container(struct state_restore *restore, struct unpack *from);
int state_judge_mappings(struct state_restore *restore, struct unpack *from);
int state_judge_device(struct state_restore *restore, struct unpack *from);
int state_build_container(struct state_restore *restore, struct unpack *from);
int state_build_mappings(struct state_restore *restore, struct unpack *from);

#endif
