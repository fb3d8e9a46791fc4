/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restores a stream in four steps: it reads all sections, judges all of them, builds objects, and
 * applies the state that cannot fail. If a step fails, everything that has been built is undone
 * (S1). restore_guest.c, restore_association.c and restore_host.c know the sections.
 */
#include "state/restore.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "tce/scan.h"
#include "util/alloc.h"
#include "util/reason.h"
#include "vfio/iommu.h"

/* Adds a section, which takes the payload over. */
static int keep(struct state_restore *restore, uint32_t type, struct pack *payload)
{
	struct state_section_image *list = state_list_grow(restore->section, restore->sections, sizeof(*list));

	if (list)
		restore->section = list;
	if (!list || !pack_trim(payload))
		return REASON(-ENOMEM, "no memory for the stream");
	restore->section[restore->sections++] = (struct state_section_image){ type, *payload };
	*payload = (struct pack){ 0 };
	return 0;
}

static int read_all(struct state_restore *restore, state_read_fn read, void *context)
{
	struct state_reader reader;
	struct pack payload = { 0 };
	uint32_t type = 0;
	int r = state_reader_begin(&reader, read, context, state_stream_limit(restore->state));

	while (!r && type != STATE_END) {
		r = state_reader_get(&reader, &type, &payload);
		if (!r && type == STATE_END && payload.size)
			r = REASON(-EPROTO, "the end section is not empty");
		if (!r)
			r = keep(restore, type, &payload);
	}
	pack_fini(&payload);
	restore->length = reader.bytes;
	return r;
}

typedef int (*section_fn)(struct state_restore *restore, struct unpack *from);

/* A type comes after those that it builds upon. */
static const struct {
	enum state_section type;
	section_fn judge;
	section_fn build;
	int key;                      /* leading bytes that differ in each section; 0: there is one; -1: no key */
} types[] = {
	{ STATE_VM, state_judge_vm, NULL, 0 },
	{ STATE_CONTAINER, state_judge_container, state_build_container, 4 },
	{ STATE_MAPPINGS, state_judge_mappings, state_build_mappings, -1 },
	{ STATE_BRIDGE, state_judge_bridge, state_build_bridge, 8 },
	{ STATE_ASSOCIATION, state_judge_association, state_build_association, 12 },
	{ STATE_TABLE, state_judge_table, state_build_table, 8 },
	{ STATE_LINK, state_judge_link, state_build_link, 12 },
	{ STATE_ENTRIES, state_judge_entries, state_build_entries, -1 },
	{ STATE_DEVICE, state_judge_device, NULL, 4 },
};

/* A section with a key, for sorting. */
struct keyed {
	const uint8_t *key;
	size_t size;
	unsigned int n;               /* index of the section */
};

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = x->size ? memcmp(x->key, y->key, x->size) : 0;

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

static unsigned int find_keys(const struct state_restore *restore, enum state_section type, size_t size,
			      struct keyed *list)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < restore->sections; i++) {
		const struct state_section_image *section = &restore->section[i];

		if (section->type == type && section->payload.size >= size)
			list[count++] = (struct keyed){ section->payload.bytes, size, i };
	}
	return count;
}

/* Checks that no two sections describe the same object. Sorting puts equal keys side by side. */
static int check_keys(const struct state_restore *restore, enum state_section type, size_t size)
{
	struct keyed *list = alloc_zero(restore->sections, sizeof(*list));
	unsigned int count;
	int r = 0;

	if (!list)
		return REASON(-ENOMEM, "no memory for the stream");
	count = find_keys(restore, type, size, list);
	qsort(list, count, sizeof(*list), by_key);
	for (unsigned int i = 1; i < count && !r; i++)
		if (!size || !memcmp(list[i - 1].key, list[i].key, size))
			r = REASON(-EPROTO, "sections %u and %u describe the same object", list[i - 1].n, list[i].n);
	free(list);
	return r;
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
		if (types[i].key >= 0)
			r = check_keys(restore, types[i].type, (size_t)types[i].key);
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

static int apply_vm(struct state_restore *restore, struct unpack *from)
{
	state_apply_vm(restore, from);
	return 0;
}

static void commit(struct state_restore *restore)
{
	for (unsigned int i = 0; i < restore->pendings; i++) {
		function_apply(restore->pending[i].function, restore->pending[i].saved);
		restore->pending[i].saved = NULL;
	}
	for_each_of(restore, STATE_VM, apply_vm);
}

/* The undo steps overwrite stce_last_reason(), so the original refusal is put back. */
static void undo(struct state_restore *restore, int error)
{
	char why[REASON_SIZE];

	snprintf(why, sizeof(why), "%s", reason_last());
	while (restore->undos--)
		restore->undo[restore->undos].undo(restore, &restore->undo[restore->undos]);
	restore->undos = 0;
	(void)REASON(error, "%s", why);
}

/* Frees nothing, because the list owns the tables in the trees. */
static void leave(void *table)
{
}

static void restore_fini(struct state_restore *restore)
{
	tdestroy(restore->by_serial, leave);
	tdestroy(restore->by_liobn, leave);
	for (unsigned int i = 0; i < restore->tables; i++)
		free(restore->table[i]);
	for (unsigned int i = 0; i < restore->sections; i++)
		pack_fini(&restore->section[i].payload);
	for (unsigned int i = 0; i < restore->pendings; i++)
		function_saved_free(restore->pending[i].saved);
	free(restore->section);
	free(restore->table);
	free(restore->bridge);
	free(restore->container);
	free(restore->undo);
	free(restore->pending);
}

/* Finds again what tables held together. All containers are of one machine, so the first will do. */
static int scan_once(struct state *state, const struct state_name *name)
{
	struct tce_parts *parts = &state_iommu(name)->host->phb->parts;

	if (atomic_load(&parts->is_automatic))
		tce_scan_all(parts);
	return 1;
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
	if (!r)
		state_for_each(state, STATE_KIND_CONTAINER, scan_once);
	return r;
}
