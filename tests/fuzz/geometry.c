/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request for a table is judged without overflow, charged as Linux does, and the table is usable
 * to its ends.
 */
#include "fuzz.h"

#include "../model/reference.h"
#include "counters.h"
#include "tce/table.h"

/* Larger tables are not made, to save memory. */
#define NODE_SHIFT_TRIED 18

static struct counters counters;

static void try_entry(struct tce_table *t, uint64_t index)
{
	uint64_t count;

	FUZZ_CHECK(tce_table_reserve(t, to_index(index), 1) == 0);
	tce_entry_exchange(tce_table_span(t, to_index(index), 1, &count), index << 12 | 3);
	FUZZ_CHECK(tce_table_get(t, to_index(index)) == (index << 12 | 3));
}

static void try_table(const struct tce_geometry *g, uint64_t index)
{
	struct tce_table t;
	uint64_t count;

	FUZZ_CHECK(tce_table_init(&t, g, counters_stats(&counters), NUMA_ANYWHERE) == 0);
	if (g->entries) {
		try_entry(&t, 0);
		try_entry(&t, g->entries - 1);
		try_entry(&t, index % g->entries);
		tce_table_span(&t, to_index(index % g->entries), UINT64_MAX, &count);
		FUZZ_CHECK(count > 0);
	}
	tce_table_fini(&t);
	FUZZ_CHECK(COUNTED(&counters, table_bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };

	for (; fuzz_has_more(&in); fuzz_calls++) {
		struct tce_geometry g = { 0 };
		unsigned int page_shift = 12 + fuzz_u8(&in) % 52, levels = fuzz_u8(&in) % 8;
		unsigned int host_page_shift = fuzz_u8(&in) & 1 ? 16 : 12;
		uint64_t window = fuzz_u8(&in) & 1 ? fuzz_u64(&in) : bit64(fuzz_u8(&in) % 64);
		uint64_t index = fuzz_u64(&in);

		if (tce_geometry_init(&g, page_shift, window, levels, host_page_shift))
			continue;
		FUZZ_CHECK(is_power_of_two(window) && levels >= 1 && levels <= 5);
		FUZZ_CHECK(g.entries == window >> page_shift);
		FUZZ_CHECK(g.charge == ref_table_charge(host_page_shift, page_shift, window, levels));
		if (tce_geometry_check_limits(&g))
			continue;
		FUZZ_CHECK(g.digit_bits * levels >= 64 || g.entries <= bit64(g.digit_bits * levels));
		if (g.digit_bits + 3 <= NODE_SHIFT_TRIED)
			try_table(&g, index);
	}
	return 0;
}
