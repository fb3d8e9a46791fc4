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
#include "host/eeh_trigger.h"
#include "util/alloc.h"
#include "util/fork.h"
#include "util/mm.h"
#include "util/os_copy.h"
#include "util/reason.h"

static int new_pe(const struct stce_config *config, struct machine_parts *parts, const struct config_function *function,
		  struct machine_pe **end)
{
	struct machine_pe *made = ALLOC(struct machine_pe);
	int r = made ? host_pe_init(&made->pe, &parts->phb, function->group) : -ENOMEM;

	if (r) {
		free(made);
		return r;
	}
	made->pe.copy = config_copy(config, &parts->phb.placement, function);
	vfio_group_init(&made->group, &parts->vfio, &made->pe);
	rcu_assign_pointer(*end, made);
	return 0;
}

/* Finds the PE of the function's group, or makes it for the group's first function. */
static int find_pe(const struct stce_config *config, struct machine_parts *parts,
		   const struct config_function *function, struct machine_pe **found)
{
	struct machine_pe **link = &parts->pes;
	int r = 0;

	while (*link && (*link)->pe.group != function->group)
		link = &(*link)->next;
	if (!*link)
		r = new_pe(config, parts, function, link);
	*found = *link;
	return r;
}

static void append(struct machine_parts *parts, struct machine_function *made)
{
	struct machine_function **link = &parts->functions;

	while (*link)
		link = &(*link)->next;
	rcu_assign_pointer(*link, made);
}

static struct function *find_function(const struct stce_config *config, const struct machine_parts *parts,
				      const char *address)
{
	for (const struct machine_function *fn = parts->functions; fn; fn = fn->next)
		if (!config->function[fn->index].is_gone && !strcmp(fn->function->address, address))
			return fn->function;
	return NULL;
}

/* Fills in what a virtual function needs. -ENODEV: its physical function was not built. */
static int find_physical(const struct stce_config *config, const struct machine_parts *parts,
			 const struct config_function *function, struct function_init *init)
{
	if (!function->physical[0])
		return 0;
	init->physical = find_function(config, parts, function->physical);
	init->number = function->number;
	init->physical_has_host = function->server == SERVER_HOST;
	return init->physical ? 0 : REASON(-ENODEV, "%s has no physical function here", function->address);
}

static int build_function(struct stce_machine *machine, struct machine_parts *parts, unsigned int index,
			  struct machine_pe *pe, char *why)
{
	const struct config_function *function = &machine->config->function[index];
	struct machine_function *made = ALLOC(struct machine_function);
	struct function_init init = {
		.address = function->address,
		.pe = &pe->pe,
		.options = function->options,
		.option_count = function->option_count,
		.shared_directory = machine->directory[0] ? machine->directory : NULL,
	};
	char inner[FUNCTION_WHY_SIZE] = "";
	int r = made ? find_physical(machine->config, parts, function, &init) : -ENOMEM;

	/* The number may have been another's until now, which may have left its queues on. */
	if (init.physical)
		function_set_vfs(init.physical, function->number);
	r = r ? r : function->type->create(&init, &made->function, inner);
	if (r) {
		free(made);
		return config_why(why, r, "%s", inner);
	}
	made->index = index;
	made->driver = function->driver;
	made->member.maps = function->maps;
	pe->group.node.look.mode = S_IFCHR | machine->config->node.mode;
	append(parts, made);
	if (init.physical)
		function_set_vfs(init.physical, function->number + 1);
	r = vfio_group_add(&pe->group, &made->member, made->function, made->driver);
	return r ? r : vfio_attributes_add(&parts->vfio, &made->member.host);
}

int machine_build_next(struct stce_machine *machine, struct machine_parts *parts, char *why)
{
	const struct stce_config *config = machine->config;
	unsigned int index = parts->built++;
	struct machine_pe *pe;
	/* The PEs have the same order in all programs of a run, because it decides where some windows are. */
	int r = find_pe(config, parts, &config->function[index], &pe);

	return r || config->function[index].is_gone ? r : build_function(machine, parts, index, pe, why);
}

static int arm_rules(const struct stce_config *config, struct machine_parts *parts, char *why)
{
	int r = 0;

	for (unsigned int i = 0; i < config->rule_count && !r; i++)
		for (struct machine_pe *pe = parts->pes; pe && !r; pe = pe->next)
			if (pe->pe.group == config->rule[i].group)
				r = host_eeh_arm(&pe->pe, &config->rule[i].trigger);
	return r ? config_why(why, r, "eeh: a group has too many rules") : 0;
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
		.look_for_plugged = machine->look_for_plugged,
		.set_vfs = machine->set_vfs,
		.virtual_is_gone = machine->virtual_is_gone,
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
	while (parts->built < config->function_count && !r)
		r = machine_build_next(machine, parts, why);
	return r ? r : arm_rules(config, parts, why);
}

int machine_parts_new(struct stce_machine *machine, struct machine_parts **out, char *why)
{
	struct machine_parts *parts = ALLOC(struct machine_parts);
	int r;

	if (!parts)
		return config_why(why, -ENOMEM, "out of memory");
	config_why(why, 0, "the machine cannot be built");
	r = build(machine, parts, why);
	if (r) {
		machine_parts_free(parts);
		return r;
	}
	*out = parts;
	return 0;
}

/* Those that are gone are still there, and use their physical function, so virtual ones end first. */
static void free_functions(struct machine_parts *parts, bool virtual)
{
	struct machine_function **link = &parts->functions, *fn;

	while ((fn = *link)) {
		if (virtual != (fn->function->physical != NULL)) {
			link = &fn->next;
			continue;
		}
		*link = fn->next;
		function_free(fn->function);
		free(fn);
	}
}

void machine_parts_free(struct machine_parts *parts)
{
	lend_fini(&parts->space);
	file_space_fini(&parts->space);
	vfio_attributes_free(&parts->vfio);
	free_functions(parts, true);
	free_functions(parts, false);
	for (struct machine_pe *pe = parts->pes, *next; pe; pe = next) {
		next = pe->next;
		vfio_group_fini(&pe->group);
		host_pe_fini(&pe->pe);
		free(pe);
	}
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

	struct machine_pe *pe = parts ? rcu_dereference(parts->pes) : NULL;

	while (pe && pe->pe.group != group)
		pe = rcu_dereference(pe->next);
	return pe ? &pe->pe : NULL;
}
