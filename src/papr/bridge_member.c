/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adds and removes the PEs on a bus. Groups of one container share its hardware windows, so that
 * the first of them makes the windows and the last removes them; the tables of the bridge's windows
 * are linked to each PE.
 */
#include "papr/bridge_member.h"

#include <errno.h>

#include "kvm/link.h"
#include "papr/bridge_hardware.h"
#include "util/alloc.h"
#include "util/reason.h"

static void unlink_pe(struct papr_bridge *bridge, struct host_pe *pe)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (bridge->window[n].table)
			kvm_link_remove(bridge->window[n].table, pe);
}

static int link_pe(struct papr_bridge *bridge, struct host_pe *pe)
{
	int r = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++)
		if (bridge->window[n].table)
			r = kvm_table_link(bridge->window[n].table, pe);
	if (r)
		unlink_pe(bridge, pe);
	return r;
}

static struct papr_member **find_member(struct papr_bridge *bridge, const struct file *file)
{
	struct papr_member **link = &bridge->members;

	while (*link && (*link)->group.file != file)
		link = &(*link)->next;
	return link;
}

static int enter_locked(struct papr_bridge *bridge, struct papr_member *member)
{
	bool is_new = !papr_bridge_is_behind(bridge, member->container);
	int r;

	if (*find_member(bridge, member->group.file))
		return REASON(-EEXIST, "the group is on the bus already");
	r = is_new ? papr_hardware_fill(bridge, member->container) : 0;
	if (r)
		return r;
	r = link_pe(bridge, member->pe);
	if (r && is_new)
		papr_hardware_empty(bridge, member->container);
	if (r)
		return r;
	member->next = bridge->members;
	bridge->members = member;
	return 0;
}

static void member_free(struct papr_bridge *bridge, struct papr_member *member)
{
	kvm_release_file(&member->group);
	bridge->hardware->put(member->container);
	free(member);
}

int papr_bridge_add_group(struct papr_bridge *bridge, void *container, int group)
{
	struct papr_member *member = ALLOC(struct papr_member);
	int r = member ? kvm_hold_file(group, &member->group) : -ENOMEM;

	if (r) {
		bridge->hardware->put(container);
		free(member);
		return r;
	}
	member->container = container;
	if (file_is_group(member->group.file)) {
		member->pe = member->group.file->ops->group->pe(member->group.file);
		pthread_mutex_lock(&bridge->vm->lock);
		r = enter_locked(bridge, member);
		pthread_mutex_unlock(&bridge->vm->lock);
	} else {
		r = REASON(-EINVAL, "descriptor %d is a device, not a group", group);
	}
	if (r)
		member_free(bridge, member);
	return r;
}

static void leave_locked(struct papr_bridge *bridge, struct papr_member **link)
{
	struct papr_member *member = *link;

	unlink_pe(bridge, member->pe);
	*link = member->next;
	if (!papr_bridge_is_behind(bridge, member->container))
		papr_hardware_empty(bridge, member->container);
	member_free(bridge, member);
}

int papr_bridge_remove_group(struct papr_bridge *bridge, int group)
{
	struct papr_member **link;
	struct file *file;
	int r = kvm_file_of(group, &file);

	if (r)
		return r;
	pthread_mutex_lock(&bridge->vm->lock);
	link = find_member(bridge, file);
	if (file && *link)
		leave_locked(bridge, link);
	else
		r = REASON(-ENOENT, "descriptor %d is not on the bus", group);
	pthread_mutex_unlock(&bridge->vm->lock);
	if (file)
		file_put(file);
	return r;
}

void papr_bridge_remove_groups(struct papr_bridge *bridge)
{
	while (bridge->members)
		leave_locked(bridge, &bridge->members);
}

struct trace_scope papr_bridge_scope(const struct papr_bridge *bridge)
{
	struct trace_scope scope = { .group_count = 0 };

	for (const struct papr_member *m = bridge->members; m && scope.group_count < TRACE_GROUPS; m = m->next)
		scope.group[scope.group_count++] = m->pe->group;
	return scope;
}
