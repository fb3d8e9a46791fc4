/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Derives the state that a client reads from what is stopped, and keeps the last freeze with its
 * cause and the number of freezes.
 */
#include "host/eeh.h"

#include <string.h>

#include "util/os.h"
#include "util/sized.h"

#define NS_PER_MS UINT64_C(1000000)
#define HOUR_NS   (3600 * 1000 * NS_PER_MS)

const char *host_eeh_reason_name(enum stce_eeh_reason reason)
{
	static const char *const names[STCE_EEH_REASON_COUNT] = {
		[STCE_EEH_NEVER] = "never",
		[STCE_EEH_FAULT] = "fault",
		[STCE_EEH_INJECTED] = "injected",
		[STCE_EEH_RULE] = "rule",
		[STCE_EEH_CALL] = "call",
	};

	return reason < STCE_EEH_REASON_COUNT ? names[reason] : "unknown";
}

void host_eeh_init(struct host_eeh *eeh)
{
	memset(eeh, 0, sizeof(*eeh));
	pthread_mutex_init(&eeh->lock, NULL);
}

void host_eeh_fini(struct host_eeh *eeh)
{
	pthread_mutex_destroy(&eeh->lock);
}

static void come_back_locked(struct host_eeh *eeh)
{
	if (host_eeh_word(eeh) & HOST_EEH_AWAY && eeh->away_until && os_now_ns() >= eeh->away_until)
		host_eeh_unset(eeh, HOST_EEH_AWAY);
}

/* [linux eeh_pe_get_state, arch/powerpc/kernel/eeh.c] The parent comes first, then the reset. */
static enum stce_eeh_state state_of(uint32_t word)
{
	if (word & HOST_EEH_AWAY)
		return STCE_EEH_UNAVAILABLE;
	if (word & HOST_EEH_IN_RESET)
		return STCE_EEH_RESET;
	switch (word & HOST_EEH_FROZEN) {
	case 0:
		return STCE_EEH_NORMAL;
	case HOST_EEH_FROZEN:
		return STCE_EEH_STOPPED;
	case HOST_EEH_DMA_FROZEN:
		return STCE_EEH_STOPPED_DMA;
	default:
		return STCE_EEH_UNAVAILABLE;
	}
}

enum stce_eeh_state host_eeh_state(struct host_eeh *eeh)
{
	pthread_mutex_lock(&eeh->lock);
	come_back_locked(eeh);
	pthread_mutex_unlock(&eeh->lock);
	return state_of(host_eeh_word(eeh));
}

/*
 * [linux eeh_pe_update_time_stamp, eeh_handle_normal_event] Linux begins to count anew when more
 * than an hour has passed since it began.
 */
static void count_locked(struct host_eeh *eeh)
{
	const uint64_t now = os_now_ns();

	if (!eeh->hour_freezes || now - eeh->hour_start > HOUR_NS) {
		eeh->hour_start = now;
		eeh->hour_freezes = 0;
	}
	eeh->hour_freezes++;
	eeh->freezes++;
}

bool host_eeh_freeze(struct host_eeh *eeh, const struct host_eeh_cause *cause)
{
	bool is_new;

	pthread_mutex_lock(&eeh->lock);
	is_new = (host_eeh_word(eeh) & HOST_EEH_FROZEN) != HOST_EEH_FROZEN;
	if (is_new) {
		eeh->cause = *cause;
		count_locked(eeh);
		host_eeh_set(eeh, HOST_EEH_FROZEN);
	}
	pthread_mutex_unlock(&eeh->lock);
	return is_new;
}

void host_eeh_take_away(struct host_eeh *eeh, uint64_t until)
{
	pthread_mutex_lock(&eeh->lock);
	eeh->away_until = until;
	host_eeh_set(eeh, HOST_EEH_AWAY);
	pthread_mutex_unlock(&eeh->lock);
}

void host_eeh_clear(struct host_eeh *eeh)
{
	host_eeh_unset(eeh, HOST_EEH_FROZEN | HOST_EEH_IN_RESET);
}

/* Rounds up, because 0 means for ever. */
static uint32_t wait_locked(const struct host_eeh *eeh)
{
	const uint64_t now = os_now_ns();

	if (!(host_eeh_word(eeh) & HOST_EEH_AWAY) || eeh->away_until <= now)
		return 0;
	return (uint32_t)((eeh->away_until - now + NS_PER_MS - 1) / NS_PER_MS);
}

static uint32_t count_triggers_locked(const struct host_eeh *eeh)
{
	uint32_t count = 0;

	for (unsigned int i = 0; i < HOST_EEH_TRIGGERS; i++)
		count += eeh->trigger[i].kinds || eeh->trigger[i].after;
	return count;
}

void host_eeh_describe(struct host_eeh *eeh, struct stce_eeh *to, size_t size)
{
	const struct host_eeh_cause *cause = &eeh->cause;
	struct stce_eeh all;

	pthread_mutex_lock(&eeh->lock);
	come_back_locked(eeh);
	all = (struct stce_eeh){
		.state = state_of(host_eeh_word(eeh)),
		.wait = wait_locked(eeh),
		.enabled = host_eeh_is_enabled(eeh),
		.armed = count_triggers_locked(eeh),
		.reason = cause->reason,
		.fault = cause->fault,
		.access = cause->access,
		.rule = cause->rule,
		.address = cause->address,
		.length = cause->length,
		.window = cause->window,
		.entry = cause->entry,
		.page_shift = cause->page_shift,
		.freezes_hour = eeh->hour_freezes,
		.freezes = eeh->freezes,
	};
	pthread_mutex_unlock(&eeh->lock);
	sized_give(to, size, &all, sizeof(all));
}
