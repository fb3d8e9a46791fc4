/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap of stock DPDK grows by huge pages, which are mapped while the function is in use, and shrinks
 * again, which unmaps too much (docs/dpdk.md). Arguments: EAL's options; the heap begins with one page.
 */
#include "dpdk.h"

#define PAGE (2 << 20)

static struct function function;

static size_t heap(void)
{
	struct rte_malloc_socket_stats stats;

	return rte_malloc_get_socket_stats(0, &stats) ? 0 : stats.heap_totalsz_bytes;
}

int main(int count, char **arguments)
{
	uint8_t *first, *more, *again;
	size_t before;

	ok(rte_eal_init(count, arguments) >= 0 && take(&function, ADDRESS) && map_registers(&function),
	   "DPDK takes the function");
	first = rte_zmalloc(NULL, LENGTH, 4096);
	before = heap();
	more = rte_zmalloc(NULL, PAGE + LENGTH, 4096);
	ok(first && more && heap() > before, "the heap grows");
	if (!first || !more)
		return ok_end();
	fill(first, LENGTH, 3);
	ok(copy(&function, rte_malloc_virt2iova(first), rte_malloc_virt2iova(more) + PAGE, LENGTH) == STCE_DMATEST_DONE &&
	   memcmp(first, more + PAGE, LENGTH) == 0, "the function reaches the pages that were added");
	rte_free(more);
	ok(heap() == before, "the heap shrinks");
	ok(copy(&function, rte_malloc_virt2iova(first), rte_malloc_virt2iova(first), 64) == STCE_DMATEST_FAULTED,
	   "DPDK has thereby unmapped what lies below the page");
	ok(copy(&function, (uintptr_t)more, (uintptr_t)more, 64) == STCE_DMATEST_FAULTED,
	   "the function does not reach memory that has gone");
	again = rte_zmalloc(NULL, PAGE + LENGTH, 4096);
	ok(again && copy(&function, (uintptr_t)again, (uintptr_t)again + PAGE, LENGTH) == STCE_DMATEST_DONE,
	   "the heap grows again, and the function reaches the new pages");
	return ok_end();
}
