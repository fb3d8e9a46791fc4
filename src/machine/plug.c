/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes in what was plugged into a run since its programs started, or out of it. The run's file of
 * options only grows: a line adds a function, or says that one is gone. A count in the shared file
 * tells a program that there are new lines; it looks when it uses a path of ours or names a function,
 * so a program that does neither is not disturbed. run_plug.c writes the lines.
 */
#include "machine/machine.h"

#include <stdio.h>

#include "util/fork.h"

/* Marks the functions that are gone, which nobody has open. */
static void note_gone(const struct stce_machine *machine, struct machine_parts *parts)
{
	for (struct machine_function *fn = parts->functions; fn; fn = fn->next)
		if (machine->config->function[fn->index].is_gone)
			atomic_store(&fn->member.host.is_gone, true);
}

/* A function has no more virtual ones than the config says; building them adds those that are new. */
static void note_vfs(const struct stce_machine *machine, struct machine_parts *parts)
{
	for (struct machine_function *fn = parts->functions; fn; fn = fn->next) {
		const struct config_function *config = &machine->config->function[fn->index];
		unsigned int now = pci_config_vfs(&fn->function->config), left;

		left = now && !config->is_gone ? config_count_vfs(machine->config, config->address) : 0;
		if (left < now)
			function_set_vfs(fn->function, left);
	}
}

/*
 * A function that cannot be built here, as its disk cannot be opened, is not there for this program.
 * The reason says why; there is no caller to tell it to.
 */
static void take_in(struct stce_machine *machine, struct machine_parts *parts)
{
	char path[FILE_PATH_SIZE + 32];
	uint64_t before;
	int r;

	snprintf(path, sizeof(path), "%s/config", machine->directory);
	/* Any program of the run can write to the file, so a line that is refused does not hide the next. */
	do {
		before = machine->config_read;
		r = config_load_run(machine->config, path, &machine->config_read, NULL);
	} while (r && machine->config_read > before);
	note_gone(machine, parts);
	note_vfs(machine, parts);
	while (parts->built < machine->config->function_count)
		machine_build_next(machine, parts, NULL);
}

void machine_look_for_plugged(void *context)
{
	struct stce_machine *machine = context;
	uint32_t now;

	if (likely(!machine->plugged || atomic_load(machine->plugged) == atomic_load(&machine->plugged_seen)))
		return;
	fork_lock();
	now = atomic_load(machine->plugged);
	if (now != atomic_load(&machine->plugged_seen)) {
		take_in(machine, machine->parts);
		atomic_store(&machine->plugged_seen, now);
	}
	fork_unlock();
}
