/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a machine, and the device's side of it. */
#include "machine/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "spapr-tce/device.h"
#include "util/alloc.h"
#include "util/guard.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/trace.h"

const char *stce_version(void)
{
	return STCE_VERSION;
}

const char *stce_last_reason(void)
{
	return reason_last();
}

const char *stce_trace_event(unsigned int n)
{
	return trace_event_name(n);
}

int machine_new(struct stce_config *config, const char *directory, struct stce_machine **out)
{
	struct stce_machine *machine = ALLOC(struct stce_machine);

	if (!machine)
		return -ENOMEM;
	machine->config = config;
	snprintf(machine->directory, sizeof(machine->directory), "%s", directory ? directory : "");
	*out = machine;
	return 0;
}

int machine_start(struct stce_machine *machine, char *why)
{
	int r = machine_parts_new(machine, &machine->parts, why);

	if (!r)
		atomic_store(&machine->mm, mm_current());
	return r;
}

static int copy_config(const struct stce_config *from, struct stce_config **out, char *why)
{
	int r = stce_config_new(out);

	for (unsigned int i = 0; i < from->line_count && !r; i++)
		r = stce_config_set(*out, from->line[i].option, from->line[i].value, why);
	return r;
}

static void unmap_counters(struct stce_machine *machine)
{
	os_munmap(machine->counters, sizeof(*machine->counters));
}

/* Mapped, not allocated: most parts are for threads that never come. */
static int map_counters(struct stce_machine *machine)
{
	void *p = os_mmap(NULL, sizeof(*machine->counters), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(p))
		return os_error(p);
	machine->counters = p;
	machine->free_shared = unmap_counters;
	return 0;
}

int stce_machine_new(struct stce_config *config, struct stce_machine **out, char *why)
{
	struct stce_config *copy = NULL;
	struct stce_machine *machine = NULL;
	int r = stce_config_check(config, why);

	if (!r)
		r = copy_config(config, &copy, why);
	if (!r)
		r = machine_new(copy, NULL, &machine);
	if (r) {
		stce_config_free(copy);
		return r;
	}
	r = map_counters(machine);
	if (!r)
		r = machine_start(machine, why);
	if (r) {
		stce_machine_free(machine);
		return r;
	}
	*out = machine;
	return 0;
}

void stce_machine_free(struct stce_machine *machine)
{
	if (!machine)
		return;
	if (machine->parts && atomic_load(&machine->mm) == mm_current())
		machine_parts_free(machine->parts);
	if (machine->free_shared)
		machine->free_shared(machine);
	stce_config_free(machine->config);
	free(machine);
}

struct stce_stats stce_machine_stats(const struct stce_machine *machine)
{
	return stats_sum(machine->counters);
}

uint64_t stce_machine_locked(struct stce_machine *machine)
{
	struct machine_parts *parts;

	/* A child that has used nothing yet has the parent's parts, and no charge. */
	if (atomic_load(&machine->mm) != mm_current())
		return 0;
	parts = machine->parts;
	return parts ? atomic_load(&parts->ledger.locked) : 0;
}

void stce_machine_on_news(struct stce_machine *machine, stce_news_fn fn, void *context)
{
	struct machine_parts *parts = machine_parts(machine);

	machine->news = (struct news){ fn, context };
	if (parts)
		parts->phb.news = machine->news;
}

void stce_machine_on_device_write(struct stce_machine *machine,
				  void (*fn)(void *context, void *address, size_t length),
				  void *context)
{
	struct machine_parts *parts = machine_parts(machine);

	machine->written = (struct host_write_hook){ fn, context };
	if (parts)
		parts->phb.written = machine->written;
}

int stce_machine_set_direct_dma(struct stce_machine *machine, bool is_direct)
{
	struct machine_parts *parts = machine_parts(machine);
	int r = is_direct ? guard_install() : 0;

	if (r)
		return REASON(r, "SIGSEGV and SIGBUS cannot be taken");
	machine->has_direct_dma = is_direct;
	if (parts)
		parts->phb.has_direct_dma = is_direct;
	return 0;
}

static struct host_pe *find_pe(struct stce_machine *machine, int group)
{
	struct machine_parts *parts = machine_parts(machine);

	for (unsigned int i = 0; parts && i < parts->pe_count; i++)
		if (parts->pe[i].pe.group == group)
			return &parts->pe[i].pe;
	return NULL;
}

int stce_dma_read(struct stce_machine *machine, int group, uint64_t ioba, void *buffer,
		  size_t length)
{
	struct host_pe *pe = find_pe(machine, group);

	return pe ? dma_read(pe, ioba, buffer, length) : REASON(-ENODEV, "no group %d", group);
}

int stce_dma_write(struct stce_machine *machine, int group, uint64_t ioba, const void *buffer,
		   size_t length)
{
	struct host_pe *pe = find_pe(machine, group);

	return pe ? dma_write(pe, ioba, buffer, length) : REASON(-ENODEV, "no group %d", group);
}

int stce_dma_copy(struct stce_machine *machine, int group, uint64_t to, uint64_t from,
		  size_t length)
{
	struct host_pe *pe = find_pe(machine, group);

	return pe ? dma_copy(pe, to, from, length) : REASON(-ENODEV, "no group %d", group);
}
