/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option "share" says whether windows share a hardware table, and whether a table has copies
 * for NUMA nodes. tce/share.h implements both, and config_numa.c chooses the nodes.
 */
#include "machine/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Parses "node" or "node:COUNT". */
static bool parse_nodes(const char *value, unsigned int *count)
{
	char *end;
	unsigned long n;

	if (strncmp(value, "node", 4))
		return false;
	*count = 0;
	if (!value[4])
		return true;
	if (value[4] != ':' || value[5] < '1' || value[5] > '9')
		return false;
	n = strtoul(value + 5, &end, 10);
	*count = (unsigned int)n;
	return !*end && n <= TCE_COPY_MAX;
}

int config_set_share(struct stce_config *config, const char *value, char *why)
{
	struct config_share share = { .is_on = strcmp(value, "off") };

	if (strcmp(value, "off") && strcmp(value, "on")) {
		if (!parse_nodes(value, &share.node_count))
			return config_why(why, -EINVAL, "share \"%s\": it must be off, on, node or node:1 to node:%u",
					  value, TCE_COPY_MAX);
		share.is_per_node = true;
	}
	config->share = share;
	return 0;
}
