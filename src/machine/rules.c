/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds rules of EEH to a live machine; parts.c arms those of its config. */
#include <errno.h>

#include "host/eeh_trigger.h"
#include "machine/machine.h"

int machine_add_rule(struct stce_machine *machine, const char *text, char *why)
{
	struct eeh_rule rule;
	int r = eeh_rule_parse(text, &rule, why);
	struct host_pe *pe = r ? NULL : machine_pe(machine, rule.group);

	if (r)
		return r;
	if (!pe)
		return config_why(why, -ENODEV, "no group %d", rule.group);
	if (!pe->phb->platform->has_eeh)
		return config_why(why, -ENODEV, "%s has no EEH", pe->phb->platform->phb_name);
	rule.trigger.rule = machine->config->rule_count + 1 + atomic_fetch_add(&machine->later_rules, 1);
	r = host_eeh_arm(pe, &rule.trigger);
	return r ? config_why(why, r, "group %d has too many rules", rule.group) : 0;
}
