/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the stream. A pass writes the entries that the dirty logs name. The end writes the last of
 * them and describes the objects that they belong to, so entries of a table that was closed before
 * the end belong to nothing. save_host.c writes containers and devices.
 */
#include "state/state.h"

#include <errno.h>

#include "kvm/link.h"
#include "kvm/log.h"
#include "papr/bridge.h"
#include "state/runs.h"
#include "util/alloc.h"
#include "util/reason.h"

/* A section of entries of this size is ended. */
#define SECTION_FULL (STATE_SECTION_MAX / 2)

/* Context of kvm_liobn_for_each() while tables are saved. */
struct saving {
	struct state *state;
	struct pack payload;
	struct state_runs runs;
	struct kvm_table *table;
	bool is_new;                  /* nothing of the table is saved yet, so the reader has zeros */
	uint64_t start, end;          /* the range with data in the memory file that was found last */
	int error;                    /* error of the first table that failed */
};

static void begin_section(struct saving *s)
{
	pack_clear(&s->payload);
	pack_u64(&s->payload, s->table->serial);
	state_runs_begin(&s->runs, &s->payload);
}

static int end_section(struct saving *s)
{
	state_runs_end(&s->runs);
	if (s->payload.size == sizeof(uint64_t))
		return 0;
	return state_writer_put(&s->state->writer, STATE_ENTRIES, &s->payload);
}

static void look_for_data(struct saving *s, uint64_t index)
{
	if (index >= s->end && !kvm_table_find_data(s->table, index, &s->start, &s->end))
		s->start = s->end = UINT64_MAX;
}

/*
 * A hole of the memory file is saved as zeros without reading it, because a read would fill the
 * hole.
 */
static void add_page(struct saving *s, uint64_t page)
{
	uint64_t first = page * KVM_LOG_PAGE, end = min_u64(first + KVM_LOG_PAGE, s->table->size);
	bool is_hole;

	look_for_data(s, first);
	is_hole = first < s->start;
	if (is_hole && s->is_new)
		return;
	for (uint64_t i = first; i < end; i++) {
		uint64_t value = is_hole ? 0 : kvm_table_get(s->table, to_kvm_index(i));

		if (value || !s->is_new)
			state_runs_add(&s->runs, i, value);
	}
}

static int save_entries(struct saving *s, struct kvm_table *table)
{
	int r = 0;

	s->table = table;
	s->start = s->end = 0;
	s->is_new = kvm_log_is_new(table);
	begin_section(s);
	for (uint64_t page = 0; !r && kvm_log_take(table, &page); page++) {
		add_page(s, page);
		if (s->payload.size < SECTION_FULL)
			continue;
		r = end_section(s);
		begin_section(s);
	}
	return r ? r : end_section(s);
}

static void save_table(struct kvm_table *table, void *context)
{
	struct saving *s = context;

	if (!s->error)
		s->error = save_entries(s, table);
}

/* The caller holds kvm_vm.lock. */
static int save_all_locked(struct state *state)
{
	struct saving s = { .state = state, .error = kvm_log_start_all(state->vm) };

	kvm_liobn_for_each(state->vm, save_table, &s);
	pack_fini(&s.payload);
	return s.error;
}

static int check_saving(const struct state *state)
{
	return state->is_saving ? 0 : REASON(-EINVAL, "no save has begun");
}

int state_save_begin(struct state *state, state_write_fn write, void *context)
{
	struct kvm_vm *vm = state->vm;
	int r = 0;

	if (state->is_saving)
		return REASON(-EBUSY, "a save has begun already");
	if (vm) {
		pthread_mutex_lock(&vm->lock);
		if (vm->logger)
			r = REASON(-EBUSY, "the VM is being saved already");
		else
			vm->logger = state;
		pthread_mutex_unlock(&vm->lock);
	}
	if (r)
		return r;
	state->is_saving = true;
	r = state_writer_begin(&state->writer, write, context);
	if (r)
		state_save_abort(state);
	return r;
}

long state_save_pass(struct state *state)
{
	uint64_t before = state->writer.bytes;
	int r = check_saving(state);

	if (r || !state->vm)
		return r;
	pthread_mutex_lock(&state->vm->lock);
	r = save_all_locked(state);
	pthread_mutex_unlock(&state->vm->lock);
	return r ? r : (long)(state->writer.bytes - before);
}

void state_save_abort(struct state *state)
{
	if (!state->is_saving)
		return;
	state->is_saving = false;
	if (!state->vm)
		return;
	pthread_mutex_lock(&state->vm->lock);
	kvm_log_stop_all(state->vm);
	state->vm->logger = NULL;
	pthread_mutex_unlock(&state->vm->lock);
}

static int save_vm(struct state *state)
{
	struct pack payload = { 0 };
	int r;

	pack_u32(&payload, atomic_load(&state->vm->calls) & KVM_CALLS_ALL);
	pack_u32(&payload, atomic_load(&state->vm->strict));
	r = state_writer_put(&state->writer, STATE_VM, &payload);
	pack_fini(&payload);
	return r;
}

/* Returns whether a window in that slot has the LIOBN that the bridge gives to the slot. */
static bool is_own(const struct papr_bridge *bridge, unsigned int n)
{
	const struct kvm_table *table = bridge->window[n].table;

	return table && table->liobn == bridge->config.liobn[n];
}

static int save_bridge(struct state *state, const struct papr_bridge *bridge)
{
	const struct stce_phb_config *c = &bridge->config;
	struct pack payload = { 0 };
	int r;

	pack_u64(&payload, c->buid);
	pack_u64(&payload, c->default_size);
	pack_u32(&payload, bridge->is_limited);
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++) {
		const struct papr_window *window = &bridge->window[n];
		const struct kvm_table *table = is_own(bridge, n) ? window->table : NULL;

		pack_u32(&payload, c->liobn[n]);
		pack_u64(&payload, c->start[n]);
		pack_u64(&payload, c->limited_start[n]);
		pack_u32(&payload, window->is_default);
		pack_u64(&payload, table ? table->serial : 0);
		pack_u32(&payload, table ? table->page_shift : 0);
		pack_u64(&payload, table ? table->offset : 0);
		pack_u64(&payload, table ? table->size : 0);
	}
	r = state_writer_put(&state->writer, STATE_BRIDGE, &payload);
	pack_fini(&payload);
	return r;
}

static int save_association(struct state *state, const struct papr_bridge *bridge, unsigned int n)
{
	const struct kvm_table *table = bridge->window[n].table;
	struct pack payload = { 0 };
	int r;

	pack_u64(&payload, bridge->config.buid);
	pack_u32(&payload, n);
	pack_u64(&payload, table->serial);
	pack_u32(&payload, (uint32_t)table->liobn);
	pack_u32(&payload, table->page_shift);
	pack_u64(&payload, table->offset);
	pack_u64(&payload, table->size);
	r = state_writer_put(&state->writer, STATE_ASSOCIATION, &payload);
	pack_fini(&payload);
	return r;
}

static int save_associations(struct state *state, const struct papr_bridge *bridge)
{
	int r = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++)
		if (bridge->window[n].table && !is_own(bridge, n))
			r = save_association(state, bridge, n);
	return r;
}

static int save_bridges(struct state *state)
{
	int r = 0;

	for (const struct papr_bridge *bridge = state->papr->bridges; bridge && !r; bridge = bridge->next) {
		r = save_bridge(state, bridge);
		r = r ? r : save_associations(state, bridge);
	}
	return r;
}

/* A link of a table that is being saved. */
struct saving_link {
	struct state *state;
	const struct kvm_table *table;
};

static int save_link(const struct host_pe *pe, void *context)
{
	const struct saving_link *s = context;
	const struct state_name *name = state_find_pe(s->state, pe);
	struct pack payload = { 0 };
	int r;

	if (!name)
		return REASON(-ENOENT, "group %d is linked to LIOBN %#llx but has no number", pe->group,
			      (unsigned long long)s->table->liobn);
	pack_u64(&payload, s->table->serial);
	pack_u32(&payload, name->id);
	r = state_writer_put(&s->state->writer, STATE_LINK, &payload);
	pack_fini(&payload);
	return r;
}

static int save_shape(struct state *state, struct kvm_table *table)
{
	struct saving_link link = { state, table };
	struct pack payload = { 0 };
	int r;

	pack_u64(&payload, table->serial);
	pack_u64(&payload, table->liobn);
	pack_u32(&payload, table->page_shift);
	pack_u64(&payload, table->offset);
	pack_u64(&payload, table->size);
	r = state_writer_put(&state->writer, STATE_TABLE, &payload);
	pack_fini(&payload);
	return r ? r : kvm_link_for_each(table, save_link, &link);
}

/* Saves shape and links of a table that no bridge makes. */
static void save_table_alone(struct kvm_table *table, void *context)
{
	struct saving *s = context;

	if (!s->error && !papr_bridge_has_table(s->state->papr, table))
		s->error = save_shape(s->state, table);
}

/*
 * The caller holds papr_vm.lock. Containers come first, because tables are linked to their windows.
 */
static int save_objects(struct state *state)
{
	struct saving s = { .state = state };
	int r = state_save_containers(state);

	if (!r && state->vm)
		r = save_vm(state);
	if (!r && state->vm)
		r = save_bridges(state);
	if (!r && state->vm) {
		pthread_mutex_lock(&state->vm->lock);
		r = save_all_locked(state);
		if (!r)
			kvm_liobn_for_each(state->vm, save_table_alone, &s);
		pthread_mutex_unlock(&state->vm->lock);
	}
	r = r ? r : s.error;
	return r ? r : state_save_devices(state);
}

int state_save_end(struct state *state)
{
	const struct pack nothing = { 0 };
	int r = check_saving(state);

	if (r)
		return r;
	if (state->papr)
		pthread_mutex_lock(&state->papr->lock);
	r = save_objects(state);
	if (state->papr)
		pthread_mutex_unlock(&state->papr->lock);
	if (!r)
		r = state_writer_put(&state->writer, STATE_END, &nothing);
	state_save_abort(state);
	return r;
}
