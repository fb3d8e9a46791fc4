/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network card copies without system calls, so a program that opens one has our handlers of SIGSEGV and SIGBUS in
 * the kernel, and does not notice. Group 1 has an igb, group 2 a dmatest.
 */
#include "program.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE       ((size_t)getpagesize())
#define BUS_MASTER 0x6u              /* and memory decoding, in the command register */
#define ICR        0x1500u
#define DOUTSYNC   0x10000000u       /* the descriptors of a queue cannot be reached */
#define TCTL       0x400u
#define TDBAL      0xe000u
#define TDBAH      0xe004u
#define TDLEN      0xe008u
#define TDT        0xe018u
#define TXDCTL     0xe028u

/* As the kernel defines it for rt_sigaction(2); there is room for the mask behind. */
static bool kernel_has_handler(int number)
{
	struct { void *handler; unsigned long rest[15]; } action = { 0 };

	return syscall(SYS_rt_sigaction, number, NULL, &action, 8) == 0 && action.handler != (void *)SIG_DFL;
}

static bool program_has_handler(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) != 0 || action.sa_handler != SIG_DFL;
}

static int device, container;

static int open_device(const char *node, const char *address)
{
	int group = open(node, O_RDWR | O_CLOEXEC);

	if (group < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		return -1;
	ioctl(container, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU);
	return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
}

static off_t region(unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	return ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info) ? -1 : (off_t)info.offset;
}

static bool set(uint32_t at, uint32_t value)
{
	return pwrite(device, &value, sizeof(value), region(VFIO_PCI_BAR0_REGION_INDEX) + at) == sizeof(value);
}

static uint32_t get(uint32_t at)
{
	uint32_t value = 0;

	pread(device, &value, sizeof(value), region(VFIO_PCI_BAR0_REGION_INDEX) + at);
	return value;
}

/* Maps a page for the card. */
static void *make_ring(uint64_t *ioba)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vfio_iommu_spapr_register_memory part = { .argsz = sizeof(part), .vaddr = (uintptr_t)memory, .size = PAGE };
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .vaddr = (uintptr_t)memory, .size = PAGE,
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE };

	if (memory == MAP_FAILED || ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info))
		return NULL;
	map.iova = *ioba = info.dma32_window_start;
	if (ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &part) || ioctl(container, VFIO_IOMMU_MAP_DMA, &map))
		return NULL;
	return memory;
}

static bool send_from(uint64_t ioba)
{
	uint16_t command = BUS_MASTER;

	return pwrite(device, &command, sizeof(command), region(VFIO_PCI_CONFIG_REGION_INDEX) + 4) == sizeof(command) &&
	       set(TDBAL, (uint32_t)ioba) && set(TDBAH, (uint32_t)(ioba >> 32)) && set(TDLEN, 1024) &&
	       set(TXDCTL, 1u << 25) && set(TCTL, 2) && set(TDT, 1);
}

int main(void)
{
	uint64_t ioba = 0;
	void *ring;

	container = open_container();
	ok(open_device("/dev/vfio/2", "0000:02:00.0") >= 0 && !kernel_has_handler(SIGSEGV) && !kernel_has_handler(SIGBUS),
	   "a device that copies little leaves the handlers alone");
	device = open_device("/dev/vfio/1", ADDRESS);
	ok(device >= 0 && kernel_has_handler(SIGSEGV) && kernel_has_handler(SIGBUS),
	   "the kernel has handlers of ours when a card is open");
	ok(!program_has_handler(SIGSEGV) && !program_has_handler(SIGBUS), "the program does not see them");
	ring = make_ring(&ioba);
	ok(ring && mprotect(ring, PAGE, PROT_NONE) == 0 && send_from(ioba), "a ring lies where nothing can be read");
	while (!(get(ICR) & DOUTSYNC))
		usleep(1000);
	ok(1, "the card says so, and the program lives");
	return ok_end();
}
