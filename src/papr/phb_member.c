/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PEs on a bus. Each container of theirs has a hardware window for every
 * window of the bridge; groups that share a container share its windows.
 */
#include "papr/phb.h"

#include <errno.h>

#include "kvm/link.h"
#include "util/alloc.h"
#include "util/reason.h"

bool papr_member_is_first(const struct papr_phb *phb, const struct papr_member *member)
{
	const struct papr_member *m = phb->members;

	while (m != member && m->container != member->container)
		m = m->next;
	return m == member;
}

/* One window of one container, at `start` or not at all. */
static int create_one(struct papr_phb *phb, void *container, uint64_t start,
		      const struct tce_geometry *geometry)
{
	uint64_t got;
	int r = phb->hardware->create_window(container, geometry, &got);

	if (r || got == start)
		return r;
	phb->hardware->remove_window(container, got);
	return REASON(-EINVAL, "the hardware's window starts at %#llx, not at %#llx",
		      (unsigned long long)got, (unsigned long long)start);
}

/* Those of the containers up to a member, which is not meant. */
static void remove_until(struct papr_phb *phb, const struct papr_member *end, uint64_t start)
{
	for (struct papr_member *m = phb->members; m != end; m = m->next)
		if (papr_member_is_first(phb, m))
			phb->hardware->remove_window(m->container, start);
}

int papr_hardware_create(struct papr_phb *phb, uint64_t start, unsigned int page_shift,
			 uint64_t size)
{
	struct tce_geometry geometry;
	int r = phb->members ? papr_limits_geometry(phb, page_shift, size, &geometry) : 0;

	for (struct papr_member *m = phb->members; m && !r; m = m->next) {
		if (!papr_member_is_first(phb, m))
			continue;
		r = create_one(phb, m->container, start, &geometry);
		if (r)
			remove_until(phb, m, start);
	}
	return r;
}

void papr_hardware_remove(struct papr_phb *phb, uint64_t start)
{
	remove_until(phb, NULL, start);
}

static int geometry_like(const struct papr_phb *phb, const struct papr_window *window,
			 struct tce_geometry *geometry)
{
	const struct kvm_table *table = window->table;

	return papr_limits_geometry(phb, table->page_shift, table->size << table->page_shift, geometry);
}

static int create_like(struct papr_phb *phb, void *container, const struct papr_window *window)
{
	struct tce_geometry geometry;
	int r = geometry_like(phb, window, &geometry);

	return r ? r : create_one(phb, container, window->start, &geometry);
}

/* All that is known before the container loses its own window. */
static int check_windows(const struct papr_phb *phb)
{
	struct tce_geometry geometry;
	int r = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++) {
		if (!phb->window[n].table)
			continue;
		r = geometry_like(phb, &phb->window[n], &geometry);
		if (!r && phb->window[n].start != papr_hardware_start(n))
			r = REASON(-EINVAL, "the bridge's window is at %#llx, the hardware has none there",
				   (unsigned long long)phb->window[n].start);
	}
	return r;
}

static void empty(struct papr_phb *phb, void *container)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (phb->window[n].table)
			phb->hardware->remove_window(container, phb->window[n].start);
}

/*
 * The bridge's windows in a container that is new on the bus. The hardware
 * fills its lowest slot first: where ours is empty, a page keeps it meanwhile.
 */
static int fill(struct papr_phb *phb, void *container)
{
	struct tce_geometry page;
	bool is_kept = !phb->window[0].table && phb->window[1].table;
	int r = check_windows(phb);

	if (r)
		return r;
	r = phb->hardware->remove_window(container, HOST_LOW_START);
	/* -EINVAL: there was none. */
	if (r == -EINVAL)
		r = 0;
	if (!r && is_kept) {
		r = papr_limits_geometry(phb, PAPR_DEFAULT_PAGE_SHIFT, bit64(PAPR_DEFAULT_PAGE_SHIFT),
					 &page);
		r = r ? r : create_one(phb, container, HOST_LOW_START, &page);
	}
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++) {
		if (!phb->window[n].table)
			continue;
		r = create_like(phb, container, &phb->window[n]);
		if (r && n)
			phb->hardware->remove_window(container, HOST_LOW_START);
	}
	if (!r && is_kept)
		phb->hardware->remove_window(container, HOST_LOW_START);
	return r;
}

static void unlink_pe(struct papr_phb *phb, struct host_pe *pe)
{
	for (unsigned int n = 0; n < STCE_PHB_WINDOWS; n++)
		if (phb->window[n].table)
			kvm_link_remove(phb->window[n].table, pe);
}

static int link_pe(struct papr_phb *phb, struct host_pe *pe)
{
	int r = 0;

	for (unsigned int n = 0; n < STCE_PHB_WINDOWS && !r; n++)
		if (phb->window[n].table)
			r = kvm_link_add(phb->window[n].table, pe);
	if (r)
		unlink_pe(phb, pe);
	return r;
}

static struct papr_member **find(struct papr_phb *phb, const struct file *file)
{
	struct papr_member **link = &phb->members;

	while (*link && (*link)->group.file != file)
		link = &(*link)->next;
	return link;
}

static bool has_container(const struct papr_phb *phb, const void *container)
{
	const struct papr_member *m = phb->members;

	while (m && m->container != container)
		m = m->next;
	return m != NULL;
}

bool papr_phb_has_container(struct kvm_vm *vm, const void *container)
{
	for (const struct papr_phb *phb = vm->phbs; phb; phb = phb->next)
		if (has_container(phb, container))
			return true;
	return false;
}

static int enter_locked(struct papr_phb *phb, struct papr_member *member)
{
	bool is_new = !has_container(phb, member->container);
	int r;

	if (*find(phb, member->group.file))
		return REASON(-EEXIST, "the group is on the bus already");
	r = is_new ? fill(phb, member->container) : 0;
	if (r)
		return r;
	r = link_pe(phb, member->pe);
	if (r && is_new)
		empty(phb, member->container);
	if (r)
		return r;
	member->next = phb->members;
	phb->members = member;
	return 0;
}

static void member_free(struct papr_phb *phb, struct papr_member *member)
{
	kvm_release_file(&member->group);
	phb->hardware->put(member->container);
	free(member);
}

int papr_phb_add_group(struct papr_phb *phb, void *container, int group)
{
	struct papr_member *member = ALLOC(struct papr_member);
	int r = member ? kvm_hold_file(group, &member->group) : -ENOMEM;

	if (r) {
		phb->hardware->put(container);
		free(member);
		return r;
	}
	member->container = container;
	if (member->group.file->ops->pe) {
		member->pe = member->group.file->ops->pe(member->group.file);
		pthread_mutex_lock(&phb->vm->rtas_lock);
		r = enter_locked(phb, member);
		pthread_mutex_unlock(&phb->vm->rtas_lock);
	} else {
		r = REASON(-EINVAL, "descriptor %d is a device, not a group", group);
	}
	if (r)
		member_free(phb, member);
	return r;
}

static void leave_locked(struct papr_phb *phb, struct papr_member **link)
{
	struct papr_member *member = *link;

	unlink_pe(phb, member->pe);
	*link = member->next;
	if (!has_container(phb, member->container))
		empty(phb, member->container);
	member_free(phb, member);
}

int papr_phb_remove_group(struct papr_phb *phb, int group)
{
	struct papr_member **link;
	struct file *file;
	int r = kvm_file_of(group, &file);

	if (r)
		return r;
	pthread_mutex_lock(&phb->vm->rtas_lock);
	link = find(phb, file);
	if (file && *link)
		leave_locked(phb, link);
	else
		r = REASON(-ENOENT, "descriptor %d is not on the bus", group);
	pthread_mutex_unlock(&phb->vm->rtas_lock);
	if (file)
		file_put(file);
	return r;
}

void papr_phb_remove_groups(struct papr_phb *phb)
{
	while (phb->members)
		leave_locked(phb, &phb->members);
}
