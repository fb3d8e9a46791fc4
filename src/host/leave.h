/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that leaves: the program unmaps or replaces it, and says so before and after. Meanwhile
 * nothing is registered there, and in a window of VFIO v1 nothing is mapped, since the page that was
 * found would be gone when its TCE is written:
 *
 *  (H1) While a range leaves, no registration of it and no v1 MAP of it is in progress, and none can
 *       start.
 *  (H2) When host_leave_clear() returns, no device access to the range through the window is in
 *       progress, and none can start before a TCE is written again.
 *
 * Which regions lose the range is mem/gone.h's, and which windows are cleared machine/leave.c's.
 */
#ifndef STCE_HOST_LEAVE_H
#define STCE_HOST_LEAVE_H

#include "host/pe.h"
#include "util/range.h"

struct host_leave {
	/* Its users are threads of the program that unmap; registrations shut it. */
	struct tce_gate gate;
	/* What v1 has ever mapped lies in [low, high): it has no regions. */
	_Atomic(uint64_t) low, high;
};

/* NULL: there is no memory. free() frees it. */
struct host_leave *host_leave_new(void);

/* Returns the place by which a range comes to an end. Waits while somebody registers in it. */
unsigned int host_leave_enter(struct host_leave *leave, struct range range);
void host_leave_end(struct host_leave *leave, unsigned int place);

/* Keeps ranges from leaving until host_leave_open(slot). Waits while one leaves. */
unsigned int host_leave_shut(struct host_leave *leave, struct range range);
void host_leave_open(struct host_leave *leave, unsigned int slot);

/* Notes what v1 is about to map. */
void host_leave_note(struct host_leave *leave, struct range range);
/* Returns whether v1 may have mapped a byte of the range. */
bool host_leave_was_noted(const struct host_leave *leave, struct range range);

/*
 * Clears each TCE of a window whose page has a byte of the range. The caller must hold the PHB's
 * watch_lock, and must see to it that nobody writes such a TCE any longer.
 */
void host_leave_clear(struct host_window *window, struct range range);

#endif
