/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements share.h. A further user is added only while nobody writes. A join adds a gate that the
 * list of its former share still has, but no writer reads that list any longer.
 */
#include "tce/share.h"

#include <errno.h>

#include "tce/scan.h"
#include "util/alloc.h"
#include "util/reason.h"

#define LOCK_SHIFT 9                    /* log2 of the entries that one lock covers at a time */

static struct tce_gate *gate_of(struct rcu_node *node)
{
	return container_of(node, struct tce_gate, in_share);
}

static void set_flag(struct tce_share *share, unsigned int bit, bool on)
{
	if (on)
		atomic_fetch_or(&share->flags, bit);
	else
		atomic_fetch_and(&share->flags, ~bit);
}

/* Notes that the list of users has changed. */
static void count_users(struct tce_share *share)
{
	unsigned int users = 0;

	rcu_list_for_each(node, &share->users)
		users++;
	for (unsigned int i = 0; i < share->copy_count; i++)
		tce_table_set_users(&share->copy[i], users);
	set_flag(share, TCE_SHARE_JOINED, users > 1);
}

int tce_share_new(const struct tce_geometry *geometry, const struct tce_placement *placement,
		  struct stats *stats, struct tce_share **out)
{
	struct tce_share *share =
		alloc_zero(1, sizeof(*share) + placement->count * sizeof(share->copy[0]));
	int r = 0;

	if (!share)
		return REASON(-ENOMEM, "no memory for a hardware table");
	for (unsigned int i = 0; i < TCE_SHARE_LOCK_COUNT; i++)
		pthread_mutex_init(&share->lock[i], NULL);
	while (share->copy_count < placement->count) {
		r = tce_table_init(&share->copy[share->copy_count], geometry, stats,
				   placement->node[share->copy_count]);
		if (r)
			break;
		if (placement->parts)
			tce_table_share_parts(&share->copy[share->copy_count], placement->parts);
		share->copy_count++;
	}
	if (r)
		tce_share_free(share);
	else
		*out = share;
	return r;
}

void tce_share_free(struct tce_share *share)
{
	if (!share)
		return;
	for (unsigned int i = 0; i < share->copy_count; i++)
		tce_table_fini(&share->copy[i]);
	for (unsigned int i = 0; i < TCE_SHARE_LOCK_COUNT; i++)
		pthread_mutex_destroy(&share->lock[i]);
	free(share);
}

void tce_share_add_user(struct tce_share *share, struct tce_gate *user)
{
	rcu_list_add(&share->users, &user->in_share);
	count_users(share);
}

void tce_share_remove_user(struct tce_share *share, struct tce_gate *user)
{
	rcu_list_remove(&share->users, &user->in_share);
	rcu_synchronize();
	count_users(share);
}

void tce_share_suspend(struct tce_share *share)
{
	set_flag(share, TCE_SHARE_SUSPENDED, true);
	rcu_synchronize();
}

void tce_share_resume(struct tce_share *share)
{
	set_flag(share, TCE_SHARE_SUSPENDED, false);
}

/* A missing leaf equals zeros. */
static bool span_is_equal(tce_entry *a, tce_entry *b, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if ((a ? atomic_load_explicit(&a[i], memory_order_relaxed) : 0) !=
		    (b ? atomic_load_explicit(&b[i], memory_order_relaxed) : 0))
			return false;
	return true;
}

bool tce_share_is_equal(const struct tce_share *a, const struct tce_share *b)
{
	uint64_t entries = a->copy[0].geometry.entries;
	bool is_equal = true;

	for (uint64_t at = 0, n, m; at < entries && is_equal; at += min_u64(n, m)) {
		tce_entry *x, *y;

		/* A scan may free a part that was found equal to another. */
		rcu_read_lock();
		x = tce_table_span(&a->copy[0], to_index(at), entries - at, &n);
		y = tce_table_span(&b->copy[0], to_index(at), entries - at, &m);
		is_equal = x == y || span_is_equal(x, y, min_u64(n, m));
		rcu_read_unlock();
	}
	return is_equal;
}

int tce_share_copy(struct tce_share *to, struct tce_share *from)
{
	struct tce_parts *parts = to->copy[0].parts;
	int r = 0;

	pthread_mutex_lock(&parts->lock);
	for (unsigned int c = 0; c < to->copy_count && !r; c++)
		r = tce_table_copy(&to->copy[c], &from->copy[c]);
	pthread_mutex_unlock(&parts->lock);
	return r;
}

int tce_share_reserve(struct tce_share *share, struct tce_index first, uint64_t count)
{
	int r = 0;

	for (unsigned int i = 0; i < share->copy_count && !r; i++)
		r = tce_table_reserve(&share->copy[i], first, count);
	return r;
}

int tce_share_open_offered(struct tce_share *share, struct tce_index first, uint64_t count, bool whole)
{
	int r = 0;

	for (unsigned int i = 0; i < share->copy_count && !r; i++)
		r = tce_table_open(&share->copy[i], first, count, whole);
	return r;
}

void tce_share_wish_scan(struct tce_share *share, struct tce_index first, uint64_t count)
{
	for (unsigned int i = 0; i < share->copy_count; i++)
		tce_scan_wish(&share->copy[i], first.value, count);
}

void tce_share_drain(const struct tce_share *share, struct tce_index first, uint64_t count)
{
	rcu_list_for_each(node, &share->users)
		tce_gate_drain(gate_of(node), first, count);
}

bool tce_shut_add(struct tce_shut *shut, struct tce_gate *gate, struct tce_index first, uint64_t count)
{
	unsigned int slot = shut->count < TCE_SHUT_MAX ? tce_gate_try_shut(gate, first, count) : GATE_FULL;

	if (slot == GATE_FULL)
		return false;
	shut->user[shut->count].gate = gate;
	shut->user[shut->count++].slot = slot;
	return true;
}

void tce_shut_open(struct tce_shut *shut)
{
	while (shut->count) {
		shut->count--;
		tce_gate_open(shut->user[shut->count].gate, shut->user[shut->count].slot);
	}
}

bool tce_share_try_shut(const struct tce_share *share, struct tce_index first, uint64_t count, struct tce_shut *shut)
{
	shut->count = 0;
	rcu_list_for_each(node, &share->users) {
		if (tce_shut_add(shut, gate_of(node), first, count))
			continue;
		tce_shut_open(shut);
		return false;
	}
	return true;
}

static pthread_mutex_t *lock_of(struct tce_share *share, struct tce_index index)
{
	return &share->lock[(index.value >> LOCK_SHIFT) % TCE_SHARE_LOCK_COUNT];
}

uint64_t tce_share_lock(struct tce_share *share, struct tce_index first, uint64_t limit)
{
	uint64_t covered = bit64(LOCK_SHIFT) - (first.value & (bit64(LOCK_SHIFT) - 1));

	pthread_mutex_lock(lock_of(share, first));
	return min_u64(covered, limit);
}

void tce_share_unlock(struct tce_share *share, struct tce_index first)
{
	pthread_mutex_unlock(lock_of(share, first));
}

void tce_share_lock_all(struct tce_share *share)
{
	for (unsigned int i = 0; i < TCE_SHARE_LOCK_COUNT; i++)
		pthread_mutex_lock(&share->lock[i]);
}

void tce_share_unlock_all(struct tce_share *share)
{
	for (unsigned int i = 0; i < TCE_SHARE_LOCK_COUNT; i++)
		pthread_mutex_unlock(&share->lock[i]);
}

static void write_copy(struct tce_table *table, uint64_t index, uint64_t count,
		       uint64_t value, uint64_t step)
{
	while (count) {
		uint64_t span;
		tce_entry *entry = NULL;

		if (value || !tce_table_take(table, to_index(index), count, &span))
			entry = tce_table_write_span(table, to_index(index), count, &span);
		for (uint64_t i = 0; entry && i < span; i++)
			atomic_store_explicit(&entry[i], value + i * step, memory_order_release);
		index += span;
		count -= span;
		value += step * span;
	}
}

void tce_share_write_others(struct tce_share *share, struct tce_index index, uint64_t count,
			    uint64_t value, uint64_t step)
{
	for (unsigned int i = 1; i < share->copy_count; i++)
		write_copy(&share->copy[i], index.value, count, value, step);
}
