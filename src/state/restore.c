/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads all of the stream, judges all of it, builds, and at last takes over
 * what cannot fail. What has been built is undone where something fails (S1).
 */
#include "state/restore.h"

#include <errno.h>
#include <string.h>

#include "util/alloc.h"
#include "util/reason.h"

int state_undo_reserve(struct state_restore *restore)
{
	struct state_undo *list = alloc_resize(restore->undo, (restore->undos + 1) * sizeof(*list));

	if (!list)
		return REASON(-ENOMEM, "no memory for undoing");
	restore->undo = list;
	return 0;
}

void state_undo_push(struct state_restore *restore, struct state_undo undo)
{
	restore->undo[restore->undos++] = undo;
}

struct state_table *state_table_find(const struct state_restore *restore, uint64_t serial)
{
	for (unsigned int i = 0; i < restore->tables; i++)
		if (restore->table[i].serial == serial)
			return &restore->table[i];
	return NULL;
}

int state_table_add(struct state_restore *restore, const struct state_table *table)
{
	struct state_table *list;

	for (unsigned int i = 0; i < restore->tables; i++)
		if (restore->table[i].serial == table->serial ||
		    restore->table[i].shape.liobn == table->shape.liobn)
			return REASON(-EPROTO, "LIOBN %#llx is there twice",
				      (unsigned long long)table->shape.liobn);
	list = alloc_resize(restore->table, (restore->tables + 1) * sizeof(*list));
	if (!list)
		return REASON(-ENOMEM, "no memory for a table");
	restore->table = list;
	restore->table[restore->tables++] = *table;
	return 0;
}

/* The payload goes over to the image. */
static int keep(struct state_restore *restore, uint32_t type, struct pack *payload)
{
	struct state_section_image *list =
		alloc_resize(restore->section, (restore->sections + 1) * sizeof(*list));

	if (!list)
		return REASON(-ENOMEM, "no memory for the stream");
	restore->section = list;
	restore->section[restore->sections++] = (struct state_section_image){ type, *payload };
	*payload = (struct pack){ 0 };
	return 0;
}

static int read_all(struct state_restore *restore, state_read_fn read, void *context)
{
	struct state_reader reader;
	struct pack payload = { 0 };
	uint32_t type = 0;
	int r = state_reader_begin(&reader, read, context);

	while (!r && type != STATE_END) {
		r = state_reader_get(&reader, &type, &payload);
		if (!r && type == STATE_END && payload.size)
			r = REASON(-EPROTO, "the end is not empty");
		if (!r)
			r = keep(restore, type, &payload);
	}
	pack_fini(&payload);
	return r;
}

typedef int (*section_fn)(struct state_restore *restore, struct unpack *from);

/* Types in the order in which they build upon each other. */
static const struct {
	enum state_section type;
	section_fn judge;
	section_fn build;
	int key;                      /* bytes at the front that no two of them share; -1: none */
} types[] = {
	{ STATE_VM, state_judge_vm, NULL, 0 },
	{ STATE_CONTAINER, state_judge_container, state_build_container, 4 },
	{ STATE_MAPPINGS, state_judge_mappings, state_build_mappings, -1 },
	{ STATE_BRIDGE, state_judge_bridge, state_build_bridge, 8 },
	{ STATE_TABLE, state_judge_table, state_build_table, 8 },
	{ STATE_LINK, state_judge_link, state_build_link, 12 },
	{ STATE_ENTRIES, state_judge_entries, state_build_entries, -1 },
	{ STATE_DEVICE, state_judge_device, NULL, 4 },
};

static bool has_key(const struct state_section_image *section, enum state_section type, size_t key,
		    const void *bytes)
{
	return section->type == type && section->payload.size >= key &&
	       !memcmp(section->payload.bytes, bytes, key);
}

/* Each thing is there once. */
static int check_keys(const struct state_restore *restore, enum state_section type, int key)
{
	for (unsigned int i = 0; i < restore->sections && key >= 0; i++) {
		const struct state_section_image *section = &restore->section[i];

		if (section->type != type || section->payload.size < (size_t)key)
			continue;
		for (unsigned int j = 0; j < i; j++)
			if (has_key(&restore->section[j], type, (size_t)key, section->payload.bytes))
				return REASON(-EPROTO, "sections %u and %u say the same", j, i);
	}
	return 0;
}

static int for_each_of(struct state_restore *restore, enum state_section type, section_fn fn)
{
	int r = 0;

	for (unsigned int i = 0; fn && i < restore->sections && !r; i++) {
		struct unpack from = unpack_begin(restore->section[i].payload.bytes,
						  restore->section[i].payload.size);

		if (restore->section[i].type == type)
			r = fn(restore, &from);
	}
	return r;
}

static int judge(struct state_restore *restore)
{
	int r = 0;

	for (unsigned int i = 0; i < ARRAY_COUNT(types) && !r; i++) {
		r = check_keys(restore, types[i].type, types[i].key);
		if (!r)
			r = for_each_of(restore, types[i].type, types[i].judge);
	}
	return r;
}

static int build(struct state_restore *restore)
{
	int r = 0;

	for (unsigned int i = 0; i < ARRAY_COUNT(types) && !r; i++)
		r = for_each_of(restore, types[i].type, types[i].build);
	return r ? r : state_replay(restore);
}

static int take_vm(struct state_restore *restore, struct unpack *from)
{
	state_take_vm(restore, from);
	return 0;
}

static void commit(struct state_restore *restore)
{
	for (unsigned int i = 0; i < restore->pendings; i++) {
		function_take(restore->pending[i].function, restore->pending[i].saved);
		restore->pending[i].saved = NULL;
	}
	for_each_of(restore, STATE_VM, take_vm);
}

/* Undoing has reasons of its own, which nobody asked for. */
static void undo(struct state_restore *restore, int error)
{
	char why[REASON_SIZE];

	strcpy(why, reason_last());
	while (restore->undos--)
		restore->undo[restore->undos].undo(restore, &restore->undo[restore->undos]);
	restore->undos = 0;
	(void)REASON(error, "%s", why);
}

static void restore_fini(struct state_restore *restore)
{
	for (unsigned int i = 0; i < restore->sections; i++)
		pack_fini(&restore->section[i].payload);
	for (unsigned int i = 0; i < restore->pendings; i++)
		function_saved_free(restore->pending[i].saved);
	free(restore->section);
	free(restore->table);
	free(restore->undo);
	free(restore->pending);
}

int state_restore(struct state *state, state_read_fn read, void *context)
{
	struct state_restore restore = { .state = state };
	struct papr_vm *vm = state->papr;
	int r = state->is_saving ? REASON(-EBUSY, "the state is being saved") : 0;

	if (r)
		return r;
	r = read_all(&restore, read, context);
	if (vm)
		pthread_mutex_lock(&vm->lock);
	if (!r)
		r = judge(&restore);
	if (!r) {
		r = build(&restore);
		if (r)
			undo(&restore, r);
		else
			commit(&restore);
	}
	if (vm)
		pthread_mutex_unlock(&vm->lock);
	restore_fini(&restore);
	return r;
}
