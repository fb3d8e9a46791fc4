/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver of the NVMe function for programs that know nothing of the library. Its queues and data
 * are in an arena mapped at bus address 0; it issues several commands at once, and uses MSI-X
 * vector 0 for all.
 */
#ifndef STCE_TESTS_SHIM_NVME_H
#define STCE_TESTS_SHIM_NVME_H

#include "program.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#define NVME_PAGE  65536
#define NVME_BLOCK 4096
#define NVME_DATA  (4 * NVME_PAGE)
#define NVME_ARENA (8 * NVME_PAGE)
#define NVME_DEPTH 32

enum { NVME_WRITE = 1, NVME_READ = 2 };

struct nvme {
	int container, group, device, event;
	off_t bar;
	char *arena;             /* pages 0 to 3: queues; from page 4 on a block of data for each command */
	struct {
		unsigned int tail, head;
	} queue[2];
};

static inline void nvme_set(struct nvme *nvme, unsigned int reg, uint32_t value)
{
	(void)!pwrite(nvme->device, &value, sizeof(value), nvme->bar + reg);
}

static inline uint32_t nvme_get(struct nvme *nvme, unsigned int reg)
{
	uint32_t value = 0;

	(void)!pread(nvme->device, &value, sizeof(value), nvme->bar + reg);
	return value;
}

/*
 * Waits for a completion of the queue. Returns its status type and code; -1 if none comes in a
 * minute.
 */
static inline int nvme_complete(struct nvme *nvme, unsigned int q)
{
	unsigned int head = nvme->queue[q].head, index = head % NVME_DEPTH, phase = !(head / NVME_DEPTH % 2);
	volatile uint16_t *word = (volatile uint16_t *)(nvme->arena + (2 * q + 1) * NVME_PAGE + 16 * index + 14);

	for (unsigned int i = 0; (*word & 1) != phase; i++) {
		if (i == 60000)
			return -1;
		usleep(1000);
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	nvme->queue[q].head++;
	nvme_set(nvme, 0x1000 + 8 * q + 4, nvme->queue[q].head % NVME_DEPTH);
	return *word >> 1 & 0x7ff;
}

/*
 * word[0] is the opcode, word[6] the low half of PRP 1; word[10] and the following are the
 * command's own.
 */
static inline void nvme_put(struct nvme *nvme, unsigned int q, const uint32_t word[16])
{
	unsigned int tail = nvme->queue[q].tail++;
	uint32_t *entry = (uint32_t *)(nvme->arena + 2 * q * NVME_PAGE + 64 * (tail % NVME_DEPTH));

	memcpy(entry, word, 64);
	entry[0] |= tail << 16;
}

static inline void nvme_ring(struct nvme *nvme, unsigned int q)
{
	nvme_set(nvme, 0x1000 + 8 * q, nvme->queue[q].tail % NVME_DEPTH);
}

static inline int nvme_admin(struct nvme *nvme, uint32_t opcode, uint32_t bus, uint32_t cdw10, uint32_t cdw11)
{
	nvme_put(nvme, 0, (uint32_t[16]){ [0] = opcode, [6] = bus, [10] = cdw10, [11] = cdw11 });
	nvme_ring(nvme, 0);
	return nvme_complete(nvme, 0);
}

/*
 * Moves n blocks, from `block` on, by n simultaneous commands. Returns the first status other than
 * 0.
 */
static inline int nvme_move(struct nvme *nvme, uint32_t opcode, uint32_t block, unsigned int n)
{
	int status = 0;

	for (unsigned int i = 0; i < n; i++)
		nvme_put(nvme, 1, (uint32_t[16]){
			[0] = opcode, [1] = 1, [6] = NVME_DATA + i * NVME_BLOCK,
			[10] = (block + i) * (NVME_BLOCK / 512), [12] = NVME_BLOCK / 512 - 1,
		});
	nvme_ring(nvme, 1);
	for (unsigned int i = 0; i < n; i++) {
		int r = nvme_complete(nvme, 1);

		status = status ? status : r;
	}
	return status;
}

static inline char *nvme_data(struct nvme *nvme, unsigned int i)
{
	return nvme->arena + NVME_DATA + i * NVME_BLOCK;
}

static inline bool nvme_map(struct nvme *nvme)
{
	struct vfio_iommu_spapr_register_memory reg = { .argsz = sizeof(reg), .size = NVME_ARENA };
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map), .size = NVME_ARENA };

	nvme->arena = mmap(NULL, NVME_ARENA + NVME_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	nvme->arena += -(uintptr_t)nvme->arena % NVME_PAGE;
	reg.vaddr = map.vaddr = (uintptr_t)nvme->arena;
	map.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
	return ioctl(nvme->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) == 0 &&
	       ioctl(nvme->container, VFIO_IOMMU_MAP_DMA, &map) == 0;
}

static inline bool nvme_listen(struct nvme *nvme)
{
	union {
		struct vfio_irq_set set;
		uint8_t room[sizeof(struct vfio_irq_set) + sizeof(nvme->event)];
	} irq = { .set = {
		.argsz = sizeof(irq), .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX, .count = 1,
	} };

	nvme->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	memcpy(irq.set.data, &nvme->event, sizeof(nvme->event));
	return ioctl(nvme->device, VFIO_DEVICE_SET_IRQS, &irq) == 0;
}

/* Sets up everything from the container to a controller that takes reads and writes. */
static inline bool nvme_start(struct nvme *nvme)
{
	struct vfio_region_info bar = { .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = { .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command = 6;

	memset(nvme, 0, sizeof(*nvme));
	if (!set_up(&nvme->container, &nvme->group) || !nvme_map(nvme))
		return false;
	nvme->device = ioctl(nvme->group, VFIO_GROUP_GET_DEVICE_FD, ADDRESS);
	if (nvme->device < 0 || ioctl(nvme->device, VFIO_DEVICE_GET_REGION_INFO, &bar) ||
	    ioctl(nvme->device, VFIO_DEVICE_GET_REGION_INFO, &config) || !nvme_listen(nvme))
		return false;
	nvme->bar = (off_t)bar.offset;
	if (pwrite(nvme->device, &command, 2, (off_t)config.offset + 4) != 2)
		return false;
	nvme_set(nvme, 0x24, (NVME_DEPTH - 1) << 16 | (NVME_DEPTH - 1));
	nvme_set(nvme, 0x28, 0);
	nvme_set(nvme, 0x2c, 0);
	nvme_set(nvme, 0x30, NVME_PAGE);
	nvme_set(nvme, 0x34, 0);
	nvme_set(nvme, 0x14, 0x00460001);
	return nvme_get(nvme, 0x1c) == 1 &&
	       nvme_admin(nvme, 5, 3 * NVME_PAGE, (NVME_DEPTH - 1) << 16 | 1, 3) == 0 &&
	       nvme_admin(nvme, 1, 2 * NVME_PAGE, (NVME_DEPTH - 1) << 16 | 1, 1 << 16 | 1) == 0;
}

#endif
