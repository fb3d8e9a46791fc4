/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plugs functions into a run and out of it, from a process outside. The process makes a machine of the
 * run's, changes it with the checks that the start of a run makes, then the mirror, and last writes a
 * line to the run's file of options and raises the count, by which the programs learn of it (plug.c).
 * A change is made under the lock of sysfs.
 */
#include "spapr-tce/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/machine.h"
#include "machine/run_change.h"
#include "machine/run_join.h"
#include "machine/vfs.h"
#include "util/fork.h"
#include "util/os.h"
#include "util/reason.h"
#include "vfio/bind.h"
#include "vfio/sysfs.h"

/* Adds the function to the config and builds it, with all checks. */
static int add(struct stce_machine *machine, const char *value, char *why)
{
	struct stce_config *config = machine->config;
	unsigned int pes = config_count_pes(config), now;
	int r = stce_config_set(config, "device", value, why);

	now = r ? pes : config_count_pes(config) + config->function[config->function_count - 1].vfs;
	r = r ? r : machine_check_groups(config, pes, now, why);
	r = r ? r : config_check_nodes(config, why);
	r = r ? r : config_check_function(&config->function[config->function_count - 1], why);
	if (r)
		return r;
	config_why(why, 0, "the function cannot be built");
	fork_lock();
	r = machine_build_next(machine, machine->parts, why);
	fork_unlock();
	return r;
}

/* Shows the newest function in the mirror and to the programs, or leaves no trace of it. */
static int show(struct stce_machine *machine, const struct machine_function *fn, char *why)
{
	const struct stce_config *config = machine->config;
	const char *address = fn->function->address;
	int r = machine_show(machine, fn, why);

	r = r ? r : machine_publish(machine, "device", config->line[config->line_count - 1].value);
	if (!r)
		return 0;
	mirror_unbind(machine->directory, address);
	mirror_hide_function(machine->directory, address, fn->function->pe->group);
	machine_forget(machine, address, fn->function->pe->group);
	return r;
}

static void tell(const struct stce_machine *machine, enum stce_news_kind kind, const char *address, int group)
{
	unsigned int domain = 0, bus = 0, device = 0, function = 0;

	sscanf(address, "%x:%x:%x.%x", &domain, &bus, &device, &function);
	news_tell(&machine->news, &(struct stce_news){
		.kind = kind, .group = group, .start = domain << 16 | bus << 8 | device << 3 | function });
}

static struct vfio_host_function *find(struct stce_machine *machine, const char *address)
{
	machine_look_for_plugged(machine);
	vfio_for_each_function(fn, &machine->parts->vfio)
		if (!strcmp(fn->address, address))
			return fn;
	return NULL;
}

/* Takes the function out of the mirror and out of all programs. */
static int take_out(struct stce_machine *machine, const char *address, char *why)
{
	struct vfio_host_function *fn = find(machine, address);
	int r = 0, group;

	if (fn && mirror_is_present(machine->directory, address))
		r = vfio_remove(fn);
	/* Another process can have unplugged it while we waited. */
	if (!r && (!fn || find(machine, address) != fn))
		return config_why(why, -ENODEV, "%s: the run has no function %s", machine->directory, address);
	if (r)
		return r;
	group = fn->group->pe->group;
	r = machine_publish(machine, CONFIG_UNPLUGGED, address);
	if (!r)
		machine_forget(machine, address, group);
	return r;
}

/* Makes the virtual functions that the function was asked for with, or takes it out again. */
static int add_vfs(struct stce_machine *machine, const struct machine_function *fn)
{
	unsigned int vfs = machine->config->function[fn->index].vfs;
	int r = vfs ? machine_set_vfs(machine, fn->function->address, vfs) : 0;

	if (r)
		take_out(machine, fn->function->address, NULL);
	return r;
}

static int plug_locked(struct stce_machine *machine, const char *value, char *why)
{
	const struct machine_function *fn;
	mode_t mask;
	int r;

	machine_look_for_plugged(machine);
	r = add(machine, value, why);
	if (r)
		return r;
	for (fn = machine->parts->functions; fn->next; fn = fn->next)
		;
	/* Programs of other users must be able to read the mirror, whatever our mask is. */
	mask = umask(022);
	config_why(why, 0, "%s", "");
	r = show(machine, fn, why);
	r = r ? r : add_vfs(machine, fn);
	umask(mask);
	if (!r)
		tell(machine, STCE_NEWS_DEVICE_ADDED, fn->function->address, fn->function->pe->group);
	return r;
}

static int cannot(const char *directory, int r, char *why)
{
	return why && !why[0] ? config_why(why, r, "%s: %s", directory, strerrordesc_np(-r)) : r;
}

/* Gives the news of a wait to the caller as well as to the run. */
struct listener {
	struct news run;
	stce_news_fn fn;
	void *context;
};

static void hear(void *context, const struct stce_news *item)
{
	struct listener *listener = context;

	news_tell(&listener->run, item);
	if (listener->fn && item->kind == STCE_NEWS_DEVICE_WANTED)
		listener->fn(listener->context, item);
}

/*
 * Attaches to a run and makes a change while its sysfs is locked. asked has room for the reason of a refusal, or is
 * NULL. Returns 0 or -errno.
 */
static int change_run(const char *directory, int (*change)(struct stce_machine *machine, const char *value, char *why),
		      const char *value, struct listener listener, char *asked)
{
	unsigned int count = reason_count();
	char own[STCE_WHY_SIZE], *why = asked ? asked : own;
	struct stce_machine *machine = NULL;
	int r;

	why[0] = 0;
	r = run_attach(directory, false, &machine, why);
	if (!r) {
		listener.run = machine->news;
		machine->parts->phb.news = (struct news){ hear, &listener };
		r = vfio_sysfs_lock(&machine->parts->vfio);
		if (!r) {
			r = change(machine, value, why);
			vfio_sysfs_unlock(&machine->parts->vfio);
		}
		stce_machine_free(machine);
	}
	return (int)REASON_END(count, r ? cannot(directory, r, why) : 0);
}

int stce_run_plug(const char *directory, const char *value, char *why)
{
	return change_run(directory, plug_locked, value, (struct listener){ .fn = NULL }, why);
}

static int unplug_locked(struct stce_machine *machine, const char *address, char *why)
{
	struct vfio_host_function *fn = find(machine, address);
	int group = fn ? fn->group->pe->group : 0, r;

	if (fn && fn->function->physical)
		return config_why(why, -EOPNOTSUPP, "%s is virtual: a number in sriov_numvfs of %s makes and removes such functions",
				  address, fn->function->physical->address);
	r = take_out(machine, address, why);
	if (!r)
		tell(machine, STCE_NEWS_DEVICE_REMOVED, address, group);
	return r;
}

int stce_run_unplug(const char *directory, const char *address, stce_news_fn waits, void *context, char *why)
{
	return change_run(directory, unplug_locked, address, (struct listener){ .fn = waits, .context = context }, why);
}
