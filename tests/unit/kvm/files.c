/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/kvm as a program sees it, with and without a real KVM behind it. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/kvm_ppc.h"
#include "vmm.h"

static struct client c;

static int start(void **state)
{
	client_start(&c, NULL);
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	return 0;
}

static void the_capabilities_are_there(void **state)
{
	static const long ours[] = { 63, 94, 104, 125, 142, STCE_KVM_CAP_SPAPR_TCE_IOMMU };
	int kvm = stce_open(c.machine, "/dev/kvm", O_RDWR | O_CLOEXEC), vm;

	assert_true(kvm >= 0);
	assert_int_equal(stce_ioctl(kvm, KVM_GET_API_VERSION, NULL), 12);
	vm = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL);
	assert_true(vm >= 0);
	for (size_t i = 0; i < ARRAY_COUNT(ours); i++) {
		assert_int_equal(stce_ioctl(kvm, KVM_CHECK_EXTENSION, (void *)ours[i]), 1);
		assert_int_equal(stce_ioctl(vm, KVM_CHECK_EXTENSION, (void *)ours[i]), 1);
	}
	stce_close(kvm);
	stce_close(vm);
}

static void a_vm_makes_tables_and_devices(void **state)
{
	struct kvm_create_spapr_tce_64 p = { .liobn = 5, .page_shift = 12, .size = 16 };
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO, .flags = KVM_CREATE_DEVICE_TEST };
	int kvm = stce_open(c.machine, "/dev/kvm", O_RDWR), vm, table;

	vm = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL);
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, NULL), -EFAULT);
	p.flags = 1;
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &p), -EINVAL);
	p.flags = 0;
	table = (int)stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &p);
	assert_true(table >= 0);
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &p), -EBUSY);
	/* The table keeps the VM. */
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_DEVICE, &device), 0);
	device.flags = 0;
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_DEVICE, &device), 0);
	stce_close(vm);
	stce_close((int)device.fd);
	stce_close(kvm);
	stce_close(table);
}

/* Opens /dev/kvm as a user does who may not open the real one, or has none. */
static int open_kvm_without_a_real_one(void)
{
	uid_t own = geteuid();
	int fd;

	if (!own)
		assert_int_equal(seteuid(65534), 0);
	fd = stce_open(c.machine, "/dev/kvm", O_RDWR | O_CLOEXEC);
	if (!own)
		assert_int_equal(seteuid(own), 0);
	assert_true(fd >= 0);
	return fd;
}

static void errnos_are_linux_s_without_a_real_kvm(void **state)
{
	struct kvm_create_spapr_tce_64 p = { .liobn = 5, .page_shift = 12, .size = 16 };
	struct kvm_create_device device = { .type = 12345 };
	int kvm = open_kvm_without_a_real_one(), vm, table;

	if (stce_ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL) > 0) {
		stce_close(kvm);
		print_message("# this user may open /dev/kvm\n");
		skip();
	}
	assert_int_equal(stce_ioctl(kvm, KVM_CREATE_SPAPR_TCE_64, &p), -EINVAL);
	assert_int_equal(stce_ioctl(kvm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_USER_MEMORY), 0);
	vm = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL);
	assert_true(vm >= 0);
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_DEVICE, &device), -ENODEV);
	assert_int_equal(stce_ioctl(vm, 0xae00, NULL), -ENOTTY);
	table = (int)stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &p);
	assert_true(table >= 0);
	stce_close(kvm);
	stce_close(vm);
	stce_close(table);
}

/* Symptom: on x86 the real KVM refused the call after ours had made it. */
static void hypercalls_are_switched_whatever_the_real_kvm_says(void **state)
{
	struct kvm_enable_cap p = { .cap = KVM_CAP_PPC_ENABLE_HCALL, .args = { STCE_H_STUFF_TCE, 1 } };
	int kvm = stce_open(c.machine, "/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL);

	assert_int_equal(stce_ioctl(vm, KVM_ENABLE_CAP, &p), 0);
	p.args[1] = 2;
	assert_int_equal(stce_ioctl(vm, KVM_ENABLE_CAP, &p), -EINVAL);
	p.args[0] = 0x139;
	assert_int_equal(stce_ioctl(vm, KVM_ENABLE_CAP, &p), -EINVAL);
	assert_int_equal(stce_ioctl(vm, KVM_ENABLE_CAP, NULL), -EFAULT);
	stce_close(vm);
	stce_close(kvm);
}

static void a_vm_descriptor_takes_hypercalls(void **state)
{
	struct kvm_create_spapr_tce_64 p = { .liobn = 5, .page_shift = 12, .size = 16 };
	struct stce_kvm_hcall call = { .nr = STCE_H_PUT_TCE, .args = { 5, 0x3000, 0xdead0000 }, .ret = 7 };
	int kvm = stce_open(c.machine, "/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL), table;

	assert_int_equal(stce_ioctl(vm, STCE_KVM_HCALL, &call), 0);
	assert_int_equal(call.status, STCE_H_TOO_HARD);
	table = (int)stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &p);
	assert_int_equal(stce_ioctl(vm, STCE_KVM_HCALL, &call), 0);
	assert_int_equal(call.status, STCE_H_SUCCESS);
	assert_int_equal(call.ret, 7);
	call.nr = STCE_H_GET_TCE;
	assert_int_equal(stce_ioctl(vm, STCE_KVM_HCALL, &call), 0);
	assert_int_equal(call.status, STCE_H_SUCCESS);
	assert_int_equal(call.ret, 0xdead0000);
	assert_int_equal(stce_ioctl(vm, STCE_KVM_HCALL, NULL), -EFAULT);
	assert_int_equal(stce_ioctl(kvm, STCE_KVM_HCALL, &call), -EINVAL);
	stce_close(table);
	stce_close(vm);
	stce_close(kvm);
}

/* Symptom: in a child the devices answered ENOTTY, and so did a VM without a real KVM. */
static void a_vm_serves_its_own_process_only(void **state)
{
	struct kvm_create_spapr_tce_64 p = { .liobn = 5, .page_shift = 12, .size = 16 };
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	struct kvm_device_attr attr = { .group = KVM_DEV_VFIO_GROUP, .attr = KVM_DEV_VFIO_GROUP_ADD };
	int kvm = stce_open(c.machine, "/dev/kvm", O_RDWR), vm, status;
	pid_t child;

	vm = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL);
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_DEVICE, &device), 0);
	child = fork();
	if (!child)
		_exit(stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &p) == -EIO &&
		      stce_ioctl((int)device.fd, KVM_HAS_DEVICE_ATTR, &attr) == -EIO &&
		      stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, NULL) == -EIO ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(stce_ioctl((int)device.fd, KVM_HAS_DEVICE_ATTR, &attr), 0);
	stce_close(vm);
	stce_close((int)device.fd);
	stce_close(kvm);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_capabilities_are_there),
		TEST(a_vm_makes_tables_and_devices),
		TEST(a_vm_serves_its_own_process_only),
		TEST(a_vm_descriptor_takes_hypercalls),
		TEST(errnos_are_linux_s_without_a_real_kvm),
		TEST(hypercalls_are_switched_whatever_the_real_kvm_says),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
