/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements run_mirror.h. What a function shows is that of its config space at power-on. */
#include "machine/run_mirror.h"

int run_mirror_add(const char *directory, const struct stce_machine *machine, const struct machine_function *function)
{
	const struct config_function *config = &machine->config->function[function->index];
	const struct function *fn = function->function;

	return mirror_add_function(directory, &(struct mirror_function){
		.address = fn->address,
		.group = fn->pe->group,
		.driver = function->driver,
		.config = fn->config.value,
		.config_size = PCI_CONFIG_SIZE,
		.numa_node = config_function_node(machine->config, config),
		.bar_size = fn->bar_size,
		.bar_count = FUNCTION_BAR_COUNT,
		.physical = config->physical[0] ? config->physical : NULL,
		.number = config->number,
	});
}
