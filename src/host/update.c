/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements update.h in four steps: count, make the nodes, write, settle. One entry alone mostly needs
 * fewer (update_one.h).
 */
#include "host/update.h"

#include "host/gather.h"
#include "tce/scan.h"
#include "util/stats.h"

int host_update_map_list(struct host_window *window, struct tce_index index, uint64_t count,
			 struct vaddr address, uint64_t permissions)
{
	struct gather gather;
	bool is_counted = window->registry;
	int r = 0;

	if (is_counted)
		r = gather_count(window, address, count);
	if (r)
		return r;
	r = tce_share_reserve(rcu_dereference(window->share), index, count);
	if (r) {
		if (is_counted)
			gather_uncount(window, address, count);
		return r;
	}
	gather_init(&gather, window, index);
	gather_write(&gather, index, count, tce_hardware_entry(address, permissions),
		     bit64(window->geometry.page_shift));
	gather_settle(&gather, to_index(index.value + count));
	stats_wrote(window->stats, count * gather.share->copy_count, count - gather.taken);
	if (tce_scan_is_worth(&gather.share->copy[0], index.value, count))
		tce_share_wish_scan(gather.share, index, count);
	return 0;
}

int host_update_open(struct host_window *window, struct tce_index index, uint64_t count)
{
	return tce_share_open(rcu_dereference(window->share), index, count, false);
}

/* Returns whether the range lies in one part, so that a writer which is stuck has changed nothing. */
static bool is_in_one_part(const struct host_window *window, struct tce_index index, uint64_t count)
{
	const struct tce_share *share = rcu_dereference(window->share);
	uint64_t part = tce_table_part_size(&share->copy[0]);

	return share->copy_count == 1 && (index.value & (part - 1)) + count <= part;
}

int host_update_unmap_list(struct host_window *window, struct tce_index index, uint64_t count)
{
	struct gather gather;
	int r = likely(is_in_one_part(window, index, count)) ? 0 : host_update_open(window, index, count);

	if (r)
		return r;
	gather_init(&gather, window, index);
	gather_write(&gather, index, count, 0, 0);
	if (unlikely(gather.is_stuck)) {
		r = host_update_open(window, index, count);
		if (r)
			return r;
		gather_write(&gather, index, count, 0, 0);
	}
	gather_settle(&gather, to_index(index.value + count));
	if (gather.taken)
		stats_wrote(window->stats, gather.taken * gather.share->copy_count, -gather.taken);
	return 0;
}

void host_update_clear_range(struct host_window *window, struct tce_index index, uint64_t count)
{
	uint64_t part = tce_table_part_size(host_window_table(window, 0));
	uint64_t first = align_down(index.value, part);
	uint64_t end = min_u64(align_up(index.value + count, part), window->geometry.entries);

	if (host_update_unmap(window, index, count))
		(void)host_update_unmap(window, to_index(first), end - first);
}

void host_update_clear(struct host_window *window)
{
	/* The range covers every part, so none must be copied. */
	(void)host_update_unmap(window, to_index(0), window->geometry.entries);
}
