/* SPDX-License-Identifier: BSD-2-Clause */
/* The public calls on mappings of registers, which stce_mmap() makes. They are vfio/bar_map.h's. */
#include <sys/mman.h>

#include "machine/machine.h"
#include "spapr-tce/files.h"
#include "util/guard.h"
#include "util/os.h"
#include "util/reason.h"
#include "vfio/bar_map.h"

void stce_on_mapping(int (*fn)(void))
{
	guard_set_taker(fn);
}

int stce_handle_fault(int number, void *info, void *context)
{
	return guard_fault(number, info, context);
}

int stce_mremap(struct stce_machine *machine, void *address, size_t size, size_t new_size, int flags,
		void *new_address, void **mapping)
{
	const struct iovec target = { new_address, new_size };
	const struct range range = { (uintptr_t)address, size };
	unsigned int count = reason_count(), number = 0;
	const bool is_fixed = flags & MREMAP_FIXED;
	int r;

	if (likely(!bar_map_has(range)))
		return STCE_NOT_OURS;
	if (is_fixed)
		number = machine_leave_begin(machine, &target, 1);
	r = bar_map_move(range, new_size, flags, new_address, mapping);
	if (is_fixed)
		machine_leave_end(machine, number);
	return (int)REASON_END(count, r);
}

int stce_mprotect(void *address, size_t length, int prot)
{
	const uint64_t page = bit64(os_page_shift());
	const struct range range = { (uintptr_t)address, align_up(length, page) };
	unsigned int count = reason_count();

	if (!is_aligned(range.start, page) || range.length < length || likely(!bar_map_has(range)))
		return STCE_NOT_OURS;
	return (int)REASON_END(count, bar_map_protect(range, prot));
}
