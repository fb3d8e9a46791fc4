/* SPDX-License-Identifier: BSD-2-Clause */
/* Registered memory: identity, overlap, counters, limits. */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "stats_of.h"
#include "util/alloc.h"

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

static void the_first_region_enables_the_container(void **state)
{
	char *p = get_pages(1);

	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -EPERM);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), -EPERM);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_ENABLE, NULL), -ENOTTY);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_DISABLE, NULL), -ENOTTY);
	assert_int_equal(register_memory(c.container, p, PAGE), 0);
	assert_int_equal(locked_kb(&c), 4);
	assert_int_equal(unregister_memory(c.container, p, PAGE), 0);
	assert_int_equal(locked_kb(&c), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -EINVAL);
	drop_pages(p, 1);
}

static void bad_arguments_have_their_errno(void **state)
{
	struct vfio_iommu_spapr_register_memory p = { .argsz = 23, .size = PAGE };
	char *page = get_pages(1);

	p.vaddr = (uintptr_t)page;
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &p), -EINVAL);
	p.argsz = sizeof(p);
	p.flags = 1;
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &p), -EINVAL);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, NULL), -EFAULT);
	assert_int_equal(register_memory(c.container, page + 1, PAGE), -EINVAL);
	assert_int_equal(register_memory(c.container, page, 100), -EINVAL);
	assert_int_equal(register_memory(c.container, (void *)-PAGE, PAGE), -EINVAL);
	assert_int_equal(register_memory(c.container, (void *)-PAGE, 2 * PAGE), -EINVAL);
	assert_int_equal(register_memory(c.container, page, 0), -ENOMEM);
	assert_int_equal(locked_kb(&c), 0);
	drop_pages(page, 1);
}

static void unregister_before_anything_is_not_permitted(void **state)
{
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, NULL), -EPERM);
}

static void a_hole_answers_with_the_pages_before_it(void **state)
{
	char *p = get_pages(4 * OWN_PAGES);

	munmap(p + 2 * OWN_PAGE, OWN_PAGE);
	assert_int_equal(register_memory(c.container, p, 4 * OWN_PAGE), 2 * OWN_PAGES);
	assert_int_equal(locked_kb(&c), 0);
	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, RW), -EPERM);
	assert_int_equal(register_memory(c.container, p + 2 * OWN_PAGE, OWN_PAGE), -EFAULT);
	mprotect(p + OWN_PAGE, OWN_PAGE, PROT_READ);
	assert_int_equal(register_memory(c.container, p + OWN_PAGE, OWN_PAGE), -EFAULT);
	assert_int_equal(register_memory(c.container, p, 2 * OWN_PAGE), OWN_PAGES);
	drop_pages(p, 4 * OWN_PAGES);
}

static void pages_behind_the_end_of_a_file_cannot_be_pinned(void **state)
{
	int fd = memfd_create("short", 0);
	char *p;

	assert_int_equal(ftruncate(fd, 3 * OWN_PAGE), 0);
	p = mmap(NULL, 8 * OWN_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_int_equal(register_memory(c.container, p, 8 * OWN_PAGE), 3 * OWN_PAGES);
	assert_int_equal(register_memory(c.container, p, 3 * OWN_PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p, 3 * OWN_PAGE), 0);
	drop_pages(p, 8 * OWN_PAGES);
	close(fd);
}

static void a_range_is_registered_once_and_overlaps_nothing(void **state)
{
	char *p = get_pages(8);

	assert_int_equal(register_memory(c.container, p + 2 * PAGE, 2 * PAGE), 0);
	assert_int_equal(register_memory(c.container, p + 2 * PAGE, 2 * PAGE), -EBUSY);
	assert_int_equal(register_memory(c.container, p + 2 * PAGE, PAGE), -EINVAL);
	assert_int_equal(register_memory(c.container, p, 8 * PAGE), -EINVAL);
	assert_int_equal(register_memory(c.container, p + 3 * PAGE, 2 * PAGE), -EINVAL);
	assert_int_equal(register_memory(c.container, p + PAGE, 2 * PAGE), -EINVAL);
	assert_int_equal(register_memory(c.container, p + 4 * PAGE, PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p + 2 * PAGE, PAGE), -ENOENT);
	assert_int_equal(unregister_memory(c.container, p + 2 * PAGE, 3 * PAGE), -ENOENT);
	assert_int_equal(unregister_memory(c.container, p + 2 * PAGE, 2 * PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p + 2 * PAGE, 2 * PAGE), -ENOENT);
	assert_int_equal(locked_kb(&c), 4);
	drop_pages(p, 8);
}

static void an_overlap_with_a_hole_counts_the_pages_first(void **state)
{
	char *p = get_pages(6 * OWN_PAGES);

	assert_int_equal(register_memory(c.container, p, 2 * OWN_PAGE), 0);
	munmap(p + 5 * OWN_PAGE, OWN_PAGE);
	assert_int_equal(register_memory(c.container, p + OWN_PAGE, 5 * OWN_PAGE), 4 * OWN_PAGES);
	drop_pages(p, 6 * OWN_PAGES);
}

static void two_containers_share_a_region(void **state)
{
	struct client d = { .machine = c.machine };
	char *p = client_memory(&c, 2);
	int second = open_group(&c, 2), other = open_container(&d);

	assert_int_equal(set_container(second, other), 0);
	assert_int_equal(set_iommu(other, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(map_dma(other, p, 0, PAGE, RW), -EPERM);
	assert_int_equal(register_memory(other, p, 2 * PAGE), 0);
	assert_int_equal(locked_kb(&c), 8);
	assert_int_equal(unregister_memory(c.container, p, 2 * PAGE), 0);
	assert_int_equal(locked_kb(&c), 8);
	assert_int_equal(map_dma(other, p, 0, PAGE, RW), 0);
	stce_close(second);
	stce_close(other);
	assert_int_equal(locked_kb(&c), 0);
	drop_pages(p, 2);
}

static void a_container_maps_what_another_registered(void **state)
{
	char *p = client_memory(&c, 2), *q = get_pages(1), x = 'q';
	int second = open_group(&c, 2), other = open_container(&c);

	assert_int_equal(set_container(second, other), 0);
	assert_int_equal(set_iommu(other, VFIO_SPAPR_TCE_v2_IOMMU), 0);
	assert_int_equal(register_memory(other, q, PAGE), 0);
	assert_int_equal(map_dma(other, p, 0, PAGE, RW), 0);
	/*
	 * The registering container leaves. The region lives on because of its TCE, and ends with
	 * it.
	 */
	assert_int_equal(stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL), 0);
	assert_int_equal(stce_dma_write(c.machine, 2, 0, &x, 1), 0);
	assert_int_equal(p[0], 'q');
	assert_int_equal(locked_kb(&c), 8 + 4 + 8192);
	assert_int_equal(unmap_dma(other, 0, PAGE), 0);
	assert_int_equal(locked_kb(&c), 4 + 8192);
	stce_close(second);
	stce_close(other);
	drop_pages(p, 2);
	drop_pages(q, 1);
}

static void a_mapped_region_is_busy(void **state)
{
	char *p = client_memory(&c, 2);

	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(unregister_memory(c.container, p, 2 * PAGE), -EBUSY);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p, 2 * PAGE), 0);
	drop_pages(p, 2);
}

static void registering_counts_against_the_limit_first(void **state)
{
	struct client tight;
	char *p = get_pages(8);

	client_start(&tight, "memlock", "16K", NULL);
	client_open(&tight, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(register_memory(tight.container, p, 3 * PAGE), 0);
	assert_int_equal(register_memory(tight.container, p + PAGE, 3 * PAGE), -ENOMEM);
	assert_int_equal(locked_kb(&tight), 12);
	client_stop(&tight);
	drop_pages(p, 8);
}

static void devices_find_gone_memory(void)
{
	char *p = client_memory(&c, 2 * OWN_PAGES), x = 'x';

	assert_int_equal(map_dma(c.container, p, 0, 2 * OWN_PAGE, RW), 0);
	mprotect(p, OWN_PAGE, PROT_READ);
	assert_int_equal(device_write(&c, 0, &x, 1), -EFAULT);
	assert_int_equal(device_read(&c, 0, &x, 1), 0);
	munmap(p, OWN_PAGE);
	assert_int_equal(device_read(&c, 0, &x, 1), -EFAULT);
	assert_int_equal(device_write(&c, OWN_PAGE, &x, 1), 0);
	assert_int_equal(stats_of(c.machine).fault_memory_gone, 2);
	/* Registration and mapping remain, as on Linux. */
	assert_int_equal(map_dma(c.container, p, 2 * OWN_PAGE, OWN_PAGE, RW), 0);
	drop_pages(p, 2 * OWN_PAGES);
}

static void memory_that_goes_away_fails_the_device_only(void **state)
{
	devices_find_gone_memory();
}

static void so_it_does_where_devices_move_memory_directly(void **state)
{
	assert_int_equal(stce_machine_set_direct_dma(c.machine, true), 0);
	devices_find_gone_memory();
}

/* Accesses memory that is gone, from a thread that blocks all signals. */
static void *access_with_signals_blocked(void *answers)
{
	int *answer = answers;
	sigset_t all;
	char x = 'x';

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	answer[0] = device_read(&c, 0, &x, 1);
	answer[1] = device_write(&c, 0, &x, 1);
	answer[2] = device_write(&c, OWN_PAGE, &x, 1);
	return NULL;
}

/* Symptom: the kernel killed the process. */
static void a_thread_that_blocks_sigsegv_gets_a_dma_fault(void **state)
{
	char *p = client_memory(&c, 2 * OWN_PAGES);
	pthread_t thread;
	int answer[3];

	assert_int_equal(stce_machine_set_direct_dma(c.machine, true), 0);
	assert_int_equal(map_dma(c.container, p, 0, 2 * OWN_PAGE, RW), 0);
	/* No other mapping, such as a thread's stack, may take the address. */
	assert_ptr_equal(mmap(p, OWN_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), p);
	assert_int_equal(pthread_create(&thread, NULL, access_with_signals_blocked, answer), 0);
	pthread_join(thread, NULL);
	assert_int_equal(answer[0], -EFAULT);
	assert_int_equal(answer[1], -EFAULT);
	assert_int_equal(answer[2], 0);
	drop_pages(p, 2 * OWN_PAGES);
}

static void direct_accesses_move_what_they_say(void **state)
{
	char *p = client_memory(&c, 4), out[3 * PAGE], in[3 * PAGE];

	assert_int_equal(stce_machine_set_direct_dma(c.machine, true), 0);
	/* Page 2 comes before page 0, so an access has three pieces. */
	assert_int_equal(map_dma(c.container, p + 2 * PAGE, 0, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p, PAGE, PAGE, RW), 0);
	assert_int_equal(map_dma(c.container, p + 3 * PAGE, 2 * PAGE, PAGE, RW), 0);
	for (unsigned int i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + (i >> 8));
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t ioba = i * 61, length = sizeof(out) - ioba - i * 13;

		memset(in, 0, sizeof(in));
		assert_int_equal(device_write(&c, ioba, out + ioba, length), 0);
		assert_int_equal(device_read(&c, ioba, in + ioba, length), 0);
		assert_memory_equal(in + ioba, out + ioba, length);
	}
	assert_memory_equal(p, out + PAGE, PAGE);
	assert_int_equal(stce_machine_set_direct_dma(c.machine, false), 0);
	assert_int_equal(device_read(&c, 0, in, sizeof(in)), 0);
	assert_memory_equal(in, out, sizeof(in));
	drop_pages(p, 4);
}

static void lazy_pinning_judges_the_mappings_only(void **state)
{
	struct client lazy;
	char *p = get_pages(4 * OWN_PAGES);
	unsigned char there[4];

	client_start(&lazy, "pin", "lazy", NULL);
	client_open(&lazy, VFIO_SPAPR_TCE_v2_IOMMU);
	assert_int_equal(register_memory(lazy.container, p, 4 * OWN_PAGE), 0);
	assert_int_equal(mincore(p, 4 * OWN_PAGE, there), 0);
	assert_int_equal(there[0] & 1, 0);
	assert_int_equal(unregister_memory(lazy.container, p, 4 * OWN_PAGE), 0);
	munmap(p + 3 * OWN_PAGE, OWN_PAGE);
	assert_int_equal(register_memory(lazy.container, p, 4 * OWN_PAGE), 3 * OWN_PAGES);
	client_stop(&lazy);
	drop_pages(p, 3 * OWN_PAGES);
}

/* The allocations for the set of all regions, the container's own set, and the region. */
static void a_registration_without_memory_is_undone(void **state)
{
	char *p = get_pages(2 * OWN_PAGES);
	unsigned int refused = 0;
	int r = -ENOMEM;

	while (r) {
		alloc_fail_after((int)refused);
		r = register_memory(c.container, p, OWN_PAGE);
		alloc_fail_after(-1);
		if (!r)
			break;
		assert_int_equal(r, -ENOMEM);
		refused++;
		assert_int_equal(locked_kb(&c), 0);
		assert_int_equal(stats_of(c.machine).registered_bytes, 0);
		assert_int_equal(unregister_memory(c.container, p, OWN_PAGE), -ENOENT);
		/* Nothing of it prevents the registration of an overlapping range. */
		assert_int_equal(register_memory(c.container, p, 2 * OWN_PAGE), 0);
		assert_int_equal(unregister_memory(c.container, p, 2 * OWN_PAGE), 0);
	}
	assert_true(refused >= 3);
	assert_int_equal(unregister_memory(c.container, p, OWN_PAGE), 0);
	drop_pages(p, 2 * OWN_PAGES);
}

static void unregistering_needs_no_memory(void **state)
{
	char *p = get_pages(4 * OWN_PAGES);

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(register_memory(c.container, p + i * OWN_PAGE, OWN_PAGE), 0);
	alloc_fail_after(0);
	assert_int_equal(unregister_memory(c.container, p + OWN_PAGE, OWN_PAGE), 0);
	alloc_fail_after(0);
	assert_int_equal(unregister_memory(c.container, p + OWN_PAGE, OWN_PAGE), -ENOENT);
	alloc_fail_after(0);
	assert_int_equal(register_memory(c.container, p + OWN_PAGE, OWN_PAGE), -ENOMEM);
	alloc_fail_after(-1);
	assert_int_equal(locked_kb(&c), 2 * OWN_PAGE / 1024);
	assert_int_equal(register_memory(c.container, p + OWN_PAGE, OWN_PAGE), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(unregister_memory(c.container, p + i * OWN_PAGE, OWN_PAGE), 0);
	assert_int_equal(register_memory(c.container, p, 4 * OWN_PAGE), 0);
	assert_int_equal(unregister_memory(c.container, p, 4 * OWN_PAGE), 0);
	drop_pages(p, 4 * OWN_PAGES);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_region_enables_the_container),
		TEST(bad_arguments_have_their_errno),
		TEST(unregister_before_anything_is_not_permitted),
		TEST(a_hole_answers_with_the_pages_before_it),
		TEST(pages_behind_the_end_of_a_file_cannot_be_pinned),
		TEST(a_range_is_registered_once_and_overlaps_nothing),
		TEST(an_overlap_with_a_hole_counts_the_pages_first),
		TEST(two_containers_share_a_region),
		TEST(a_container_maps_what_another_registered),
		TEST(a_mapped_region_is_busy),
		TEST(registering_counts_against_the_limit_first),
		TEST(memory_that_goes_away_fails_the_device_only),
		TEST(so_it_does_where_devices_move_memory_directly),
		TEST(a_thread_that_blocks_sigsegv_gets_a_dma_fault),
		TEST(direct_accesses_move_what_they_say),
		TEST(a_registration_without_memory_is_undone),
		TEST(unregistering_needs_no_memory),
		TEST(lazy_pinning_judges_the_mappings_only),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
