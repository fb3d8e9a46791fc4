/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Refusals of KVM calls that no Linux was asked for: slots that cannot be, answers that cannot be
 * written, and memory that runs out while a group is added or linked. A refused call has changed
 * nothing. kvm-spapr-tce(4) names these tests.
 */
#include "testing.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "abi/kvm_ppc.h"
#include "util/alloc.h"
#include "vmm_test.h"

static long set_slot(uint32_t slot, uint64_t gpa, uint64_t size, const char *address)
{
	struct kvm_userspace_memory_region p = { .slot = slot, .guest_phys_addr = gpa, .memory_size = size,
						 .userspace_addr = (uintptr_t)address };

	return stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, &p);
}

static void slots_are_whole_pages_that_overlap_nothing(void **state)
{
	assert_int_equal(stce_vm_ioctl(v.vm, KVM_SET_USER_MEMORY_REGION, (void *)8), -EFAULT);
	assert_int_equal(set_slot(0, GPA, PAGE, v.ram), -EINVAL);
	assert_int_equal(set_slot(1, GPA + 1, PAGE, v.ram), -EINVAL);
	assert_int_equal(set_slot(1, 0 - PAGE, 2 * PAGE, v.ram), -EINVAL);
	assert_int_equal(set_slot(1, GPA, PAGE, v.ram), -EEXIST);
	assert_int_equal(set_slot(9, 0, 0, NULL), -EINVAL);
	alloc_fail_after(0);
	assert_int_equal(set_slot(1, 2 * GPA, PAGE, v.ram), -ENOMEM);
	alloc_fail_after(-1);
	assert_int_equal(set_slot(1, 2 * GPA, PAGE, v.ram), 0);
}

/* A VM's call whose argument can be read and not written. */
static long call_read_only(unsigned long request, const void *argument, size_t size)
{
	char *page = mmap(NULL, OWN_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long r;

	assert_true(page != MAP_FAILED);
	memcpy(page, argument, size);
	assert_int_equal(mprotect(page, OWN_PAGE, PROT_READ), 0);
	r = stce_vm_ioctl(v.vm, request, page);
	munmap(page, OWN_PAGE);
	return r;
}

static void an_answer_that_cannot_be_written_leaves_no_device(void **state)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	struct stce_kvm_hcall call = { .nr = STCE_H_GET_TCE, .args = { LIOBN } };

	assert_int_equal(call_read_only(KVM_CREATE_DEVICE, &device, sizeof(device)), -EFAULT);
	assert_int_equal(call_read_only(STCE_KVM_HCALL, &call, sizeof(call)), -EFAULT);
	v.device = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_true(v.device >= 0);
}

static long add_group(void)
{
	int32_t group = v.c.group;

	return vfio_attr(v.device, KVM_DEV_VFIO_GROUP_ADD, &group);
}

static long link_group(void)
{
	return set_spapr_tce(&v, v.c.group, v.table);
}

static long link_by_liobn(void)
{
	struct stce_spapr_tce_iommu_linkage linkage = { .liobn = 5, .fd = (uint32_t)v.c.group };
	struct kvm_device_attr attr = {
		.group = STCE_KVM_DEV_SPAPR_TCE_IOMMU_ATTR_LINKAGE, .addr = (uintptr_t)&linkage,
	};

	return stce_ioctl(v.device, KVM_SET_DEVICE_ATTR, &attr);
}

/* Makes the call without its first allocation, then without its second, until none is missing. Returns how many failed. */
static int fail_each(long (*call)(void))
{
	uint64_t before = locked_kb(&v.c);
	long r = -ENOMEM;
	int failed = -1;

	while (r == -ENOMEM) {
		assert_int_equal(locked_kb(&v.c), before);
		alloc_fail_after(++failed);
		r = call();
		alloc_fail_after(-1);
	}
	assert_int_equal(r, 0);
	return failed;
}

static void memory_that_runs_out_adds_and_links_nothing(void **state)
{
	assert_int_equal(unmap_dma(v.c.container, 0, PAGE), -EPERM);
	assert_int_equal(register_memory(v.c.container, v.ram, RAM_PAGES * PAGE), 0);
	assert_int_equal(unmap_dma(v.c.container, 0, PAGE), 0);
	v.device = stce_vm_create_device(v.vm, KVM_DEV_TYPE_VFIO);
	assert_true(fail_each(add_group) > 0);
	assert_true(fail_each(link_group) > 0);
	stce_close(v.device);
	v.device = stce_vm_create_device(v.vm, STCE_KVM_DEV_TYPE_SPAPR_TCE_IOMMU);
	assert_true(fail_each(link_by_liobn) > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(slots_are_whole_pages_that_overlap_nothing),
		TEST(an_answer_that_cannot_be_written_leaves_no_device),
		TEST(memory_that_runs_out_adds_and_links_nothing),
	};

	return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
