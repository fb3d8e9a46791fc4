/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements bind.h, but for ids. A driver of the host matches the functions that had it at the
 * start, as its table of ids would; vfio-pci matches by driver_override or an added id alone [linux
 * pci_match_device].
 */
#include "vfio/bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/reason.h"
#include "vfio/driver_ids.h"
#include "vfio/request.h"

#define OVERRIDE_SIZE 4096

struct vfio_host_function *vfio_bind_find(const struct vfio_host *host, const char *address)
{
	struct vfio_host_function *fn = vfio_next_function(host, NULL);

	while (fn && strcmp(fn->address, address))
		fn = vfio_next_function(host, fn);
	return fn && mirror_is_present(host->space->directory, address) ? fn : NULL;
}

static bool matches(const struct vfio_host_function *fn, const char *driver)
{
	char text[OVERRIDE_SIZE];
	bool overrides;

	mirror_read_value(vfio_directory_of(fn), fn->address, "driver_override", text, sizeof(text));
	text[strcspn(text, "\n")] = 0;
	overrides = strcmp(text, "(null)") != 0;
	if (overrides)
		return !strcmp(text, driver);
	return vfio_driver_has_id(fn, driver) || (strcmp(driver, VFIO_PCI_DRIVER) && !strcmp(fn->driver, driver));
}

/* A driver of the host enables its function; vfio-pci does so only for a program. */
static int show(struct vfio_host_function *fn)
{
	char driver[MIRROR_DRIVER_SIZE];
	bool is_enabled = mirror_driver(vfio_directory_of(fn), fn->address, driver) && strcmp(driver, VFIO_PCI_DRIVER);
	int r = mirror_show_node(vfio_directory_of(fn), fn->group->pe->group, vfio_group_has_file(fn->group));

	return r ? r : mirror_write_value(vfio_directory_of(fn), fn->address, "enable", is_enabled ? "1\n" : "0\n");
}

/* A program that is asked to give the function back still has it, though no driver has. */
static int check_unused(struct vfio_host_function *fn)
{
	int r = file_node_is_locked(fn->group->host->space, &container_of(fn, struct vfio_member, host)->node);

	return r > 0 ? REASON(-EBUSY, "a program has not given %s back yet", fn->address) : r;
}

int vfio_bind(struct vfio_host_function *fn, const char *driver)
{
	int r;

	if (!matches(fn, driver))
		return REASON(-ENODEV, "%s does not match %s", driver, fn->address);
	r = mirror_is_bound(vfio_directory_of(fn), fn->address, driver) ? 0 : check_unused(fn);
	if (r)
		return r;
	r = mirror_bind(vfio_directory_of(fn), fn->address, driver);
	if (r)
		return r == -EEXIST ? REASON(-EBUSY, "%s is bound already", fn->address) : r;
	r = strcmp(driver, VFIO_PCI_DRIVER) ? vfio_group_is_attached(fn->group) : 0;
	if (!r)
		return show(fn);
	mirror_unbind(vfio_directory_of(fn), fn->address);
	return r < 0 ? r : REASON(-EBUSY, "group %d has a container", fn->group->pe->group);
}

static int unbind_vfio(struct vfio_host_function *fn)
{
	struct vfio_release release;
	int r = vfio_release_begin(&release, fn);

	if (r)
		return r;
	r = mirror_unbind(vfio_directory_of(fn), fn->address);
	if (!r)
		vfio_release_wait(&release);
	vfio_release_end(&release);
	return r ? r : show(fn);
}

static struct vfio_host_function *find_vf(const struct vfio_host_function *physical)
{
	vfio_for_each_function(fn, physical->group->host)
		if (fn->function->physical == physical->function)
			return fn;
	return NULL;
}

int vfio_remove_vfs(struct vfio_host_function *physical)
{
	struct vfio_host *host = physical->group->host;
	struct vfio_host_function *fn;
	int r = 0;

	while (!r && (fn = find_vf(physical))) {
		if (mirror_is_present(host->space->directory, fn->address))
			r = vfio_remove(fn);
		/* While we waited for its user, another thread or program can have removed it, and then our steps failed. */
		vfio_look_for_plugged(host);
		if (atomic_load(&fn->is_gone))
			r = 0;
		else if (!r)
			r = host->virtual_is_gone(host->space->owner, fn->address);
	}
	return r;
}

/* [linux vfio_pci_core_unregister_device, igb_remove] Virtual functions do not outlive their driver. */
int vfio_unbind(struct vfio_host_function *fn, const char *driver)
{
	int r;

	if (!vfio_host_function_has(fn, driver))
		return REASON(-ENODEV, "%s does not have %s", driver, fn->address);
	r = vfio_remove_vfs(fn);
	if (r)
		return r;
	if (!strcmp(driver, VFIO_PCI_DRIVER))
		return unbind_vfio(fn);
	r = mirror_unbind(vfio_directory_of(fn), fn->address);
	return r ? r : show(fn);
}

/* Another thread or program can have taken the driver away, and waits for the function's user as well. */
static int wait_for_user(struct vfio_host_function *fn)
{
	struct vfio_release release;
	int r = vfio_release_begin(&release, fn);

	if (r)
		return r;
	vfio_release_wait(&release);
	vfio_release_end(&release);
	return 0;
}

int vfio_remove(struct vfio_host_function *fn)
{
	const char *directory = vfio_directory_of(fn);
	char driver[MIRROR_DRIVER_SIZE];
	int r = 0;

	/* While we wait for a program another driver can take the function. */
	do {
		while (!r && mirror_driver(directory, fn->address, driver))
			r = vfio_unbind(fn, driver);
		r = r ? r : wait_for_user(fn);
	} while (!r && mirror_driver(directory, fn->address, driver));
	if (r || !mirror_is_present(directory, fn->address))
		return r;
	return mirror_hide_function(directory, fn->address, fn->group->pe->group);
}

void vfio_probe(struct vfio_host_function *fn)
{
	char driver[MIRROR_DRIVER_SIZE];

	if (mirror_driver(vfio_directory_of(fn), fn->address, driver))
		return;
	vfio_for_each_function(other, fn->group->host)
		if (strcmp(other->driver, VFIO_PCI_DRIVER) && matches(fn, other->driver) && !vfio_bind(fn, other->driver))
			return;
	if (matches(fn, VFIO_PCI_DRIVER))
		vfio_bind(fn, VFIO_PCI_DRIVER);
}

void vfio_bind_all(struct vfio_host *host, const char *driver)
{
	char bound[MIRROR_DRIVER_SIZE];

	vfio_for_each_function(fn, host)
		if (mirror_is_present(host->space->directory, fn->address) &&
		    !mirror_driver(host->space->directory, fn->address, bound))
			vfio_bind(fn, driver);
}
