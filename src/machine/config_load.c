/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads a configuration from a file with one option per line, and makes the checks that need all
 * options together. If a line is refused, the lines before it stay in effect.
 */
#include "machine/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Splits a line into option and value, without blanks. Returns false for a comment or an empty
 * line.
 */
static bool split_line(char *line, char **option, char **value)
{
	char *end;

	line[strcspn(line, "\n")] = 0;
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return false;
	*option = line;
	end = line + strcspn(line, " \t");
	*value = end + strspn(end, " \t");
	*end = 0;
	for (end = *value + strlen(*value); end > *value && strchr(" \t\r", end[-1]); end--)
		end[-1] = 0;
	return true;
}

/* Sets the option of one line of a file. A line of a run's file can also say that a function is gone. */
static int set_line(struct stce_config *config, char *line, bool is_runs, char *why)
{
	char *option, *value;

	if (!split_line(line, &option, &value))
		return 0;
	if (is_runs && !strcmp(option, CONFIG_UNPLUGGED))
		return config_remove_function(config, value, why);
	return stce_config_set(config, option, value, why);
}

/* Loads the file from the byte *read on, which moves behind each line; NULL: the whole file. */
static int load(struct stce_config *config, const char *path, uint64_t *read, char *why)
{
	FILE *file = fopen(path, "re");
	char inner[STCE_WHY_SIZE] = "";
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int r = 0;

	if (!file)
		return config_why(why, -errno, "%s: %s", path, strerror(errno));
	if (read)
		fseeko(file, (off_t)*read, SEEK_SET);
	errno = 0;
	for (unsigned int n = 1; !r && (length = getline(&line, &room, file)) >= 0; n++) {
		r = set_line(config, line, read, inner);
		if (r)
			config_why(why, r, "%s:%u: %.400s", path, n, inner);
		if (read)
			*read += (uint64_t)length;
	}
	if (!r && ferror(file))
		r = config_why(why, errno ? -errno : -EIO, "%s: %s", path, errno == EISDIR ?
			       "it is a directory; options are read from a file" : strerror(errno));
	free(line);
	fclose(file);
	return r;
}

int stce_config_load(struct stce_config *config, const char *path, char *why)
{
	return load(config, path, NULL, why);
}

int config_load_run(struct stce_config *config, const char *path, uint64_t *read, char *why)
{
	return load(config, path, read, why);
}

int config_check_function(const struct config_function *function, char *why)
{
	struct function_init init = {
		.address = function->address,
		.options = function->options,
		.option_count = function->option_count,
	};
	char inner[FUNCTION_WHY_SIZE] = "";
	int r = function->type->check(&init, inner);

	return r ? config_why(why, r, "%s", inner) : 0;
}

/* Adds the virtual functions for which vfs= of a function asks, and that are not there yet. */
static int add_vfs(struct stce_config *config, char *why)
{
	char value[64];
	int r = 0;

	for (unsigned int i = 0; i < config->function_count; i++) {
		if (config->function[i].is_gone || !config->function[i].vfs)
			continue;
		snprintf(value, sizeof(value), "%s,physical=%s", config->function[i].type->virtual_type->name,
			 config->function[i].address);
		while (!r && config_count_vfs(config, config->function[i].address) < config->function[i].vfs)
			r = stce_config_set(config, "device", value, why);
	}
	return r;
}

int stce_config_check(struct stce_config *config, char *why)
{
	struct tce_placement placement;
	struct host_dma32 last;
	unsigned int pes;
	int r = 0;

	if (!config->function_count)
		r = stce_config_set(config, "device", "nvme,addr=0000:01:00.0,group=1", why);
	r = r ? r : add_vfs(config, why);
	pes = config_count_pes(config);
	if (!r && !config->platform->assign_dma32(pes - 1, pes, &last))
		r = config_why(why, -ENOSPC, "%s has no room in its 32-bit space for %u groups",
			       config->platform->name, pes);
	if (!r)
		r = config_check_nodes(config, why);
	if (!r)
		r = config_check_rules(config, why);
	if (!r)
		r = config_placement(config, &placement, why);
	for (unsigned int i = 0; i < config->function_count && !r; i++)
		r = config->function[i].is_gone ? 0 : config_check_function(&config->function[i], why);
	return r;
}
