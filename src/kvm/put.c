/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the TCEs of a guest into its table and into the windows that follow it. A call first
 * judges all entries, then prepares every window, then writes the windows, then the table [linux
 * book3s_64_vio.c]. A call that is refused has changed nothing. Unlike Linux, a call maps whole
 * guest pages or none [DIFF-12] and leaves no count behind [DIFF-10] [DIFF-11]. host/update_list.h
 * writes a window, and papr/ reads the arguments of a hypercall.
 */
#include "host/share.h"
#include "host/update.h"
#include "kvm/judge.h"
#include "kvm/put_quick.h"

#include <errno.h>

#include "util/os.h"
#include "util/reason.h"

/* What a call writes, after it has been judged. */
struct put {
	struct kvm_table *table;
	uint64_t index;
	unsigned int count;
	const uint64_t *item;           /* one for each entry; NULL clears all. See host/update_list.h */
	enum host_tier tier;
	struct host_extent extent;      /* see host/update_list.h */
};

static uint64_t present_page(const struct kvm_table *table, uint64_t index)
{
	return index >> table->present_shift;
}

static bool has_page(const struct kvm_table *table, uint64_t page)
{
	return atomic_load_explicit(&table->present[page / 64], memory_order_acquire) & bit64(page % 64);
}

/* Returns true if storing in these entries faults no page in. */
static bool is_present(const struct kvm_table *table, uint64_t index, uint64_t count)
{
	uint64_t last = present_page(table, index + count - 1);

	for (uint64_t p = present_page(table, index); p <= last; p++)
		if (!has_page(table, p))
			return false;
	return true;
}

static void note_present(struct kvm_table *table, uint64_t index, uint64_t count)
{
	uint64_t last = present_page(table, index + count - 1);

	for (uint64_t p = present_page(table, index); p <= last; p++)
		if (!(atomic_load_explicit(&table->present[p / 64], memory_order_relaxed) & bit64(p % 64)))
			atomic_fetch_or(&table->present[p / 64], bit64(p % 64));
}

static void store(struct kvm_table *table, uint64_t index, uint64_t value)
{
	atomic_store_explicit(&table->entry[index], value, memory_order_release);
}

/* Entries are stored so many to a turn of the loop. */
#define TURN 8

static void store_list(struct kvm_table *table, uint64_t index, const uint64_t *tce, unsigned int count)
{
	kvm_entry *entry = table->entry + index;
	size_t i = 0;

	for (; i + TURN <= count; i += TURN)
#pragma GCC unroll 8
		for (size_t j = 0; j < TURN; j++)
			atomic_store_explicit(&entry[i + j], tce[i + j], memory_order_release);
	for (; i < count; i++)
		atomic_store_explicit(&entry[i], tce[i], memory_order_release);
}

static void store_zeros(struct kvm_table *table, uint64_t index, uint64_t count)
{
	kvm_entry *entry = table->entry + index;
	size_t i = 0;

	for (; i + TURN <= count; i += TURN)
#pragma GCC unroll 8
		for (size_t j = 0; j < TURN; j++)
			atomic_store_explicit(&entry[i + j], 0, memory_order_release);
	for (; i < count; i++)
		atomic_store_explicit(&entry[i], 0, memory_order_release);
}

/*
 * Stores zeros. A page that was never written reads as 0 already, so clearing does not allocate it
 * [linux kvmppc_tce_put]. Only the memory file knows which pages were written, because the program
 * may have done so through a mapping of its own.
 */
static void clear(struct kvm_table *table, uint64_t index, uint64_t count, enum host_tier tier)
{
	uint64_t at = index, end = index + count, from, to;

	if (tier == HOST_TIER_REAL || is_present(table, index, count)) {
		store_zeros(table, index, count);
		return;
	}
	while (at < end && !kvm_table_find_file_data(table, at * sizeof(uint64_t), &from, &to)) {
		uint64_t stop = min_u64(to / sizeof(uint64_t), end);

		at = max_u64(from / sizeof(uint64_t), at);
		if (at < stop)
			store_zeros(table, at, stop - at);
		at = max_u64(at, stop);
	}
}

static bool is_zero(const uint64_t *tce, unsigned int count)
{
	while (count && !tce[count - 1])
		count--;
	return !count;
}

/*
 * The windows that follow a table, as one call sees them from its beginning to its end. If several
 * windows share one hardware table, the first of them stands for all.
 */
struct followers {
	unsigned int count;
	bool is_suspended;              /* the share of one of them was suspended */
	const struct kvm_link *link[KVM_LINK_MAX];
};

static bool has_share(const struct followers *f, const struct tce_share *share)
{
	for (unsigned int i = 0; i < f->count; i++)
		if (rcu_dereference(f->link[i]->window->share) == share)
			return true;
	return false;
}

/*
 * Fills f. Its links stay valid until the caller leaves the read lock, even if they are removed. A
 * window without a share is being removed.
 */
static void find_followers(const struct kvm_table *table, struct followers *f)
{
	f->count = 0;
	f->is_suspended = false;
	rcu_list_for_each(node, &table->links) {
		const struct kvm_link *link = kvm_link_of(node);
		const struct tce_share *share = rcu_dereference(link->window->share);

		if (!share || (unlikely(tce_share_flags(share)) && has_share(f, share)))
			continue;
		f->is_suspended |= tce_share_flags(share) & TCE_SHARE_SUSPENDED;
		f->link[f->count++] = link;
	}
}

/*
 * Returns the answer to a call that has met a suspended share: SLOWER. Real mode must not wait, so the
 * next tier takes the call. In virtual mode the caller leaves the read lock, waits, and tries again.
 */
static int suspended(enum host_tier tier)
{
	return tier == HOST_TIER_REAL ? REASON_QUICK(SLOWER, "a hardware table is being split or joined") : SLOWER;
}

/* Refuses a real-mode call that would fault a page in. */
static int absent(const struct kvm_table *table, uint64_t index)
{
	return REASON_QUICK(SLOWER, "entry %#llx of LIOBN %#llx lies in a page that is not there yet",
			    (unsigned long long)index, (unsigned long long)table->liobn);
}

static struct host_list list_for(const struct put *put, const struct kvm_link *link)
{
	return (struct host_list){
		.window = link->window,
		.index = to_index(put->index << link->item_bits),
		.item_bits = link->item_bits,
		.count = put->count,
		.item = put->item,
		.extent = put->extent,
	};
}

/* Prepares every window, or none if one of them refuses. */
static int prepare(const struct put *put, const struct followers *f)
{
	for (unsigned int i = 0; i < f->count; i++) {
		struct host_list list = list_for(put, f->link[i]);
		int r = host_list_prepare(&list, put->tier);

		if (!r)
			continue;
		while (i--) {
			list = list_for(put, f->link[i]);
			host_list_cancel(&list);
		}
		return put->tier == HOST_TIER_REAL ? SLOWER : r == -ENOMEM ? r : -EOPNOTSUPP;
	}
	return 0;
}

/*
 * Notes the change of each window, also of those for which another stands (find_followers()). value is the
 * first entry as the guest means it.
 */
static void note(const struct put *put, enum history_kind kind, uint64_t value)
{
	rcu_list_for_each(node, &put->table->links) {
		const struct kvm_link *link = kvm_link_of(node);
		unsigned int shift = link->item_bits + link->window->geometry.page_shift;

		history_note(kind, link->window, to_ioba(link->window->start.value + (put->index << shift)),
			     (uint64_t)put->count << shift, value);
	}
}

static int write_windows(const struct put *put, const struct followers *f)
{
	int r;

	/*
	 * In real mode a commit still fails if it finds a device in its window. If that were the
	 * second window, the first would have been written already.
	 */
	if (put->tier == HOST_TIER_REAL && f->count > 1)
		return REASON_QUICK(SLOWER, "%llu windows follow: real mode writes one",
				    (unsigned long long)f->count);
	r = prepare(put, f);
	for (unsigned int i = 0; i < f->count && !r; i++) {
		struct host_list list = list_for(put, f->link[i]);

		r = host_list_commit(&list, put->tier);
	}
	return r;
}

/*
 * A bad entry is the guest's fault under LoPAR's rules (-EINVAL), and left to the VMM under Linux's
 * (-EOPNOTSUPP).
 */
static int bad_entry(const struct kvm_table *table)
{
	return atomic_load_explicit(&table->vm->strict, memory_order_relaxed) ? -EINVAL : -EOPNOTSUPP;
}

/* Judges one entry, and sets *item to the program's address with the permissions, or to 0. */
static inline __attribute__((always_inline)) int translate(struct kvm_table *table, uint64_t tce, bool is_list,
							   bool is_linked, uint64_t *item)
{
	uint64_t mask = table->page_mask;
	struct vaddr address;
	uint64_t room;

	*item = 0;
	if (!tce_is_valid(tce)) {
		/*
		 * [linux] In a list the address must lie in memory even if the entry has no
		 * permissions, but its low bits are not checked. [DIFF-19] We refuse the list
		 * before anything is written.
		 */
		if (is_list && !mem_guest_find(&table->vm->guest, to_gpa(tce), &address, &room))
			return REASON_QUICK(-EINVAL, "TCE %#llx points outside memory", (unsigned long long)tce);
		return 0;
	}
	if (tce & mask & ~TCE_PERMISSIONS)
		return REASON_QUICK(bad_entry(table), "TCE %#llx has low bits set", (unsigned long long)tce);
	if (!mem_guest_find(&table->vm->guest, to_gpa(tce & ~mask), &address, &room))
		return REASON_QUICK(bad_entry(table), "TCE %#llx points outside memory", (unsigned long long)tce);
	if (is_linked && room <= mask)
		return REASON_QUICK(bad_entry(table), "the page of TCE %#llx passes the end of its slot",
				    (unsigned long long)tce);
	*item = address.value | (tce & TCE_PERMISSIONS);
	return 0;
}

/*
 * Judges all entries at once, and sets the extent, if each is valid, well-formed and in the memory slot
 * of the first, which is nearly always so. It fills item if a window follows. Otherwise it returns
 * false and does not say what is wrong.
 */
static bool translate_plain(struct kvm_table *table, const uint64_t *tce, unsigned int count,
			    bool is_linked, uint64_t *item, struct host_extent *extent)
{
	uint64_t mask = table->page_mask;
	const struct mem_slot *slot = mem_guest_slot(&table->vm->guest, to_gpa(tce[0] & ~mask));
	struct kvm_judge judge;

	/*
	 * If a window follows, the whole page must lie in the slot; otherwise only its first byte.
	 */
	if (!slot || (is_linked && slot->size <= mask))
		return false;
	judge = (struct kvm_judge){
		.mask = mask,
		.gpa = slot->gpa.value,
		.last = slot->size - 1 - (is_linked ? mask : 0),
		.delta = slot->address.value - slot->gpa.value,
	};
	if (!kvm_judge(&judge, tce, count, is_linked ? item : NULL))
		return false;
	*extent = (struct host_extent){ slot->address, slot->size };
	return true;
}

/*
 * Judges all entries, fills item, which is not used unless a window follows, and sets the extent of a
 * plain list. The caller has not written any entry yet.
 */
static int translate_all(struct kvm_table *table, const uint64_t *tce, unsigned int count,
			 bool is_list, bool is_linked, uint64_t *item, struct host_extent *extent)
{
	int r = 0;

	*extent = (struct host_extent){ 0 };
	if (count > 1 && translate_plain(table, tce, count, is_linked, item, extent))
		return 0;
	for (unsigned int i = 0; i < count && !r; i++)
		r = translate(table, tce[i], is_list, is_linked, &item[i]);
	return r;
}

int kvm_table_put(struct kvm_table *table, struct kvm_index first, const uint64_t *tce,
		  unsigned int count, bool is_list, enum host_tier tier)
{
	uint64_t item[KVM_TABLE_LIST_MAX], index = first.value;
	struct put put = { table, index, count, item, tier, { { 0 }, 0 } };
	struct followers followers;
	int r;

	if (!count)
		return 0;
	find_followers(table, &followers);
	if (unlikely(followers.is_suspended))
		return suspended(tier);
	r = translate_all(table, tce, count, is_list, followers.count, item, &put.extent);
	if (r)
		return r;
	if (tier == HOST_TIER_REAL && !is_present(table, index, count))
		return absent(table, index);
	r = followers.count ? write_windows(&put, &followers) : 0;
	if (r)
		return r;
	if (unlikely(history_is_on()) && followers.count)
		note(&put, is_list ? HISTORY_PUT_LIST : HISTORY_PUT,
		     tce_address(item[0]).value | (tce[0] & TCE_PERMISSIONS));
	if (is_zero(tce, count)) {
		clear(table, index, count, tier);
	} else {
		store_list(table, index, tce, count);
		/* In real mode is_present() has been asked already. */
		if (tier != HOST_TIER_REAL)
			note_present(table, index, count);
	}
	kvm_table_log(table, index, count);
	return 0;
}

int kvm_table_put_one(struct kvm_table *table, struct kvm_index index, uint64_t tce, enum host_tier tier)
{
	return kvm_table_put_at_once(table, index, tce, tier) ? 0 : kvm_table_put(table, index, &tce, 1, false, tier);
}

int kvm_table_put_link(struct kvm_table *table, const struct kvm_link *link, struct kvm_index index,
		       const uint64_t *tce, unsigned int count)
{
	uint64_t item[KVM_TABLE_LIST_MAX];
	struct put put = { table, index.value, count, item, HOST_TIER_VIRTUAL, { { 0 }, 0 } };
	int r = translate_all(table, tce, count, false, true, item, &put.extent);
	struct host_list list = list_for(&put, link);

	r = r ? r : host_list_prepare(&list, HOST_TIER_VIRTUAL);
	return r ? r : host_list_commit(&list, HOST_TIER_VIRTUAL);
}

bool kvm_table_has_put_link(struct kvm_table *table, const struct kvm_link *link, struct kvm_index index,
			    const uint64_t *tce, unsigned int count)
{
	uint64_t item[KVM_TABLE_LIST_MAX];
	struct host_extent extent;
	int r = translate_all(table, tce, count, false, true, item, &extent);

	for (unsigned int i = 0; i < count && !r; i++) {
		uint64_t value = tce_hardware_entry(tce_address(item[i]), item[i] & TCE_PERMISSIONS);

		r = host_share_compare(link->window, to_index((index.value + i) << link->item_bits),
				       bit64(link->item_bits), value,
				       value ? host_window_page_size(link->window) : 0);
	}
	return !r;
}

/* As clear_windows() in virtual mode. */
static int clear_followers(const struct followers *f, uint64_t index, uint64_t count)
{
	int r = 0;

	/* Opening may fail; once all windows have been opened, clearing them cannot. */
	for (unsigned int i = 0; i < f->count && !r; i++)
		r = host_update_open(f->link[i]->window, to_index(index << f->link[i]->item_bits),
				     count << f->link[i]->item_bits);
	for (unsigned int i = 0; i < f->count && !r; i++)
		host_update_unmap(f->link[i]->window, to_index(index << f->link[i]->item_bits),
				  count << f->link[i]->item_bits);
	return r;
}

/*
 * Clears the range in every window that follows. The virtual-mode tier is refused by a suspended share,
 * or if there is no memory to copy a part that other tables hold [DIFF-46].
 */
static int clear_windows(struct kvm_table *table, uint64_t index, uint64_t count,
			 enum host_tier tier)
{
	struct put put = { .table = table, .index = index, .count = (unsigned int)count, .tier = tier };
	struct followers f;
	int r = 0;

	find_followers(table, &f);
	if (unlikely(f.is_suspended))
		return suspended(tier);
	if (tier == HOST_TIER_REAL)
		r = f.count && count > HOST_LIST_REAL_MAX ? host_list_too_long(count) : write_windows(&put, &f);
	else
		r = clear_followers(&f, index, count);
	if (!r && unlikely(history_is_on()))
		note(&put, HISTORY_STUFF, 0);
	return r;
}

int kvm_table_stuff(struct kvm_table *table, struct kvm_index first, uint64_t value, uint64_t count,
		    enum host_tier tier)
{
	uint64_t index = first.value;
	int r;

	if (!count)
		return 0;
	if (tier == HOST_TIER_REAL && !is_present(table, index, count))
		return absent(table, index);
	r = clear_windows(table, index, count, tier);
	if (r)
		return r;
	if (!value) {
		clear(table, index, count, tier);
	} else {
		for (uint64_t i = index; i < index + count; i++)
			store(table, i, value);
		if (tier != HOST_TIER_REAL)
			note_present(table, index, count);
	}
	kvm_table_log(table, index, count);
	return 0;
}

int kvm_table_clear(struct kvm_table *table)
{
	struct followers f;

	find_followers(table, &f);
	if (unlikely(f.is_suspended))
		return suspended(HOST_TIER_VIRTUAL);
	for (unsigned int i = 0; i < f.count; i++)
		host_update_clear_range(f.link[i]->window, to_index(0), table->size << f.link[i]->item_bits);
	clear(table, 0, table->size, HOST_TIER_VIRTUAL);
	kvm_table_log(table, 0, table->size);
	return 0;
}
