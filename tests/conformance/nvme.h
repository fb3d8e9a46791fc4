/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest NVMe driver that shows whether a device's DMA arrives: one admin queue, one I/O
 * queue, one command at a time, no interrupts. It uses the device by VFIO only. Queues are in pages
 * of the arena, which the case maps.
 */
#ifndef CONFORMANCE_NVME_H
#define CONFORMANCE_NVME_H

#include "conformance.h"

#define NVME_QUEUE_PAGES 4
#define NVME_BLOCK       4096 /* bytes of a block of the calls below, whatever the size of the disk's own */

struct nvme {
	int device;
	uint64_t registers;             /* offset of BAR 0 in the device file */
	unsigned int doorbell_shift;
	uint32_t disk_blocks;           /* the disk's own blocks per NVME_BLOCK */
	struct {
		char *commands, *completions;
		unsigned int tail, head, phase;
	} queue[2];
};

/* Opens the function of the group, without any DMA. */
void nvme_open(struct nvme *nvme, int group_fd, const char *name);
/*
 * Starts the controller with its queues in NVME_QUEUE_PAGES of the arena from `first` on, which are
 * mapped at this bus address. Returns whether blocks can be moved.
 */
bool nvme_start(struct nvme *nvme, int first, uint64_t bus);
/*
 * Moves one block between the disk and one IOMMU page of memory. Returns whether the controller
 * completed the command, not whether it succeeded, because controllers answer differently if the
 * bridge refuses DMA.
 */
bool nvme_move(struct nvme *nvme, bool write, uint32_t block, uint64_t bus);
/* Allows or forbids DMA by the function. */
void nvme_set_bus_master(struct nvme *nvme, bool on);

#endif
