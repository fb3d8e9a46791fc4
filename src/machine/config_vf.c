/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual functions in the configuration. Each is a function of its own, on a line of its own, that names
 * its physical function. Its address follows from the capability of that one, and its group is one that no
 * other function has, as PowerNV makes it. Virtual functions are numbered without gaps, because a host
 * makes them all at once.
 */
#include "machine/config.h"
#include "machine/function_types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int config_parse_vfs(struct config_function *function, const char *value, char *why)
{
	unsigned int most = function->type->sriov->total;
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || n > most)
		return config_why(why, -EINVAL, "%s: vfs=%s is not a number from 0 to %u", function->type->name, value, most);
	function->vfs = (unsigned int)n;
	return 0;
}

static const char *const servers[] = { [SERVER_AUTO] = "auto", [SERVER_HOST] = "host", [SERVER_PROGRAM] = "program" };

int config_parse_server(struct config_function *function, const char *value, char *why)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(servers); i++) {
		if (strcmp(servers[i], value))
			continue;
		function->server = (enum config_server)i;
		return 0;
	}
	return config_why(why, -EINVAL, "%s: server \"%s\" is none of auto, host and program", function->type->name, value);
}

const char *config_server(const struct config_function *function)
{
	return servers[function->server];
}

const struct config_function *config_find_function(const struct stce_config *config, const char *address)
{
	for (unsigned int i = 0; i < config->function_count; i++)
		if (!config->function[i].is_gone && !strcmp(config->function[i].address, address))
			return &config->function[i];
	return NULL;
}

unsigned int config_count_vfs(const struct stce_config *config, const char *physical)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < config->function_count; i++)
		count += !config->function[i].is_gone && !strcmp(config->function[i].physical, physical);
	return count;
}

static bool has_group(const struct stce_config *config, int group)
{
	for (unsigned int i = 0; i < config->function_count; i++)
		if (!config->function[i].is_gone && config->function[i].group == group)
			return true;
	return false;
}

int config_free_group(const struct stce_config *config)
{
	int group = 1;

	while (has_group(config, group))
		group++;
	return group;
}

/* [SR-IOV 1.1 2.1.2] The requester IDs have the distances that the capability says; a bus is its upper byte. */
int config_vf_address(const struct config_function *physical, unsigned int number, char *address)
{
	const struct pci_sriov *sriov = physical->type->sriov;
	unsigned int domain, bus, slot, function, id;

	sscanf(physical->address, "%x:%x:%x.%x", &domain, &bus, &slot, &function);
	id = (bus << 8 | slot << 3 | function) + sriov->offset + number * sriov->stride;
	snprintf(address, FUNCTION_ADDRESS_SIZE, "%04x:%02x:%02x.%x", domain & 0xffff, id >> 8 & 0xff, id >> 3 & 31, id & 7);
	return id > 0xffff ? -EINVAL : 0;
}

int config_place_vf(const struct stce_config *config, struct config_function *function, char *why)
{
	const struct config_function *physical = config_find_function(config, function->physical);
	const char *type = function->type->name;
	char address[FUNCTION_ADDRESS_SIZE];

	if (!function->physical[0])
		return config_why(why, -EINVAL, "%s: physical= must name the function that has it", type);
	if (!physical || physical->type->virtual_type != function->type)
		return config_why(why, -EINVAL, "%s: there is no function at physical=%s that can have it", type,
				  function->physical);
	function->number = config_count_vfs(config, function->physical);
	if (function->number >= physical->type->sriov->total)
		return config_why(why, -EINVAL, "%s: %s has no more than %u virtual functions", type, function->physical,
				  physical->type->sriov->total);
	if (config_vf_address(physical, function->number, address))
		return config_why(why, -EINVAL, "%s: its address would be on a bus above ff", type);
	if (function->address[0] && strcmp(function->address, address))
		return config_why(why, -EINVAL, "%s: the address of number %u of %s is %s, and not %s", type, function->number,
				  function->physical, address, function->address);
	memcpy(function->address, address, sizeof(address));
	if (function->server == SERVER_AUTO)
		function->server = strcmp(physical->driver, VFIO_PCI_DRIVER) ? SERVER_HOST : SERVER_PROGRAM;
	if (function->group < 0)
		function->group = config_free_group(config);
	if (function->node == NUMA_ANYWHERE)
		function->node = physical->node;
	return 0;
}
