/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program gives memory of its own to stock DPDK's container, and takes it back. DPDK passes a structure
 * for MAP to UNMAP (docs/dpdk.md), so that the bus addresses below the memory are unmapped in its place.
 * Arguments: EAL's options; the heap must lie below LOW.
 */
#include "dpdk.h"

#define LOW     0x180000000ull
#define HIGH    0x190000000ull
#define DEFAULT RTE_VFIO_DEFAULT_CONTAINER_FD

static struct function function;
static uint8_t *low, *high;

static uint8_t *new_memory(void)
{
	uint8_t *memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static bool map(uint8_t *memory, uint64_t iova)
{
	return rte_vfio_container_dma_map(DEFAULT, (uintptr_t)memory, iova, LENGTH) == 0;
}

static bool unmap(uint8_t *memory, uint64_t iova)
{
	return rte_vfio_container_dma_unmap(DEFAULT, (uintptr_t)memory, iova, LENGTH) == 0;
}

static bool low_reaches_high(void)
{
	fill(low, LENGTH, 11);
	memset(high, 0, LENGTH);
	return copy(&function, LOW, HIGH, LENGTH) == STCE_DMATEST_DONE && memcmp(low, high, LENGTH) == 0;
}

int main(int count, char **arguments)
{
	ok(rte_eal_init(count, arguments) >= 0 && take(&function, ADDRESS) && map_registers(&function),
	   "DPDK takes the function");
	low = new_memory();
	high = new_memory();
	ok(low && high && map(low, LOW) && map(high, HIGH), "it maps memory of the program");
	ok(low_reaches_high() && copies(&function), "the function reaches it, and the heap");
	ok(unmap(high, HIGH), "DPDK reports that it has unmapped the higher one");
	ok(copy(&function, HIGH, HIGH, 64) == STCE_DMATEST_DONE, "the function still reaches what DPDK meant to unmap");
	ok(copy(&function, LOW, HIGH, 64) == STCE_DMATEST_FAULTED, "it no longer reaches what lay below");
	ok(!copies(&function), "nor the heap");
	return ok_end();
}
