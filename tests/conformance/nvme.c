/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of nvme.h: registers through the device file, commands through queues of 16 entries
 * [NVMe 1.4].
 */
#include "nvme.h"

#include <time.h>

#define QUEUE_ENTRIES 16
#define WAIT_READY    20.0 /* seconds to wait for the controller */
#define WAIT_COMMAND  2.0  /* seconds after which a command counts as lost */

enum { CAP = 0x00, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28, ACQ = 0x30, DOORBELLS = 0x1000 };
enum { CSTS_READY = 1, CSTS_FATAL = 2 };
enum { CREATE_SQ = 1, CREATE_CQ = 5, IDENTIFY = 6 };

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t get(struct nvme *nvme, uint32_t offset)
{
	uint32_t value;

	must(pread(nvme->device, &value, 4, (off_t)(nvme->registers + offset)) == 4 ? 0 : -1, "read a register");
	return value;
}

static void set(struct nvme *nvme, uint32_t offset, uint32_t value)
{
	must(pwrite(nvme->device, &value, 4, (off_t)(nvme->registers + offset)) == 4 ? 0 : -1, "write a register");
}

static void set64(struct nvme *nvme, uint32_t offset, uint64_t value)
{
	set(nvme, offset, (uint32_t)value);
	set(nvme, offset + 4, (uint32_t)(value >> 32));
}

static uint64_t region(struct nvme *nvme, uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	must(ioctl(nvme->device, VFIO_DEVICE_GET_REGION_INFO, &info), "GET_REGION_INFO");
	return info.offset;
}

void nvme_set_bus_master(struct nvme *nvme, bool on)
{
	uint64_t at = region(nvme, VFIO_PCI_CONFIG_REGION_INDEX) + 4;
	uint16_t command;

	must(pread(nvme->device, &command, 2, (off_t)at) == 2 ? 0 : -1, "read the command register");
	command = (uint16_t)((command & ~4) | 2 | (on ? 4 : 0));
	must(pwrite(nvme->device, &command, 2, (off_t)at) == 2 ? 0 : -1, "write the command register");
}

static bool wait_for_status(struct nvme *nvme, uint32_t ready)
{
	double end = seconds() + WAIT_READY;
	uint32_t status;

	do {
		status = get(nvme, CSTS);
		if (ready && status & CSTS_FATAL)
			return false;
		if ((status & CSTS_READY) == ready)
			return true;
		usleep(1000);
	} while (seconds() < end);
	return false;
}

void nvme_open(struct nvme *nvme, int group_fd, const char *name)
{
	memset(nvme, 0, sizeof(*nvme));
	if (!name)
		skip("needs a device's name");
	nvme->device = (int)must(ioctl(group_fd, VFIO_GROUP_GET_DEVICE_FD, name), "GET_DEVICE_FD");
	nvme->registers = region(nvme, VFIO_PCI_BAR0_REGION_INDEX);
	nvme_set_bus_master(nvme, true);
	nvme->doorbell_shift = 2 + (get(nvme, CAP + 4) & 0xf);
}

static void put(char *command, unsigned int offset, uint32_t value)
{
	memcpy(command + offset, &value, 4);
}

/* Returns whether the command was completed. */
static bool run(struct nvme *nvme, int queue, const char *command)
{
	volatile uint16_t *status;
	double end = seconds() + WAIT_COMMAND;

	memcpy(nvme->queue[queue].commands + 64 * nvme->queue[queue].tail, command, 64);
	nvme->queue[queue].tail = (nvme->queue[queue].tail + 1) % QUEUE_ENTRIES;
	status = (void *)(nvme->queue[queue].completions + 16 * nvme->queue[queue].head + 14);
	__sync_synchronize();
	set(nvme, DOORBELLS + ((2U * (unsigned int)queue) << nvme->doorbell_shift), nvme->queue[queue].tail);
	while ((*status & 1) != nvme->queue[queue].phase) {
		if (get(nvme, CSTS) & CSTS_FATAL || seconds() > end)
			return false;
		usleep(1000);
	}
	__sync_synchronize();
	nvme->queue[queue].head = (nvme->queue[queue].head + 1) % QUEUE_ENTRIES;
	nvme->queue[queue].phase ^= !nvme->queue[queue].head;
	set(nvme, DOORBELLS + ((2U * (unsigned int)queue + 1) << nvme->doorbell_shift), nvme->queue[queue].head);
	return true;
}

static bool run_admin(struct nvme *nvme, uint32_t opcode, uint64_t bus, uint32_t word10, uint32_t word11)
{
	char command[64] = { 0 };

	put(command, 0, opcode);
	put(command, 4, opcode == IDENTIFY);
	memcpy(command + 24, &bus, 8);
	put(command, 40, word10);
	put(command, 44, word11);
	return run(nvme, 0, command);
}

/*
 * Reads the namespace's data, by DMA to the memory of the I/O queue's commands. Returns false if
 * the data did not arrive.
 */
static bool learn_blocks(struct nvme *nvme, uint64_t bus)
{
	unsigned char *data = (void *)nvme->queue[1].commands;
	unsigned int shift;

	if (!run_admin(nvme, IDENTIFY, bus, 0, 0))
		return false;
	shift = data[128 + 4 * (data[26] & 0xf) + 2];
	if (shift < 9 || shift > 12)
		return false;
	nvme->disk_blocks = NVME_BLOCK >> shift;
	memset(data, 0, NVME_BLOCK);
	return true;
}

bool nvme_start(struct nvme *nvme, int first, uint64_t bus)
{
	const uint32_t entries = QUEUE_ENTRIES - 1, contiguous = 1;

	for (int i = 0; i < 2; i++) {
		nvme->queue[i].commands = at(first + 2 * i);
		nvme->queue[i].completions = at(first + 2 * i + 1);
		nvme->queue[i].tail = nvme->queue[i].head = 0;
		nvme->queue[i].phase = 1;
	}
	memset(at(first), 0, NVME_QUEUE_PAGES * page);
	set(nvme, CC, 0);
	if (!wait_for_status(nvme, 0))
		return false;
	set(nvme, AQA, entries << 16 | entries);
	set64(nvme, ASQ, bus);
	set64(nvme, ACQ, bus + page);
	set(nvme, CC, 4 << 20 | 6 << 16 | 1);
	return wait_for_status(nvme, CSTS_READY) && learn_blocks(nvme, bus + 2 * page) &&
	       run_admin(nvme, CREATE_CQ, bus + 3 * page, entries << 16 | 1, contiguous) &&
	       run_admin(nvme, CREATE_SQ, bus + 2 * page, entries << 16 | 1, 1 << 16 | contiguous);
}

bool nvme_move(struct nvme *nvme, bool write, uint32_t block, uint64_t bus)
{
	char command[64] = { 0 };

	put(command, 0, write ? 1 : 2);
	put(command, 4, 1);
	memcpy(command + 24, &bus, 8);
	put(command, 40, block * nvme->disk_blocks);
	put(command, 48, nvme->disk_blocks - 1);
	return run(nvme, 1, command);
}
