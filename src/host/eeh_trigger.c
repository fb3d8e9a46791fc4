/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the triggers of a PE under its EEH lock, and looks for one that an access meets. What the
 * access is refused with is its layer's.
 */
#include "host/eeh_trigger.h"

#include <errno.h>

#include "util/os.h"
#include "util/reason.h"

static void watch_locked(struct host_eeh *eeh)
{
	bool any = false;

	for (unsigned int i = 0; i < HOST_EEH_TRIGGERS && !any; i++)
		any = eeh->trigger[i].kinds || eeh->trigger[i].after;
	if (any)
		host_eeh_set(eeh, HOST_EEH_WATCHED);
	else
		host_eeh_unset(eeh, HOST_EEH_WATCHED);
}

int host_eeh_arm(struct host_pe *pe, const struct host_eeh_trigger *trigger)
{
	struct host_eeh *eeh = &pe->eeh;
	unsigned int i = trigger->rule ? 1 : 0;

	pthread_mutex_lock(&eeh->lock);
	while (trigger->rule && i < HOST_EEH_TRIGGERS && (eeh->trigger[i].kinds || eeh->trigger[i].after))
		i++;
	if (i < HOST_EEH_TRIGGERS)
		eeh->trigger[i] = *trigger;
	if (eeh->clock && i < HOST_EEH_TRIGGERS)
		eeh->trigger[i].due = trigger->after ? os_now_ns() + trigger->after : 0;
	watch_locked(eeh);
	pthread_mutex_unlock(&eeh->lock);
	return i < HOST_EEH_TRIGGERS ? 0 : REASON(-ENOSPC, "group %d has %u rules already", pe->group, i - 1);
}

void host_eeh_disarm(struct host_pe *pe)
{
	pthread_mutex_lock(&pe->eeh.lock);
	pe->eeh.trigger[0] = (struct host_eeh_trigger){ 0 };
	watch_locked(&pe->eeh);
	pthread_mutex_unlock(&pe->eeh.lock);
}

void host_eeh_start_clock(struct host_pe *pe)
{
	struct host_eeh *eeh = &pe->eeh;
	const uint64_t now = os_now_ns();

	pthread_mutex_lock(&eeh->lock);
	for (unsigned int i = 0; i < HOST_EEH_TRIGGERS && !eeh->clock; i++)
		if (eeh->trigger[i].after)
			eeh->trigger[i].due = now + eeh->trigger[i].after;
	eeh->clock = true;
	pthread_mutex_unlock(&eeh->lock);
}

/*
 * If there is an address, the first one from start on is start itself with some bits changed: above the highest bit
 * `high` in which start differs nothing changes, or one free bit there becomes 1.
 */
bool host_eeh_matches(uint64_t start, uint64_t length, uint64_t address, uint64_t mask)
{
	const uint64_t last = start + length - 1, differs = (start ^ address) & mask;
	uint64_t high, first;

	if (!differs || !length)
		return !differs;
	high = bit64(log2_of(differs));
	if (address & high) {
		first = (start & ~(high - 1)) | high;
	} else {
		uint64_t free = ~mask & ~start & ~(high | (high - 1));

		if (!free)
			return false;
		high = free & -free;
		first = (start & ~(high - 1)) | high;
	}
	first |= address & mask & (high - 1);
	return first <= last || last < start;
}

static bool meets(struct host_eeh_trigger *trigger, const struct host_eeh_visit *visit, uint64_t now)
{
	if (trigger->due && now >= trigger->due)
		return true;
	if (!(trigger->kinds & visit->kind) ||
	    !host_eeh_matches(visit->address, visit->length, trigger->address, trigger->mask))
		return false;
	return !--trigger->left;
}

/* Removes and returns the first trigger that acts; the others count the access too. */
static bool take_locked(struct host_eeh *eeh, const struct host_eeh_visit *visit, struct host_eeh_trigger *taken)
{
	const uint64_t now = os_now_ns();
	bool acts = false;

	for (unsigned int i = 0; i < HOST_EEH_TRIGGERS; i++) {
		struct host_eeh_trigger *trigger = &eeh->trigger[i];

		if ((!trigger->kinds && !trigger->after) || !meets(trigger, visit, now))
			continue;
		if (!acts)
			*taken = *trigger;
		acts = true;
		*trigger = (struct host_eeh_trigger){ 0 };
	}
	if (acts)
		watch_locked(eeh);
	return acts;
}

bool host_eeh_visit(struct host_pe *pe, const struct host_eeh_visit *visit)
{
	struct host_eeh_trigger trigger;
	bool acts;

	pthread_mutex_lock(&pe->eeh.lock);
	acts = take_locked(&pe->eeh, visit, &trigger);
	pthread_mutex_unlock(&pe->eeh.lock);
	if (acts)
		host_pe_freeze(pe, &(struct host_eeh_cause){
			.reason = trigger.rule ? STCE_EEH_RULE : STCE_EEH_INJECTED,
			.rule = trigger.rule,
			.access = visit->kind,
			.address = visit->address,
			.length = visit->length,
		});
	return acts;
}

void host_eeh_tick(struct host_pe *pe)
{
	if (host_eeh_word(&pe->eeh) & HOST_EEH_WATCHED)
		host_eeh_visit(pe, &(struct host_eeh_visit){ 0 });
}
