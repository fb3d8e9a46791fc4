/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An NVMe controller with one namespace and one pair of I/O queues, whose completions are polled
 * [NVMe 1.4]. controller.c starts and ends it; queue.c submits commands and waits for them.
 * All structures are little-endian.
 */
#ifndef EXAMPLE_NVME_NVME_H
#define EXAMPLE_NVME_NVME_H

#include "vfio.h"

#define NVME_CLASS   0x010802u        /* PCI: storage, NVM, NVMe I/O controller */
#define NVME_PAGE    4096u            /* CC.MPS is 0 */
#define NVME_ENTRIES 64u              /* of each queue */
#define NVME_DATA    (1u << 20)       /* bytes of the buffer */

/* The memory that the device reaches, in pages of NVME_PAGE. */
enum { PAGE_ASQ, PAGE_ACQ, PAGE_SQ, PAGE_CQ, PAGE_IDENTIFY, PAGE_PRP_LIST, PAGE_DATA };
#define NVME_MEMORY  (PAGE_DATA * NVME_PAGE + NVME_DATA)

enum { NVME_FLUSH = 0, NVME_WRITE = 1, NVME_READ = 2 };

struct nvme_command {
	uint8_t opcode, flags;
	uint16_t id;
	uint32_t nsid;
	uint64_t reserved, metadata;
	uint64_t prp[2];
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};

struct nvme_completion {
	uint32_t result, reserved;
	uint16_t sq_head, sq_id;
	uint16_t id, status;             /* bit 0 of status is the phase */
};

struct nvme_queue {
	struct nvme_command *command;
	struct nvme_completion *completion;
	size_t tail_doorbell, head_doorbell;
	unsigned int tail, head;
	unsigned int phase;              /* of the completions of this round */
};

struct nvme {
	struct vfio *vfio;
	struct nvme_queue admin, io;
	uint64_t timeout_ns;             /* for CSTS to follow CC */
	char model[41], serial[21];
	size_t transfer_max;             /* bytes of one command */
	uint64_t block_count;
	size_t block;                    /* bytes */
	char *data;
};

/* Resets the controller, and makes it take reads and writes. Prints why if it fails. */
bool nvme_start(struct nvme *n, struct vfio *v);

/* Shuts the controller down in the way that keeps its data. */
void nvme_stop(struct nvme *n);

/* Moves the first `bytes` of n->data, a multiple of the block; 0 bytes for NVME_FLUSH. */
bool nvme_move(struct nvme *n, uint8_t opcode, uint64_t lba, size_t bytes);

/* Carries one command out. Prints why if it fails. */
bool nvme_execute(struct nvme *n, struct nvme_queue *q, struct nvme_command command);

/* Several commands at once: each is put, then the device is told of all of them. */
void nvme_put(struct nvme_queue *q, struct nvme_command command);
void nvme_ring(struct nvme *n, struct nvme_queue *q);

/* Takes the next completion if there is one; the entries are free for the device again after nvme_release(). */
bool nvme_take(struct nvme_queue *q, struct nvme_completion *completion);
void nvme_release(struct nvme *n, struct nvme_queue *q);

/* Reads one block at a time for so many seconds at several depths, and prints how many there were. */
bool nvme_bench(struct nvme *n, double seconds);

static inline uint64_t nvme_bus(const struct nvme *n, unsigned int page)
{
	return n->vfio->iova + page * NVME_PAGE;
}

uint64_t nvme_now_ns(void);

#endif
