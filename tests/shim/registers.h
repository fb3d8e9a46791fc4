/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that maps the registers of dmatest in group 1, and of an NVMe disk in group 2 if there is one. */
#ifndef STCE_TESTS_SHIM_REGISTERS_H
#define STCE_TESTS_SHIM_REGISTERS_H

#include "program.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#include <spapr-tce/dmatest.h>

#define DISK "0000:02:00.0"
#define PAGE ((size_t)getpagesize())
/* Storage of 64 bytes without side effects. */
#define TABLE STCE_DMATEST_MSIX_TABLE

static int container, group, device;
static off_t config;

static inline bool find_region(int fd, uint32_t index, struct vfio_region_info *info)
{
	*info = (struct vfio_region_info){ .argsz = sizeof(*info), .index = index };
	return ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info) == 0;
}

static inline void *map(int fd, size_t length, int prot)
{
	return mmap(NULL, length, prot, MAP_SHARED, fd, 0);
}

static inline void *map_device(void)
{
	return map(device, PAGE, PROT_READ | PROT_WRITE);
}

/* Memory decoding and bus mastering. */
static inline bool set_command(uint16_t command)
{
	return pwrite(device, &command, sizeof(command), config + 4) == sizeof(command);
}

static inline bool open_device(void)
{
	struct vfio_region_info info;

	if (!set_up(&container, &group))
		return false;
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	if (device < 0 || !find_region(device, VFIO_PCI_CONFIG_REGION_INDEX, &info))
		return false;
	config = (off_t)info.offset;
	return set_command(6);
}

static inline uint32_t load32(const void *at)
{
	return *(const volatile uint32_t *)at;
}

static inline void store32(void *at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

/* These may have any alignment. */
struct unaligned32 {
	uint32_t value;
} __attribute__((packed));

struct unaligned64 {
	uint64_t value;
} __attribute__((packed));

static inline uint64_t load64(const void *at)
{
	return ((const volatile struct unaligned64 *)at)->value;
}

static inline void store64(void *at, uint64_t value)
{
	*(volatile uint64_t *)at = value;
}

/* The last fault of this thread, and where it goes on; the mask is restored. */
struct caught {
	int number, code;
	const char *address;
	sigjmp_buf out;
};

static __thread struct caught caught;

static inline void jump_out(int number, siginfo_t *info, void *context)
{
	caught.number = number;
	caught.code = info->si_code;
	caught.address = info->si_addr;
	siglongjmp(caught.out, 1);
}

static inline void catch_faults(int flags)
{
	struct sigaction action = { .sa_sigaction = jump_out, .sa_flags = SA_SIGINFO | flags };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* These make an access that may end in the handler, and return the signal, or 0. */
static __attribute__((noinline, unused)) int signal_of_load(const void *at, volatile uint32_t *value)
{
	caught.number = 0;
	if (!sigsetjmp(caught.out, 1))
		*value = load32(at);
	return caught.number;
}

static __attribute__((noinline, unused)) int signal_of_load64(const void *at)
{
	caught.number = 0;
	if (!sigsetjmp(caught.out, 1))
		load64(at);
	return caught.number;
}

static __attribute__((noinline, unused)) int signal_of_store(void *at)
{
	caught.number = 0;
	if (!sigsetjmp(caught.out, 1))
		store32(at, 1);
	return caught.number;
}

static inline int signal_at(const void *at)
{
	volatile uint32_t value;

	return signal_of_load(at, &value);
}

#endif
