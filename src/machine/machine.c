/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes, starts and frees a machine. A machine has a configuration of its own, so that the caller's
 * may change or end. parts.c builds what is inside; run_join.c makes the machine of a run.
 */
#include "machine/machine.h"

#include <errno.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "machine/control.h"
#include "machine/run_record.h"
#include "recording/file.h"
#include "util/alloc.h"
#include "util/fork.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/trace_file.h"

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

/*
 * A program of a run appends to the file that the launcher has made. If it cannot, it tells so and
 * runs without a trace.
 */
static int open_trace(const struct stce_machine *machine, char *why)
{
	int r = trace_file_open(!machine->directory[0]);

	if (!r || machine->directory[0])
		return 0;
	return config_why(why, r, "trace-file %s: %s", trace_file_path(),
			  r == -EINVAL ? "it is neither a plain file nor a character device" : strerrordesc_np(-r));
}

int machine_start(struct stce_machine *machine, char *why)
{
	int r = open_trace(machine, why);

	if (r)
		return r;
	fork_lock();
	r = life_show(&machine->life);
	fork_unlock();
	if (r)
		return config_why(why, r, "%s", reason_last());
	r = machine_parts_new(machine, &machine->parts, why);
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

/*
 * The counters are mapped, because most of their memory is for threads that never exist and is
 * never touched.
 */
static int map_counters(struct stce_machine *machine)
{
	void *p = os_mmap(NULL, sizeof(*machine->counters), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(p))
		return os_error(p);
	machine->counters = p;
	machine->free_counters = unmap_counters;
	return life_init(&machine->life, os_memfd_create("spapr-tce.life", MFD_CLOEXEC));
}

int stce_machine_new(struct stce_config *config, struct stce_machine **out, char *why)
{
	unsigned int count = reason_count();
	struct stce_config *copy = NULL;
	struct stce_machine *machine = NULL;
	int r = stce_config_check(config, why);

	/* Only a run counts records, and ends the file. */
	if (!r && run_record_is_wanted(config) && !recording_file_is_open())
		r = config_why(why, -EINVAL, "record: only a run can be recorded");
	if (!r)
		r = copy_config(config, &copy, why);
	if (!r)
		r = machine_new(copy, NULL, &machine);
	if (r) {
		stce_config_free(copy);
		return (int)REASON_END(count, r);
	}
	r = map_counters(machine);
	if (!r)
		r = machine_start(machine, why);
	if (r) {
		stce_machine_free(machine);
		return (int)REASON_END(count, r);
	}
	*out = machine;
	return 0;
}

void stce_machine_free(struct stce_machine *machine)
{
	if (!machine)
		return;
	control_end(machine);
	if (machine->parts && atomic_load(&machine->mm) == mm_current())
		machine_parts_free(machine->parts);
	if (machine->free_counters)
		machine->free_counters(machine);
	life_fini(&machine->life);
	stce_config_free(machine->config);
	free(machine);
}
