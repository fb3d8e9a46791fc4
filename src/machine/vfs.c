/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and removes virtual functions in a live run. Each is a line of the run's file of options, so that
 * all programs have them in the same order (plug.c). The caller, a thread of any program, has locked sysfs.
 */
#include "machine/vfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine/run_change.h"
#include "util/reason.h"
#include "vfio/bind.h"

/* The driver that Linux would load for them. vfio-pci keeps those that it has made [linux vfio_pci_bus_notifier]. */
#define VF_DRIVER "igbvf"

static struct machine_function *find(const struct stce_machine *machine, const char *physical, unsigned int number)
{
	for (struct machine_function *fn = machine->parts->functions; fn; fn = fn->next) {
		const struct config_function *config = &machine->config->function[fn->index];

		if (!config->is_gone && config->number == number && !strcmp(config->physical, physical))
			return fn;
	}
	return NULL;
}

/* This program has no memory for it, so the others have to forget it. */
static int take_back(struct stce_machine *machine, const struct config_function *physical, unsigned int number)
{
	char address[FUNCTION_ADDRESS_SIZE];

	config_vf_address(physical, number, address);
	machine_publish(machine, CONFIG_UNPLUGGED, address);
	machine_look_for_plugged(machine);
	return REASON(-ENOMEM, "number %u of %s cannot be built", number, physical->address);
}

/* The lines of this program take effect here as in all others. */
static int add(struct stce_machine *machine, const struct config_function *physical, unsigned int number)
{
	const char *address = physical->address;
	bool is_vfio = mirror_is_bound(machine->directory, address, VFIO_PCI_DRIVER);
	struct machine_function *made;
	char value[128];
	int r;

	snprintf(value, sizeof(value), "%s,physical=%s,group=%d,%s", physical->type->virtual_type->name, address,
		 config_free_group(machine->config), is_vfio ? "server=program" : "server=host,host-driver=" VF_DRIVER);
	r = machine_publish(machine, "device", value);
	if (r)
		return r;
	machine_look_for_plugged(machine);
	made = find(machine, address, number);
	r = made ? machine_show(machine, made, NULL) : take_back(machine, physical, number);
	if (r || mirror_probes_vfs(machine->directory, address))
		return r;
	return vfio_unbind(&made->member.host, made->driver);
}

int machine_set_vfs(void *context, const char *address, unsigned int count)
{
	struct stce_machine *machine = context;
	struct config_function physical;
	unsigned int pes = config_count_pes(machine->config);
	int r = machine_check_groups(machine->config, pes, pes + count, NULL);

	if (r)
		return r;
	/* The config moves while it grows. */
	physical = *config_find_function(machine->config, address);
	for (unsigned int i = 0; i < count && !r; i++)
		r = add(machine, &physical, i);
	if (r)
		vfio_remove_vfs(vfio_bind_find(&machine->parts->vfio, address));
	return r;
}

int machine_forget_vf(void *context, const char *address)
{
	struct stce_machine *machine = context;
	const struct config_function *found = config_find_function(machine->config, address);
	struct config_function function = found ? *found : (struct config_function){ .group = -1 };
	int r = found ? machine_publish(machine, CONFIG_UNPLUGGED, address) : -ENODEV;

	if (r)
		return r;
	mirror_forget_virtual(machine->directory, function.physical, function.number);
	machine_forget(machine, address, function.group);
	machine_look_for_plugged(machine);
	/* The number stays until the last has gone. */
	return config_count_vfs(machine->config, function.physical) ? 0 : mirror_set_vfs(machine->directory, function.physical, 0);
}
