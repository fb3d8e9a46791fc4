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

int stce_config_load(struct stce_config *config, const char *path, char *why)
{
	FILE *file = fopen(path, "re");
	char inner[STCE_WHY_SIZE] = "";
	char *line = NULL, *option, *value;
	size_t room = 0;
	int r = 0;

	if (!file)
		return config_why(why, -errno, "%s: %s", path, strerror(errno));
	for (unsigned int n = 1; !r && getline(&line, &room, file) >= 0; n++) {
		if (!split_line(line, &option, &value))
			continue;
		r = stce_config_set(config, option, value, inner);
		if (r)
			config_why(why, r, "%s:%u: %.400s", path, n, inner);
	}
	free(line);
	fclose(file);
	return r;
}

static int check_function(const struct config_function *function, char *why)
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

int stce_config_check(struct stce_config *config, char *why)
{
	struct tce_placement placement;
	struct host_dma32 last;
	unsigned int pes;
	int r = 0;

	if (!config->function_count)
		r = stce_config_set(config, "device", "nvme,addr=0000:01:00.0,group=1", why);
	pes = config_count_pes(config);
	if (!r && !config->platform->assign_dma32(pes - 1, pes, &last))
		r = config_why(why, -ENOSPC, "%s has no room in its 32-bit space for %u groups",
			       config->platform->name, pes);
	if (!r)
		r = config_check_nodes(config, why);
	if (!r)
		r = config_placement(config, &placement, why);
	for (unsigned int i = 0; i < config->function_count && !r; i++)
		r = check_function(&config->function[i], why);
	return r;
}
