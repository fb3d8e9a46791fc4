/* SPDX-License-Identifier: BSD-2-Clause */
/* VFIO_SPAPR_TCE_IOMMU: enabled, charged as a whole, pinned page by page. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "client.h"

static long enable(struct client *c)
{
	return stce_ioctl(c->container, VFIO_IOMMU_ENABLE, NULL);
}

static long disable(struct client *c)
{
	return stce_ioctl(c->container, VFIO_IOMMU_DISABLE, NULL);
}

static void mapping_waits_for_enable(void **state)
{
	struct client c;
	char *p = get_pages(1);

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -EPERM);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), -EPERM);
	assert_int_equal(disable(&c), 0);
	assert_int_equal(enable(&c), 0);
	assert_int_equal(locked_kb(&c), 2097152);
	assert_int_equal(enable(&c), -EBUSY);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(locked_kb(&c), 2097152 + 8192);
	client_stop(&c);
	drop_pages(p, 1);
}

static void disable_returns_the_charge_and_keeps_the_mappings(void **state)
{
	struct client c;
	char *p = get_pages(1), x = 0;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(enable(&c), 0);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), 0);
	assert_int_equal(disable(&c), 0);
	assert_int_equal(locked_kb(&c), 8192);
	assert_int_equal(map_dma(c.container, p, 0, PAGE, RW), -EPERM);
	p[0] = 'v';
	assert_int_equal(device_read(&c, 0, &x, 1), 0);
	assert_int_equal(x, 'v');
	client_stop(&c);
	drop_pages(p, 1);
}

static void v2_calls_do_not_exist(void **state)
{
	struct client c;
	char *p = get_pages(1);

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(register_memory(c.container, p, PAGE), -ENOTTY);
	assert_int_equal(unregister_memory(c.container, p, PAGE), -ENOTTY);
	assert_int_equal(create_window(c.container, 12, GIB, 1, NULL), -ENOTTY);
	assert_int_equal(remove_window(c.container, 0), -ENOTTY);
	client_stop(&c);
	drop_pages(p, 1);
}

static void memory_must_be_writable_even_for_reading(void **state)
{
	struct client c;
	char *p = get_pages(2 * OWN_PAGES);

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(enable(&c), 0);
	mprotect(p, OWN_PAGE, PROT_READ);
	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, VFIO_DMA_MAP_FLAG_READ), -EFAULT);
	munmap(p, OWN_PAGE);
	assert_int_equal(map_dma(c.container, p, 0, 2 * OWN_PAGE, RW), -EFAULT);
	client_stop(&c);
	drop_pages(p + OWN_PAGE, OWN_PAGES);
}

/* Supplies the missing page, after it has closed a container, which waits for all readers. */
struct bringer {
	struct client *client;
	int faults;
};

static void *bring_page(void *argument)
{
	struct bringer *bringer = argument;
	struct uffd_msg message;
	struct uffdio_zeropage page = { .range.len = OWN_PAGE };

	if (read(bringer->faults, &message, sizeof(message)) != sizeof(message))
		return NULL;
	stce_close(open_container(bringer->client));
	page.range.start = message.arg.pagefault.address & ~(OWN_PAGE - 1);
	ioctl(bringer->faults, UFFDIO_ZEROPAGE, &page);
	return NULL;
}

/*
 * Returns a descriptor that reports faults in the page at p, or -1 after it has printed the reason.
 */
static int hear_faults(char *p)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { { (uintptr_t)p, OWN_PAGE }, UFFDIO_REGISTER_MODE_MISSING, 0 };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &range))
		return fd;
	print_message("# no userfaultfd for this user on this kernel\n");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Symptom: MAP waited for the page, and the thread that supplies it waited for the end of MAP. */
static void whoever_brings_a_page_to_map_may_close_files(void **state)
{
	struct client c;
	char *p = get_pages(OWN_PAGES);
	struct bringer bringer = { &c, hear_faults(p) };
	pthread_t thread;

	if (bringer.faults < 0) {
		drop_pages(p, OWN_PAGES);
		skip();
	}
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(enable(&c), 0);
	assert_int_equal(pthread_create(&thread, NULL, bring_page, &bringer), 0);
	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, RW), 0);
	pthread_join(thread, NULL);
	close(bringer.faults);
	client_stop(&c);
	drop_pages(p, OWN_PAGES);
}

/* Symptom: such a range was mapped without being pinned, and the call returned 0. */
static void memory_beyond_the_end_of_the_address_space_cannot_be_mapped(void **state)
{
	struct client c;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(enable(&c), 0);
	assert_int_equal(map_dma(c.container, (void *)-PAGE, 0, PAGE, RW), -EFAULT);
	assert_int_equal(map_dma(c.container, (void *)-PAGE, 0, 2 * PAGE, RW), -EFAULT);
	client_stop(&c);
}

static void a_refused_map_keeps_what_was_there(void **state)
{
	struct client c;
	char *good = get_pages(2 * OWN_PAGES), *bad = get_pages(2 * OWN_PAGES), x = 0;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(enable(&c), 0);
	assert_int_equal(map_dma(c.container, good, 0, 2 * OWN_PAGE, RW), 0);
	munmap(bad + OWN_PAGE, OWN_PAGE);
	assert_int_equal(map_dma(c.container, bad, 0, 2 * OWN_PAGE, RW), -EFAULT);
	good[0] = 'g';
	assert_int_equal(device_read(&c, 0, &x, 1), 0);
	assert_int_equal(x, 'g');
	client_stop(&c);
	drop_pages(good, 2 * OWN_PAGES);
	drop_pages(bad, OWN_PAGES);
}

static void enable_obeys_the_limit(void **state)
{
	struct client c;

	client_start(&c, "memlock", "1M", NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(enable(&c), -ENOMEM);
	assert_int_equal(locked_kb(&c), 0);
	client_stop(&c);
}

static void get_info_shows_no_windows_to_make(void **state)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info), .ddw.levels = 77 };
	struct client c;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_IOMMU);
	assert_int_equal(stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
	assert_int_equal(info.flags, 0);
	assert_int_equal(info.dma32_window_size, 0x80000000u);
	assert_int_equal(info.ddw.pgsizes, 0);
	assert_int_equal(info.ddw.levels, 0);
	client_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapping_waits_for_enable),
		cmocka_unit_test(disable_returns_the_charge_and_keeps_the_mappings),
		cmocka_unit_test(v2_calls_do_not_exist),
		cmocka_unit_test(memory_must_be_writable_even_for_reading),
		cmocka_unit_test(whoever_brings_a_page_to_map_may_close_files),
		cmocka_unit_test(memory_beyond_the_end_of_the_address_space_cannot_be_mapped),
		cmocka_unit_test(a_refused_map_keeps_what_was_there),
		cmocka_unit_test(enable_obeys_the_limit),
		cmocka_unit_test(get_info_shows_no_windows_to_make),
	};

	return cmocka_run_group_tests_name("v1", tests, NULL, NULL);
}
