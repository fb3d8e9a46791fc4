/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each allocation of a whole life fails once. The call that makes it answers -ENOMEM and gives the
 * reason, or works without the memory, and nothing is left behind. ASAN finds leaks.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spapr-tce.h"
#include "util/alloc.h"
#include "util/os_copy.h"

#include "../vfio/client.h"
#include "alloc_failure.h"

#define PAGES 16
/* The reason of an earlier call, which must be replaced. */
#define PLANTED "planted"

/* The life ends at the first call that fails. */
#define DO(...) do { \
		long did_ = (__VA_ARGS__); \
		if (did_ < 0) \
			return did_; \
	} while (0)

static char *memory;

static long open_all(struct client *c)
{
	DO(c->container = open_container(c));
	DO(c->group = open_group(c, 1));
	DO(c->second = open_group(c, 2));
	return set_container(c->group, c->container);
}

static long live_with_v2(struct client *c)
{
	uint64_t at;
	char bytes[100];
	int fd;

	DO(open_all(c));
	DO(set_iommu(c->container, VFIO_SPAPR_TCE_v2_IOMMU));
	DO(register_memory(c->container, memory, 8 * PAGE));
	DO(register_memory(c->container, memory + 8 * PAGE, PAGE));
	DO(map_dma(c->container, memory, 0, 9 * PAGE, RW));
	DO(create_window(c->container, 12, 1 * GIB, 3, &at));
	DO(map_dma(c->container, memory + PAGE, at + 300 * MIB, 4 * PAGE, RW));
	DO(set_container(c->second, c->container));
	DO(stce_dma_read(c->machine, 2, at + 300 * MIB + 10, bytes, sizeof(bytes)));
	DO(stce_dma_copy(c->machine, 1, PAGE, at + 300 * MIB, PAGE));
	DO(fd = (int)get_device(c->group, FIRST));
	DO(stce_close(fd));
	DO(unmap_dma(c->container, 0, 9 * PAGE));
	DO(unregister_memory(c->container, memory + 8 * PAGE, PAGE));
	DO(remove_window(c->container, at));
	DO(unregister_memory(c->container, memory, 8 * PAGE));
	DO(stce_ioctl(c->second, VFIO_GROUP_UNSET_CONTAINER, NULL));
	DO(stce_ioctl(c->group, VFIO_GROUP_UNSET_CONTAINER, NULL));
	return 0;
}

static long live_with_v1(struct client *c)
{
	DO(open_all(c));
	DO(set_iommu(c->container, VFIO_SPAPR_TCE_IOMMU));
	DO(stce_ioctl(c->container, VFIO_IOMMU_ENABLE, NULL));
	DO(map_dma(c->container, memory, 0, 4 * PAGE, RW));
	DO(unmap_dma(c->container, 0, PAGE));
	DO(stce_ioctl(c->container, VFIO_IOMMU_DISABLE, NULL));
	return 0;
}

/* Runs everything from the config to the end; allocation n fails. */
static long whole_life(int n, long (*live)(struct client *))
{
	struct client c = { .container = -1, .group = -1, .second = -1 };
	struct stce_config *config = NULL;
	struct stce_phb_config planted;
	long r;

	assert_int_equal(stce_phb_config_init(&planted, PLANTED, 0), -ENOENT);
	alloc_fail_after(n);
	r = stce_config_new(&config);
	if (!r)
		r = client_configure(config, "nvme,size=1M");
	if (!r)
		r = stce_machine_new(config, &c.machine, NULL);
	if (!r)
		r = live(&c);
	if (r && strstr(stce_last_reason(), PLANTED))
		fail_msg("allocation %d: nothing says why", n);
	if (c.machine)
		client_close(&c);
	stce_machine_free(c.machine);
	stce_config_free(config);
	return r;
}

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void walk(long (*live)(struct client *))
{
	int before, n = 0;
	bool is_done = false;

	/* The process keeps this for its copies from here on. */
	assert_int_equal(os_copy_begin(), 0);
	before = count_descriptors();
	for (; !is_done; n++) {
		long r = whole_life(n, live);

		if (r && r != -ENOMEM)
			fail_msg("allocation %d: answers %ld", n, r);
		if (count_descriptors() != before)
			fail_msg("allocation %d: descriptors are left", n);
		is_done = alloc_failure_is_left(n);
		assert_true(!is_done || r == 0);
		alloc_fail_after(-1);
	}
	/* The life got further than its first allocations. */
	assert_true(n > 20);
}

static void every_allocation_of_a_v2_life_may_fail(void **state)
{
	walk(live_with_v2);
}

static void every_allocation_of_a_v1_life_may_fail(void **state)
{
	walk(live_with_v1);
}

static int start(void **state)
{
	memory = get_pages(PAGES);
	return 0;
}

static int stop(void **state)
{
	drop_pages(memory, PAGES);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_allocation_of_a_v2_life_may_fail, start, stop),
		cmocka_unit_test_setup_teardown(every_allocation_of_a_v1_life_may_fail, start, stop),
	};

	return cmocka_run_group_tests_name("out of memory", tests, NULL, NULL);
}
