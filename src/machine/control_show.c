/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements control_show.h, but for windows. */
#include "machine/control_show.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "host/eeh.h"
#include "util/os.h"
#include "vfio/iommu.h"

#define COMMAND_SIZE 256

/* Prints the program's command line, its words apart by blanks. */
static void print_command(struct control_answer *answer)
{
	char command[COMMAND_SIZE] = "";
	int fd = os_open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
	ssize_t length = fd < 0 ? 0 : os_read(fd, command, sizeof(command) - 1);

	if (fd >= 0)
		os_close(fd);
	while (length > 0 && !command[length - 1])
		length--;
	for (ssize_t i = 0; i < length; i++)
		if (!command[i])
			command[i] = ' ';
	control_print_quoted(answer, command);
}

static void print_counters(struct machine_parts *parts, struct control_answer *answer)
{
	struct stce_stats stats = stats_of_process(&parts->stats);
	const char *separator = "";

#define PRINT(field, unit, text)                                                                \
	control_print(answer, "%s\"" #field "\": %" PRIu64, separator, stats.field);            \
	separator = ", ";
	STCE_STATS(PRINT)
#undef PRINT
}

/*
 * What the ledger has been charged for: registered memory, and the rest, which is tables of windows and
 * of guests and what v1 has enabled.
 */
static void print_locked(struct machine_parts *parts, struct control_answer *answer)
{
	uint64_t locked = atomic_load(&parts->ledger.locked);
	uint64_t regions = stats_of_process(&parts->stats).registered_bytes;

	control_print(answer, "\"locked\": {\"bytes\": %" PRIu64 ", \"left\": %" PRIu64 ", \"memory\": %" PRIu64
		      ", \"tables\": %" PRIu64 "}", locked, mem_ledger_left(&parts->ledger), min_u64(regions, locked),
		      locked - min_u64(regions, locked));
}

/* A container as its group knows it. The number stands for it, and is 0 if there is none. */
struct container {
	uint64_t number;
	unsigned int type;           /* VFIO's number; 0: SET_IOMMU has not succeeded */
	size_t regions;
};

static struct container container_of_group(struct vfio_group *group)
{
	struct container container = { .number = (uintptr_t)group->container };
	struct vfio_iommu *iommu = group->container ? vfio_container_iommu(group->container) : NULL;
	const struct vfio_iommu_type *type = iommu ? iommu_type(iommu) : NULL;

	if (!type)
		return container;
	container.type = type->type;
	pthread_mutex_lock(iommu->lock);
	container.regions = iommu->regions.count;
	pthread_mutex_unlock(iommu->lock);
	return container;
}

static void print_functions(struct machine_parts *parts, const struct vfio_group *group,
			    struct control_answer *answer)
{
	const char *separator = "";

	for (struct machine_function *fn = rcu_dereference(parts->functions); fn; fn = rcu_dereference(fn->next)) {
		if (fn->member.group != group || atomic_load(&fn->member.host.is_gone))
			continue;
		control_print(answer, "%s{\"address\": \"%s\", \"type\": \"%s\"}", separator, fn->function->address,
			      fn->function->type);
		separator = ", ";
	}
}

static void print_group(struct machine_parts *parts, struct machine_pe *slot, struct control_answer *answer)
{
	struct vfio_group *group = &slot->group;
	struct container container;
	uint64_t read, written;
	bool is_open;

	pthread_mutex_lock(&group->lock);
	is_open = group->file;
	container = container_of_group(group);
	control_print(answer, "{\"group\": %d, \"open\": %s, \"devices_open\": %u, \"container\": \"%#" PRIx64 "\", "
		      "\"iommu\": %u, \"regions\": %zu, ", slot->pe.group, is_open ? "true" : "false",
		      group->open_devices, container.number, container.type, container.regions);
	pthread_mutex_unlock(&group->lock);
	host_pe_moved(&slot->pe, &read, &written);
	control_print(answer, "\"frozen\": %s, \"dma_read_bytes\": %" PRIu64 ", \"dma_write_bytes\": %" PRIu64
		      ", \"functions\": [",
		      atomic_load(&slot->pe.eeh.word) & HOST_EEH_NO_DMA ? "true" : "false", read, written);
	print_functions(parts, group, answer);
	control_print(answer, "]}");
}

static bool is_host_owned(struct host_pe *pe)
{
	bool is_owned;

	pthread_mutex_lock(&pe->phb->lock);
	is_owned = pe->host_owned;
	pthread_mutex_unlock(&pe->phb->lock);
	return is_owned;
}

int control_show(struct stce_machine *machine, const char *arguments, struct control_answer *answer)
{
	struct machine_parts *parts = machine_parts(machine);
	bool is_first = true;

	if (arguments[0])
		return control_refuse(answer, -EINVAL, "show takes no arguments");
	if (!parts)
		return control_refuse(answer, -ENOMEM, "there is no memory for the machine");
	control_print(answer, "{\"pid\": %d, \"platform\": \"%s\", \"command\": ", (int)os_getpid(),
		      parts->phb.platform->name);
	print_command(answer);
	control_print(answer, ", ");
	print_locked(parts, answer);
	control_print(answer, ",\n \"groups\": [");
	for (struct machine_pe *pe = rcu_dereference(parts->pes); pe; pe = rcu_dereference(pe->next)) {
		control_print(answer, "%s", pe == parts->pes ? "" : ",\n  ");
		print_group(parts, pe, answer);
	}
	control_print(answer, "],\n \"windows\": [");
	for (struct machine_pe *pe = rcu_dereference(parts->pes); pe; pe = rcu_dereference(pe->next))
		control_show_windows(&pe->pe, is_host_owned(&pe->pe), answer, &is_first);
	control_print(answer, "],\n \"counters\": {");
	print_counters(parts, answer);
	control_print(answer, "}}\n");
	return 0;
}
