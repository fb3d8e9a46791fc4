/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guarantees of mem/gone.h and host/leave.h. A thread unmaps memory and maps other memory in
 * its place, while other threads register and map the memory that is there, and devices write all
 * the time.
 */
#include "torture.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "../unit/vfio/client.h"
#include "mem/count.h"
#include "util/os.h"
#include "world.h"

#define PAGES 16
#define OTHERS MEM_COUNT_COLUMNS    /* after so many regions threads count together */
#define PIECE 4                     /* pages that are registered together */

struct arena {
	struct client client;
	unsigned char *memory;       /* PAGES of the machine */
	unsigned char *others;       /* other memory, which stays */
	int type;
	_Atomic(uint64_t) rounds, mapped, wrote, hit;
};

static struct arena *start(int type, unsigned int others)
{
	static struct arena a;

	a = (struct arena){ .type = type };
	client_start(&a.client, NULL);
	client_open(&a.client, type);
	a.others = get_pages(OTHERS * OWN_PAGES);
	for (unsigned int i = 0; i < others && type == VFIO_SPAPR_TCE_v2_IOMMU; i++)
		assert_int_equal(register_memory(a.client.container, a.others + i * OWN_PAGE, OWN_PAGE), 0);
	a.memory = get_pages(PAGES * OWN_PAGES);
	if (type == VFIO_SPAPR_TCE_IOMMU)
		assert_int_equal(stce_ioctl(a.client.container, VFIO_IOMMU_ENABLE, NULL), 0);
	return &a;
}

static void stop(struct arena *a)
{
	client_stop(&a->client);
	drop_pages(a->memory, PAGES * OWN_PAGES);
	drop_pages(a->others, OTHERS * OWN_PAGES);
}

/* Unmaps memory, and maps other memory in its place, which no device may reach. */
static void replace(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		size_t first = torture_below(self, PAGES), count = 1 + torture_below(self, PAGES - (uint32_t)first);
		unsigned char *p = a->memory + first * OWN_PAGE;
		struct iovec range = { p, count * OWN_PAGE };
		bool was_reached = stce_machine_has_memory(a->client.machine, p, range.iov_len);
		unsigned int number = stce_machine_unmap_begin(a->client.machine, &range, 1);
		void *q;

		/*
		 * (H2) No device writes to the memory that now has the place, and (H1) it cannot be
		 * registered yet.
		 */
		q = os_mmap(p, range.iov_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		TORTURE_CHECK(q == p);
		torture_stamp(p, range.iov_len);
		os_yield();
		TORTURE_CHECK(torture_is_stamped(p, range.iov_len));
		/* (J1) It has left all regions. v1 remembers the addresses. */
		TORTURE_CHECK(a->type == VFIO_SPAPR_TCE_IOMMU ||
			      !stce_machine_has_memory(a->client.machine, p, range.iov_len));
		stce_machine_unmap_end(a->client.machine, number);
		atomic_fetch_add(&a->hit, was_reached);
		atomic_fetch_add(&a->rounds, 1);
		if (torture_chance(self, 4))
			os_sleep_us(torture_below(self, 200));
	}
}

static void map_some(struct arena *a, struct torture_thread *self, unsigned char *p, uint64_t at)
{
	for (unsigned int i = 0; i < 8; i++) {
		size_t n = torture_below(self, PIECE), count = 1 + torture_below(self, PIECE - (uint32_t)n);
		long r = map_dma(a->client.container, p + n * OWN_PAGE, (at + n) * OWN_PAGE, count * OWN_PAGE, RW);

		TORTURE_CHECK(r == 0 || r == -EINVAL);
		atomic_fetch_add(&a->mapped, r == 0);
		if (torture_chance(self, 2))
			TORTURE_CHECK(!unmap_dma(a->client.container, (at + n) * OWN_PAGE, OWN_PAGE));
	}
}

/* Each thread has a piece of its own, because another thread's would be busy. */
static void register_and_map(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t at = self->number * PIECE;
	unsigned char *p = a->memory + at * OWN_PAGE;

	while (torture_goes_on()) {
		bool is_v2 = a->type == VFIO_SPAPR_TCE_v2_IOMMU;
		long r = is_v2 ? register_memory(a->client.container, p, PIECE * OWN_PAGE) : 0;

		TORTURE_CHECK(r == 0);
		map_some(a, self, p, at);
		/* A range that has lost memory in the meantime can be registered once more. */
		if (is_v2 && torture_chance(self, 2)) {
			r = register_memory(a->client.container, p, PIECE * OWN_PAGE);
			TORTURE_CHECK(r == 0 || r == -EBUSY);
			map_some(a, self, p, at);
		}
		TORTURE_CHECK(!unmap_dma(a->client.container, at * OWN_PAGE, PIECE * OWN_PAGE));
		while (is_v2 && (r = unregister_memory(a->client.container, p, PIECE * OWN_PAGE)) == -EBUSY)
			os_yield();
		TORTURE_CHECK(r == 0 || !is_v2);
	}
}

/* What one thread has mapped another unmaps, so neither knows how much is mapped. */
static void unmap_any(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on())
		TORTURE_CHECK(!unmap_dma(a->client.container, torture_below(self, PAGES) * OWN_PAGE, OWN_PAGE));
}

/* An entry that pointed at what leaves, and was written again, stays as it was written. */
static void map_elsewhere(struct torture_thread *self)
{
	struct arena *a = self->context;
	uint64_t at = PAGES * OWN_PAGE;
	char byte = 0;

	while (torture_goes_on()) {
		unsigned char *p = a->memory + torture_below(self, PAGES) * OWN_PAGE;
		long r = map_dma(a->client.container, p, at, OWN_PAGE, RW);

		TORTURE_CHECK(r == 0 || r == -EINVAL);
		if (torture_chance(self, 2))
			os_sleep_us(torture_below(self, 100));
		TORTURE_CHECK(!map_dma(a->client.container, a->others, at, OWN_PAGE, RW));
		TORTURE_CHECK(!stce_dma_write(a->client.machine, 1, at, &byte, 1));
		os_yield();
		TORTURE_CHECK(!stce_dma_write(a->client.machine, 1, at, &byte, 1));
	}
}

static void device_writes_all(struct torture_thread *self)
{
	struct arena *a = self->context;
	static const char bytes[PAGE_64K] = { 0x77 };   /* the largest page */

	while (torture_goes_on())
		atomic_fetch_add(&a->wrote, !stce_dma_write(a->client.machine, 1,
							    torture_below(self, PAGES) * OWN_PAGE, bytes, OWN_PAGE));
}

static void run(int type, unsigned int others)
{
	struct arena *a = start(type, others);

	TORTURE_WANTS(a->rounds);
	TORTURE_WANTS(a->mapped);
	TORTURE_WANTS(a->wrote);
	TORTURE_WANTS(a->hit);
	torture_run(a, replace, 1u, register_and_map, 3u, unmap_any, 2u, map_elsewhere, 1u, device_writes_all, 2u,
		    NULL);
	stop(a);
}

/* (J1) (H1) (H2) */
static void no_device_reaches_what_has_the_place_of_registered_memory(void **state)
{
	run(VFIO_SPAPR_TCE_v2_IOMMU, 1);
}

/* (J1) (H1) (H2) */
static void nor_while_there_are_many_regions(void **state)
{
	run(VFIO_SPAPR_TCE_v2_IOMMU, OTHERS);
}

/* (H1) (H2) */
static void nor_what_has_the_place_of_memory_that_v1_has_pinned(void **state)
{
	run(VFIO_SPAPR_TCE_IOMMU, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_device_reaches_what_has_the_place_of_registered_memory),
		cmocka_unit_test(nor_while_there_are_many_regions),
		cmocka_unit_test(nor_what_has_the_place_of_memory_that_v1_has_pinned),
	};

	return cmocka_run_group_tests_name("leave", tests, NULL, NULL);
}
