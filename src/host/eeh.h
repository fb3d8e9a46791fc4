/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enhanced error handling of one PE: what is stopped, the state that a client reads from that [LoPAR
 * 7.3.11.2], and why the PE was frozen last. One word has all that an access looks at, so an access
 * to a PE that is not frozen and has no trigger makes a single test.
 *
 *  (Y1) While a bit of the word stops a kind of access, no access of that kind begins that has seen
 *       the bit.
 *  (Y2) `cause` describes the freeze that came last; thawing and resets keep it.
 *
 * A fault freezes a PE only after a client has enabled EEH on it and has thereby promised to recover
 * it; host/pe.c sees to that. The operations of clients are host/eeh_op.h's.
 */
#ifndef STCE_HOST_EEH_H
#define STCE_HOST_EEH_H

#include <pthread.h>
#include <stdatomic.h>

#include "spapr-tce/eeh.h"
#include "spapr-tce/news.h"
#include "util/types.h"

/* The bits of host_eeh.word. */
enum host_eeh_bit {
	HOST_EEH_MMIO_FROZEN = 1,
	HOST_EEH_DMA_FROZEN = 2,
	HOST_EEH_FROZEN = HOST_EEH_MMIO_FROZEN | HOST_EEH_DMA_FROZEN,
	HOST_EEH_IN_RESET = 4,
	HOST_EEH_AWAY = 8,           /* the bridge above the PE is being recovered, or gone */
	HOST_EEH_WATCHED = 16,       /* there are triggers */
	HOST_EEH_ENABLED = 32,       /* a fault freezes */

	HOST_EEH_NO_MMIO = HOST_EEH_MMIO_FROZEN | HOST_EEH_IN_RESET | HOST_EEH_AWAY,
	HOST_EEH_NO_DMA = HOST_EEH_DMA_FROZEN | HOST_EEH_IN_RESET | HOST_EEH_AWAY,
};

/* Why a PE was frozen. */
struct host_eeh_cause {
	enum stce_eeh_reason reason;
	enum stce_fault fault;       /* STCE_EEH_FAULT */
	unsigned int rule;           /* STCE_EEH_RULE: its number, from 1 */
	uint32_t access;             /* a bit of enum stce_eeh_access; 0: no access met it */
	uint64_t address;
	uint64_t length;
	/* The TCE that translates the address; page_shift is 0 if none does. */
	uint64_t window;
	uint64_t entry;
	unsigned int page_shift;
};

/* An error that waits (host/eeh_trigger.h). */
struct host_eeh_trigger {
	uint32_t kinds;              /* bits of enum stce_eeh_access: what it waits for; 0: for the time only */
	unsigned int rule;           /* its number, from 1; 0: a client has injected it */
	uint64_t address, mask;      /* the bits of an access's address that are in mask must equal address's */
	uint64_t left;               /* such accesses until it acts, this one included */
	uint64_t after;              /* nanoseconds after the clock has started; 0: no time */
	uint64_t due;                /* monotonic nanoseconds; 0: the clock has not started */
};

/* The injected error and the rules. */
#define HOST_EEH_TRIGGERS 17

struct host_eeh {
	_Atomic(uint32_t) word;
	pthread_mutex_t lock;
	/* The lock protects these. It is a leaf, which devices' threads take too. */
	struct host_eeh_cause cause;
	uint64_t away_until;         /* monotonic nanoseconds; 0: for ever */
	uint64_t freezes;
	uint64_t hour_start;         /* monotonic nanoseconds */
	unsigned int hour_freezes;
	bool clock;                  /* it has started, when the PE was first taken from the host */
	struct host_eeh_trigger trigger[HOST_EEH_TRIGGERS];
};

void host_eeh_init(struct host_eeh *eeh);
void host_eeh_fini(struct host_eeh *eeh);

/* An unavailable PE whose time is over becomes frozen here. */
enum stce_eeh_state host_eeh_state(struct host_eeh *eeh);
/* Freezes registers and DMA. false: both are frozen already, and the cause is not kept. */
bool host_eeh_freeze(struct host_eeh *eeh, const struct host_eeh_cause *cause);
/* Makes the PE unavailable until that time; 0: for ever. */
void host_eeh_take_away(struct host_eeh *eeh, uint64_t until);
/* Ends a reset, and whatever is frozen. An unavailable PE stays so. */
void host_eeh_clear(struct host_eeh *eeh);
/* Fills a struct of the given size for a user. */
void host_eeh_describe(struct host_eeh *eeh, struct stce_eeh *to, size_t size);

/* Returns a word for a reason, for people to read. */
const char *host_eeh_reason_name(enum stce_eeh_reason reason);

static inline uint32_t host_eeh_word(const struct host_eeh *eeh)
{
	return atomic_load_explicit(&eeh->word, memory_order_relaxed);
}

static inline bool host_eeh_is_enabled(const struct host_eeh *eeh)
{
	return host_eeh_word(eeh) & HOST_EEH_ENABLED;
}

static inline void host_eeh_set(struct host_eeh *eeh, uint32_t bits)
{
	atomic_fetch_or(&eeh->word, bits);
}

static inline void host_eeh_unset(struct host_eeh *eeh, uint32_t bits)
{
	atomic_fetch_and(&eeh->word, ~bits);
}

#endif
