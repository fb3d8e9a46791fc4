/* SPDX-License-Identifier: BSD-2-Clause */
/* The option "eeh" adds a rule that freezes a PE. parts.c arms it. */
#include <errno.h>
#include <string.h>

#include "machine/config.h"

int config_add_rule(struct stce_config *config, const char *value, char *why)
{
	char inner[STCE_WHY_SIZE] = "";
	struct eeh_rule rule;
	int r = eeh_rule_parse(value, &rule, inner);

	if (r)
		return config_why(why, r, "eeh: %.400s", inner);
	if (config->rule_count == ARRAY_COUNT(config->rule))
		return config_why(why, -ENOSPC, "eeh: there are %u rules already", config->rule_count);
	rule.trigger.rule = config->rule_count + 1;
	config->rule[config->rule_count++] = rule;
	return 0;
}

static bool has_group(const struct stce_config *config, int group)
{
	for (unsigned int i = 0; i < config->function_count; i++)
		if (config->function[i].group == group)
			return true;
	return false;
}

int config_check_rules(const struct stce_config *config, char *why)
{
	if (config->rule_count && !config->platform->has_eeh)
		return config_why(why, -EINVAL, "eeh: %s has no EEH", config->platform->name);
	for (unsigned int i = 0; i < config->rule_count; i++)
		if (!has_group(config, config->rule[i].group))
			return config_why(why, -EINVAL, "eeh: there is no group %d", config->rule[i].group);
	return 0;
}

const char *stce_config_rule(const struct stce_config *config, unsigned int n)
{
	for (unsigned int i = 0; i < config->line_count; i++)
		if (!strcmp(config->line[i].option, "eeh") && !n--)
			return config->line[i].value;
	return NULL;
}
