/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refusals of VFIO calls that no Linux was asked for: an answer that cannot be written, a list or a
 * name that leaves the program's memory, memory that runs out, and a child that meets what its
 * parent drives. A refused call must leave the file usable. vfio-spapr(4) names these rows.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "client.h"
#include "util/alloc.h"

static struct client c;
static int device;
/* A page for reading, and behind it one that nothing can reach. */
static char *page;

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device = (int)get_device(c.group, FIRST);
	page = mmap(NULL, 2 * OWN_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return device < 0 || page == MAP_FAILED;
}

static int stop(void **state)
{
	munmap(page, 2 * OWN_PAGE);
	stce_close(device);
	client_stop(&c);
	return 0;
}

/* Makes a call whose argument lies at the end of the readable page. */
static long call_with(int fd, unsigned long request, const void *argument, size_t size)
{
	char *at = page + OWN_PAGE - size;
	long r;

	memcpy(at, argument, size);
	assert_int_equal(mprotect(page, OWN_PAGE, PROT_READ), 0);
	assert_int_equal(mprotect(page + OWN_PAGE, OWN_PAGE, PROT_NONE), 0);
	r = stce_ioctl(fd, request, at);
	assert_int_equal(memcmp(at, argument, size), 0);
	assert_int_equal(mprotect(page, OWN_PAGE, PROT_READ | PROT_WRITE), 0);
	return r;
}

static long container_info(void)
{
	struct vfio_iommu_spapr_tce_info p = { .argsz = sizeof(p) };

	return call_with(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &p, sizeof(p));
}

static long group_status(void)
{
	struct vfio_group_status p = { .argsz = sizeof(p) };

	return call_with(c.group, VFIO_GROUP_GET_STATUS, &p, sizeof(p));
}

static long device_info(void)
{
	struct vfio_device_info p = { .argsz = sizeof(p) };

	return call_with(device, VFIO_DEVICE_GET_INFO, &p, sizeof(p));
}

static long region_info(void)
{
	struct vfio_region_info p = { .argsz = sizeof(p) };

	return call_with(device, VFIO_DEVICE_GET_REGION_INFO, &p, sizeof(p));
}

static long irq_info(void)
{
	struct vfio_irq_info p = { .argsz = sizeof(p) };

	return call_with(device, VFIO_DEVICE_GET_IRQ_INFO, &p, sizeof(p));
}

static long hot_reset_info(void)
{
	struct vfio_pci_hot_reset_info p = { .argsz = sizeof(p) };

	return call_with(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &p, sizeof(p));
}

/* Its list begins where the memory ends. */
static long hot_reset(void)
{
	struct vfio_pci_hot_reset p = { .argsz = sizeof(p) + 4, .count = 1 };

	return call_with(device, VFIO_DEVICE_PCI_HOT_RESET, &p, sizeof(p));
}

static long endless_name(void)
{
	static char name[2 * PAGE];

	memset(name, 'x', sizeof(name) - 1);
	return stce_ioctl(c.group, VFIO_GROUP_GET_DEVICE_FD, name);
}

static long irqs_without_memory(void)
{
	uint64_t room[4] = { 0 };
	struct vfio_irq_set *set = (struct vfio_irq_set *)room;
	int32_t no_fd = -1;
	long r;

	*set = (struct vfio_irq_set){ .argsz = sizeof(*set) + sizeof(no_fd), .index = VFIO_PCI_INTX_IRQ_INDEX,
		.flags = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD, .count = 1 };
	memcpy(set->data, &no_fd, sizeof(no_fd));
	alloc_fail_after(0);
	r = stce_ioctl(device, VFIO_DEVICE_SET_IRQS, set);
	alloc_fail_after(-1);
	return r;
}

static const struct {
	const char *title;
	long (*call)(void);
	long answer;
	const char *why;
} rows[] = {
	{ "GET_INFO in memory for reading", container_info, -EFAULT, "the answer cannot be written" },
	{ "GET_STATUS in memory for reading", group_status, -EFAULT, "the answer cannot be written" },
	{ "DEVICE_GET_INFO in memory for reading", device_info, -EFAULT, "the answer cannot be written" },
	{ "GET_REGION_INFO in memory for reading", region_info, -EFAULT, "the answer cannot be written" },
	{ "GET_IRQ_INFO in memory for reading", irq_info, -EFAULT, "the answer cannot be written" },
	{ "GET_PCI_HOT_RESET_INFO in memory for reading", hot_reset_info, -EFAULT, "the answer cannot be written" },
	{ "PCI_HOT_RESET with a list at the end of memory", hot_reset, -EFAULT, "the list of groups cannot be read" },
	{ "GET_DEVICE_FD by a name that does not end", endless_name, -EINVAL, "the name cannot be read" },
	{ "SET_IRQS without memory", irqs_without_memory, -ENOMEM, "no memory for the data of 1 vectors" },
};

static void each_row_is_refused_and_says_why(void **state)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		long r = rows[i].call();

		if (r != rows[i].answer || !strstr(stce_last_reason(), rows[i].why))
			fail_msg("%s: answers %ld (%s)", rows[i].title, r, stce_last_reason());
	}
	assert_int_equal(group_flags(c.group), VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET);
}

/* Answers how many of the calls are not refused as DIFF-30 says. */
static int wrong_in_a_child(void)
{
	uint32_t word;
	int second = open_group(&c, 2), wrong = second < 0;

	wrong += set_container(second, c.container) != -EPERM;
	wrong += get_device(c.group, FIRST) != -EPERM;
	wrong += stce_pread(device, &word, sizeof(word), (int64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40) != -EPERM;
	wrong += set_iommu(c.container, VFIO_SPAPR_TCE_v2_IOMMU) != -EINVAL;
	return wrong;
}

static void a_child_takes_nothing_that_its_parent_drives(void **state)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(wrong_in_a_child());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	c.second = open_group(&c, 2);
	assert_int_equal(set_container(c.second, c.container), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_row_is_refused_and_says_why, start, stop),
		cmocka_unit_test_setup_teardown(a_child_takes_nothing_that_its_parent_drives, start, stop),
	};

	return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
