/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU of an invented KVM: the exits of its KVM_RUN, and those of them that the program sees. The
 * linker wraps the two system calls that reach a KVM.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/kvm_ppc.h"
#include "abi/papr.h"
#include "unit/vfio/client.h"
#include "util/os.h"
#include "stats_of.h"

#define LIOBN   7
#define EXIT_COUNT 4

struct exit {
	int error;                 /* KVM_RUN fails with this, and the run page does not change */
	uint32_t reason;
	uint64_t nr, args[9];      /* of a hypercall */
};

/* The invented KVM. */
static struct {
	struct exit exits[EXIT_COUNT];
	unsigned int entries;      /* calls of KVM_RUN */
	uint64_t ret[EXIT_COUNT], answer[EXIT_COUNT];   /* the content of the run page at each entry */
	struct kvm_run *run;
	long run_size;             /* KVM_GET_VCPU_MMAP_SIZE */
	int create_error;          /* KVM_CREATE_VCPU */
} real;

int __real_os_open(const char *path, int flags, unsigned int mode);
long __real_os_ioctl(int fd, unsigned long request, void *argument);
int __wrap_os_open(const char *path, int flags, unsigned int mode);
long __wrap_os_ioctl(int fd, unsigned long request, void *argument);

int __wrap_os_open(const char *path, int flags, unsigned int mode)
{
	return strcmp(path, "/dev/kvm") ? __real_os_open(path, flags, mode) : os_memfd_create("kvm", MFD_CLOEXEC);
}

static long create_vcpu(void)
{
	int fd = real.create_error ? real.create_error : os_memfd_create("vcpu", MFD_CLOEXEC);

	if (fd < 0)
		return fd;
	assert_int_equal(ftruncate(fd, 2 * (off_t)OWN_PAGE), 0);
	real.run = mmap(NULL, OWN_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(real.run, MAP_FAILED);
	return fd;
}

static long run(void)
{
	unsigned int n = real.entries++;
	const struct exit *exit = &real.exits[n];

	assert_true(n < EXIT_COUNT);
	real.ret[n] = real.run->papr_hcall.ret;
	real.answer[n] = real.run->papr_hcall.args[0];
	if (exit->error)
		return exit->error;
	real.run->exit_reason = exit->reason;
	real.run->papr_hcall.nr = exit->nr;
	real.run->papr_hcall.ret = 0x5555;
	memcpy(real.run->papr_hcall.args, exit->args, sizeof(exit->args));
	return 0;
}

long __wrap_os_ioctl(int fd, unsigned long request, void *argument)
{
	switch ((unsigned int)request) {
	case KVM_CREATE_VM:
		return os_memfd_create("vm", MFD_CLOEXEC);
	case KVM_GET_VCPU_MMAP_SIZE:
		return real.run_size;
	case KVM_CREATE_VCPU:
		return create_vcpu();
	case KVM_RUN:
		return run();
	case KVM_GET_MP_STATE:
		return -E2BIG;
	}
	return __real_os_ioctl(fd, request, argument);
}

static struct client c;
static int kvm, vm, vcpu, table;

static int start(void **state)
{
	struct kvm_create_spapr_tce_64 p = { .liobn = LIOBN, .page_shift = 12, .size = 16 };

	memset(&real, 0, sizeof(real));
	real.run_size = 2 * (long)OWN_PAGE;
	client_start(&c, NULL);
	kvm = stce_open(c.machine, "/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL);
	vcpu = (int)stce_ioctl(vm, KVM_CREATE_VCPU, NULL);
	table = (int)stce_ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &p);
	return kvm < 0 || vm < 0 || vcpu < 0 || table < 0;
}

static int stop(void **state)
{
	munmap(real.run, OWN_PAGE);
	stce_close(vcpu);
	stce_close(table);
	stce_close(vm);
	stce_close(kvm);
	client_stop(&c);
	return 0;
}

/* Adds a hypercall to those that the vCPU's guest makes before it halts. */
static void guest_calls(unsigned int n, uint64_t nr, uint64_t liobn, uint64_t ioba, uint64_t tce)
{
	real.exits[n] = (struct exit){ 0, KVM_EXIT_PAPR_HCALL, nr, { liobn, ioba, tce } };
	real.exits[n + 1] = (struct exit){ .reason = KVM_EXIT_HLT };
}

static void our_calls_are_finished_before_the_program_sees_them(void **state)
{
	guest_calls(0, H_PUT_TCE, LIOBN, 0x3000, 0x40);
	guest_calls(1, H_GET_TCE, LIOBN, 0x3000, 0);
	guest_calls(2, H_PUT_TCE, LIOBN, 0x3001, 0);
	assert_int_equal(stce_ioctl(vcpu, KVM_RUN, NULL), 0);
	assert_int_equal(real.entries, 4);
	assert_int_equal(real.run->exit_reason, KVM_EXIT_HLT);
	assert_int_equal(real.ret[1], H_SUCCESS);
	assert_int_equal(real.ret[2], H_SUCCESS);
	assert_int_equal(real.answer[2], 0x40);
	assert_int_equal((int64_t)real.ret[3], H_PARAMETER);
	assert_int_equal(real.answer[3], LIOBN);
}

static void calls_of_others_come_out_as_they_are(void **state)
{
	guest_calls(0, H_PUT_TCE, LIOBN + 1, 0x3000, 0x40);
	assert_int_equal(stce_ioctl(vcpu, KVM_RUN, NULL), 0);
	assert_int_equal(real.entries, 1);
	assert_int_equal(real.run->exit_reason, KVM_EXIT_PAPR_HCALL);
	assert_int_equal(real.run->papr_hcall.ret, 0x5555);
	assert_int_equal(real.run->papr_hcall.args[0], LIOBN + 1);
	guest_calls(1, 0x4, 1, 2, 3);
	assert_int_equal(stce_ioctl(vcpu, KVM_RUN, NULL), 0);
	assert_int_equal(real.run->papr_hcall.nr, 0x4);
}

/* The run page still holds the previous call. */
static void a_run_that_fails_repeats_no_call(void **state)
{
	guest_calls(0, H_PUT_TCE, LIOBN, 0x3000, 0x40);
	real.exits[1] = (struct exit){ .error = -EINTR };
	assert_int_equal(stce_ioctl(vcpu, KVM_RUN, NULL), -EINTR);
	assert_int_equal(real.entries, 2);
	assert_int_equal(real.run->papr_hcall.ret, H_SUCCESS);
	assert_int_equal(stats_of(c.machine).h_put_tce, 1);
}

static void other_calls_go_to_the_real_vcpu(void **state)
{
	guest_calls(0, H_PUT_TCE, LIOBN, 0x3000, 0x40);
	assert_int_equal(stce_ioctl(vcpu, KVM_GET_MP_STATE, NULL), -E2BIG);
	assert_int_equal(real.entries, 0);
}

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void a_vcpu_that_cannot_be_made_leaves_nothing(void **state)
{
	int before = count_descriptors();

	real.create_error = -EEXIST;
	assert_int_equal(stce_ioctl(vm, KVM_CREATE_VCPU, NULL), -EEXIST);
	assert_int_equal(count_descriptors(), before);
}

static void the_size_of_the_run_page_is_the_real_kvm_s(void **state)
{
	int before = count_descriptors(), other;
	struct kvm_run *first = real.run;

	real.run_size = -EMFILE;
	other = (int)stce_ioctl(kvm, KVM_CREATE_VM, NULL);
	assert_true(other >= 0);
	assert_int_equal(stce_ioctl(other, KVM_CREATE_VCPU, NULL), -EMFILE);
	stce_close(other);
	assert_int_equal(count_descriptors(), before);
	munmap(real.run, OWN_PAGE);
	real.run = first;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(our_calls_are_finished_before_the_program_sees_them),
		TEST(calls_of_others_come_out_as_they_are),
		TEST(a_run_that_fails_repeats_no_call),
		TEST(other_calls_go_to_the_real_vcpu),
		TEST(a_vcpu_that_cannot_be_made_leaves_nothing),
		TEST(the_size_of_the_run_page_is_the_real_kvm_s),
	};

	return cmocka_run_group_tests_name("vcpu", tests, NULL, NULL);
}
