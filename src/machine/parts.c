/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds the parts of a machine from the lowest layer to the highest, and frees them in reverse
 * order. If one cannot be built, all are freed. It also builds the parts of a forked child.
 */
#include "machine/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "file/lend.h"
#include "util/alloc.h"
#include "util/fork.h"
#include "util/mm.h"
#include "util/os_copy.h"

/* Finds the PE of the function's group, or makes it for the group's first function. */
static int find_pe(const struct stce_config *config, struct machine_parts *parts,
		   const struct config_function *function, struct machine_pe **found)
{
	const int group = function->group;
	struct machine_pe *slot = parts->pe;
	int r;

	while (slot < parts->pe + parts->pe_count && slot->pe.group != group)
		slot++;
	*found = slot;
	if (slot < parts->pe + parts->pe_count)
		return 0;
	r = host_pe_init(&slot->pe, &parts->phb, group);
	if (r)
		return r;
	slot->pe.copy = config_copy(config, &parts->phb.placement, function);
	vfio_group_init(&slot->group, &parts->vfio, &slot->pe);
	parts->pe_count++;
	return 0;
}

static int build_function(struct stce_machine *machine, struct machine_parts *parts,
			  const struct config_function *function, char *why)
{
	struct machine_function *slot = &parts->function[parts->function_count];
	struct function_init init = {
		.address = function->address,
		.options = function->options,
		.option_count = function->option_count,
		.shared_directory = machine->directory[0] ? machine->directory : NULL,
	};
	char inner[FUNCTION_WHY_SIZE] = "";
	struct machine_pe *pe;
	int r = find_pe(machine->config, parts, function, &pe);

	if (r)
		return r;
	init.pe = &pe->pe;
	r = function->type->create(&init, &slot->function, inner);
	if (r)
		return config_why(why, r, "%s", inner);
	slot->driver = function->driver;
	pe->group.node.look.mode = S_IFCHR | machine->config->node.mode;
	parts->function_count++;
	r = vfio_group_add(&pe->group, &slot->member, slot->function, slot->driver);
	slot->member.maps = function->maps;
	return r ? r : vfio_attributes_add(&parts->vfio, &slot->member.host);
}

/* Returns the space of files that belongs to the calling process, after a fork the child's. */
static struct file_space *renewed_space(void *machine)
{
	struct machine_parts *parts = machine_parts(machine);

	return parts ? &parts->space : NULL;
}

static int build(struct stce_machine *machine, struct machine_parts *parts, char *why)
{
	const struct stce_config *config = machine->config;
	int r;

	stats_init(&parts->stats, machine->counters, &machine->life);
	file_space_init(&parts->space, machine->directory, machine,
			machine->parts ? &machine->parts->space : NULL);
	parts->space.renewed = renewed_space;
	parts->space.life = &machine->life;
	mem_ledger_init(&parts->ledger, config->memlock, &parts->stats);
	host_phb_init(&parts->phb, config->platform, config->page_shift, &parts->stats,
		      machine->news);
	parts->phb.pe_planned = config_count_pes(config);
	parts->phb.joins_windows = config->share.is_on;
	atomic_store(&parts->phb.parts.is_automatic, config->share.is_on);
	parts->phb.written = machine->written;
	parts->phb.has_direct_dma = machine->has_direct_dma;
	atomic_store(&parts->phb.has_kvm, machine->has_kvm);
	parts->leave = host_leave_new();
	if (!parts->leave)
		return config_why(why, -ENOMEM, "out of memory");
	parts->vfio = (struct vfio_host){
		.space = &parts->space,
		.phb = &parts->phb,
		.registry = &parts->registry,
		.leave = parts->leave,
		.ledger = &parts->ledger,
		.stats = &parts->stats,
	};
	r = os_copy_begin();
	if (r)
		return config_why(why, r, "process_vm_readv() is refused, and there can be no sockets instead");
	r = config_placement(config, &parts->phb.placement, why);
	parts->phb.placement.parts = &parts->phb.parts;
	if (!r)
		r = mem_registry_init(&parts->registry, &parts->ledger, &parts->stats, config->pin_mode,
			      config->page_shift);
	if (!r)
		r = vfio_host_init(&parts->vfio);
	for (unsigned int i = 0; i < config->function_count && !r; i++)
		r = build_function(machine, parts, &config->function[i], why);
	return r;
}

int machine_parts_new(struct stce_machine *machine, struct machine_parts **out, char *why)
{
	struct machine_parts *parts =
		alloc_zero(1, sizeof(*parts) + machine->config->function_count * sizeof(parts->function[0]));
	int r;

	if (parts)
		parts->pe = alloc_zero(machine->config->function_count, sizeof(parts->pe[0]));
	if (!parts || !parts->pe) {
		free(parts);
		return config_why(why, -ENOMEM, "out of memory");
	}
	config_why(why, 0, "the machine cannot be built");
	r = build(machine, parts, why);
	if (r) {
		machine_parts_free(parts);
		return r;
	}
	*out = parts;
	return 0;
}

void machine_parts_free(struct machine_parts *parts)
{
	lend_fini(&parts->space);
	file_space_fini(&parts->space);
	vfio_attributes_free(&parts->vfio);
	for (unsigned int i = 0; i < parts->function_count; i++)
		function_free(parts->function[i].function);
	for (unsigned int i = 0; i < parts->pe_count; i++) {
		vfio_group_fini(&parts->pe[i].group);
		host_pe_fini(&parts->pe[i].pe);
	}
	free(parts->pe);
	host_phb_fini(&parts->phb);
	if (parts->registry.ledger)
		mem_registry_fini(&parts->registry);
	free(parts->leave);
	stats_fini(&parts->stats);
	free(parts);
}

struct machine_parts *machine_parts(struct stce_machine *machine)
{
	if (likely(atomic_load_explicit(&machine->mm, memory_order_acquire) == mm_current()))
		return machine->parts;
	fork_lock();
	if (atomic_load(&machine->mm) != mm_current()) {
		struct machine_parts *parts = NULL;

		/*
		 * The parent's parts are not freed, because their locks may be held and their
		 * threads are gone.
		 */
		if (life_show(&machine->life) == 0 && machine_parts_new(machine, &parts, NULL) == 0) {
			machine->parts = parts;
			atomic_store_explicit(&machine->mm, mm_current(), memory_order_release);
		}
	}
	fork_unlock();
	return atomic_load(&machine->mm) == mm_current() ? machine->parts : NULL;
}

struct host_pe *machine_pe(struct stce_machine *machine, int group)
{
	struct machine_parts *parts = machine_parts(machine);

	for (unsigned int i = 0; parts && i < parts->pe_count; i++)
		if (parts->pe[i].pe.group == group)
			return &parts->pe[i].pe;
	return NULL;
}
