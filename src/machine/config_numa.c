/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The property "node" of a function, and what the NUMA nodes of the functions decide: on which
 * nodes a table has copies, and which of them a PE reads. A PHB has one node, and the functions of
 * one PCI domain lie below one PHB, as on PowerNV, so all functions of a domain have the node that
 * one of them names. util/numa.h asks the kernel about its nodes, and config_share.c parses how
 * tables are shared.
 */
#include "machine/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/os.h"

#define NODE_COUNT   (OS_NODE_WORDS * 64)
#define DOMAIN_COUNT 0x10000u
#define DOMAIN_DIGITS 4          /* at the beginning of an address */

int config_parse_node(const char *value, int *node, char *why)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || n >= NODE_COUNT)
		return config_why(why, -EINVAL, "node \"%s\" is not a number from 0 to %d", value, NODE_COUNT - 1);
	*node = (int)n;
	return 0;
}

static unsigned int domain_of(const struct config_function *function)
{
	return (unsigned int)strtoul(function->address, NULL, 16);
}

/* Returns the node of the PHB of a domain, or NUMA_ANYWHERE; *is_used says if it has functions. */
static int phb_node(const struct stce_config *config, unsigned int domain, bool *is_used)
{
	*is_used = false;
	for (unsigned int i = 0; i < config->function_count; i++) {
		if (domain_of(&config->function[i]) != domain)
			continue;
		*is_used = true;
		if (config->function[i].node != NUMA_ANYWHERE)
			return config->function[i].node;
	}
	return NUMA_ANYWHERE;
}

unsigned int config_domain_for(const struct stce_config *config, int node)
{
	unsigned int domain = 0;
	bool is_used;

	if (node == NUMA_ANYWHERE)
		return 0;
	while (phb_node(config, domain, &is_used) != node && is_used && domain < DOMAIN_COUNT - 1)
		domain++;
	return domain;
}

int config_check_phb(const struct stce_config *config, const struct config_function *function, char *why)
{
	bool is_used;
	int node = phb_node(config, domain_of(function), &is_used);

	if (function->node == NUMA_ANYWHERE || node == NUMA_ANYWHERE || node == function->node)
		return 0;
	return config_why(why, -EINVAL, "device %s: node %d: the host bridge of %s is on node %d, and all functions of "
			  "domain %.*s with it", function->type->name, function->node, function->address, node,
			  DOMAIN_DIGITS, function->address);
}

int config_function_node(const struct stce_config *config, const struct config_function *function)
{
	bool is_used;

	return phb_node(config, domain_of(function), &is_used);
}

/* Tells whether the machine has the node, or `share` plays a machine that has it. */
static bool has_node(const struct stce_config *config, int node)
{
	if (config->share.node_count)
		return node < (int)config->share.node_count;
	return numa_is_node(node);
}

int config_check_nodes(const struct stce_config *config, char *why)
{
	for (unsigned int i = 0; i < config->function_count; i++) {
		const struct config_function *function = &config->function[i];

		if (function->node == NUMA_ANYWHERE || has_node(config, function->node))
			continue;
		if (config->share.node_count)
			return config_why(why, -EINVAL, "device %s: node %d: share node:%u has nodes 0 to %u only",
					  function->type->name, function->node, config->share.node_count,
					  config->share.node_count - 1);
		return config_why(why, -EINVAL, "device %s: node %d: this machine has no such NUMA node",
				  function->type->name, function->node);
	}
	return 0;
}

static bool is_with_functions(const struct stce_config *config, int node)
{
	for (unsigned int i = 0; i < config->function_count; i++)
		if (config->function[i].node == node)
			return true;
	return false;
}

static bool is_among(const int *node, int count, int wanted)
{
	while (count > 0 && node[count - 1] != wanted)
		count--;
	return count > 0;
}

int config_placement(const struct stce_config *config, struct tce_placement *placement, char *why)
{
	int node[NODE_COUNT], nodes;
	unsigned int count = 0;

	*placement = (struct tce_placement){ .count = 1, .node = { NUMA_ANYWHERE } };
	if (!config->share.is_per_node)
		return 0;
	nodes = numa_nodes(node, NODE_COUNT);
	if (nodes < 0 && !config->share.node_count)
		return config_why(why, nodes, "share node: the kernel does not say which NUMA nodes have memory");
	/* A played node that the machine lacks has its copies anywhere. */
	for (; count < config->share.node_count; count++)
		placement->node[count] = is_among(node, nodes, (int)count) ? (int)count : NUMA_ANYWHERE;
	/* Nobody would read a copy on a node without functions. */
	for (int i = 0; i < nodes && !config->share.node_count && count < TCE_COPY_MAX; i++)
		if (is_with_functions(config, node[i]))
			placement->node[count++] = node[i];
	if (count)
		placement->count = count;
	return 0;
}

unsigned int config_copy(const struct stce_config *config, const struct tce_placement *placement,
			 const struct config_function *function)
{
	int node = config_function_node(config, function);

	for (unsigned int i = 0; i < placement->count; i++)
		if ((config->share.node_count ? (int)i : placement->node[i]) == node)
			return i;
	return 0;
}
