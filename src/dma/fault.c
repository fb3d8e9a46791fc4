/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements fault.h. */
#include "dma/fault.h"

#include <errno.h>

#include "util/reason.h"

/*
 * Counts a fault and gives its reason. The text is formatted only if it is asked for, because a
 * device may meet many faults.
 */
static int fault(struct host_pe *pe, const struct host_access *access, enum stce_fault cause)
{
	static const char *const reasons[] = {
		[STCE_FAULT_NO_WINDOW] = "no window is at bus address %#llx",
		[STCE_FAULT_BEYOND_WINDOW] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "lies outside the window"),
		[STCE_FAULT_UNMAPPED] = "bus address %#llx, or one in the %llu bytes from there, has no valid TCE",
		[STCE_FAULT_NO_READ] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "has a TCE that forbids reading"),
		[STCE_FAULT_NO_WRITE] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "has a TCE that forbids writing"),
		[STCE_FAULT_MEMORY_GONE] = ("bus address %#llx, or one in the %llu bytes from there, "
					  "has memory that is gone or read-only"),
		[STCE_FAULT_FROZEN] = "the PE is frozen: no access at bus address %#llx",
	};

	host_pe_fault(pe, access, cause);
	return reason_note(-EFAULT, __func__, reasons[cause], access->ioba.value, access->length, 0);
}

int dma_refuse(const struct dma_hold *hold, const struct dma_range *range, uint64_t permission, enum stce_fault cause)
{
	const struct host_access access = {
		.ioba = range->ioba,
		.length = range->length,
		.failed = to_ioba(range->ioba.value + hold->translated),
		.kind = dma_kind_of(permission),
	};

	return fault(hold->pe, &access, cause);
}

int dma_memory_gone(struct host_pe *pe, struct ioba ioba, uint64_t length)
{
	const struct host_access access = { .ioba = ioba, .length = length, .failed = ioba };

	return fault(pe, &access, STCE_FAULT_MEMORY_GONE);
}
