/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses one --device value, TYPE,prop=value,... where a double comma means a comma in a
 * value. The machine handles the properties addr, group, host-driver, node, mmap, vfs, physical and
 * server; the type checks all others.
 */
#include "machine/config.h"
#include "machine/function_types.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/alloc.h"

#define GROUP_MAX 65535
#define DRIVER_NAME_MAX 55   /* [linux] MODULE_NAME_LEN */

void config_function_fini(struct config_function *function)
{
	free(function->options);
	free(function->text);
}

/* Ends the field at its comma, and turns double commas into one. Returns the next field or NULL. */
static char *cut_field(char *field)
{
	char *to = field;

	for (;; field++) {
		if (*field == ',' && field[1] == ',')
			field++;
		else if (*field == ',' || !*field)
			break;
		*to++ = *field;
	}
	if (!*field) {
		*to = 0;
		return NULL;
	}
	*to = 0;
	return field + 1;
}

int config_parse_address(const char *value, char *address, char *why)
{
	unsigned int segment, bus, slot, function;
	int end = 0;

	if (sscanf(value, "%4x:%2x:%2x.%1x%n", &segment, &bus, &slot, &function, &end) != 4 ||
	    value[end] || slot > 31 || function > 7)
		return config_why(why, -EINVAL, "addr \"%s\" is not a PCI address like 0000:01:00.0",
				  value);
	snprintf(address, FUNCTION_ADDRESS_SIZE, "%04x:%02x:%02x.%x", segment & 0xffff, bus & 0xff,
		 slot, function);
	return 0;
}

static int parse_group(const char *value, int *group, char *why)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (end == value || *end || n < 0 || n > GROUP_MAX)
		return config_why(why, -EINVAL, "group \"%s\" is not a number from 0 to %d", value,
				  GROUP_MAX);
	*group = (int)n;
	return 0;
}

/* Checks a driver's name, because it becomes the name of a directory. */
static int parse_driver(const char *value, const char **driver, char *why)
{
	if (!*value || strlen(value) > DRIVER_NAME_MAX || strchr(value, '/') || value[0] == '.')
		return config_why(why, -EINVAL, "host-driver \"%s\" is not the name of a driver", value);
	*driver = value;
	return 0;
}

static int parse_maps(const char *value, enum vfio_maps *maps, char *why)
{
	for (unsigned int i = 0; config_maps_name(i); i++) {
		if (strcmp(config_maps_name(i), value))
			continue;
		*maps = (enum vfio_maps)i;
		return 0;
	}
	return config_why(why, -EINVAL, "mmap \"%s\" is none of auto, on and off", value);
}

static int parse_option(struct config_function *function, char *field, char *why)
{
	char *value = strchr(field, '=');

	if (!value)
		return config_why(why, -EINVAL, "%s: \"%s\" is not a prop=value pair",
				  function->type->name, field);
	*value++ = 0;
	if (!strcmp(field, "addr"))
		return config_parse_address(value, function->address, why);
	if (!strcmp(field, "group"))
		return parse_group(value, &function->group, why);
	if (!strcmp(field, "host-driver"))
		return parse_driver(value, &function->driver, why);
	if (!strcmp(field, "node"))
		return config_parse_node(value, &function->node, why);
	if (!strcmp(field, "mmap"))
		return parse_maps(value, &function->maps, why);
	if (!strcmp(field, "vfs") && function->type->virtual_type)
		return config_parse_vfs(function, value, why);
	if (!strcmp(field, "physical") && function_type_is_virtual(function->type))
		return config_parse_address(value, function->physical, why);
	if (!strcmp(field, "server") && function_type_is_virtual(function->type))
		return config_parse_server(function, value, why);
	function->options[function->option_count++] = (struct function_option){ field, value };
	return 0;
}

static bool is_on_one_bus(const struct config_function *a, const struct config_function *b)
{
	return !strncmp(a->address, b->address, sizeof("0000:01:") - 1);
}

/* Checks that the address is free, and that the group is on no other bus: a PE has functions of one bus only. */
static int check_taken(const struct stce_config *config, const struct config_function *function, char *why)
{
	for (unsigned int i = 0; i < config->function_count; i++) {
		const struct config_function *other = &config->function[i];

		if (other->is_gone)
			continue;
		if (!strcmp(other->address, function->address))
			return config_why(why, -EEXIST, "device %s: address %s is taken by device number %u, %s in group %d",
					  function->type->name, function->address, i + 1, other->type->name, other->group);
		if (other->group == function->group && !is_on_one_bus(other, function))
			return config_why(why, -EEXIST, "device %s at %s: group %d is taken by device number %u, %s at %s, "
					  "and a group has functions of one bus", function->type->name, function->address,
					  function->group, i + 1, other->type->name, other->address);
	}
	return 0;
}

/*
 * Without addr= the address is on the next bus of the node's PHB, and without group= the group
 * has that bus's number.
 */
static void set_defaults(const struct stce_config *config, struct config_function *function)
{
	if (function->group < 0)
		function->group = (int)config->function_count + 1;
	if (!function->address[0])
		snprintf(function->address, sizeof(function->address), "%04x:%02x:00.0",
			 config_domain_for(config, function->node), (config->function_count + 1) & 0xff);
}

static int parse(struct config_function *function, char *why)
{
	char *field = function->text;
	char *next = cut_field(field);
	int r = 0;

	function->type = function_type_find(field);
	if (!function->type)
		return config_why(why, -EINVAL, "device type \"%s\" is not known (see --device help)",
				  field);
	while (next && !r) {
		field = next;
		next = cut_field(field);
		r = parse_option(function, field, why);
	}
	return r;
}

int config_add_function(struct stce_config *config, const char *value, char *why)
{
	struct config_function function = {
		.group = -1, .driver = VFIO_PCI_DRIVER, .node = NUMA_ANYWHERE, .text = alloc_text(value),
	};
	struct config_function *functions;
	int r;

	/* An option takes at least two characters. */
	function.options = alloc_zero(strlen(value) / 2 + 1, sizeof(function.options[0]));
	r = function.text && function.options ? parse(&function, why) : -ENOMEM;
	if (!r && function_type_is_virtual(function.type))
		r = config_place_vf(config, &function, why);
	if (!r)
		set_defaults(config, &function);
	if (!r)
		r = check_taken(config, &function, why);
	if (!r)
		r = config_check_phb(config, &function, why);
	functions = r ? NULL : alloc_resize(config->function, (config->function_count + 1) * sizeof(function));
	if (!r && !functions)
		r = -ENOMEM;
	if (r) {
		config_function_fini(&function);
		return r;
	}
	config->function = functions;
	config->function[config->function_count++] = function;
	return 0;
}

int config_remove_function(struct stce_config *config, const char *address, char *why)
{
	for (unsigned int i = 0; i < config->function_count; i++) {
		struct config_function *function = &config->function[i];

		if (function->is_gone || strcmp(function->address, address))
			continue;
		function->is_gone = true;
		return 0;
	}
	return config_why(why, -ENODEV, "there is no function %s", address);
}

const struct stce_option *stce_device_type(unsigned int n)
{
	static __thread struct stce_option row;
	const struct function_type *type = function_type_nth(n);

	if (!type)
		return NULL;
	row = (struct stce_option){ type->name, "", type->text };
	return &row;
}

const struct stce_option *stce_device_option(const char *type_name, unsigned int n)
{
	static const struct stce_option common[] = {
		{ "addr", "DDDD:BB:SS.F", "PCI address (default: the next bus)" },
		{ "group", "N", "VFIO group number (default: counts from 1); functions of one bus may share it" },
		{ "host-driver", "NAME",
		  "the host's driver bound to it (default: vfio-pci); with another the group is not viable" },
		{ "node", "N", "NUMA node of its host bridge (default: none, or that of its PCI domain's others)" },
		{ "mmap", "auto|on|off", "programs can map its registers (default: auto, which is on but for QEMU and KVM)" },
	};
	static __thread struct stce_option row;
	const struct function_type *type = function_type_find(type_name);
	const struct function_option_help *help;

	if (!type)
		return NULL;
	if (n < ARRAY_COUNT(common))
		return &common[n];
	for (help = type->options, n -= ARRAY_COUNT(common); help->name && n; n--)
		help++;
	if (!help->name)
		return NULL;
	row = (struct stce_option){ help->name, help->value, help->text };
	return &row;
}
