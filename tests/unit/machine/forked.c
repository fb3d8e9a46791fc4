/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine without a run, in a process that forks. The child has the files, and its own memory. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../vfio/client.h"
#include "spapr-tce/device.h"
#include "util/alloc.h"

static struct client c;
static int device;

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device = (int)get_device(c.group, FIRST);
	return device < 0;
}

static int stop(void **state)
{
	if (device >= 0)
		stce_close(device);
	client_stop(&c);
	return 0;
}

/* Runs fn in a child, and asserts that it returns true there. */
static void in_a_child(bool (*fn)(void))
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(fn() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static long info(void)
{
	struct vfio_iommu_spapr_tce_info p = { .argsz = sizeof(p) };

	return stce_ioctl(c.container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &p);
}

static bool asks(void)
{
	return stce_ioctl(c.container, VFIO_GET_API_VERSION, NULL) == 0 &&
	       stce_ioctl(c.container, VFIO_CHECK_EXTENSION, (void *)VFIO_SPAPR_TCE_v2_IOMMU) == 1 &&
	       group_flags(c.group) == (VFIO_GROUP_FLAGS_VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET);
}

/*
 * Symptom: the child's ioctls went to the memory files behind the descriptors, which answer ENOTTY
 * to everything.
 */
static void a_child_may_ask_what_it_inherited(void **state)
{
	in_a_child(asks);
	assert_int_equal(info(), 0);
}

static bool is_refused(void)
{
	struct vfio_device_info p = { .argsz = sizeof(p) };

	return info() == -EPERM && stce_ioctl(device, VFIO_DEVICE_GET_INFO, &p) == -EPERM &&
	       map_dma(c.container, NULL, 0, PAGE, RW) == -EPERM &&
	       stce_ioctl(c.group, VFIO_GROUP_UNSET_CONTAINER, NULL) == -EPERM;
}

static void what_concerns_memory_is_the_parent_s(void **state)
{
	in_a_child(is_refused);
}

/* Symptom: EINVAL from the parent's group, whose lock may never be released in the child. */
static bool may_not_link_it(void)
{
	struct stce_spapr_tce_iommu_linkage linkage = { .liobn = 1, .fd = (uint32_t)c.group };
	struct kvm_device_attr attr = {
		.group = STCE_KVM_DEV_SPAPR_TCE_IOMMU_ATTR_LINKAGE, .addr = (uintptr_t)&linkage,
	};
	struct stce_vm *vm = NULL;
	int fd = stce_vm_new(c.machine, &vm) ? -1 : stce_vm_create_device(vm, STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU);

	return fd >= 0 && stce_ioctl(fd, KVM_SET_DEVICE_ATTR, &attr) == -EPERM;
}

static void a_vm_of_a_child_gets_no_link_to_the_parent_s_group(void **state)
{
	assert_int_equal(create_window(c.container, 12, 1 * MIB, 1, NULL), 0);
	in_a_child(may_not_link_it);
}

static bool finds_it_held(void)
{
	return open_group(&c, 1) == -EBUSY;
}

static void a_group_is_held_for_a_child_too(void **state)
{
	in_a_child(finds_it_held);
}

static bool closes_all(void)
{
	return !stce_close(device) && !stce_close(c.group) && !stce_close(c.container);
}

static void what_a_child_closes_stays_open_here(void **state)
{
	in_a_child(closes_all);
	assert_int_equal(info(), 0);
	assert_int_equal(open_group(&c, 1), -EBUSY);
}

static bool sets_up_the_other_group(void)
{
	struct client own = { .machine = c.machine };
	char *p = get_pages(1);

	own.container = open_container(&own);
	own.group = open_group(&own, 2);
	return own.container >= 0 && own.group >= 0 && set_container(own.group, own.container) == 0 &&
	       set_iommu(own.container, VFIO_SPAPR_TCE_v2_IOMMU) == 0 &&
	       register_memory(own.container, p, PAGE) == 0 && map_dma(own.container, p, 0, PAGE, RW) == 0;
}

static void a_child_may_have_a_group_of_its_own(void **state)
{
	in_a_child(sets_up_the_other_group);
	c.second = open_group(&c, 2);
	assert_true(c.second >= 0);
}

/* Symptom: it crashed. */
static bool sets_hooks_without_memory(void)
{
	alloc_fail_after(0);
	stce_machine_on_news(c.machine, NULL, NULL);
	alloc_fail_after(0);
	stce_machine_on_device_write(c.machine, NULL, NULL);
	alloc_fail_after(0);
	stce_machine_set_direct_dma(c.machine, true);
	alloc_fail_after(-1);
	return asks();
}

static void a_child_may_lack_memory_for_parts_of_its_own(void **state)
{
	in_a_child(sets_hooks_without_memory);
}

static bool forks_again(void)
{
	in_a_child(asks);
	in_a_child(is_refused);
	return asks();
}

static void so_has_a_child_of_a_child(void **state)
{
	in_a_child(forks_again);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_child_may_ask_what_it_inherited),
		TEST(what_concerns_memory_is_the_parent_s),
		TEST(a_vm_of_a_child_gets_no_link_to_the_parent_s_group),
		TEST(a_group_is_held_for_a_child_too),
		TEST(what_a_child_closes_stays_open_here),
		TEST(a_child_may_have_a_group_of_its_own),
		TEST(a_child_may_lack_memory_for_parts_of_its_own),
		TEST(so_has_a_child_of_a_child),
	};

	return cmocka_run_group_tests_name("forked", tests, NULL, NULL);
}
