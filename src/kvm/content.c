/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles the entries of a guest table as a whole: saving reads them, restoring loads and replays
 * them, a new link may fill its window with them, and a reset clears them. It relies on the table's
 * memory file, where a hole means that no entry was ever written. It leaves single puts to put.c, and
 * the stream's format to state/.
 */
#include "kvm/table.h"

#include <errno.h>

#include "host/share.h"
#include "kvm/link.h"
#include "util/os.h"
#include "util/reason.h"

/* The number of entries that one put of a replay writes. */
#define CHUNK KVM_TABLE_LIST_MAX

void kvm_table_load(struct kvm_table *table, struct kvm_index index, uint64_t value)
{
	atomic_store_explicit(&table->entry[index.value], value, memory_order_release);
}

bool kvm_table_find_data(const struct kvm_table *table, uint64_t from, uint64_t *start, uint64_t *end)
{
	uint64_t first, last;

	if (from >= table->size || kvm_table_find_file_data(table, from * sizeof(uint64_t), &first, &last))
		return false;
	*start = max_u64(first / sizeof(uint64_t), from);
	*end = min_u64(last / sizeof(uint64_t), table->size);
	return *start < *end;
}

bool kvm_table_is_empty(const struct kvm_table *table)
{
	uint64_t start, end;

	for (uint64_t at = 0; kvm_table_find_data(table, at, &start, &end); at = end)
		for (uint64_t i = start; i < end; i++)
			if (kvm_table_get(table, to_kvm_index(i)))
				return false;
	return true;
}

/* The arguments of a put in the virtual-mode tier: into every window that follows, or into that of a link. */
struct put {
	struct kvm_table *table;
	struct kvm_index index;
	unsigned int count;
	const uint64_t *tce;
	const struct kvm_link *link;
};

static long try_put(void *context)
{
	const struct put *p = context;

	return kvm_table_put(p->table, p->index, p->tce, p->count, false, HOST_TIER_VIRTUAL);
}

static int put_link(const struct put *p)
{
	int r;

	rcu_read_lock();
	r = kvm_table_put_link(p->table, p->link, p->index, p->tce, p->count);
	rcu_read_unlock();
	return r;
}

static int await_share(void *context)
{
	const struct put *p = context;

	host_share_wait(p->table->vm->phb);
	return 0;
}

static long try_clear(void *context)
{
	const struct put *p = context;

	return kvm_table_clear(p->table);
}

void kvm_table_empty(struct kvm_table *table)
{
	struct put put = { .table = table };

	slower_retry(try_clear, await_share, &put);
}

/* Writes entries as the table has them, into all windows that follow if link is NULL. */
static int replay(struct kvm_table *table, const struct kvm_link *link, uint64_t index, unsigned int count)
{
	uint64_t tce[CHUNK], any = 0;
	struct put put = { table, to_kvm_index(index), count, tce, link };
	int r;

	for (unsigned int i = 0; i < count; i++)
		any |= tce[i] = kvm_table_get(table, to_kvm_index(index + i));
	if (!any)
		return 0;
	r = link ? put_link(&put) : (int)slower_retry(try_put, await_share, &put);
	/* Every other refusal is -EINVAL here, because a replay has no guest and no VMM to tell apart. */
	return r && r != -ENOMEM ? -EINVAL : r;
}

static int replay_all(struct kvm_table *table, const struct kvm_link *link)
{
	uint64_t start, end;
	int r = 0;

	for (uint64_t at = 0; !r && kvm_table_find_data(table, at, &start, &end); at = end)
		for (uint64_t i = start; i < end && !r; i += CHUNK)
			r = replay(table, link, i, (unsigned int)min_u64(end - i, CHUNK));
	return r;
}

int kvm_table_replay(struct kvm_table *table)
{
	return replay_all(table, NULL);
}

/* Returns whether a window has nothing there, where the table was never written. */
static bool has_hole(const struct kvm_link *link, uint64_t index, uint64_t count)
{
	bool has;

	rcu_read_lock();
	has = !host_share_compare(link->window, to_index(index << link->item_bits), count << link->item_bits, 0, 0);
	rcu_read_unlock();
	return has;
}

static bool has_entries(struct kvm_table *table, const struct kvm_link *link, uint64_t index, unsigned int count)
{
	uint64_t tce[CHUNK];
	bool has;

	for (unsigned int i = 0; i < count; i++)
		tce[i] = kvm_table_get(table, to_kvm_index(index + i));
	rcu_read_lock();
	has = kvm_table_has_put_link(table, link, to_kvm_index(index), tce, count);
	rcu_read_unlock();
	return has;
}

static bool has_all(struct kvm_table *table, const struct kvm_link *link)
{
	uint64_t start, end, at = 0;
	bool has = table->size << link->item_bits == link->window->geometry.entries;

	for (; has && kvm_table_find_data(table, at, &start, &end); at = end) {
		has = has_hole(link, at, start - at);
		for (uint64_t i = start; i < end && has; i += CHUNK)
			has = has_entries(table, link, i, (unsigned int)min_u64(end - i, CHUNK));
	}
	return has && has_hole(link, at, table->size - at);
}

int kvm_table_link(struct kvm_table *table, struct host_pe *pe)
{
	static const struct kvm_link_content content = { .fill = replay_all, .is_filled = has_all };

	return kvm_link_add_filled(table, pe, &content);
}
