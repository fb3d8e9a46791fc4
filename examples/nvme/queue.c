/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues are rings in memory. The driver writes commands and tells the device the new tail; the device
 * writes completions, and inverts their phase bit in each round, so that a new one can be told from an old.
 */
#include "nvme.h"

#include <endian.h>
#include <err.h>
#include <time.h>

#define COMMAND_NS (30 * UINT64_C(1000000000))

uint64_t nvme_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void nvme_put(struct nvme_queue *q, struct nvme_command command)
{
	q->command[q->tail] = command;
	q->tail = (q->tail + 1) % NVME_ENTRIES;
}

/* vfio_write32() has the barrier that lets the device see the commands before the tail. */
void nvme_ring(struct nvme *n, struct nvme_queue *q)
{
	vfio_write32(n->vfio, q->tail_doorbell, q->tail);
}

bool nvme_take(struct nvme_queue *q, struct nvme_completion *completion)
{
	struct nvme_completion *next = &q->completion[q->head];

	/* The other fields, and the data that the device has written, are read after the phase. */
	if ((le16toh(__atomic_load_n(&next->status, __ATOMIC_ACQUIRE)) & 1) != q->phase)
		return false;
	*completion = *next;
	q->head = (q->head + 1) % NVME_ENTRIES;
	if (!q->head)
		q->phase ^= 1;
	return true;
}

void nvme_release(struct nvme *n, struct nvme_queue *q)
{
	vfio_write32(n->vfio, q->head_doorbell, q->head);
}

bool nvme_execute(struct nvme *n, struct nvme_queue *q, struct nvme_command command)
{
	const char *kind = q == &n->admin ? "admin" : "I/O";
	uint64_t start = nvme_now_ns();
	struct nvme_completion completion;
	unsigned int status;

	nvme_put(q, command);
	nvme_ring(n, q);
	while (!nvme_take(q, &completion))
		if (nvme_now_ns() - start > COMMAND_NS) {
			warnx("%s command 0x%02x: no completion in 30 s", kind, command.opcode);
			return false;
		}
	nvme_release(n, q);
	status = le16toh(completion.status) >> 1;
	if (!status)
		return true;
	warnx("%s command 0x%02x: status type %u, code 0x%02x", kind, command.opcode, status >> 8 & 7, status & 0xff);
	return false;
}

/*
 * PRP 1 is the first page of the data; PRP 2 is the second, or the address of a list of all further ones
 * [NVMe 1.4 4.3]. The list of the largest transfer has 255 entries and fits into a page.
 */
static void set_prps(struct nvme *n, struct nvme_command *command, size_t offset, size_t bytes)
{
	uint64_t *list = (uint64_t *)(n->vfio->memory + PAGE_PRP_LIST * NVME_PAGE);
	uint64_t bus = nvme_bus(n, PAGE_DATA) + offset;

	command->prp[0] = htole64(bus);
	if (bytes <= NVME_PAGE)
		return;
	if (bytes <= 2 * NVME_PAGE) {
		command->prp[1] = htole64(bus + NVME_PAGE);
		return;
	}
	for (size_t done = NVME_PAGE; done < bytes; done += NVME_PAGE)
		*list++ = htole64(bus + done);
	command->prp[1] = htole64(nvme_bus(n, PAGE_PRP_LIST));
}

bool nvme_move(struct nvme *n, uint8_t opcode, uint64_t lba, size_t bytes)
{
	size_t done = 0;

	do {
		size_t part = bytes - done < n->transfer_max ? bytes - done : n->transfer_max;
		struct nvme_command command = { .opcode = opcode, .nsid = htole32(1) };

		if (part) {
			set_prps(n, &command, done, part);
			command.cdw10 = htole32((uint32_t)lba);
			command.cdw11 = htole32((uint32_t)(lba >> 32));
			command.cdw12 = htole32((uint32_t)(part / n->block - 1));
		}
		if (!nvme_execute(n, &n->io, command))
			return false;
		done += part;
		lba += part / n->block;
	} while (done < bytes);
	return true;
}
