/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements count.h. A put may subtract from the common number what another thread has added to its
 * own. A thread without a number of its own does so at any time, and every thread does so while a
 * fold waits for readers. So a bias keeps the common number away from 0 until the fold has added the
 * threads' own numbers.
 */
#include "mem/count.h"

#include <errno.h>
#include <sys/mman.h>

#include "util/os.h"
#include "util/rcu.h"
#include "util/reason.h"

#define BIAS bit64(62)
#define SIZE (THREAD_NUMBERS * sizeof(int64_t[MEM_COUNT_COLUMNS]))

int mem_counts_init(struct mem_counts *counts)
{
	/* This is mapped, not allocated, so thread numbers that no thread has cost no memory. */
	void *p = os_mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (os_is_error(p))
		return REASON(-ENOMEM, "no memory for the counts of regions");
	*counts = (struct mem_counts){ .of_thread = p };
	return 0;
}

void mem_counts_fini(struct mem_counts *counts)
{
	os_munmap(counts->of_thread, SIZE);
}

void mem_count_init(struct mem_counts *counts, struct mem_count *count)
{
	atomic_init(&count->common, 1);
	atomic_init(&count->is_spread, false);
	count->column = ~counts->columns ? (unsigned int)__builtin_ctzll(~counts->columns) : MEM_COUNT_COLUMNS;
	if (count->column < MEM_COUNT_COLUMNS)
		counts->columns |= bit64(count->column);
	mem_count_spread(count);
}

void mem_count_fini(struct mem_counts *counts, struct mem_count *count)
{
	if (count->column < MEM_COUNT_COLUMNS)
		counts->columns &= ~bit64(count->column);
}

bool mem_count_get_common(struct mem_count *count, uint64_t n)
{
	uint64_t seen = atomic_load(&count->common);

	do {
		if (!seen)
			return false;
	} while (!atomic_compare_exchange_weak(&count->common, &seen, seen + n));
	return true;
}

bool mem_count_put_common(struct mem_count *count, uint64_t n)
{
	return atomic_fetch_sub(&count->common, n) == n;
}

void mem_count_fold(struct mem_counts *counts, struct mem_count *count)
{
	int64_t sum = 0;

	if (!atomic_load(&count->is_spread))
		return;
	atomic_store(&count->is_spread, false);
	/*
	 * After this, each thread that saw the count spread has finished counting; any other uses
	 * the common number.
	 */
	rcu_synchronize();
	for (unsigned int i = 0; i < thread_numbers_used(); i++) {
		sum += counts->of_thread[i][count->column];
		counts->of_thread[i][count->column] = 0;
	}
	atomic_fetch_add(&count->common, (uint64_t)sum - BIAS);
}

void mem_count_spread(struct mem_count *count)
{
	if (count->column == MEM_COUNT_COLUMNS || atomic_load(&count->is_spread))
		return;
	atomic_fetch_add(&count->common, BIAS);
	atomic_store_explicit(&count->is_spread, true, memory_order_release);
}

uint64_t mem_count_value(const struct mem_counts *counts, const struct mem_count *count)
{
	uint64_t value = atomic_load(&count->common);

	if (!atomic_load(&count->is_spread))
		return value;
	for (unsigned int i = 0; i < thread_numbers_used(); i++)
		value += (uint64_t)counts->of_thread[i][count->column];
	return value - BIAS;
}
