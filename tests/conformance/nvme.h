/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of an NVMe driver as shows whether a device's DMA arrives: one admin
 * queue, one I/O queue, one command at a time, no interrupts. It reaches the
 * device by VFIO alone. Queues lie in pages of the arena, which the case maps.
 */
#ifndef CONFORMANCE_NVME_H
#define CONFORMANCE_NVME_H

#include "conformance.h"

#define NVME_QUEUE_PAGES 4
#define NVME_BLOCK       4096 /* what a block of the calls below holds, whatever the disk's own blocks are */

struct nvme {
	int device;
	uint64_t registers;             /* where the device file has BAR 0 */
	unsigned int doorbell_shift;
	uint32_t disk_blocks;           /* the disk's own blocks in NVME_BLOCK */
	struct {
		char *commands, *completions;
		unsigned int tail, head, phase;
	} queue[2];
};

/* Opens the function of the group, without its DMA being used. */
void nvme_open(struct nvme *nvme, int group_fd, const char *name);
/*
 * Starts the controller with its queues in NVME_QUEUE_PAGES of the arena from
 * first on, which are mapped from the bus address on. Return: whether it came
 * so far that blocks can be moved.
 */
bool nvme_start(struct nvme *nvme, int first, uint64_t bus);
/*
 * Moves one block between the disk and one IOMMU page of memory. Return:
 * whether the controller completed the command, not whether it succeeded: what a controller says of DMA that the bridge
 * refuses differs from one to the next.
 */
bool nvme_move(struct nvme *nvme, bool write, uint32_t block, uint64_t bus);
/* Lets the function begin DMA of its own, or not. */
void nvme_set_bus_master(struct nvme *nvme, bool on);

#endif
