/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of /dev/kvm, its VMs and vCPUs. Each keeps a duplicate of the real KVM's descriptor and
 * passes on every ioctl that is not ours. The guest's TCE hypercalls come out of KVM_RUN, because
 * the real KVM has no table with that LIOBN. If we finish a call, the vCPU runs on and the program
 * never sees it.
 */
#include "api/kvm_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#include "abi/kvm_ppc.h"
#include "abi/papr.h"
#include "api/handles.h"
#include "file/fd_table.h"
#include "machine/machine.h"
#include "papr/hcall.h"
#include "spapr-tce/files.h"
#include "util/alloc.h"
#include "util/mm.h"
#include "util/os.h"
#include "util/own_fd.h"
#include "util/reason.h"
#include "util/user.h"

#define KVM_PATH "/dev/kvm"

/* The common part of all three kinds. */
struct kvm_file {
	struct file file;
	struct own_fd *real;           /* our duplicate, or NULL if there is no real KVM */
	struct stce_machine *machine;
};

struct vm_file {
	struct kvm_file base;
	struct stce_vm *vm;
	long run_size;                 /* size of a vCPU's struct kvm_run, or -errno */
};

struct vcpu_file {
	struct kvm_file base;
	struct file *vm_file;          /* a reference */
	struct kvm_run *run;
	size_t run_size;
};

static struct kvm_file *kvm_file_from(struct file *file)
{
	return container_of(file, struct kvm_file, file);
}

static struct vm_file *vm_file_from(struct file *file)
{
	return container_of(kvm_file_from(file), struct vm_file, base);
}

static long pass_on(const struct kvm_file *f, unsigned long request, void *argument)
{
	if (!f->real)
		return REASON(-ENOTTY, "there is no real KVM for ioctl %#lx", request);
	return os_ioctl(own_fd_peek(f->real), request, argument);
}

/* [linux kvm_main.c] A VM and its vCPUs serve only the process that made them. */
static bool is_elsewhere(const struct file *file)
{
	return file->mm != mm_current();
}

/*
 * Registers a descriptor that the kernel has just made as a file of ours, or closes it on failure.
 */
static int enter(struct kvm_file *f, const struct file_ops *ops, struct stce_machine *machine, int fd)
{
	int r;

	file_init(&f->file, ops);
	f->machine = machine;
	r = own_fd_dup(fd, &f->real);
	if (!r)
		r = fd_table_set(fd, &f->file);
	if (r) {
		own_fd_free(f->real);
		os_close(fd);
	}
	return r ? r : fd;
}

/* A vCPU */

static _Atomic(void (*)(bool waits)) on_wait;

void stce_on_wait(void (*fn)(bool waits))
{
	atomic_store(&on_wait, fn);
}

/* A signal handler */

void stce_in_handler(bool (*fn)(void))
{
	user_set_in_handler(fn);
}

/*
 * Runs the guest until it exits or a signal comes. Signals are let in, because this thread holds no
 * lock.
 */
static long run_vcpu(const struct kvm_file *f, void *argument)
{
	void (*tell)(bool waits) = atomic_load(&on_wait);
	long r;

	if (tell)
		tell(true);
	r = pass_on(f, KVM_RUN, argument);
	if (tell)
		tell(false);
	return r;
}

static bool is_finished(struct kvm_run *run, struct stce_vm *vm)
{
	struct papr_args args;
	uint64_t ret = 0;
	long r;

	if (run->exit_reason != KVM_EXIT_PAPR_HCALL)
		return false;
	for (unsigned int i = 0; i < ARRAY_COUNT(args.r); i++)
		args.r[i] = run->papr_hcall.args[i];
	r = papr_hcall(vm->kvm, run->papr_hcall.nr, &args, &ret);
	if (r == H_TOO_HARD)
		return false;
	run->papr_hcall.ret = (uint64_t)r;
	if (run->papr_hcall.nr == H_GET_TCE && r == H_SUCCESS)
		run->papr_hcall.args[0] = ret;
	return true;
}

static long vcpu_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct kvm_file *f = kvm_file_from(file);
	struct vcpu_file *vcpu = container_of(f, struct vcpu_file, base);
	long r;

	if (is_elsewhere(file))
		return REASON(-EIO, "the VM belongs to another process");
	if ((unsigned int)request != KVM_RUN)
		return pass_on(f, request, argument);
	do {
		r = run_vcpu(f, argument);
	} while (r == 0 && is_finished(vcpu->run, vm_file_from(vcpu->vm_file)->vm));
	return r;
}

static void vcpu_release(struct file *file)
{
	struct vcpu_file *vcpu = container_of(kvm_file_from(file), struct vcpu_file, base);

	os_munmap(vcpu->run, vcpu->run_size);
	own_fd_free(vcpu->base.real);
	file_put(vcpu->vm_file);
	free(vcpu);
}

static const struct file_ops vcpu_ops = {
	.kind = "kvm-vcpu",
	.ioctl = vcpu_ioctl,
	.maps_itself = true,
	.has_no_position = true,
	.release = vcpu_release,
};

static int map_run(struct vcpu_file *vcpu, int fd, long size)
{
	void *p;

	if (size < 0)
		return (int)size;
	p = os_mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (os_is_error(p))
		return os_error(p);
	vcpu->run = p;
	vcpu->run_size = (size_t)size;
	return 0;
}

static long create_vcpu(struct vm_file *vm, unsigned long request, void *argument)
{
	struct vcpu_file *vcpu = ALLOC(struct vcpu_file);
	long fd = vcpu ? pass_on(&vm->base, request, argument) : -ENOMEM;
	int r;

	if (fd < 0) {
		free(vcpu);
		return fd;
	}
	r = map_run(vcpu, (int)fd, vm->run_size);
	if (r) {
		os_close((int)fd);
		free(vcpu);
		return r;
	}
	vcpu->vm_file = file_get(&vm->base.file);
	r = enter(&vcpu->base, &vcpu_ops, vm->base.machine, (int)fd);
	if (r < 0) {
		os_munmap(vcpu->run, vcpu->run_size);
		file_put(vcpu->vm_file);
		free(vcpu);
	}
	return r;
}

/* A VM */

/* Handles the calls that we know, and passes all others on. */
static long ours_or_real(struct vm_file *vm, unsigned long request, void *argument)
{
	long r = stce_vm_ioctl(vm->vm, request, argument);

	return r == STCE_NOT_OURS ? pass_on(&vm->base, request, argument) : r;
}

static long check_extension(struct vm_file *vm, unsigned long request, void *argument)
{
	if (vm->base.real)
		return ours_or_real(vm, request, argument);
	return stce_kvm_check_extension((unsigned long)argument) == 1;
}

static long create_device(struct vm_file *vm, unsigned long request, void *argument)
{
	long r = stce_vm_ioctl(vm->vm, request, argument);

	if (r != STCE_NOT_OURS)
		return r;
	return !vm->base.real ? REASON(-ENODEV, "there is no such device without a real KVM") :
				   pass_on(&vm->base, request, argument);
}

/*
 * The real KVM accepts or refuses the slot. If our map then cannot follow for lack of memory, every
 * hypercall exits to the VMM from now on, because none may reach memory that the guest no longer
 * has.
 */
static long set_memory(struct vm_file *vm, unsigned long request, void *argument)
{
	long r;

	if (!vm->base.real)
		return stce_vm_ioctl(vm->vm, request, argument);
	r = pass_on(&vm->base, request, argument);
	if (!r && stce_vm_ioctl(vm->vm, request, argument))
		atomic_fetch_or(&vm->vm->kvm->calls, KVM_CALLS_BLIND);
	return r;
}

static long enable_cap(struct vm_file *vm, unsigned long request, void *argument)
{
	bool has_real = vm->base.real;
	long r = stce_vm_ioctl(vm->vm, request, argument);

	if (r == STCE_NOT_OURS)
		return has_real ? pass_on(&vm->base, request, argument) :
				  REASON(-EINVAL, "there is no real KVM for this capability");
	/*
	 * Enable it in the real KVM too. Failure is fine: a KVM without this hypercall exits to
	 * user space with it, where we handle it.
	 */
	if (!r && has_real)
		(void)pass_on(&vm->base, request, argument);
	return r;
}

/* Both KVMs take part in these calls; ours_or_real() handles all others. */
static const struct {
	unsigned int request;
	long (*handle)(struct vm_file *vm, unsigned long request, void *argument);
} vm_ioctls[] = {
	{ KVM_CREATE_VCPU, create_vcpu },
	{ KVM_SET_USER_MEMORY_REGION, set_memory },
	{ KVM_SET_USER_MEMORY_REGION2, set_memory },
	{ KVM_ENABLE_CAP, enable_cap },
	{ KVM_CHECK_EXTENSION, check_extension },
	{ KVM_CREATE_DEVICE, create_device },
};

static long vm_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct vm_file *vm = vm_file_from(file);

	if (is_elsewhere(file))
		return REASON(-EIO, "the VM belongs to another process");
	for (unsigned int i = 0; i < ARRAY_COUNT(vm_ioctls); i++)
		if (vm_ioctls[i].request == (unsigned int)request)
			return vm_ioctls[i].handle(vm, request, argument);
	return ours_or_real(vm, request, argument);
}

static void vm_release(struct file *file)
{
	struct vm_file *vm = vm_file_from(file);

	stce_vm_free(vm->vm);
	own_fd_free(vm->base.real);
	free(vm);
}

static const struct file_ops vm_ops = {
	.kind = "kvm-vm",
	.ioctl = vm_ioctl,
	.maps_itself = true,
	.has_no_position = true,
	.release = vm_release,
};

static long create_vm(struct kvm_file *kvm, void *argument)
{
	struct vm_file *vm = ALLOC(struct vm_file);
	bool has_real = kvm->real;
	long fd;
	int r = vm ? stce_vm_new(kvm->machine, &vm->vm) : -ENOMEM;

	if (r) {
		free(vm);
		return r;
	}
	fd = has_real ? pass_on(kvm, KVM_CREATE_VM, argument) :
			os_memfd_create("spapr-tce.kvm-vm", MFD_CLOEXEC);
	vm->run_size = pass_on(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	r = fd < 0 ? (int)fd : enter(&vm->base, &vm_ops, kvm->machine, (int)fd);
	if (r < 0) {
		stce_vm_free(vm->vm);
		free(vm);
		return r;
	}
	if (!has_real) {
		own_fd_free(vm->base.real);
		vm->base.real = NULL;
	}
	return r;
}

/* The system */

static long kvm_ioctl(struct file *file, unsigned long request, void *argument)
{
	struct kvm_file *kvm = kvm_file_from(file);
	long r;

	switch ((unsigned int)request) {
	case KVM_CREATE_VM:
		return create_vm(kvm, argument);
	case KVM_CHECK_EXTENSION:
		r = stce_kvm_check_extension((unsigned long)argument);
		if (r != STCE_NOT_OURS)
			return r;
		return !kvm->real ? 0 : pass_on(kvm, request, argument);
	case KVM_GET_API_VERSION:
		if (!kvm->real)
			return KVM_API_VERSION;
		break;
	}
	return !kvm->real ? REASON(-EINVAL, "there is no real KVM for ioctl %#lx", request) :
	       pass_on(kvm, request, argument);
}

static void kvm_release(struct file *file)
{
	struct kvm_file *kvm = kvm_file_from(file);

	own_fd_free(kvm->real);
	free(kvm);
}

static const struct file_ops kvm_ops = {
	.kind = "kvm",
	.ioctl = kvm_ioctl,
	.release = kvm_release,
};

/* A signal does not reach a guest of the real KVM (vfio/device_mmap.c). */
static void note_guests(struct stce_machine *machine)
{
	struct machine_parts *parts = machine_parts(machine);

	machine->has_kvm = true;
	if (parts)
		atomic_store(&parts->phb.has_kvm, true);
}

static int open_kvm(void *machine, int flags)
{
	struct kvm_file *kvm = ALLOC(struct kvm_file);
	int fd = kvm ? os_open(KVM_PATH, flags, 0) : -ENOMEM;
	bool has_real = fd >= 0;

	if (fd == -ENOENT || fd == -EACCES || fd == -ENXIO || fd == -ENODEV)
		fd = os_memfd_create("spapr-tce.kvm", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
	if (fd >= 0)
		fd = enter(kvm, &kvm_ops, machine, fd);
	if (fd < 0) {
		free(kvm);
		return fd;
	}
	if (has_real) {
		note_guests(machine);
	} else {
		own_fd_free(kvm->real);
		kvm->real = NULL;
	}
	return fd;
}

static const struct file_node_ops kvm_node_ops = { .open_itself = open_kvm };

struct file_node kvm_node = { .ops = &kvm_node_ops, .path = KVM_PATH, .name = "kvm" };
