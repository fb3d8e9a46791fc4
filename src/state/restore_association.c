/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges and builds the windows that a guest has associated with a bridge. The table is another
 * bridge's, or that bridge has left the window; then the first of these sections makes the table. A
 * failure is undone by the resets of the bridges, which restore_guest.c has noted.
 */
#include "state/restore.h"

#include <errno.h>

#include "papr/bridge_window.h"
#include "util/reason.h"

static void unpack_association(struct unpack *from, struct papr_association_state *a)
{
	a->buid = unpack_u64(from);
	a->slot = unpack_u32(from);
	a->serial = unpack_u64(from);
	a->liobn = unpack_u32(from);
	a->page_shift = unpack_u32(from);
	a->offset = unpack_u64(from);
	a->size = unpack_u64(from);
}

static const struct papr_bridge_state *find_bridge(const struct state_restore *restore, uint64_t buid)
{
	for (unsigned int i = 0; i < restore->bridges; i++)
		if (restore->bridge[i].buid == buid)
			return &restore->bridge[i];
	return NULL;
}

static bool is_same(const struct kvm_table_args *a, const struct kvm_table_args *b)
{
	return a->liobn == b->liobn && a->page_shift == b->page_shift && a->offset == b->offset && a->size == b->size;
}

/* Judges the table of an association: that of a bridge's window, or a new one. */
static int judge_table(struct state_restore *restore, const struct papr_association_state *a)
{
	const struct state_table table = {
		.serial = a->serial,
		.shape = { a->liobn, a->page_shift, a->offset, a->size },
		.is_bridge = true,
	};
	const struct state_table *known = state_table_find(restore, a->serial);
	int r = 0;

	if (known && !is_same(&known->shape, &table.shape))
		r = REASON(-EPROTO, "LIOBN %#x is associated with a window of another shape", a->liobn);
	/* The hardware table, and the guest's if it is not a known one. */
	r = r ? r : state_allow_table(restore, a->size);
	if (r || known)
		return r;
	r = state_allow_table(restore, a->size);
	return r ? r : state_table_add(restore, &table);
}

int state_judge_association(struct state_restore *restore, struct unpack *from)
{
	struct papr_association_state a;
	const struct papr_bridge_state *bridge;
	int r;

	unpack_association(from, &a);
	r = state_check_end(from, "an association");
	if (r)
		return r;
	bridge = find_bridge(restore, a.buid);
	if (!bridge)
		return REASON(-EPROTO, "the stream has no bridge with BUID %#llx", (unsigned long long)a.buid);
	r = state_check_shape(&(struct kvm_table_args){ a.liobn, a.page_shift, a.offset, a.size });
	r = r ? r : papr_association_judge(restore->state->papr, bridge, &a);
	return r ? r : judge_table(restore, &a);
}

int state_build_association(struct state_restore *restore, struct unpack *from)
{
	struct papr_association_state a;
	struct papr_bridge *bridge;
	struct state_table *table;
	int r;

	unpack_association(from, &a);
	bridge = papr_bridge_find(restore->state->papr, a.buid);
	table = state_table_find(restore, a.serial);
	if (table->table)
		r = papr_bridge_associate(bridge, table->table);
	else
		r = papr_bridge_open_window(bridge, a.slot, &table->shape);
	if (r)
		return r;
	table->table = bridge->window[a.slot].table;
	table->is_linked |= bridge->members != NULL;
	return 0;
}
