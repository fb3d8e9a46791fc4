/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that the program unmaps leaves its regions and the windows (mem/gone.h, host/leave.h). */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "client.h"
#include "stats_of.h"
#include "util/alloc.h"

#define PAGES 24

static struct client c;

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	return 0;
}

/* Replaces our pages [first, first + count) of p by others. */
static void replace(char *p, size_t first, size_t count)
{
	struct iovec range = { p + first * OWN_PAGE, count * OWN_PAGE };
	unsigned int number = stce_machine_unmap_begin(c.machine, &range, 1);

	assert_ptr_equal(mmap(range.iov_base, range.iov_len, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), range.iov_base);
	stce_machine_unmap_end(c.machine, number);
}

static bool has(char *p, size_t first, size_t count)
{
	return stce_machine_has_memory(c.machine, p + first * OWN_PAGE, count * OWN_PAGE);
}

static long map_at(char *p, size_t first, size_t count)
{
	return map_dma(c.container, p + first * OWN_PAGE, first * OWN_PAGE, count * OWN_PAGE, RW);
}

static bool any(const bool *gone, size_t first, size_t count)
{
	bool is = false;

	for (size_t i = first; i < first + count; i++)
		is |= gone[i];
	return is;
}

static bool all(const bool *gone, size_t first, size_t count)
{
	bool are = true;

	for (size_t i = first; i < first + count; i++)
		are &= gone[i];
	return are;
}

/* (J1) (H2) Two arrays hold the expected state. */
static void holes_are_what_was_unmapped_and_nothing_else(void **state)
{
	char *p = client_memory(&c, PAGES * OWN_PAGES), byte = 'x';
	bool gone[PAGES] = { false }, mapped[PAGES] = { false };
	unsigned int seed = (unsigned int)getpid();

	print_message("# seed %u\n", seed);
	srand(seed);
	for (unsigned int i = 0; i < 4000; i++) {
		size_t first = (size_t)rand() % PAGES, count = 1 + (size_t)rand() % (PAGES - first);

		switch (rand() % 8) {
		case 0:
			count = 1 + (size_t)rand() % min_u64(3, PAGES - first);
			replace(p, first, count);
			for (size_t n = first; n < first + count; n++)
				gone[n] = true, mapped[n] = false;
			break;
		case 1:
			if (rand() % 8)
				break;
			assert_int_equal(register_memory(c.container, p, PAGES * OWN_PAGE), any(gone, 0, PAGES) ? 0 : -EBUSY);
			for (size_t n = 0; n < PAGES; n++)
				gone[n] = false;
			break;
		case 2:
			assert_int_equal(unmap_dma(c.container, first * OWN_PAGE, count * OWN_PAGE), 0);
			for (size_t n = first; n < first + count; n++)
				mapped[n] = false;
			break;
		case 3:
		case 4:
			count = 1 + (size_t)rand() % min_u64(3, PAGES - first);
			assert_int_equal(map_at(p, first, count), any(gone, first, count) ? -EINVAL : 0);
			for (size_t n = first; n < first + count && !any(gone, first, count); n++)
				mapped[n] = true;
			break;
		case 5:
			assert_int_equal(device_write(&c, first * OWN_PAGE, &byte, 1), mapped[first] ? 0 : -EFAULT);
			break;
		case 6:
			assert_int_equal(has(p, first, count), !all(gone, first, count));
			break;
		case 7:
			assert_int_equal(unregister_memory(c.container, p, PAGES * OWN_PAGE), any(mapped, 0, PAGES) ? -EBUSY : 0);
			if (any(mapped, 0, PAGES))
				break;
			assert_false(has(p, 0, PAGES));
			assert_int_equal(register_memory(c.container, p, PAGES * OWN_PAGE), 0);
			for (size_t n = 0; n < PAGES; n++)
				gone[n] = false;
		}
		assert_int_equal(stats_of(c.machine).registered_bytes, PAGES * OWN_PAGE);
	}
	drop_pages(p, PAGES * OWN_PAGES);
}

/* Two regions, another window, another PE, and pages larger than the range that is unmapped. */
static void every_window_of_every_pe_is_cleared(void **state)
{
	char *p = client_memory(&c, 2 * OWN_PAGES), *q = client_memory(&c, 2 * OWN_PAGES), byte = 'x';
	struct iovec ranges[] = { { p, OWN_PAGE }, { q + OWN_PAGE, OWN_PAGE } };
	int container = open_container(&c);
	uint64_t high = 0;

	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, container), 0);
	assert_int_equal(set_iommu(container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(register_memory(container, q, 2 * OWN_PAGE), 0);
	assert_int_equal(create_window(c.container, 12, 16 * MIB, 2, &high), 0);
	assert_int_equal(map_dma(c.container, p, 0, 2 * OWN_PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, q, high + MIB, 2 * OWN_PAGE, RW), 0);
	assert_int_equal(map_dma(container, q, 0, 2 * OWN_PAGE, RW), 0);
	stce_machine_unmap_end(c.machine, stce_machine_unmap_begin(c.machine, ranges, 2));
	assert_int_equal(device_write(&c, 0, &byte, 1), -EFAULT);
	assert_int_equal(device_write(&c, OWN_PAGE, &byte, 1), 0);
	assert_int_equal(device_write(&c, high + MIB, &byte, 1), 0);
	assert_int_equal(device_write(&c, high + MIB + OWN_PAGE, &byte, 1), -EFAULT);
	assert_int_equal(stce_dma_write(c.machine, 2, 0, &byte, 1), 0);
	assert_int_equal(stce_dma_write(c.machine, 2, OWN_PAGE, &byte, 1), -EFAULT);
	/* The second container has the region, too, and fills the hole for both. */
	assert_int_equal(register_memory(c.container, q, 2 * OWN_PAGE), 0);
	assert_int_equal(map_dma(container, q + OWN_PAGE, OWN_PAGE, OWN_PAGE, RW), 0);
	assert_int_equal(unregister_memory(c.container, q, 2 * OWN_PAGE), 0);
	/* So does one that has it not yet. */
	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, RW), -EINVAL);
	assert_int_equal(register_memory(container, p, 2 * OWN_PAGE), 0);
	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, RW), 0);
	assert_int_equal(unregister_memory(container, p, 2 * OWN_PAGE), 0);
	stce_close(container);
	drop_pages(p, 2 * OWN_PAGES);
	drop_pages(q, 2 * OWN_PAGES);
}

static void a_large_page_goes_as_a_whole(void **state)
{
	char *p = get_pages(4 * PAGE_64K / PAGE), *q, byte = 'x';
	struct client large;
	struct iovec range;

	q = p + (PAGE_64K - (uintptr_t)p % PAGE_64K);
	client_start(&large, "page-size", "64K", NULL);
	client_open(&large, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(register_memory(large.container, q, 2 * PAGE_64K), 0);
	assert_int_equal(create_window(large.container, 16, 16 * MIB, 1, NULL), 0);
	assert_int_equal(map_dma(large.container, q, HIGH, 2 * PAGE_64K, RW), 0);
	range = (struct iovec){ q + PAGE_64K - OWN_PAGE, OWN_PAGE };
	stce_machine_unmap_end(large.machine, stce_machine_unmap_begin(large.machine, &range, 1));
	assert_int_equal(device_write(&large, HIGH, &byte, 1), -EFAULT);
	assert_int_equal(device_write(&large, HIGH + PAGE_64K, &byte, 1), 0);
	assert_int_equal(map_dma(large.container, q, HIGH, PAGE_64K, RW), -EINVAL);
	client_stop(&large);
	drop_pages(p, 4 * PAGE_64K / PAGE);
}

static void v1_mappings_are_cleared(void **state)
{
	char *p = get_pages(3 * OWN_PAGES), byte = 'x';
	struct client v1;
	struct iovec range = { p + OWN_PAGE, OWN_PAGE };

	client_start(&v1, NULL);
	client_open(&v1, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(stce_ioctl(v1.container, VFIO_IOMMU_ENABLE, NULL), 0);
	assert_false(stce_machine_has_memory(v1.machine, p, 3 * OWN_PAGE));
	assert_int_equal(map_dma(v1.container, p, 0, 3 * OWN_PAGE, RW), 0);
	assert_true(stce_machine_has_memory(v1.machine, p, OWN_PAGE));
	stce_machine_unmap_end(v1.machine, stce_machine_unmap_begin(v1.machine, &range, 1));
	assert_int_equal(device_write(&v1, 0, &byte, 1), 0);
	assert_int_equal(device_write(&v1, OWN_PAGE, &byte, 1), -EFAULT);
	assert_int_equal(device_write(&v1, 2 * OWN_PAGE, &byte, 1), 0);
	client_stop(&v1);
	drop_pages(p, 3 * OWN_PAGES);
}

static atomic_bool is_registered;
static _Atomic(long) answer;

static void *register_it(void *p)
{
	atomic_store(&answer, register_memory(c.container, p, 2 * OWN_PAGE));
	atomic_store(&is_registered, true);
	return NULL;
}

/* (H1) */
static void a_registration_waits_for_what_leaves(void **state)
{
	char *p = get_pages(2 * OWN_PAGES);
	struct iovec ranges[] = { { p, 2 * OWN_PAGE }, { p - 64 * MIB, OWN_PAGE } };
	unsigned int number = stce_machine_unmap_begin(c.machine, ranges, 2);
	pthread_t thread;

	atomic_store(&is_registered, false);
	pthread_create(&thread, NULL, register_it, p);
	usleep(50000);
	assert_false(atomic_load(&is_registered));
	munmap(p, 2 * OWN_PAGE);
	stce_machine_unmap_end(c.machine, number);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&answer), -EFAULT);
	assert_int_equal(locked_kb(&c), 0);
}

static void without_memory_for_a_hole_the_region_is_one(void **state)
{
	char *p = client_memory(&c, 3 * OWN_PAGES), byte = 'x';
	struct iovec range = { p, OWN_PAGE };
	struct rlimit all, none;
	unsigned int number;

	assert_int_equal(map_at(p, 0, 3), 0);
	assert_int_equal(device_write(&c, 0, &byte, 1), 0);
	getrlimit(RLIMIT_AS, &all);
	none = (struct rlimit){ 1, all.rlim_max };
	setrlimit(RLIMIT_AS, &none);
	alloc_fail_after(0);
	number = stce_machine_unmap_begin(c.machine, &range, 1);
	stce_machine_unmap_end(c.machine, number);
	alloc_fail_after(-1);
	setrlimit(RLIMIT_AS, &all);
	assert_int_equal(device_write(&c, 0, &byte, 1), -EFAULT);
	assert_int_equal(map_at(p, 2, 1), -EINVAL);
	/* The mapping there stays, because its memory has not been unmapped. */
	assert_int_equal(device_write(&c, 2 * OWN_PAGE, &byte, 1), 0);
	assert_int_equal(register_memory(c.container, p, 3 * OWN_PAGE), 0);
	assert_int_equal(map_at(p, 0, 3), 0);
	drop_pages(p, 3 * OWN_PAGES);
}

static void memory_that_is_not_there_again_is_not_registered_again(void **state)
{
	char *p = client_memory(&c, 2 * OWN_PAGES);
	struct iovec range = { p, OWN_PAGE };
	unsigned int number = stce_machine_unmap_begin(c.machine, &range, 1);
	int container = open_container(&c);

	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, container), 0);
	assert_int_equal(set_iommu(container, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	munmap(p, OWN_PAGE);
	stce_machine_unmap_end(c.machine, number);
	assert_int_equal(register_memory(container, p, 2 * OWN_PAGE), -EFAULT);
	assert_int_equal(register_memory(c.container, p, 2 * OWN_PAGE), -EFAULT);
	assert_int_equal(map_at(p, 0, 1), -EINVAL);
	assert_int_equal(map_at(p, 1, 1), 0);
	assert_int_equal(unmap_dma(c.container, 0, 2 * OWN_PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p, 2 * OWN_PAGE), 0);
	/* Refused calls have left no use. */
	assert_int_equal(stats_of(c.machine).registered_bytes, 0);
	stce_close(container);
	drop_pages(p, 2 * OWN_PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(holes_are_what_was_unmapped_and_nothing_else, start, stop),
		cmocka_unit_test_setup_teardown(every_window_of_every_pe_is_cleared, start, stop),
		cmocka_unit_test(a_large_page_goes_as_a_whole),
		cmocka_unit_test(v1_mappings_are_cleared),
		cmocka_unit_test_setup_teardown(a_registration_waits_for_what_leaves, start, stop),
		cmocka_unit_test_setup_teardown(without_memory_for_a_hole_the_region_is_one, start, stop),
		cmocka_unit_test_setup_teardown(memory_that_is_not_there_again_is_not_registered_again, start, stop),
	};

	return cmocka_run_group_tests_name("unmaps", tests, NULL, NULL);
}
