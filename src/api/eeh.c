/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls on EEH: they find the PE of a group and call host/eeh_op.h. */
#include "spapr-tce/eeh.h"

#include <errno.h>

#include "host/eeh_op.h"
#include "host/eeh_trigger.h"
#include "machine/machine.h"
#include "util/reason.h"

static int find(struct stce_machine *machine, int group, struct host_pe **pe)
{
	*pe = machine_pe(machine, group);
	if (!*pe)
		return REASON(-ENODEV, "no group %d", group);
	if (!(*pe)->phb->platform->has_eeh)
		return REASON(-ENODEV, "%s has no EEH", (*pe)->phb->platform->phb_name);
	return 0;
}

int stce_eeh_get(struct stce_machine *machine, int group, struct stce_eeh *eeh, size_t size)
{
	struct host_pe *pe;
	int r = find(machine, group, &pe);

	if (r)
		return r;
	host_eeh_tick(pe);
	host_eeh_describe(&pe->eeh, eeh, size);
	return 0;
}

int stce_eeh_freeze(struct stce_machine *machine, int group)
{
	struct host_pe *pe;
	int r = find(machine, group, &pe);

	if (!r)
		host_eeh_force_freeze(pe);
	return r;
}

int stce_eeh_thaw(struct stce_machine *machine, int group)
{
	struct host_pe *pe;
	int r = find(machine, group, &pe);

	if (!r)
		host_eeh_force_thaw(pe);
	return r;
}

int stce_eeh_unavailable(struct stce_machine *machine, int group, uint32_t milliseconds)
{
	struct host_pe *pe;
	int r = find(machine, group, &pe);

	if (!r)
		host_eeh_force_away(pe, milliseconds);
	return r;
}

int stce_eeh_inject(struct stce_machine *machine, int group, const struct stce_eeh_error *error)
{
	struct host_pe *pe;
	int r = find(machine, group, &pe);

	return r ? r : host_eeh_inject(pe, error->type, error->function, error->address, error->mask);
}

int stce_eeh_rule(struct stce_machine *machine, const char *rule, char *why)
{
	return machine_add_rule(machine, rule, why);
}
