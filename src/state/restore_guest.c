/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges and builds the VM's sections: bridges, tables that no bridge makes, entries, and the links
 * of groups whose windows follow a table. restore_host.c has restored the containers before.
 */
#include "state/restore.h"

#include <errno.h>

#include "file/fd_table.h"
#include "kvm/link.h"
#include "papr/bridge_window.h"
#include "state/runs.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/range.h"
#include "util/reason.h"

#define PAGE_SHIFT_MAX 34

int state_check_end(const struct unpack *from, const char *what)
{
	return unpack_is_done(from) ? 0 : REASON(-EPROTO, "the section of %s is incomplete or too long", what);
}

/* The VM */

int state_judge_vm(struct state_restore *restore, struct unpack *from)
{
	uint32_t enabled = unpack_u32(from), strict = unpack_u32(from);

	if (!restore->state->vm)
		return REASON(-ENOENT, "a VM was saved, but there is none here");
	if (enabled & ~KVM_CALLS_ALL || strict > 1)
		return REASON(-EPROTO, "no VM has the hypercalls %#x and strict %u", enabled, strict);
	return state_check_end(from, "a VM");
}

void state_apply_vm(struct state_restore *restore, struct unpack *from)
{
	struct kvm_vm *vm = restore->state->vm;

	atomic_fetch_and(&vm->calls, ~KVM_CALLS_ALL);
	atomic_fetch_or(&vm->calls, unpack_u32(from));
	atomic_store(&vm->strict, unpack_u32(from));
}

/*
 * Returns the VM's table with this LIOBN, or NULL. The table stays, because papr_vm.lock is held
 * and the VMM closes no table during a restore.
 */
static struct kvm_table *table_here(struct state_restore *restore, uint64_t liobn)
{
	struct kvm_table *table;

	rcu_read_lock();
	table = kvm_liobn_find(restore->state->vm, liobn);
	rcu_read_unlock();
	return table;
}

static bool has_shape(const struct kvm_table *table, const struct kvm_table_args *shape)
{
	return table->liobn == shape->liobn && table->page_shift == shape->page_shift &&
	       table->offset == shape->offset && table->size == shape->size;
}

int state_check_shape(const struct kvm_table_args *shape)
{
	uint64_t end;

	if (!shape->size || shape->page_shift < 12 || shape->page_shift > PAGE_SHIFT_MAX ||
	    __builtin_add_overflow(shape->offset, shape->size, &end) ||
	    end > UINT64_MAX >> shape->page_shift)
		return REASON(-EPROTO, "no table has %llu pages of 2^%u bytes",
			      (unsigned long long)shape->size, shape->page_shift);
	return 0;
}

/* Tables that no bridge makes */

static void unpack_table(struct unpack *from, struct state_table *table)
{
	*table = (struct state_table){ .serial = unpack_u64(from) };
	table->shape.liobn = unpack_u64(from);
	table->shape.page_shift = unpack_u32(from);
	table->shape.offset = unpack_u64(from);
	table->shape.size = unpack_u64(from);
}

int state_judge_table(struct state_restore *restore, struct unpack *from)
{
	struct state_table table;
	int r;

	unpack_table(from, &table);
	r = restore->state->vm ? state_check_end(from, "a table") : REASON(-EPROTO, "the stream has a table but no VM");
	if (!r)
		r = state_check_shape(&table.shape);
	if (r)
		return r;
	table.table = table_here(restore, table.shape.liobn);
	if (table.table && (!has_shape(table.table, &table.shape) || !kvm_table_is_empty(table.table) ||
			    papr_bridge_has_table(restore->state->papr, table.table)))
		return REASON(-EEXIST, "LIOBN %#llx names a different table here, or one that is not empty",
			      (unsigned long long)table.shape.liobn);
	r = table.table ? 0 : state_allow_table(restore, table.shape.size);
	return r ? r : state_table_add(restore, &table);
}

static void close_made(struct state_restore *restore, const struct state_undo *undo)
{
	struct state *state = restore->state;
	int fd = state->made[--state->made_count].fd;
	struct file *file = fd_table_clear(fd);

	os_close(fd);
	file_put(file);
}

static int make_table(struct state_restore *restore, struct state_table *table)
{
	struct state *state = restore->state;
	struct state_made *list = state_list_grow(state->made, state->made_count, sizeof(*list));
	int fd;

	if (!list)
		return REASON(-ENOMEM, "no memory for a table");
	state->made = list;
	fd = kvm_table_create(state->vm, &table->shape);
	if (fd < 0)
		return fd;
	list[state->made_count++] = (struct state_made){ table->shape.liobn, fd };
	state_undo_push(restore, (struct state_undo){ .undo = close_made });
	table->table = table_here(restore, table->shape.liobn);
	return 0;
}

static void empty_table(struct state_restore *restore, const struct state_undo *undo)
{
	kvm_table_empty(undo->object);
}

int state_build_table(struct state_restore *restore, struct unpack *from)
{
	struct state_table *table = state_table_find(restore, unpack_u64(from));
	int r = state_undo_reserve(restore);

	if (r)
		return r;
	if (!table->table)
		return make_table(restore, table);
	/* The table may have links already, of a 2013 device for example. */
	table->is_linked = table->table->links.first;
	state_undo_push(restore, (struct state_undo){ .undo = empty_table, .object = table->table });
	return 0;
}

/* Entries of tables */

int state_judge_entries(struct state_restore *restore, struct unpack *from)
{
	const struct state_table *table = state_table_find(restore, unpack_u64(from));
	struct state_run run;
	int r;

	while ((r = state_run_next(from, &run)) > 0) {
		if (!table)
			continue;
		if (!range_contains(0, table->shape.size, run.index, run.count))
			return REASON(-EPROTO, "the stream has entries beyond the end of LIOBN %#llx",
				      (unsigned long long)table->shape.liobn);
		r = state_allow(restore, run.count);
		if (r)
			return r;
	}
	return r ? r : state_check_end(from, "entries");
}

/*
 * Entries of a table that was closed before the end of the save are ignored: the stream lacks that
 * table.
 */
int state_build_entries(struct state_restore *restore, struct unpack *from)
{
	const struct state_table *table = state_table_find(restore, unpack_u64(from));
	struct state_run run;

	while (table && state_run_next(from, &run) > 0)
		for (uint64_t i = 0; i < run.count; i++)
			kvm_table_load(table->table, to_kvm_index(run.index + i), state_run_value(&run, i));
	return 0;
}

int state_replay(struct state_restore *restore)
{
	int r = 0;

	for (unsigned int i = 0; i < restore->tables && !r; i++)
		if (restore->table[i]->is_linked)
			r = kvm_table_replay(restore->table[i]->table);
	return r;
}

/* Links */

int state_judge_link(struct state_restore *restore, struct unpack *from)
{
	const struct state_table *table = state_table_find(restore, unpack_u64(from));
	uint32_t group = unpack_u32(from);

	if (!table || table->is_bridge)
		return REASON(-EPROTO, "a link names no table, or a bridge's");
	if (!state_find(restore->state, STATE_KIND_GROUP, group))
		return REASON(-ENOENT, "group %u is linked to LIOBN %#llx, but no group here has this number",
			      group, (unsigned long long)table->shape.liobn);
	return state_check_end(from, "a link");
}

static void remove_link(struct state_restore *restore, const struct state_undo *undo)
{
	kvm_link_remove(undo->object, (struct host_pe *)(uintptr_t)undo->a);
}

int state_build_link(struct state_restore *restore, struct unpack *from)
{
	struct state_table *table = state_table_find(restore, unpack_u64(from));
	const struct state_name *group = state_find(restore->state, STATE_KIND_GROUP, unpack_u32(from));
	struct host_pe *pe = group->file->ops->group->pe(group->file);
	int r;

	table->is_linked = true;
	if (kvm_link_has(table->table, pe))
		return 0;
	r = state_undo_reserve(restore);
	if (!r)
		r = kvm_link_add(table->table, pe);
	if (!r)
		state_undo_push(restore, (struct state_undo){
			.undo = remove_link, .object = table->table, .a = (uintptr_t)pe });
	return r;
}

/* Bridges */

static void unpack_window(struct unpack *from, struct papr_window_state *w)
{
	w->liobn = unpack_u32(from);
	w->bridge_start = unpack_u64(from);
	w->bridge_limited_start = unpack_u64(from);
	w->is_default = unpack_u32(from);
	w->serial = unpack_u64(from);
	w->page_shift = unpack_u32(from);
	w->offset = unpack_u64(from);
	w->size = unpack_u64(from);
}

static void unpack_bridge(struct unpack *from, struct papr_bridge_state *bridge)
{
	bridge->buid = unpack_u64(from);
	bridge->default_size = unpack_u64(from);
	bridge->is_limited = unpack_u32(from);
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		unpack_window(from, &bridge->window[n]);
}

static struct state_table table_of(const struct papr_window_state *w)
{
	return (struct state_table){
		.serial = w->serial,
		.shape = { w->liobn, w->page_shift, w->offset, w->size },
		.is_bridge = true,
	};
}

/* Keeps a state that has been judged, for the associations with that bridge. */
static int keep_bridge(struct state_restore *restore, const struct papr_bridge_state *bridge)
{
	struct papr_bridge_state *list = state_list_grow(restore->bridge, restore->bridges, sizeof(*list));

	if (!list)
		return REASON(-ENOMEM, "no memory for a bridge");
	restore->bridge = list;
	list[restore->bridges++] = *bridge;
	return 0;
}

int state_judge_bridge(struct state_restore *restore, struct unpack *from)
{
	struct papr_bridge_state bridge;
	int r;

	unpack_bridge(from, &bridge);
	r = state_check_end(from, "a bridge");
	if (!r && !restore->state->vm)
		r = REASON(-EPROTO, "the stream has a bridge but no VM");
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++) {
		struct state_table table = table_of(&bridge.window[n]);

		if (!table.serial)
			continue;
		r = state_check_shape(&table.shape);
		/* Twice, for the guest's table and for the hardware table behind it. */
		for (unsigned int i = 0; i < 2 && !r; i++)
			r = state_allow_table(restore, table.shape.size);
		if (!r)
			r = state_table_add(restore, &table);
	}
	r = r ? r : papr_bridge_judge(restore->state->papr, &bridge);
	return r ? r : keep_bridge(restore, &bridge);
}

static void reset_bridge(struct state_restore *restore, const struct state_undo *undo)
{
	papr_bridge_reset(undo->object, false);
}

int state_build_bridge(struct state_restore *restore, struct unpack *from)
{
	struct papr_bridge_state saved;
	struct papr_bridge *bridge;
	int r = state_undo_reserve(restore);

	if (r)
		return r;
	unpack_bridge(from, &saved);
	bridge = papr_bridge_find(restore->state->papr, saved.buid);
	state_undo_push(restore, (struct state_undo){ .undo = reset_bridge, .object = bridge });
	r = papr_bridge_apply(bridge, &saved);
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++) {
		struct state_table *table = state_table_find(restore, saved.window[n].serial);

		if (!table)
			continue;
		table->table = bridge->window[n].table;
		table->is_linked = bridge->members;
	}
	return r;
}
