/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the NVMe controller. Everything is under the function's lock.
 * A doorbell is served in the thread that wrote it: a command is fetched,
 * carried out and its completion staged before the next one is looked at, and
 * at the end of the register write nvme_settle() writes what is staged and
 * raises interrupts. Or the worker serves it (worker.c): it lets go of
 * the lock while data moves, several transfers at once, and settles after
 * each batch. While it is busy the queues, the scratch and what is staged are
 * its own; others set heads and tails only.
 *
 * A handler answers an NVMe status, 0 for success; memory of the host that
 * cannot be reached is a Data Transfer Error for a command's data, and stops
 * the controller (CSTS.CFS) where a queue lies there.
 */
#ifndef STCE_NVME_CTRL_H
#define STCE_NVME_CTRL_H

#include "abi/nvme.h"
#include "dev/function_dma.h"
#include "dev/msix_table.h"
#include "nvme/backing_ring.h"

#define NVME_IO_QUEUES_MAX    64
#define NVME_QUEUE_SLOTS      (NVME_IO_QUEUES_MAX + 1)   /* admin is 0 */
#define NVME_QUEUE_ENTRIES    2048
#define NVME_PAGE_SHIFT_MIN   12
#define NVME_PAGE_SHIFT_MAX   16
#define NVME_TRANSFER_SHIFT   20                         /* the longest, MDTS: 1 MiB */
#define NVME_TRANSFER_SIZE    bit64(NVME_TRANSFER_SHIFT)
/* The longest transfer in the smallest pages, and one more where it starts inside one. */
#define NVME_RANGES_MAX       ((1u << (NVME_TRANSFER_SHIFT - NVME_PAGE_SHIFT_MIN)) + 1)
/* A range may lie across window pages of 4 KiB, so twice that. */
#define NVME_PIECES_MAX       (2 * NVME_RANGES_MAX)
#define NVME_BATCH            16
/* Transfers of the worker at once: half of the places of a window's gate. */
#define NVME_TRANSFERS_MAX    4
#define NVME_EVENTS_HELD_MAX  4
#define NVME_ERROR_ENTRIES    64
#define NVME_FEATURE_SLOTS    (NVME_FEATURE_EVENTS + 1)
#define NVME_SERIAL_SIZE      20
#define NVME_WARM_KELVIN      343    /* where warnings begin, and what is critical */
#define NVME_HOT_KELVIN       373
#define NVME_NSID             1      /* the one namespace */

/* Vendor 0x1234 is nobody's by convention of virtual hardware. */
#define NVME_PCI_VENDOR  0x1234
#define NVME_PCI_DEVICE  0x7ce1
#define NVME_FIRMWARE    "1.0     "

#define NVME_BAR_SIZE    16384
#define NVME_MSIX_TABLE  0x2000
#define NVME_MSIX_PBA    0x3000

/* No status: the command stays with the controller. */
#define NVME_HELD 0xffff
#define NVME_REFUSED(status) ((uint16_t)((status) | NVME_DO_NOT_RETRY))

struct nvme_sq {
	bool exists;
	uint16_t id, cq_id;
	uint32_t size, head, tail;     /* entries */
	uint64_t base;
};

struct nvme_cq {
	bool exists;
	bool interrupts;
	bool phase;                    /* of the next completion */
	bool ring;                     /* completions were written since the last interrupt */
	uint16_t id, vector;
	uint32_t size, head, tail;     /* tail counts staged ones */
	uint32_t users;                /* submission queues */
	uint32_t planned;              /* entries that planned transfers will need */
	uint64_t base;
};

enum nvme_iothread { NVME_IOTHREAD_OFF, NVME_IOTHREAD_ON, NVME_IOTHREAD_AUTO };

struct nvme_settings {
	char serial[NVME_SERIAL_SIZE + 1];
	unsigned int queues;           /* I/O queues, of each kind */
	unsigned int block_shift;
	enum nvme_iothread iothread;
};

/* Completions that wait to be written, all of one queue and side by side. */
struct nvme_staged {
	struct nvme_cq *cq;
	uint32_t first, count;
	struct nvme_completion entry[NVME_BATCH];
};

struct nvme_event {
	bool pending;
	bool masked;                   /* told, and the log not read yet */
	uint8_t info, log;
};

struct nvme_events {
	uint16_t held[NVME_EVENTS_HELD_MAX];   /* command ids of waiting requests */
	unsigned int held_count;
	uint16_t aborted[NVME_EVENTS_HELD_MAX];        /* not completed yet */
	unsigned int aborted_count;
	struct nvme_event type[NVME_EVENT_TYPE_COUNT];
};

struct nvme_features {
	uint32_t value[NVME_FEATURE_SLOTS];
	uint16_t too_hot, too_cold;    /* kelvin */
	bool uncoalesced[NVME_QUEUE_SLOTS];
	unsigned int sq_count, cq_count;       /* I/O queues allowed */
};

/* Survives every reset. */
struct nvme_health {
	uint64_t bytes_read, bytes_written;
	uint64_t reads, writes;
	uint64_t busy_ns, born_ns;
	uint64_t unsafe_shutdowns, media_errors;
	uint64_t errors;               /* ever logged */
	struct nvme_error_entry error[NVME_ERROR_ENTRIES];   /* ring, by count */
};

/* Data of a command on its way. */
struct nvme_transfer {
	struct dma_range range[NVME_RANGES_MAX];
	unsigned int range_count;
	uint64_t permission;           /* of the device on the ranges */
	uint64_t offset;               /* in the backing, bytes */
	struct iovec piece[NVME_PIECES_MAX];
	struct dma_hold hold;
	/* Only where the worker carries it out later. */
	struct nvme_command command;
	const struct nvme_sq *sq;
};

/* See worker.c. */
struct nvme_worker {
	enum nvme_iothread mode;
	pthread_t thread;
	bool exists;
	bool stop;
	bool pending;                  /* there may be something to do */
	bool busy;
	unsigned int quiescers;        /* who wait until it is not */
	pthread_cond_t wake, idle;
	uint64_t rung_ns;              /* when it was woken, 0 when that is done */
	/* What mode auto goes by, on average. */
	uint64_t wake_ns;              /* until it runs */
	uint64_t serve_ns;             /* what a doorbell takes */
	struct backing_ring *ring;
	bool ring_refused;
};

struct nvme;
struct nvme_request;

#define NVME_OPCODES 256

/* A row of a table by opcode. */
struct nvme_opcode {
	/* NULL: the controller does not support the command. */
	uint16_t (*run)(struct nvme *nvme, struct nvme_request *request);
	uint32_t effects;              /* for the log, beside "supported" */
};

struct nvme {
	struct function fn;
	const struct nvme_opcode *admin_opcodes, *io_opcodes;   /* NVME_OPCODES rows each */
	struct backing backing;
	struct nvme_settings settings;
	uint64_t block_count;
	uint8_t uuid[16];
	struct msix_table msix;

	uint32_t intms, cc, csts, aqa;
	uint64_t asq, acq;

	unsigned int page_shift;       /* of the host, while ready */
	struct nvme_sq sq[NVME_QUEUE_SLOTS];
	struct nvme_cq cq[NVME_QUEUE_SLOTS];
	struct nvme_staged staged;
	struct nvme_events events;
	struct nvme_features features;
	struct nvme_health health;

	/* Scratch of the command in hand. */
	struct nvme_command fetched[NVME_BATCH];
	struct nvme_transfer transfer[NVME_TRANSFERS_MAX + 1];
	unsigned int planned;          /* transfers; the one in hand is behind them */
	struct le64 prp_list[NVME_RANGES_MAX];
	uint8_t page[NVME_IDENTIFY_SIZE];

	struct nvme_worker worker;
};

struct nvme_request {
	const struct nvme_command *command;
	const struct nvme_sq *sq;
	bool must_end;                 /* before anything else is done: not to be planned */
	uint32_t result;               /* dword 0 of the completion */
};

static inline struct nvme *nvme_of(struct function *fn)
{
	return container_of(fn, struct nvme, fn);
}

static inline bool nvme_is_ready(const struct nvme *nvme)
{
	return (nvme->csts & (NVME_CSTS_RDY | NVME_CSTS_CFS)) == NVME_CSTS_RDY;
}

static inline uint64_t nvme_page_size(const struct nvme *nvme)
{
	return bit64(nvme->page_shift);
}

static inline struct nvme_transfer *nvme_transfer_in_hand(struct nvme *nvme)
{
	return &nvme->transfer[nvme->planned];
}

#endif
