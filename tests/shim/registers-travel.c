/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device travels to another process, which maps its registers. Loads and stores there answer as pread(2) and pwrite(2)
 * do, and as in the process that has opened the device, until that process has ended: then they are SIGBUS.
 */
#include "registers.h"

#include "line.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

static char *bar;

static void drop(void)
{
	close(device);
	close(group);
	close(container);
	close(line);
	device = group = container = line = -1;
}

/* Receives the device and maps it. */
static bool receive(void)
{
	device = receive_fd();
	config = (off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40;
	bar = map_device();
	return bar != MAP_FAILED;
}

/* The other process does this until it hears, or is killed. */
static int lend_device(void)
{
	if (!open_device())
		return 1;
	send_fd(device);
	return hear() ? 0 : 2;
}

static bool is_refused(size_t length, int flags, off_t offset, int error)
{
	errno = 0;
	return mmap(NULL, length, PROT_READ, flags, device, offset) == MAP_FAILED && errno == error;
}

static void offers(void)
{
	struct {
		struct vfio_region_info info;
		struct vfio_info_cap_header capability;
	} answer = { .info.argsz = sizeof(answer) };
	struct vfio_region_info small = { .argsz = sizeof(small), .index = VFIO_PCI_CONFIG_REGION_INDEX, .cap_offset = 77 };

	ok(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &small) == 0 && small.flags == 3 && small.cap_offset == 77,
	   "config space cannot be mapped, and what the call does not write stays");
	ok(ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &answer) == 0 && answer.info.argsz == 40 && answer.info.cap_offset == 32 &&
		   answer.info.flags & VFIO_REGION_INFO_FLAG_MMAP && answer.capability.id == VFIO_REGION_INFO_CAP_MSIX_MAPPABLE &&
		   answer.capability.version == 1 && answer.capability.next == 0,
	   "a BAR can be mapped, and its capability comes with the answer");
	ok(find_region(device, 0, &small) && small.argsz == 40 && small.cap_offset == 0, "or its length, without room for it");
	ok(is_refused(PAGE, MAP_PRIVATE, 0, EINVAL) && is_refused(PAGE, MAP_SHARED, config, EINVAL) &&
		   is_refused(PAGE, MAP_SHARED, (off_t)1 << 40, EINVAL) && is_refused(PAGE, MAP_SHARED, (off_t)9 << 40, EINVAL) &&
		   is_refused(2 * PAGE, MAP_SHARED, 0, EINVAL) && is_refused(PAGE, MAP_SHARED, 8, EINVAL),
	   "what cannot be mapped in the process that has opened the device is refused here, too");
}

#define DIFFERENCES(type)                                                                                 \
	({                                                                                                \
		unsigned int differ_ = 0;                                                                 \
                                                                                                          \
		for (size_t at_ = 0; at_ < STCE_DMATEST_BAR_SIZE; at_ += sizeof(type)) {                  \
			type by_call_ = 0;                                                                \
                                                                                                          \
			differ_ += pread(device, &by_call_, sizeof(type), (off_t)at_) != sizeof(type) ||  \
				   *(volatile type *)(bar + at_) != by_call_;                             \
		}                                                                                         \
		differ_;                                                                                  \
	})

static bool table_is(const void *bytes)
{
	char got[64];

	return pread(device, got, sizeof(got), TABLE) == sizeof(got) && !memcmp(got, bytes, sizeof(got));
}

static void loads_and_stores(void)
{
	char wanted[64] = "", whole[STCE_DMATEST_BAR_SIZE], *table = bar + TABLE;

	memset(table, 0, sizeof(wanted));
	*(volatile uint8_t *)(table + 3) = (uint8_t)(wanted[3] = 0x11);
	*(volatile uint16_t *)(table + 6) = 0x2233;
	memcpy(wanted + 6, &(uint16_t){ 0x2233 }, 2);
	store32(table + 12, 0x44556677);
	memcpy(wanted + 12, &(uint32_t){ 0x44556677 }, 4);
	store64(table + 24, 0x8899aabbccddeeff);
	memcpy(wanted + 24, &(uint64_t){ 0x8899aabbccddeeff }, 8);
	((volatile struct unaligned32 *)(table + 33))->value = 0x01020304;
	memcpy(wanted + 33, &(uint32_t){ 0x01020304 }, 4);
	ok(table_is(wanted), "stores of 1, 2, 4 and 8 bytes arrive, also an unaligned one, and change nothing else");
	for (size_t i = 0; i < sizeof(wanted); i++)
		wanted[i] = (char)(i * 5 + 1);
	memcpy(table, wanted, sizeof(wanted));
	ok(table_is(wanted), "so does memcpy");
	ok(!DIFFERENCES(uint8_t) && !DIFFERENCES(uint16_t) && !DIFFERENCES(uint32_t) && !DIFFERENCES(uint64_t),
	   "each byte, 2, 4 and 8 bytes are what pread tells");
	memcpy(whole, bar, sizeof(whole));
	memset(wanted, 0, sizeof(wanted));
	ok(pread(device, wanted, sizeof(wanted), 0) == sizeof(wanted) && !memcmp(whole, wanted, sizeof(wanted)),
	   "memcpy gives what one pread gives");
}

static void without_decoding(void)
{
	ok(set_command(0) && signal_at(bar + 4) == SIGBUS && caught.code == BUS_ADRERR && caught.address == bar + 4 &&
		   signal_of_store(bar + TABLE) == SIGBUS,
	   "without memory decoding a load and a store are SIGBUS, at their address");
	ok(set_command(6) && load32(bar) == STCE_DMATEST_MAGIC_VALUE, "with it the registers answer again");
}

static void changes(void)
{
	char *moved, *place = map_device();

	ok(place != MAP_FAILED && mprotect(bar, PAGE, PROT_READ) == 0 && signal_of_store(bar + TABLE) == SIGSEGV &&
		   caught.code == SEGV_ACCERR && load32(bar) == STCE_DMATEST_MAGIC_VALUE &&
		   mprotect(bar, PAGE, PROT_NONE) == 0 && signal_at(bar) == SIGSEGV &&
		   mprotect(bar, PAGE, PROT_READ | PROT_WRITE) == 0,
	   "mprotect() holds");
	moved = mremap(bar, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	ok(moved == place && load32(moved) == STCE_DMATEST_MAGIC_VALUE && signal_at(bar) == SIGSEGV, "mremap() moves");
	ok(munmap(moved, PAGE) == 0 && signal_at(moved) == SIGSEGV, "munmap() removes");
	bar = map_device();
	ok(bar != MAP_FAILED && load32(bar) == STCE_DMATEST_MAGIC_VALUE, "and it is mapped again");
}

/* A child of the process that has received the device. */
static int load_in_child(void)
{
	if (signal_at(bar) != SIGBUS || munmap(bar, PAGE) || signal_at(bar) != SIGSEGV)
		return 1;
	bar = map_device();
	return bar != MAP_FAILED && load32(bar) == STCE_DMATEST_MAGIC_VALUE ? 0 : 2;
}

static int load_in_program(void)
{
	char *words[] = { "registers-travel", "load", NULL };

	dup2(device, 50);
	execv("/proc/self/exe", words);
	return 99;
}

static int status_of(int (*other)(void))
{
	pid_t child = fork();

	if (!child)
		_exit(other());
	return status_of_child(child);
}

static void received(void)
{
	pid_t child = begin(lend_device);

	ok(receive() && load32(bar) == STCE_DMATEST_MAGIC_VALUE, "the receiver of a device maps its registers");
	offers();
	loads_and_stores();
	without_decoding();
	changes();
	ok(status_of(load_in_child) == 0, "where a child inherits the mapping a load is SIGBUS; it can map anew [DIFF-30]");
	ok(status_of(load_in_program) == 0, "and so can a program that is executed");
	ok(load32(bar) == STCE_DMATEST_MAGIC_VALUE, "the receiver's mapping is as it was");
	say();
	ok(status_of_child(child) == 0, "the lender ends");
	munmap(bar, PAGE);
	drop();
}

static int use_and_unmap(void)
{
	if (!receive() || close(device) || load32(bar) != STCE_DMATEST_MAGIC_VALUE)
		return 1;
	store32(bar + TABLE, 77);
	say();
	if (!hear() || load32(bar + TABLE) != 77 || munmap(bar, PAGE))
		return 2;
	say();
	return hear() ? 0 : 3;
}

/* The group is in use as long as there is a mapping somewhere. */
static void outlives(void)
{
	pid_t child = begin(use_and_unmap);
	uint32_t value = 0;

	ok(open_device(), "a device");
	send_fd(device);
	ok(hear() && pread(device, &value, 4, TABLE) == 4 && value == 77, "where the receiver has closed it, its mapping works");
	ok(close(device) == 0 && fails(ioctl(group, VFIO_GROUP_UNSET_CONTAINER), EBUSY), "also when the lender has closed it");
	say();
	ok(hear() && ioctl(group, VFIO_GROUP_UNSET_CONTAINER) == 0, "until it is unmapped");
	say();
	ok(status_of_child(child) == 0, "the receiver ends");
	drop();
}

static void *load_until_signal(void *ready)
{
	uintptr_t number;

	do {
		number = (uintptr_t)signal_at(bar);
		atomic_store((atomic_bool *)ready, true);
	} while (!number);
	return (void *)(number == SIGBUS && caught.code == BUS_ADRERR && caught.address == bar ? NULL : (void *)number);
}

static void killed(int with)
{
	pthread_t threads[2];
	atomic_bool ready[2] = { false, false };
	pid_t child = begin(lend_device);
	void *wrong[2];

	ok(receive(), "a mapping of a device of a process that lives");
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, load_until_signal, &ready[i]);
	while (!atomic_load(&ready[0]) || !atomic_load(&ready[1]))
		sched_yield();
	if (with == SIGSTOP) {
		kill(child, SIGSTOP);
		waitpid(child, NULL, WUNTRACED);
	}
	kill(child, SIGKILL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], &wrong[i]);
	ok(!wrong[0] && !wrong[1], with == SIGSTOP ? "which is stopped and killed amid loads: they are SIGBUS" :
						     "which is killed amid loads: they are SIGBUS");
	ok(status_of_child(child) == 128 + SIGKILL && signal_of_store(bar + TABLE) == SIGBUS && signal_at(bar) == SIGBUS,
	   "and so are later ones");
	ok(is_refused(PAGE, MAP_SHARED, 0, EPERM), "the device cannot be mapped any longer");
	ok(close(device) == 0 && munmap(bar, PAGE) == 0 && signal_at(bar) == SIGSEGV, "the mapping can be removed");
	device = -1;
	drop();
}

#define COUNT 3000

/* Each process counts in a register of its own. */
static unsigned int count_up(unsigned int offset)
{
	unsigned int wrong = 0;

	for (uint32_t i = 0; i < COUNT; i++) {
		store32(bar + TABLE + offset, i);
		wrong += load32(bar + TABLE + offset) != i;
	}
	return wrong;
}

static unsigned int own_offset;

static int count_in_receiver(void)
{
	if (!receive())
		return 1;
	say();
	return !hear() ? 2 : count_up(own_offset) ? 3 : 0;
}

static void several(void)
{
	pid_t children[2];
	int lines[2];
	unsigned int wrong;

	for (int i = 0; i < 2; i++) {
		own_offset = 16 + 16 * (unsigned int)i;
		children[i] = begin(count_in_receiver);
		lines[i] = line;
	}
	ok(open_device() && (bar = map_device()) != MAP_FAILED, "a device");
	for (int i = 0; i < 2; i++) {
		line = lines[i];
		send_fd(device);
		hear();
	}
	for (int i = 0; i < 2; i++) {
		line = lines[i];
		say();
	}
	wrong = count_up(0);
	ok(!wrong && status_of_child(children[0]) == 0 && status_of_child(children[1]) == 0,
	   "the lender and two receivers store at the same time, and each loads what it has stored");
	ok(load32(bar + TABLE) == COUNT - 1 && load32(bar + TABLE + 16) == COUNT - 1 && load32(bar + TABLE + 32) == COUNT - 1,
	   "the last store of each has arrived");
	munmap(bar, PAGE);
	close(lines[0]);
	drop();
}

static int load_for_ever(void)
{
	if (!receive())
		return 1;
	say();
	for (;;)
		if (load32(bar) != STCE_DMATEST_MAGIC_VALUE)
			return 2;
}

static void killed_receiver(void)
{
	pid_t child = begin(load_for_ever);

	ok(open_device(), "a device");
	send_fd(device);
	ok(hear() && close(device) == 0, "which is mapped elsewhere");
	kill(child, SIGKILL);
	ok(status_of_child(child) == 128 + SIGKILL && ioctl(group, VFIO_GROUP_UNSET_CONTAINER) == 0,
	   "when the receiver is killed amid its loads the group is free");
	drop();
}

/* Each of these closes what the core has, which the preload does not see. */
static void close_connections(void)
{
	struct sockaddr_storage peer;

	for (int fd = 3; fd < 1 << 12; fd++) {
		socklen_t size = sizeof(peer);

		if (fd != line && !syscall(SYS_getpeername, fd, &peer, &size))
			syscall(SYS_close, fd);
	}
}

static void close_behind_the_back(void)
{
	syscall(SYS_close_range, (device > line ? device : line) + 1, ~0U, 0);
}

static int lend_and_disconnect(void)
{
	if (!open_device())
		return 1;
	send_fd(device);
	if (!hear())
		return 2;
	close_connections();
	say();
	return hear() ? 0 : 3;
}

static void lost_connection(bool is_lenders)
{
	pid_t child = begin(is_lenders ? lend_and_disconnect : lend_device);
	uint32_t value = 0;

	ok(receive() && load32(bar) == STCE_DMATEST_MAGIC_VALUE, "a mapping");
	if (is_lenders) {
		say();
		hear();
	} else {
		close_behind_the_back();
	}
	ok(signal_at(bar) == SIGBUS && signal_at(bar) == SIGBUS,
	   is_lenders ? "when the lender has lost its connection a load is SIGBUS" :
			"when the receiver has lost its connection a load is SIGBUS");
	ok(pread(device, &value, 4, 0) == 4 && value == STCE_DMATEST_MAGIC_VALUE && load32(bar) == STCE_DMATEST_MAGIC_VALUE,
	   "and answers again when a call on the device has connected anew");
	say();
	ok(status_of_child(child) == 0, "the lender ends");
	munmap(bar, PAGE);
	drop();
}

int main(int argc, char **argv)
{
	catch_faults(0);
	if (argc > 1) {
		device = 50;
		return (bar = map_device()) == MAP_FAILED || load32(bar) != STCE_DMATEST_MAGIC_VALUE;
	}
	received();
	outlives();
	killed(SIGKILL);
	killed(SIGSTOP);
	several();
	killed_receiver();
	lost_connection(true);
	lost_connection(false);
	return ok_end();
}
