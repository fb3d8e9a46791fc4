/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option "share" says whether windows share a hardware table, and on which NUMA nodes a table
 * has copies. tce/share.h implements both.
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

int config_placement(const struct stce_config *config, struct tce_placement *placement, char *why)
{
	int nodes;

	*placement = (struct tce_placement){ .count = 1, .node = { NUMA_ANYWHERE } };
	if (!config->share.is_per_node)
		return 0;
	nodes = numa_nodes(placement->node, TCE_COPY_MAX);
	if (nodes < 0 && !config->share.node_count)
		return config_why(why, nodes, "share node: the kernel does not say which NUMA nodes have memory");
	placement->count = config->share.node_count ? config->share.node_count : (unsigned int)nodes;
	if (placement->count > TCE_COPY_MAX)
		placement->count = TCE_COPY_MAX;
	/* Copies beyond the nodes of the machine may lie anywhere. */
	for (int n = nodes > 0 ? nodes : 0; n < (int)placement->count; n++)
		placement->node[n] = NUMA_ANYWHERE;
	return 0;
}
