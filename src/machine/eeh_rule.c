/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements eeh_rule.h: the text is split at commas, and each property has a function. */
#include "machine/eeh_rule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/config.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define TEXT_SIZE 256

static const struct {
	const char *word;
	uint32_t kinds;
	uint64_t unit;     /* nanoseconds, if it is a time */
} units[] = {
	{ "dma", STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE, 0 },
	{ "dma-reads", STCE_EEH_DMA_READ, 0 },
	{ "dma-writes", STCE_EEH_DMA_WRITE, 0 },
	{ "registers", STCE_EEH_LOAD | STCE_EEH_STORE, 0 },
	{ "loads", STCE_EEH_LOAD, 0 },
	{ "stores", STCE_EEH_STORE, 0 },
	{ "config", STCE_EEH_CONFIG_READ | STCE_EEH_CONFIG_WRITE, 0 },
	{ "interrupts", STCE_EEH_INTERRUPT, 0 },
	{ "ms", 0, NS_PER_SECOND / 1000 },
	{ "s", 0, NS_PER_SECOND },
};

int eeh_rule_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return errno || *text < '0' || *text > '9' || *end ? -EINVAL : 0;
}

static int set_group(struct eeh_rule *rule, const char *value, char *why)
{
	uint64_t number;

	if (eeh_rule_number(value, &number) || number > INT32_MAX)
		return config_why(why, -EINVAL, "group \"%s\" is not a number", value);
	rule->group = (int)number;
	return 0;
}

static int set_after(struct eeh_rule *rule, const char *value, char *why)
{
	char *unit;
	uint64_t count = strtoull(value, &unit, 10);

	for (unsigned int i = 0; i < ARRAY_COUNT(units); i++) {
		if (*value < '0' || *value > '9' || !count || strcmp(unit, units[i].word))
			continue;
		rule->trigger.kinds = units[i].kinds;
		rule->trigger.left = units[i].unit ? 0 : count;
		rule->trigger.after = count * units[i].unit;
		if (units[i].unit && count > UINT32_MAX)
			break;
		return 0;
	}
	return config_why(why, -EINVAL, "after \"%s\": it must be a number from 1 and dma, dma-reads, dma-writes, "
			  "registers, loads, stores, config, interrupts, ms or s, such as 1000dma", value);
}

static int set_address(struct eeh_rule *rule, const char *value, char *why)
{
	if (eeh_rule_number(value, &rule->trigger.address))
		return config_why(why, -EINVAL, "address \"%s\" is not a number", value);
	rule->trigger.mask = UINT64_MAX;
	return 0;
}

static int set_mask(struct eeh_rule *rule, const char *value, char *why)
{
	if (!rule->trigger.mask)
		return config_why(why, -EINVAL, "mask needs an address before it");
	return eeh_rule_number(value, &rule->trigger.mask) ?
	       config_why(why, -EINVAL, "mask \"%s\" is not a number", value) : 0;
}

static const struct {
	const char *name;
	int (*set)(struct eeh_rule *rule, const char *value, char *why);
} properties[] = {
	{ "group=", set_group }, { "after=", set_after }, { "address=", set_address }, { "mask=", set_mask },
};

static int set_property(struct eeh_rule *rule, const char *word, char *why)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(properties); i++) {
		const size_t length = strlen(properties[i].name);

		if (!strncmp(word, properties[i].name, length))
			return properties[i].set(rule, word + length, why);
	}
	return config_why(why, -EINVAL, "\"%s\": a rule has group=, after=, address= and mask=", word);
}

static int check(struct eeh_rule *rule, char *why)
{
	struct host_eeh_trigger *trigger = &rule->trigger;

	if (rule->group < 0)
		return config_why(why, -EINVAL, "a rule needs group=N");
	if (trigger->after && trigger->mask)
		return config_why(why, -EINVAL, "a time has no address");
	/* An address alone is the first access of the device to it. */
	if (!trigger->after && !trigger->kinds) {
		trigger->kinds = STCE_EEH_DMA_READ | STCE_EEH_DMA_WRITE;
		trigger->left = 1;
	}
	return 0;
}

int eeh_rule_parse(const char *text, struct eeh_rule *rule, char *why)
{
	char copy[TEXT_SIZE], *rest = copy, *word;
	int r = 0;

	*rule = (struct eeh_rule){ .group = -1 };
	if (strncmp(text, "freeze:", 7))
		return config_why(why, -EINVAL, "\"%.100s\": it must be freeze:group=N,...", text);
	if (snprintf(copy, sizeof(copy), "%s", text + 7) >= (int)sizeof(copy))
		return config_why(why, -EINVAL, "the rule is too long");
	while (!r && (word = strsep(&rest, ",")))
		r = set_property(rule, word, why);
	return r ? r : check(rule, why);
}
