/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements update_list.h. Consecutive items in one region are counted together. The real-mode
 * tier shuts the range to devices before it writes, or writes nothing. So no device uses the entries
 * that it replaces, and the tier need not wait for devices. Nor must it ever put an old entry back,
 * which could overwrite another writer's.
 */
#include "host/update_list.h"

#include <errno.h>
#include <string.h>

#include "host/gather.h"
#include "mem/gone.h"
#include "tce/scan.h"
#include "tce/tally.h"
#include "util/range.h"
#include "util/reason.h"
#include "util/stats.h"

static struct tce_share *share_of(const struct host_list *l)
{
	return rcu_dereference(l->window->share);
}

static uint64_t item_at(const struct host_list *l, unsigned int i)
{
	return l->item ? l->item[i] : 0;
}

static uint64_t entries_per_item(const struct host_list *l)
{
	return bit64(l->item_bits);
}

static uint64_t entry_count(const struct host_list *l)
{
	return (uint64_t)l->count << l->item_bits;
}

static unsigned int page_shift(const struct host_list *l)
{
	return l->window->geometry.page_shift;
}

/*
 * Returns at how many addresses of the region an item can start and still lie in it: 0 if the region
 * is shorter than an item, its pages are too small, or it has gaps. Then each item is counted by
 * itself.
 */
static uint64_t starts_in(const struct host_list *l, const struct mem_region *region)
{
	uint64_t size = bit64(page_shift(l) + l->item_bits);

	return page_shift(l) <= region->page_shift && size <= region->length && !mem_region_has_gaps(region) ?
		       region->length - size + 1 : 0;
}

static void uncount_items(const struct host_list *l, unsigned int end)
{
	for (unsigned int i = 0; i < end; i++)
		if (tce_is_valid(item_at(l, i)))
			gather_uncount(l->window, tce_address(item_at(l, i)), entries_per_item(l));
}

/*
 * Counts as many items from first on as lie in one region, at least one. Returns the index of the
 * next, or -EINVAL.
 */
static int count_run(const struct host_list *l, unsigned int first)
{
	struct vaddr address = tce_address(item_at(l, first));
	struct mem_region *region = mem_region_of(l->window->registry, address);
	uint64_t start = region ? region->start.value : 0, starts = region ? starts_in(l, region) : 0;
	uint64_t valid = 0;
	unsigned int i = first;

	if (address.value - start >= starts)
		/* An item may cross from one region to the next if each of its pages is in one. */
		return gather_count(l->window, address, entries_per_item(l)) ? -EINVAL : (int)first + 1;
	for (; i < l->count; i++) {
		uint64_t item = l->item[i];

		if (tce_is_valid(item) && tce_address(item).value - start >= starts)
			break;
		valid += tce_is_valid(item);
	}
	if (!mem_region_try_get(region, valid << l->item_bits))
		return REASON_QUICK(-EINVAL, "the region at %#llx is being released",
				    (unsigned long long)address.value);
	return (int)i;
}

/* Counts all items at once. false: their extent is not known, or not all of it is one region that can be counted on. */
static bool count_extent(const struct host_list *l)
{
	struct mem_region *region = l->extent.length ? mem_region_of(l->window->registry, l->extent.start) : NULL;

	return region && page_shift(l) <= region->page_shift && !mem_region_has_gaps(region) &&
	       range_contains(region->start.value, region->length, l->extent.start.value, l->extent.length) &&
	       mem_region_try_get(region, entry_count(l));
}

static int count_items(const struct host_list *l)
{
	int next;

	if (likely(count_extent(l)))
		return 0;
	for (unsigned int i = 0; i < l->count; i = (unsigned int)next) {
		next = (int)i + 1;
		if (!tce_is_valid(item_at(l, i)))
			continue;
		next = count_run(l, i);
		if (next < 0) {
			uncount_items(l, i);
			return next;
		}
	}
	return 0;
}

static bool has_valid(const struct host_list *l)
{
	for (unsigned int i = 0; i < l->count; i++)
		if (tce_is_valid(item_at(l, i)))
			return true;
	return false;
}

/* Makes what is missing in the range, or has the next tier do it. */
static int make_ready(const struct host_list *l, enum host_tier tier)
{
	if (tier != HOST_TIER_REAL)
		return tce_share_reserve(share_of(l), l->index, entry_count(l));
	return tce_table_is_ready(&share_of(l)->copy[0], l->index, entry_count(l), true) ? 0 :
		REASON_QUICK(SLOWER, "a part of the window's table does not exist yet, or other tables hold it too");
}

/* Opens the parts that a clearing list reaches into. */
static int open_parts(const struct host_list *l, enum host_tier tier)
{
	if (tier != HOST_TIER_REAL)
		return tce_share_open(share_of(l), l->index, entry_count(l), true);
	return tce_table_is_ready(&share_of(l)->copy[0], l->index, entry_count(l), false) ? 0 :
		REASON_QUICK(SLOWER, "other tables hold a part of the window's table too");
}

int host_list_too_long(uint64_t count)
{
	return REASON_QUICK(SLOWER, "%llu entries: real mode keeps devices out for %llu at most",
			    (unsigned long long)count, (unsigned long long)HOST_LIST_REAL_MAX);
}

int host_list_prepare(const struct host_list *l, enum host_tier tier)
{
	int r;

	if (tier == HOST_TIER_REAL && entry_count(l) > HOST_LIST_REAL_MAX)
		return host_list_too_long(entry_count(l));
	/* Several copies are written under a lock, which real mode must not take. */
	if (tier == HOST_TIER_REAL && share_of(l)->copy_count > 1)
		return REASON_QUICK(SLOWER, "the table has %llu copies: real mode writes only one",
				    (unsigned long long)share_of(l)->copy_count);
	if (!l->item || !has_valid(l))
		return open_parts(l, tier);
	/* [DIFF-26] Clearing is not refused, because there is no count that it must give back. */
	if (!l->window->registry)
		return REASON_QUICK(-EINVAL, "the window's memory is not registered (VFIO v1)");
	r = count_items(l);
	if (r)
		return r;
	r = make_ready(l, tier);
	if (r)
		uncount_items(l, l->count);
	return r;
}

void host_list_cancel(const struct host_list *l)
{
	uncount_items(l, l->count);
}

/* Returns the value of the n-th entry of the range. */
static uint64_t entry_value(const struct host_list *l, uint64_t n)
{
	uint64_t item = item_at(l, (unsigned int)(n >> l->item_bits));
	uint64_t offset = (n & (entries_per_item(l) - 1)) << page_shift(l);

	return tce_hardware_entry(to_vaddr(tce_address(item).value + offset), item & TCE_PERMISSIONS);
}

static void count_written(const struct host_list *l, uint64_t valid, uint64_t taken)
{
	stats_wrote(l->window->stats, entry_count(l) * share_of(l)->copy_count, valid - taken);
}

static void commit_virtual(const struct host_list *l)
{
	uint64_t index = l->index.value, valid = 0;
	struct gather gather;

	gather_init(&gather, l->window, l->index);
	for (unsigned int i = 0; i < l->count; i++, index += entries_per_item(l)) {
		uint64_t value = entry_value(l, (uint64_t)i << l->item_bits);

		gather_write(&gather, to_index(index), entries_per_item(l), value,
			     value ? bit64(page_shift(l)) : 0);
		valid += value ? entries_per_item(l) : 0;
	}
	gather_settle(&gather, to_index(index));
	count_written(l, valid, gather.taken);
}

/* Uncounts old entries, consecutive ones in one region at once. */
static void uncount_runs(const struct host_list *l, const uint64_t *old)
{
	struct mem_region *region = NULL;
	uint64_t count = 0;

	for (uint64_t n = 0; n < entry_count(l); n++) {
		if (!tce_is_valid(old[n]))
			continue;
		if (!count || !range_has(region->start.value, region->length, tce_address(old[n]).value)) {
			if (count)
				mem_region_put(region, count);
			/* The region exists, because the old entry is still counted. */
			region = mem_region_of(l->window->registry, tce_address(old[n]));
			count = 0;
		}
		count++;
	}
	if (count)
		mem_region_put(region, count);
}

/* Uncounts old entries, of which the n-th is the first valid one, and returns how many are valid. */
static uint64_t uncount_from(const struct host_list *l, const uint64_t *old, uint64_t n)
{
	struct mem_region *region = mem_region_of(l->window->registry, tce_address(old[n]));
	struct tce_tally tally = tce_tally(old + n, (unsigned int)(entry_count(l) - n), region->start, region->length);

	/* They are mostly in one region. In one that begins at 0, an entry that is not valid seems to be, too. */
	if (likely(tally.inside == tally.valid && region->start.value))
		mem_region_put(region, tally.valid);
	else
		uncount_runs(l, old);
	return tally.valid;
}

/* Uncounts old entries, if they are counted; returns how many are valid. */
static uint64_t take_out(const struct host_list *l, const uint64_t *old)
{
	uint64_t total = entry_count(l), n = 0, valid = 0;

	while (n < total && !tce_is_valid(old[n]))
		n++;
	if (n < total && likely(l->window->registry))
		return uncount_from(l, old, n);
	for (; n < total; n++)
		valid += tce_is_valid(old[n]);
	return valid;
}

/* Former entries. If any is 0, none of them was valid. */
struct former {
	uint64_t *entry;
	uint64_t any;
};

/* Eight entries have a cache line, which is not written if all of them are clear already. */
#define LINE 8

static bool is_line_clear(const tce_entry *entry)
{
	uint64_t any = 0;

#pragma GCC unroll 8
	for (unsigned int i = 0; i < LINE; i++)
		any |= atomic_load_explicit(&entry[i], memory_order_relaxed);
	return !any;
}

static void clear_line(uint64_t *old, tce_entry *entry)
{
#pragma GCC unroll 8
	for (unsigned int i = 0; i < LINE; i++)
		old[i] = tce_entry_exchange(&entry[i], 0);
}

/* These exchange entries that lie side by side in a leaf, the first of them the n-th of the range. */
static void clear_span(struct former *old, uint64_t n, tce_entry *entry, uint64_t count)
{
	uint64_t *to = old->entry + n, any = old->any, i = 0;

	for (; i + LINE <= count; i += LINE) {
		if (is_line_clear(entry + i)) {
			memset(to + i, 0, LINE * sizeof(*to));
		} else {
			clear_line(to + i, entry + i);
			any = 1;
		}
	}
	for (; i < count; i++)
		any |= to[i] = tce_entry_replace(&entry[i], 0);
	old->any = any;
}

/* Returns 0 if all former entries were clear. */
static uint64_t fill_line(uint64_t *old, tce_entry *entry, const uint64_t *item)
{
	uint64_t any = 0;

#pragma GCC unroll 8
	for (unsigned int i = 0; i < LINE; i++)
		any |= old[i] = tce_entry_exchange(&entry[i], item[i]);
	return any;
}

/* All items are what the hardware stores, and there is one for each entry. */
static void fill_span(struct former *old, uint64_t n, tce_entry *entry, uint64_t count, const uint64_t *item)
{
	uint64_t *to = old->entry + n, any = old->any, i = 0;

	for (; i + LINE <= count; i += LINE)
		any |= fill_line(to + i, entry + i, item + i);
	for (; i < count; i++)
		any |= to[i] = tce_entry_exchange(&entry[i], item[i]);
	old->any = any;
}

/* Returns how many valid entries it stored. */
static uint64_t exchange_span(const struct host_list *l, struct former *old, uint64_t n, tce_entry *entry, uint64_t count)
{
	uint64_t valid = 0;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t value = entry_value(l, n + i);

		old->entry[n + i] = tce_entry_replace(&entry[i], value);
		old->any |= old->entry[n + i];
		valid += tce_is_valid(value);
	}
	return valid;
}

/*
 * Exchanges all entries of the range and keeps the former ones in old; returns how many valid ones
 * it stored.
 */
static uint64_t exchange_all(const struct host_list *l, struct former *old)
{
	bool is_plain = l->extent.length && !l->item_bits;
	uint64_t total = entry_count(l), valid = is_plain ? total : 0;

	for (uint64_t n = 0, span; n < total; n += span) {
		struct tce_index at = to_index(l->index.value + n);
		tce_entry *entry = tce_table_write_span(&share_of(l)->copy[0], at, total - n, &span);

		/* This list only clears: one that fills was refused because of the hole. */
		if (!entry)
			memset(old->entry + n, 0, span * sizeof(old->entry[0]));
		else if (!l->item)
			clear_span(old, n, entry, span);
		else if (is_plain)
			fill_span(old, n, entry, span, l->item + n);
		else
			valid += exchange_span(l, old, n, entry, span);
	}
	return valid;
}

static int commit_real(const struct host_list *l)
{
	uint64_t entry[HOST_LIST_REAL_MAX];
	struct former old = { entry, 0 };
	uint64_t total = entry_count(l), valid;
	struct tce_shut shut;

	if (!host_window_try_shut(l->window, l->index, total, &shut)) {
		host_list_cancel(l);
		return REASON_QUICK(SLOWER, "a device uses the entries: real mode does not wait for it");
	}
	valid = exchange_all(l, &old);
	tce_shut_open(&shut);
	count_written(l, valid, old.any ? take_out(l, old.entry) : 0);
	return 0;
}

int host_list_commit(const struct host_list *l, enum host_tier tier)
{
	int r = 0;

	if (tier == HOST_TIER_REAL)
		r = commit_real(l);
	else
		commit_virtual(l);
	if (!r && l->item && tce_scan_is_worth(&share_of(l)->copy[0], l->index.value, entry_count(l)))
		tce_share_wish_scan(share_of(l), l->index, entry_count(l));
	return r;
}
