/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a function as the value of --device, so that another program can make it: one of the same
 * run, in any directory, or one that replays a recording, on any machine.
 */
#include "machine/config.h"
#include "machine/function_types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const maps_names[] = {
	[MAPS_AUTO] = "auto", [MAPS_ON] = "on", [MAPS_OFF] = "off",
};

const char *config_maps_name(unsigned int n)
{
	return n < ARRAY_COUNT(maps_names) ? maps_names[n] : NULL;
}

/* Tells whether the option is a path, which must not depend on the directory of a program. */
static bool is_path(const struct function_type *type, const char *name)
{
	for (const struct function_option_help *help = type->options; help->name; help++)
		if (!strcmp(help->name, name))
			return !strcmp(help->value, "PATH");
	return false;
}

/* Writes a value, and doubles its commas. */
static void put_value(FILE *to, const char *value)
{
	for (; *value; value++) {
		if (*value == ',')
			putc(',', to);
		putc(*value, to);
	}
}

static void put_option(FILE *to, const struct config_function *function,
		       const struct function_option *option)
{
	char *here = NULL;

	fprintf(to, ",%s=", option->name);
	if (is_path(function->type, option->name) && *option->value && *option->value != '/')
		here = getcwd(NULL, 0);
	if (here) {
		put_value(to, here);
		putc('/', to);
	}
	put_value(to, option->value);
	free(here);
}

/* Writes the properties that every type has. */
static void put_common(FILE *to, const struct config_function *function)
{
	fprintf(to, "%s,addr=%s,group=%d", function->type->name, function->address, function->group);
	if (function->physical[0])
		fprintf(to, ",physical=%s,server=%s", function->physical, config_server(function));
	if (strcmp(function->driver, VFIO_PCI_DRIVER)) {
		fprintf(to, ",host-driver=");
		put_value(to, function->driver);
	}
	if (function->maps != MAPS_AUTO)
		fprintf(to, ",mmap=%s", config_maps_name(function->maps));
}

char *config_function_text(const struct stce_config *config)
{
	const struct config_function *function = &config->function[config->function_count - 1];
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	put_common(to, function);
	if (function->node != NUMA_ANYWHERE)
		fprintf(to, ",node=%d", function->node);
	for (unsigned int i = 0; i < function->option_count; i++)
		put_option(to, function, &function->options[i]);
	if (fclose(to)) {
		free(text);
		return NULL;
	}
	return text;
}

/*
 * A recording has a disk in memory for a file, and no other end of a card's wire. Its disks serve a doorbell in the
 * thread that rings it, because a replay does not wait for them as the program did.
 */
void config_function_record(const struct config_function *function, FILE *to)
{
	struct stat file;

	put_common(to, function);
	if (!strcmp(function->type->name, "nvme"))
		fputs(",iothread=off", to);
	for (unsigned int i = 0; i < function->option_count; i++) {
		const struct function_option *option = &function->options[i];

		if (!strcmp(option->name, "file") && !stat(option->value, &file))
			fprintf(to, ",size=%lld", (long long)file.st_size);
		else if (strcmp(option->name, "net") && strcmp(option->name, "readonly") && strcmp(option->name, "iothread") &&
			 !is_path(function->type, option->name))
			put_option(to, function, option);
	}
}
