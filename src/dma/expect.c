/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No gate is entered, because an address that is stale, or no longer mapped, is fetched in vain and does
 * no harm: a prefetch never faults. The read lock keeps the table while its entries are read.
 */
#include "dma/expect.h"

#include "util/range.h"

static void fetch(const char *from, uint64_t length)
{
	const char *end = from + length;

	for (const char *line = from - ((uintptr_t)from & (CACHE_LINE_SIZE - 1)); line < end; line += CACHE_LINE_SIZE)
		__builtin_prefetch(line, 0, 3);
}

void dma_expect(struct host_pe *pe, struct ioba ioba, uint64_t length, uint64_t permission)
{
	struct host_window *window;

	if (unlikely(!rcu_try_read_lock()))
		return;
	window = host_pe_window(pe, ioba);
	while (length && window && host_window_has(window, ioba)) {
		uint64_t tce = tce_table_get(host_window_table(window, pe->copy), host_window_index(window, ioba));
		uint64_t page = host_window_page_size(window), offset = (ioba.value - window->start.value) & (page - 1);
		uint64_t part = min_u64(length, page - offset);

		if (permission & ~tce)
			break;
		fetch((const char *)(uintptr_t)(tce_address(tce).value + offset), part);
		ioba.value += part;
		length -= part;
	}
	rcu_read_unlock();
}
