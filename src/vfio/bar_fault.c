/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the access of an instruction that has faulted in a mapping of a BAR (bar_map.h). insn/ takes
 * the instruction apart; the function gives the register its meaning. The work is done on a stack of
 * the thread's own, because the program's may be small.
 *
 * The thread was interrupted at an instruction of the program, so it holds no lock of ours: our own
 * code reaches the program's memory by guarded copies and by the kernel only, for which these pages
 * are not there [DIFF-70]. Therefore the access may wait for the function's lock, or for the process that drives the
 * device of another one (file/borrow.h).
 */
#include "vfio/bar_fault.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "insn/insn.h"
#include "recording/record.h"
#include "util/guard.h"
#include "util/guard_arch.h"
#include "util/os_copy.h"
#include "util/own_stack.h"
#include "util/trace.h"
#include "vfio/bar_map.h"

/* A fault, and the signal that the program gets for it; 0: none. */
struct fault {
	struct bar_mapping mapping;
	void *context;
	siginfo_t *info;
	int number;
};

/* This thread emulates an instruction. A fault meanwhile is our own mistake. */
static __thread bool is_busy;

/* Notes what the kernel tells a program whose access fails. */
static bool fail(struct fault *fault, int number, int code, uint64_t address)
{
	fault->number = number;
	fault->info->si_signo = number;
	fault->info->si_errno = 0;
	fault->info->si_code = code;
	fault->info->si_addr = (void *)(uintptr_t)address;
	return false;
}

static bool allows(int prot, bool is_write)
{
	return prot & (is_write ? PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* Makes an access of registers, all of which lie in the mapping. */
static bool reach(struct fault *fault, const struct bar_mapping *mapping, uint64_t address, unsigned int size,
		  void *bytes, bool is_write)
{
	struct vfio_device *device = mapping->device;
	uint64_t at = mapping->offset + (address - mapping->start);
	int r;

	if (!allows(mapping->prot, is_write))
		return fail(fault, SIGSEGV, SEGV_ACCERR, address);
	/* A forked child has not shown the device to the process that drives it. [DIFF-30] */
	if (!bar_map_is_own(mapping))
		return fail(fault, SIGBUS, BUS_ADRERR, address);
	trace_enter();
	r = vfio_device_bar_access(device, mapping->index, at, bytes, size, is_write);
	if (recording_is_on())
		recording_add_access(address, size, bytes, is_write, r);
	if (is_write)
		TRACE_IN(trace_of_group(device->member->group->pe->group), vfio_region_write,
			 device->member->function->address, mapping->index, at, size);
	else
		TRACE_IN(trace_of_group(device->member->group->pe->group), vfio_region_read,
			 device->member->function->address, mapping->index, at, size);
	/* [linux vfio_pci_core.c] A BAR that does not answer is SIGBUS. */
	return !r || fail(fault, SIGBUS, BUS_ADRERR, address);
}

static bool access_register(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	struct fault *fault = bus;

	return reach(fault, &fault->mapping, address, size, bytes, is_write);
}

/* The second operand of an instruction may be memory, or registers of another mapping. */
static bool access_memory(void *bus, uint64_t address, unsigned int size, void *bytes, bool is_write)
{
	struct iovec local = { bytes, size }, program = { (void *)(uintptr_t)address, size };
	struct fault *fault = bus;
	struct bar_mapping mapping;
	ssize_t done = -EFAULT;
	bool is_made = false;

	if (bar_map_get(address, &mapping)) {
		is_made = size <= mapping.end - address && reach(fault, &mapping, address, size, bytes, is_write);
		bar_map_put(&mapping);
		return is_made || (fault->number ? false : fail(fault, SIGSEGV, SEGV_MAPERR, address));
	}
	done = is_write ? os_copy_to(&local, 1, &program, 1) : os_copy_from(&local, 1, &program, 1);
	return done == (ssize_t)size || fail(fault, SIGSEGV, SEGV_MAPERR, address);
}

#define INSN_BYTES sizeof(uint64_t)

/* Tells the user of the run that the program has an instruction that is not known. */
static void tell(const struct fault *fault)
{
	uintptr_t pc = guard_arch_pc(fault->context);
	uint8_t bytes[INSN_BYTES] = { 0 };
	struct iovec local = { bytes, INSN_BYTES }, program = { (void *)pc, INSN_BYTES };
	struct stce_news item = {
		.kind = STCE_NEWS_INSTRUCTION, .group = fault->mapping.device->member->group->pe->group, .start = pc,
	};

	os_copy_from(&local, 1, &program, 1);
	for (size_t i = 0; i < INSN_BYTES; i++)
		item.size = item.size << 8 | bytes[i];
	news_tell(&fault->mapping.device->member->group->host->phb->news, &item);
}

static void emulate(void *argument)
{
	struct fault *fault = argument;
	const uint64_t address = (uintptr_t)fault->info->si_addr;
	const int number = fault->number;
	const struct insn_bus bus = {
		.access = access_register,
		.memory = access_memory,
		.bus = fault,
		.lo = fault->mapping.start,
		.hi = fault->mapping.end,
	};

	fault->number = 0;
	is_busy = true;
	if (insn_emulate(fault->context, address, &bus) == INSN_UNKNOWN) {
		fault->number = number;
		tell(fault);
	}
	is_busy = false;
	/* This may close the device. */
	bar_map_put(&fault->mapping);
}

/* A signal that was sent, and an access to no address (SI_KERNEL), are not for us. */
static bool is_access(int number, const siginfo_t *info)
{
	return number == SIGSEGV && (info->si_code == SEGV_ACCERR || info->si_code == SEGV_MAPERR);
}

static int on_fault(int number, siginfo_t *info, void *context)
{
	struct fault fault = { .context = context, .info = info, .number = number };
	const uint64_t address = is_access(number, info) ? (uintptr_t)info->si_addr : 0;

	if (!address || is_busy)
		return number;
	if (!bar_map_get(address, &fault.mapping))
		return bar_map_has_changed() ? 0 : number;
	if (!own_stack_run(emulate, &fault, &((ucontext_t *)context)->uc_stack)) {
		fail(&fault, SIGBUS, BUS_ADRERR, address);
		bar_map_put(&fault.mapping);
	}
	return fault.number;
}

int bar_fault_begin(void)
{
	int r = guard_take();

	if (!r)
		guard_set_hook(on_fault);
	return r;
}
