/* SPDX-License-Identifier: BSD-2-Clause */
/* The KVM calls that the cases make. Each prints one line. */
#include "kvm.h"

#include <endian.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

int vm = -1, device = -1;

static struct {
	int vm, code_page;
	struct vcpu *vcpu;
} guests[VM_COUNT];
static int guest_count, current;

void use_vm(int number)
{
	current = number;
	vm = guests[number].vm;
}

void new_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0 || ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_SPAPR_TCE_64) <= 0)
		skip("needs a KVM with TCE tables");
	guests[guest_count].vm = (int)must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	close(kvm);
	guests[guest_count].code_page = CODE_PAGE;
	use_vm(guest_count++);
}

void code_at(int page_number)
{
	guests[current].code_page = page_number;
}

void close_vm(void)
{
	if (guests[current].vcpu)
		vcpu_free(guests[current].vcpu);
	guests[current].vcpu = NULL;
	close_fd(vm, "the VM");
}

long slot(uint32_t id, int gpa_page, int first, int pages)
{
	struct kvm_userspace_memory_region region = {
		.slot = id,
		.guest_phys_addr = gpa(gpa_page),
		.memory_size = (uint64_t)pages * page,
		.userspace_addr = (uintptr_t)at(first),
	};

	return told(answer(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region)),
		    "slot %u: %d pages from page %d of the guest on are page %d..", id, pages, gpa_page, first);
}

static long switch_hcall(uint64_t nr, uint64_t on)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_PPC_ENABLE_HCALL, .args = { nr, on } };

	return ioctl(vm, KVM_ENABLE_CAP, &cap);
}

long enable_hcall(uint64_t nr, uint64_t on)
{
	return told(answer(switch_hcall(nr, on)), "ENABLE_HCALL(%#llx, %llu)", (unsigned long long)nr, (unsigned long long)on);
}

void ram(void)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = RAM_PAGES * page,
		.userspace_addr = (uintptr_t)arena,
	};

	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	must(switch_hcall(H_PUT_TCE_INDIRECT, 1), "ENABLE_HCALL");
	must(switch_hcall(H_STUFF_TCE, 1), "ENABLE_HCALL");
}

int vm_with_table(uint64_t liobn, uint64_t size)
{
	new_vm();
	ram();
	return table(liobn, size);
}

/* Tables */

int table_raw(uint64_t liobn, uint32_t shift, uint32_t flags, uint64_t offset, uint64_t size)
{
	struct kvm_create_spapr_tce_64 arg = {
		.liobn = liobn, .page_shift = shift, .flags = flags, .offset = offset, .size = size,
	};

	return told_fd(ioctl(vm, KVM_CREATE_SPAPR_TCE_64, &arg),
		       "CREATE_64(liobn %#llx, shift %u, flags %#x, offset %#llx, size %#llx)",
		       (unsigned long long)liobn, shift, flags, (unsigned long long)offset, (unsigned long long)size);
}

int table(uint64_t liobn, uint64_t size)
{
	return table_raw(liobn, 12, 0, 0, size);
}

int table_32(uint64_t liobn, uint32_t bytes)
{
	struct kvm_create_spapr_tce arg = { .liobn = liobn, .window_size = bytes };

	return told_fd(ioctl(vm, KVM_CREATE_SPAPR_TCE, &arg), "CREATE(liobn %#llx, window %#x)",
		       (unsigned long long)liobn, bytes);
}

void close_fd(int fd, const char *what)
{
	told(answer(close(fd)), "close of %s", what);
}

volatile uint64_t *view(int fd, uint64_t pages)
{
	void *p = mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	must(p == MAP_FAILED ? -1 : 0, "mmap of a table");
	return p;
}

void unmap_view(volatile uint64_t *map, uint64_t pages)
{
	told(answer(munmap((void *)map, pages * page)), "munmap of %llu pages", (unsigned long long)pages);
}

void entries(volatile uint64_t *entry, unsigned int first, unsigned int count)
{
	char text[512] = "";
	size_t used = 0;

	for (unsigned int i = first; i < first + count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %#llx", (unsigned long long)entry[i]);
	note("entries from %u on ->%s", first, text);
}

static sigjmp_buf accessed;

static void on_signal(int number)
{
	siglongjmp(accessed, number);
}

/* Returns 0, or the signal. */
static int access_entry(volatile uint64_t *entry, uint64_t *value, bool write)
{
	struct sigaction action = { .sa_handler = on_signal }, before[2];
	int number;

	sigaction(SIGBUS, &action, &before[0]);
	sigaction(SIGSEGV, &action, &before[1]);
	number = sigsetjmp(accessed, 1);
	if (!number) {
		if (write)
			*entry = *value;
		else
			*value = *entry;
	}
	sigaction(SIGBUS, &before[0], NULL);
	sigaction(SIGSEGV, &before[1], NULL);
	return number;
}

static const char *signal_name(int number)
{
	return number == SIGBUS ? "SIGBUS" : number == SIGSEGV ? "SIGSEGV" : "fine";
}

void look(volatile uint64_t *entry, const char *what)
{
	uint64_t value = 0;
	int number = access_entry(entry, &value, false);

	if (number)
		note("reading %s -> %s", what, signal_name(number));
	else
		note("reading %s -> %#llx", what, (unsigned long long)value);
}

void poke(volatile uint64_t *entry, uint64_t value, const char *what)
{
	note("writing %#llx to %s -> %s", (unsigned long long)value, what, signal_name(access_entry(entry, &value, true)));
}

/* Hypercalls */

uint64_t gpa(int page_number)
{
	return (uint64_t)page_number * page;
}

static const char *status_name(uint64_t status)
{
	static char number[24];

	switch ((int64_t)status) {
	case 0: return "H_SUCCESS";
	case -2: return "H_FUNCTION";
	case -4: return "H_PARAMETER";
	case -55: return "H_P2";
	case -56: return "H_P3";
	case -57: return "H_P4";
	}
	snprintf(number, sizeof(number), "%lld", (long long)status);
	return number;
}

static bool call(uint64_t nr, const uint64_t args[4], const char *format, ...)
{
	uint64_t answer[2];
	char what[160], r4[32] = "";
	va_list list;
	bool stayed;

	if (!guests[current].vcpu)
		guests[current].vcpu = vcpu_new(vm, guests[current].code_page);
	stayed = vcpu_call(guests[current].vcpu, nr, args, answer);
	va_start(list, format);
	vsnprintf(what, sizeof(what), format, list);
	va_end(list);
	if (stayed && nr == H_GET_TCE)
		snprintf(r4, sizeof(r4), ", R4 %#llx", (unsigned long long)answer[1]);
	note("%s = %s%s", what, stayed ? status_name(answer[0]) : "exit", r4);
	return stayed && !answer[0];
}

bool put(uint64_t liobn, uint64_t ioba, uint64_t tce)
{
	return call(H_PUT_TCE, (uint64_t[4]){ liobn, ioba, tce }, "H_PUT_TCE(liobn %#llx, ioba %#llx, tce %#llx)",
		    (unsigned long long)liobn, (unsigned long long)ioba, (unsigned long long)tce);
}

bool get(uint64_t liobn, uint64_t ioba)
{
	return call(H_GET_TCE, (uint64_t[4]){ liobn, ioba }, "H_GET_TCE(liobn %#llx, ioba %#llx)",
		    (unsigned long long)liobn, (unsigned long long)ioba);
}

bool indirect(uint64_t liobn, uint64_t ioba, uint64_t list, uint64_t count)
{
	return call(H_PUT_TCE_INDIRECT, (uint64_t[4]){ liobn, ioba, list, count },
		    "H_PUT_TCE_INDIRECT(liobn %#llx, ioba %#llx, list %#llx, count %llu)",
		    (unsigned long long)liobn, (unsigned long long)ioba, (unsigned long long)list,
		    (unsigned long long)count);
}

bool stuff(uint64_t liobn, uint64_t ioba, uint64_t value, uint64_t count)
{
	return call(H_STUFF_TCE, (uint64_t[4]){ liobn, ioba, value, count },
		    "H_STUFF_TCE(liobn %#llx, ioba %#llx, value %#llx, count %llu)", (unsigned long long)liobn,
		    (unsigned long long)ioba, (unsigned long long)value, (unsigned long long)count);
}

void write_entry(unsigned int index, uint64_t tce)
{
	((uint64_t *)at(LIST_PAGE))[index] = htobe64(tce);
}

void write_list(int first, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		write_entry(i, (gpa(first) + i * 4096) % gpa(LIST_PAGE) | 3);
}

/* The KVM-VFIO device */

void new_device(void)
{
	struct kvm_create_device arg = { .type = KVM_DEV_TYPE_VFIO };

	must(ioctl(vm, KVM_CREATE_DEVICE, &arg), "KVM_CREATE_DEVICE");
	device = (int)arg.fd;
}

long group_attribute(uint64_t number, const void *address, const char *verb, const char *what)
{
	struct kvm_device_attr arg = { .group = KVM_DEV_VFIO_GROUP, .attr = number, .addr = (uintptr_t)address };

	return told(answer(ioctl(device, KVM_SET_DEVICE_ATTR, &arg)), "%s(%s)", verb, what);
}

long add(int fd, const char *what)
{
	int32_t number = fd;

	return group_attribute(KVM_DEV_VFIO_GROUP_ADD, &number, "ADD", what);
}

long del(int fd, const char *what)
{
	int32_t number = fd;

	return group_attribute(KVM_DEV_VFIO_GROUP_DEL, &number, "DEL", what);
}

long link_table(int group_fd, int table_fd, const char *what)
{
	struct kvm_vfio_spapr_tce pair = { .groupfd = group_fd, .tablefd = table_fd };

	return group_attribute(KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &pair, "SET_SPAPR_TCE", what);
}
