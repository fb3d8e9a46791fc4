/* SPDX-License-Identifier: BSD-2-Clause */
/* MAP and UNMAP of a v2 container: the order of checks, counts, and the device's view. */
#include "testing.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "client.h"
#include "stats_of.h"

#define DEFAULT_SIZE (2 * GIB)

static struct client c;
static char *p;      /* 8 registered pages */

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	p = client_memory(&c, 8);
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	drop_pages(p, 8);
	return 0;
}

static long raw_map(uint32_t argsz, uint32_t flags, void *va, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_map m = { argsz, flags, (uintptr_t)va, iova, size };

	return stce_ioctl(c.container, VFIO_IOMMU_MAP_DMA, &m);
}

static void the_first_map_makes_the_default_window(void **state)
{
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(locked_kb(&c), 32 + 8192);
}

/*
 * An argument on the caller's stack is read at once, by a shorter path. The answers are the same.
 */
static void arguments_may_lie_anywhere(void **state)
{
	static struct vfio_iommu_type1_dma_map m = { .argsz = sizeof(m), .flags = RW, .size = PAGE };
	static struct vfio_iommu_type1_dma_unmap u = { .argsz = sizeof(u), .size = PAGE };

	m.vaddr = (uintptr_t)p;
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_MAP_DMA, &m), 0);
	assert_int_equal(locked_kb(&c), 32 + 8192);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_MAP_DMA, &m), 0);
	assert_int_equal(stats_of(c.machine).pages_mapped, 1);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_UNMAP_DMA, &u), 0);
	assert_int_equal(stats_of(c.machine).pages_mapped, 0);
	m.iova = 1;
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_MAP_DMA, &m), 1);
}

/* The shorter path counts like the other. The first MAP makes the window, and takes the other. */
static void each_call_is_counted_once(void **state)
{
	static struct vfio_iommu_type1_dma_map m = { .argsz = sizeof(m), .flags = RW, .size = PAGE };
	struct stce_stats before = stats_of(c.machine);

	m.vaddr = (uintptr_t)p;
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p, PAGE, PAGE, RW), 0);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_MAP_DMA, &m), 0);
	assert_int_equal(map_dma(c.container, p, DEFAULT_SIZE, PAGE, RW), -ENXIO);
	assert_int_equal(unmap_dma(c.container, 0, 2 * PAGE), 0);
	assert_int_equal(stats_of(c.machine).map_calls - before.map_calls, 4);
	assert_int_equal(stats_of(c.machine).unmap_calls - before.unmap_calls, 1);
	assert_int_equal(stats_of(c.machine).refused_calls - before.refused_calls, 1);
}

static void bad_arguments_come_in_linux_s_order(void **state)
{
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_MAP_DMA, NULL), -EFAULT);
	assert_int_equal(raw_map(31, RW, p, 0, PAGE), -EINVAL);
	assert_int_equal(raw_map(32, 8, p, 4 * GIB, PAGE), -EINVAL);
	assert_int_equal(locked_kb(&c), 32);
	assert_int_equal(raw_map(32, 0, p, 4 * GIB, PAGE), -ENXIO);
	assert_int_equal(locked_kb(&c), 32 + 8192);
	assert_int_equal(map_dma(c.container, p, 0, 2048, RW), -EINVAL);
	assert_int_equal(map_dma(c.container, p + 1, 0, PAGE, RW), -EINVAL);
	assert_int_equal(raw_map(32, 0, p, 0, PAGE), -EINVAL);
	assert_int_equal(map_dma(c.container, p, 1, PAGE, RW), 1);
	assert_int_equal(map_dma(c.container, p, 0x800, PAGE, RW), 1);
	assert_int_equal(map_dma(c.container, p, UINT64_MAX - PAGE + 1, PAGE, RW), -ENXIO);
	assert_int_equal(raw_map(4096, RW, p, 0, PAGE), 0);
}

static void the_window_ends_where_it_ends(void **state)
{
	char *before = p;
	char x;

	assert_int_equal(map_dma(c.container, p, DEFAULT_SIZE - PAGE, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p, DEFAULT_SIZE, PAGE, RW), -ENXIO);
	before[0] = 'w';
	/* [DIFF-1] The whole range is checked, and a refused call changes nothing. */
	assert_int_equal(map_dma(c.container, p + PAGE, DEFAULT_SIZE - PAGE, 2 * PAGE, RW), -EINVAL);
	assert_int_equal(device_read(&c, DEFAULT_SIZE - PAGE, &x, 1), 0);
	assert_int_equal(x, 'w');
	assert_int_equal(unmap_dma(c.container, DEFAULT_SIZE - PAGE, 2 * PAGE), -EINVAL);
	assert_int_equal(device_read(&c, DEFAULT_SIZE - PAGE, &x, 1), 0);
	assert_int_equal(map_dma(c.container, p, PAGE, UINT64_MAX - PAGE + 1, RW), -EINVAL);
}

static void size_zero_is_welcome(void **state)
{
	assert_int_equal(map_dma(c.container, NULL, 0, 0, RW), 0);
	assert_int_equal(map_dma(c.container, NULL, PAGE, 0, RW), 0);
	assert_int_equal(unmap_dma(c.container, 0, 0), 0);
}

static void a_refused_map_leaves_old_entries_and_counts(void **state)
{
	char *other = client_memory(&c, 2), x;

	assert_int_equal(map_dma(c.container, other, 0, 2 * PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p + 7 * PAGE, 0, 2 * PAGE, RW), -EINVAL);
	other[0] = 'o';
	assert_int_equal(device_read(&c, 0, &x, 1), 0);
	assert_int_equal(x, 'o');
	assert_int_equal(unregister_memory(c.container, p, 8 * PAGE), 0);
	assert_int_equal(register_memory(c.container, p, 8 * PAGE), 0);
	assert_int_equal(unmap_dma(c.container, 0, 2 * PAGE), 0);
	assert_int_equal(unregister_memory(c.container, other, 2 * PAGE), 0);
	drop_pages(other, 2);
}

static void mapping_over_an_entry_releases_the_old_memory(void **state)
{
	char *other = client_memory(&c, 1);

	assert_int_equal(map_dma(c.container, other, 0, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(unregister_memory(c.container, other, PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p, 8 * PAGE), -EBUSY);
	drop_pages(other, 1);
}

static void one_page_at_two_addresses_counts_twice(void **state)
{
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p, 16 * PAGE, PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p, 8 * PAGE), -EBUSY);
	assert_int_equal(unmap_dma(c.container, 16 * PAGE, PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p, 8 * PAGE), 0);
	assert_int_equal(register_memory(c.container, p, 8 * PAGE), 0);
}

static void unmap_is_happy_with_what_was_never_mapped(void **state)
{
	struct vfio_iommu_type1_dma_unmap u = { .argsz = 23, .size = PAGE };

	assert_int_equal(unmap_dma(c.container, 0, PAGE), 0);
	assert_int_equal(unmap_dma(c.container, 0, DEFAULT_SIZE), 0);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_UNMAP_DMA, &u), -EINVAL);
	u = (struct vfio_iommu_type1_dma_unmap){ .argsz = 24, .flags = 1, .size = PAGE };
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_UNMAP_DMA, &u), -EINVAL);
	assert_int_equal(unmap_dma(c.container, 1, PAGE), 1);
	assert_int_equal(unmap_dma(c.container, 0, 2048), -EINVAL);
	assert_int_equal(unmap_dma(c.container, DEFAULT_SIZE, PAGE), -ENXIO);
}

static void a_range_may_span_adjacent_regions(void **state)
{
	char *area = get_pages(4);

	assert_int_equal(register_memory(c.container, area, 2 * PAGE), 0);
	assert_int_equal(register_memory(c.container, area + 2 * PAGE, 2 * PAGE), 0);
	assert_int_equal(map_dma(c.container, area, 0, 4 * PAGE, RW), 0);
	assert_int_equal(unregister_memory(c.container, area, 2 * PAGE), -EBUSY);
	assert_int_equal(unregister_memory(c.container, area + 2 * PAGE, 2 * PAGE), -EBUSY);
	assert_int_equal(unmap_dma(c.container, 0, 4 * PAGE), 0);
	assert_int_equal(unregister_memory(c.container, area, 2 * PAGE), 0);
	assert_int_equal(unregister_memory(c.container, area + 2 * PAGE, 2 * PAGE), 0);
	drop_pages(area, 4);
}

static void a_range_across_many_regions_counts_each(void **state)
{
	enum { N = 40 };
	char *area = get_pages(N);

	for (int i = 0; i < N; i++)
		assert_int_equal(register_memory(c.container, area + (size_t)i * PAGE, PAGE), 0);
	assert_int_equal(map_dma(c.container, area, 0, N * PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, area, 0, N * PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, 0, N * PAGE), 0);
	for (int i = 0; i < N; i++)
		assert_int_equal(unregister_memory(c.container, area + (size_t)i * PAGE, PAGE), 0);
	drop_pages(area, N);
}

static void permissions_hold_for_the_device(void **state)
{
	char x = 'x';

	assert_int_equal(map_dma(c.container, p, 0, PAGE, VFIO_DMA_MAP_FLAG_READ), 0);
	assert_int_equal(device_write(&c, 0, &x, 1), -EFAULT);
	assert_int_equal(device_read(&c, 0, &x, 1), 0);
	assert_int_equal(stats_of(c.machine).fault_no_write, 1);
	/* WRITE implies READ. */
	assert_int_equal(map_dma(c.container, p, 0, PAGE, VFIO_DMA_MAP_FLAG_WRITE), 0);
	assert_int_equal(device_write(&c, 0, &x, 1), 0);
	assert_int_equal(device_read(&c, 0, &x, 1), 0);
}

static void faults_are_told_apart(void **state)
{
	char b[16];

	assert_int_equal(device_read(&c, 0, b, 1), -EFAULT);
	assert_int_equal(device_read(&c, HIGH, b, 1), -EFAULT);
	assert_int_equal(stats_of(c.machine).fault_no_window, 2);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(device_read(&c, PAGE, b, 1), -EFAULT);
	assert_int_equal(device_read(&c, PAGE - 8, b, 16), -EFAULT);
	assert_int_equal(stats_of(c.machine).fault_unmapped, 2);
	assert_int_equal(device_read(&c, DEFAULT_SIZE, b, 1), -EFAULT);
	assert_int_equal(device_read(&c, DEFAULT_SIZE - 8, b, 16), -EFAULT);
	assert_int_equal(stats_of(c.machine).fault_beyond_window, 2);
	assert_int_equal(device_read(&c, PAGE - 8, b, 8), 0);
}

static void data_crosses_pages_in_order(void **state)
{
	char in[3 * PAGE], out[3 * PAGE];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 7 + i / 256);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(map_dma(c.container, p + (3 - i) * PAGE, i * PAGE, PAGE, RW), 0);
	assert_int_equal(device_write(&c, 100, in, sizeof(in)), 0);
	assert_memory_equal(p + 3 * PAGE + 100, in, PAGE - 100);
	assert_memory_equal(p + 2 * PAGE, in + PAGE - 100, PAGE);
	assert_int_equal(device_read(&c, 100, out, sizeof(out)), 0);
	assert_memory_equal(in, out, sizeof(in));
	assert_int_equal(stce_dma_copy(c.machine, 1, 3 * PAGE + 200, 100, 300), 0);
	assert_memory_equal(p + 200, in, 300);
}

static void a_64k_page_wants_64k_memory(void **state)
{
	struct client big;
	char *area = mmap(NULL, 4 * PAGE_64K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *aligned = (char *)align_up((uintptr_t)area, PAGE_64K);
	uint64_t at;

	assert_int_equal(register_memory(c.container, aligned, 2 * PAGE_64K), 0);
	assert_int_equal(create_window(c.container, 16, GIB, 1, &at), 0);
	assert_int_equal(map_dma(c.container, aligned, at, PAGE_64K, RW), -EINVAL);
	assert_int_equal(unregister_memory(c.container, aligned, 2 * PAGE_64K), 0);

	client_start(&big, "page-size", "64K", NULL);
	client_open(&big, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(register_memory(big.container, aligned, 2 * PAGE_64K), 0);
	assert_int_equal(create_window(big.container, 16, GIB, 1, &at), 0);
	assert_int_equal(map_dma(big.container, aligned, at, 2 * PAGE_64K, RW), 0);
	client_stop(&big);
	munmap(area, 4 * PAGE_64K);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_map_makes_the_default_window),
		TEST(arguments_may_lie_anywhere),
		TEST(each_call_is_counted_once),
		TEST(bad_arguments_come_in_linux_s_order),
		TEST(the_window_ends_where_it_ends),
		TEST(size_zero_is_welcome),
		TEST(a_refused_map_leaves_old_entries_and_counts),
		TEST(mapping_over_an_entry_releases_the_old_memory),
		TEST(one_page_at_two_addresses_counts_twice),
		TEST(unmap_is_happy_with_what_was_never_mapped),
		TEST(a_range_may_span_adjacent_regions),
		TEST(a_range_across_many_regions_counts_each),
		TEST(permissions_hold_for_the_device),
		TEST(faults_are_told_apart),
		TEST(data_crosses_pages_in_order),
		TEST(a_64k_page_wants_64k_memory),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
