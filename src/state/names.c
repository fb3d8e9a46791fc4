/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMM's numbers for its memory, containers, groups and devices. Each file is referenced until
 * the state ends. A VMM has few of them, so a search of the whole list is cheap.
 */
#include "state/state.h"

#include <errno.h>

#include "kvm/held_file.h"
#include "util/alloc.h"
#include "util/range.h"
#include "util/reason.h"
#include "vfio/iommu.h"

const struct state_name *state_find(const struct state *state, enum state_kind kind, uint32_t id)
{
	for (unsigned int i = 0; i < state->names; i++)
		if (state->name[i].kind == kind && state->name[i].id == id)
			return &state->name[i];
	return NULL;
}

const struct state_name *state_find_pe(const struct state *state, const struct host_pe *pe)
{
	for (unsigned int i = 0; i < state->names; i++) {
		struct file *file = state->name[i].file;

		if (state->name[i].kind == STATE_KIND_GROUP && file->ops->group->pe(file) == pe)
			return &state->name[i];
	}
	return NULL;
}

const struct state_name *state_find_address(const struct state *state, uint64_t address,
					    uint64_t *offset)
{
	for (unsigned int i = 0; i < state->names; i++) {
		const struct state_name *name = &state->name[i];

		if (name->kind != STATE_KIND_MEMORY || !range_has(name->address, name->size, address))
			continue;
		*offset = address - name->address;
		return name;
	}
	return NULL;
}

int state_for_each(struct state *state, enum state_kind kind,
		   int (*fn)(struct state *state, const struct state_name *name))
{
	int r = 0;

	for (unsigned int i = 0; i < state->names && !r; i++)
		if (state->name[i].kind == kind)
			r = fn(state, &state->name[i]);
	return r;
}

struct vfio_iommu *state_iommu(const struct state_name *name)
{
	return vfio_container_iommu(vfio_container_of(name->file));
}

static int add(struct state *state, const struct state_name *name)
{
	struct state_name *list;

	if (state_find(state, name->kind, name->id))
		return REASON(-EEXIST, "number %u is taken", name->id);
	list = alloc_resize(state->name, (state->names + 1) * sizeof(*list));
	if (!list)
		return REASON(-ENOMEM, "no memory for a name");
	state->name = list;
	state->name[state->names++] = *name;
	return 0;
}

int state_add_memory(struct state *state, uint32_t id, uint64_t address, uint64_t size)
{
	struct state_name name = { STATE_KIND_MEMORY, id, NULL, address, size };

	if (!size || range_wraps(address, size))
		return REASON(-EINVAL, "memory of %#llx bytes is empty or wraps around", (unsigned long long)size);
	for (unsigned int i = 0; i < state->names; i++)
		if (state->name[i].kind == STATE_KIND_MEMORY &&
		    ranges_overlap(state->name[i].address, state->name[i].size, address, size))
			return REASON(-EINVAL, "the memory overlaps number %u", state->name[i].id);
	return add(state, &name);
}

static int kind_of(struct file *file, enum state_kind *kind)
{
	if (vfio_container_of(file))
		*kind = STATE_KIND_CONTAINER;
	else if (file_is_group(file))
		*kind = STATE_KIND_GROUP;
	else if (vfio_function_of(file))
		*kind = STATE_KIND_DEVICE;
	else
		return REASON(-EINVAL, "a file of kind %s has no state of its own", file->ops->kind);
	return 0;
}

int state_add_file(struct state *state, uint32_t id, int fd)
{
	struct state_name name = { .id = id };
	int r = kvm_file_of(fd, &name.file);

	if (r)
		return r;
	if (!name.file)
		return REASON(-EINVAL, "descriptor %d is not a file of a machine", fd);
	r = kind_of(name.file, &name.kind);
	for (unsigned int i = 0; i < state->names && !r; i++)
		if (state->name[i].file == name.file)
			r = REASON(-EEXIST, "descriptor %d already has number %u", fd, state->name[i].id);
	if (!r)
		r = add(state, &name);
	if (r)
		file_put(name.file);
	return r;
}
