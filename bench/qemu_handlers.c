/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A preload for stock QEMU: when the main loop of a pseries machine waits for the first time, it calls
 * QEMU's own handlers beside ours, and ends the program. QEMU exports its functions for its modules.
 * They are declared here as they are in QEMU 7.2 and 10.0; an AddressSpace and MemTxAttrs are opaque,
 * but for the field of the former that leads to the flat view.
 */
#include "qemu_handlers.h"

#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "spapr-tce.h"

#define FIRST_LIOBN   0x80000000u
#define ATTRS_NONE    0          /* a MemTxAttrs of zeros; it is passed as an integer */
#define SPACE_SIZE    4096       /* more than an AddressSpace takes */
#define FLAT_VIEW     4          /* which pointer in it: behind an rcu_head of two, the name and the root */

static struct {
	void *(*get_cpu)(int index);
	long (*hypercall)(void *cpu, uint64_t opcode, uint64_t *args);
	void *(*find_table)(uint64_t liobn);
	void *(*table_root)(void *table);
	void (*space_init)(void *space, void *root, const char *name);
	unsigned int (*write)(void *space, uint64_t address, uint64_t attrs, const void *bytes, uint64_t size);
	void *(*translate)(void *view, uint64_t address, uint64_t *offset, uint64_t *size, bool is_write, uint64_t attrs);
	void *(*map)(void *space, uint64_t address, uint64_t *size, bool is_write, uint64_t attrs);
	void (*unmap)(void *space, void *bytes, uint64_t size, bool is_write, uint64_t used);
	void *memory;            /* the address space of the guest's memory */
	void *cpu;
	void *space[SPACE_SIZE / sizeof(void *)];   /* the bridge's */
} qemu;

int64_t qemu_hcall(uint64_t opcode, uint64_t args[4])
{
	return qemu.hypercall(qemu.cpu, opcode, args);
}

void qemu_write_ram(uint64_t address, const void *bytes, uint64_t size)
{
	bench_need(!qemu.write(qemu.memory, address, ATTRS_NONE, bytes, size), "QEMU: a write of guest memory");
}

uint64_t qemu_translate(uint64_t address, bool is_write)
{
	uint64_t offset, size = 8;

	bench_need(qemu.translate(qemu.space[FLAT_VIEW], address, &offset, &size, is_write, ATTRS_NONE),
		   "QEMU: a translation");
	return offset;
}

void *qemu_map(uint64_t address, uint64_t size)
{
	uint64_t got = size;
	void *bytes = qemu.map(qemu.space, address, &got, false, ATTRS_NONE);

	bench_need(bytes && got == size, "QEMU: mapping");
	return bytes;
}

void qemu_unmap(void *bytes, uint64_t size)
{
	qemu.unmap(qemu.space, bytes, size, false, size);
}

static bool find_functions(void)
{
	const struct {
		const char *name;
		void **to;
	} functions[] = {
		{ "qemu_get_cpu", (void **)&qemu.get_cpu },
		{ "spapr_hypercall", (void **)&qemu.hypercall },
		{ "spapr_tce_find_by_liobn", (void **)&qemu.find_table },
		{ "spapr_tce_get_iommu", (void **)&qemu.table_root },
		{ "address_space_init", (void **)&qemu.space_init },
		{ "address_space_write", (void **)&qemu.write },
		{ "flatview_translate", (void **)&qemu.translate },
		{ "address_space_map", (void **)&qemu.map },
		{ "address_space_unmap", (void **)&qemu.unmap },
		{ "address_space_memory", &qemu.memory },
	};

	for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
		*functions[i].to = dlsym(RTLD_DEFAULT, functions[i].name);
		if (!*functions[i].to)
			return false;
	}
	return true;
}

/* QEMU 10.0 has other names for the lock, and both have a function that tells whether the thread has it. */
static void lock(void)
{
	bool (*is_locked)(void) = (bool (*)(void))dlsym(RTLD_DEFAULT, "bql_locked");
	void (*take)(const char *file, int line) = (void (*)(const char *, int))dlsym(RTLD_DEFAULT, "bql_lock_impl");

	if (!is_locked)
		is_locked = (bool (*)(void))dlsym(RTLD_DEFAULT, "qemu_mutex_iothread_locked");
	if (!take)
		take = (void (*)(const char *, int))dlsym(RTLD_DEFAULT, "qemu_mutex_lock_iothread_impl");
	bench_need(is_locked && take, "QEMU: its big lock is not exported");
	if (!is_locked())
		take(__FILE__, __LINE__);
}

/* The machine is complete when the first bridge has a window, which its reset makes. */
static bool is_complete(void)
{
	uint64_t args[4] = { FIRST_LIOBN, 0, 0, 0 };

	qemu.cpu = qemu.get_cpu(0);
	return qemu.cpu && qemu.find_table(FIRST_LIOBN) && !qemu_hcall(STCE_H_PUT_TCE, args);
}

/* The threads of vCPUs, which make a guest's calls, let faults through; the main thread blocks SIGBUS. */
static void let_faults_through(void)
{
	sigset_t faults;

	sigemptyset(&faults);
	sigaddset(&faults, SIGSEGV);
	sigaddset(&faults, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}

static void measure(void)
{
	const char *rounds = getenv("ROUNDS");

	let_faults_through();
	qemu.space_init(qemu.space, qemu.table_root(qemu.find_table(FIRST_LIOBN)), "bench");
	bench_set(rounds ? (unsigned int)strtoul(rounds, NULL, 0) : BENCH_ROUNDS_MIN, false);
	bench_print_machine();
	bench_begin(NULL, "QEMU");
	qemu_rows();
	fflush(stdout);
	_exit(0);
}

__attribute__((visibility("default")))
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec copy = timeout ? *timeout : (struct timespec){ 0 };

	if (syscall(SYS_gettid) == getpid() && find_functions()) {
		lock();
		if (is_complete())
			measure();
		bench_need(false, "QEMU: the machine is not complete when its loop begins");
	}
	return (int)syscall(SYS_ppoll, fds, count, timeout ? &copy : NULL, mask, _NSIG / 8);
}
