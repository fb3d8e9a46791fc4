/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures H_PUT_TCE and H_GET_TCE. The limit kernels find the table by its LIOBN inside a read
 * lock, check the range, and count the call with one atomic add; a put also judges its entry, and
 * exchanges the hardware's if a window follows.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "api/handles.h"
#include "bench.h"
#include "kvm/table.h"
#include "world.h"

#define ENTRIES (UINT64_C(1) << 14)
#define UNLINKED 1
#define LINKED   2

struct put_get {
	struct world w;
	uint64_t liobn;
	_Atomic(uint64_t) *table, *window;
	_Atomic(uint64_t) references, calls;
};

static uint64_t ioba_of(uint64_t n)
{
	return (n * 7919 & (ENTRIES - 1)) * PAGE;
}

static uint64_t tce_of(uint64_t n)
{
	return (GPA + (n & 8191) * PAGE) | 3;
}

static void put(void *context, uint64_t n)
{
	struct put_get *s = context;
	uint64_t ret;

	while (n--)
		bench_need(!world_hcall(&s->w, STCE_H_PUT_TCE, s->liobn, ioba_of(n), tce_of(n), 0, &ret),
			   "put");
}

static void get(void *context, uint64_t n)
{
	struct put_get *s = context;
	uint64_t ret = 0;

	while (n--) {
		bench_need(!world_hcall(&s->w, STCE_H_GET_TCE, s->liobn, ioba_of(n), 0, 0, &ret), "get");
		bench_use(ret);
	}
}

/*
 * Does the work that both limit kernels share: counts the call, finds the table, checks the range.
 */
static struct kvm_table *find(struct put_get *s, uint64_t ioba, struct kvm_index *index)
{
	struct kvm_table *table = kvm_liobn_find(s->w.vm->kvm, s->liobn);

	atomic_fetch_add_explicit(&s->calls, 1, memory_order_relaxed);
	return table && kvm_table_index(table, to_ioba(ioba), index) ? table : NULL;
}

static void least_put(void *context, uint64_t n)
{
	struct put_get *s = context;

	while (n--) {
		uint64_t tce = tce_of(n);
		struct kvm_index index = { 0 };

		rcu_read_lock();
		bench_need(find(s, ioba_of(n), &index) && !(tce & (PAGE - 1) & ~UINT64_C(3)) &&
			   (tce & ~(PAGE - 1)) - GPA < RAM_SIZE, "limit");
		if (s->liobn == LINKED) {
			atomic_fetch_add(&s->references, 1);
			if (atomic_exchange(&s->window[index.value], tce - GPA + (uintptr_t)s->w.ram) & 3)
				atomic_fetch_sub(&s->references, 1);
		}
		atomic_store_explicit(&s->table[index.value], tce, memory_order_release);
		rcu_read_unlock();
	}
}

static void least_get(void *context, uint64_t n)
{
	struct put_get *s = context;

	while (n--) {
		struct kvm_index index = { 0 };

		rcu_read_lock();
		bench_need(find(s, ioba_of(n), &index), "limit");
		bench_use(atomic_load_explicit(&s->table[index.value], memory_order_acquire));
		rcu_read_unlock();
	}
}

void bench_put_get(void)
{
	struct put_get s = { .liobn = UNLINKED };
	int unlinked, linked;

	bench_section("H_PUT_TCE, H_GET_TCE");
	world_start(&s.w, ENTRIES * PAGE, 1);
	unlinked = world_table(&s.w, UNLINKED, ENTRIES, 0);
	linked = world_table(&s.w, LINKED, ENTRIES, 1);
	s.table = calloc(2 * ENTRIES, sizeof(uint64_t));
	bench_need(s.table, "out of memory");
	s.window = s.table + ENTRIES;
	put(&s, ENTRIES);
	bench_run(&(struct bench_row){ .name = "put, no window follows", .unit = "call", .context = &s,
				       .ours = put, .least = least_put, .most_ns = 17 });
	bench_run(&(struct bench_row){ .name = "get", .unit = "call", .context = &s,
				       .ours = get, .least = least_get, .most_ratio = 1.2 });
	s.liobn = LINKED;
	put(&s, ENTRIES);
	bench_run(&(struct bench_row){ .name = "put, one window follows", .unit = "call", .context = &s,
				       .ours = put, .least = least_put });
	free((void *)s.table);
	stce_close(unlinked);
	stce_close(linked);
	world_stop(&s.w);
}
