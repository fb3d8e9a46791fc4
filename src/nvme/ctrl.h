/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits and structures of the NVMe controller, which all files of nvme/ share. The function's
 * lock guards all of them.
 *
 * Normally the thread that writes a doorbell serves it: it fetches commands in batches, carries
 * them out in order and stages their completions; at the end of the register write nvme_post()
 * writes the staged completions and raises interrupts. Otherwise the worker serves it (worker.c):
 * it drops the lock while data moves, runs several transfers at once, and posts after each round.
 * While the worker is busy it owns the queues, the scratch and the staged completions, and other
 * threads set heads and tails only.
 *
 * A handler returns an NVMe status, 0 for success. If host memory cannot be reached, a command's
 * data ends as a Data Transfer Error, and a queue stops the controller (CSTS.CFS).
 */
#ifndef STCE_NVME_CTRL_H
#define STCE_NVME_CTRL_H

#include "abi/nvme.h"
#include "dev/function_dma.h"
#include "dev/msix_table.h"
#include "nvme/backing_ring.h"

#define NVME_IO_QUEUES_MAX    64
#define NVME_QUEUE_SLOTS      (NVME_IO_QUEUES_MAX + 1)   /* slot 0 is the admin queue */
#define NVME_QUEUE_ENTRIES    2048
#define NVME_PAGE_SHIFT_MIN   12
#define NVME_PAGE_SHIFT_MAX   16
#define NVME_TRANSFER_SHIFT   20                         /* MDTS is 1 MiB */
#define NVME_TRANSFER_SIZE    bit64(NVME_TRANSFER_SHIFT)
/* The longest transfer needs this many of the smallest pages: it may start inside the first one. */
#define NVME_RANGES_MAX       ((1u << (NVME_TRANSFER_SHIFT - NVME_PAGE_SHIFT_MIN)) + 1)
/* An unaligned range of 4 KiB lies in two pages of a window with 4 KiB pages. */
#define NVME_PIECES_MAX       (2 * NVME_RANGES_MAX)
#define NVME_BATCH            16
/* The worker's transfers at once take at most half of the places in a window's gate. */
#define NVME_TRANSFERS_MAX    4
#define NVME_EVENTS_HELD_MAX  4
#define NVME_ERROR_ENTRIES    64
#define NVME_FEATURE_SLOTS    (NVME_FEATURE_EVENTS + 1)
#define NVME_SERIAL_SIZE      20
#define NVME_WARM_KELVIN      343    /* WCTEMP: warnings begin here */
#define NVME_HOT_KELVIN       373    /* CCTEMP: this is critical */
#define NVME_NSID             1      /* there is one namespace */

/* Virtual hardware uses vendor 0x1234 by convention, because no vendor owns it. */
#define NVME_PCI_VENDOR  0x1234
#define NVME_PCI_DEVICE  0x7ce1
#define NVME_FIRMWARE    "1.0     "

#define NVME_BAR_SIZE    16384
#define NVME_MSIX_TABLE  0x2000
#define NVME_MSIX_PBA    0x3000

/* A handler returns this instead of a status when the controller keeps the command. */
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
	bool phase;                    /* phase bit of the next completion */
	bool ring;                     /* completions were written since the last interrupt */
	uint16_t id, vector;
	uint32_t size, head, tail;     /* tail includes staged completions */
	uint32_t users;                /* submission queues that complete here */
	uint32_t planned;              /* entries that planned transfers will need */
	uint64_t base;
};

enum nvme_iothread { NVME_IOTHREAD_OFF, NVME_IOTHREAD_ON, NVME_IOTHREAD_AUTO };

struct nvme_settings {
	char serial[NVME_SERIAL_SIZE + 1];
	unsigned int queues;           /* I/O queues of each kind */
	unsigned int block_shift;
	enum nvme_iothread iothread;
};

/* Completions that wait to be written; all go to consecutive entries of one queue. */
struct nvme_staged {
	struct nvme_cq *cq;
	uint32_t first, count;
	struct nvme_completion entry[NVME_BATCH];
};

struct nvme_event {
	bool pending;
	bool masked;                   /* reported, and its log has not been read since */
	uint8_t info, log;
};

struct nvme_events {
	uint16_t held[NVME_EVENTS_HELD_MAX];   /* command ids of the requests that wait */
	unsigned int held_count;
	uint16_t aborted[NVME_EVENTS_HELD_MAX];        /* command ids that await completion */
	unsigned int aborted_count;
	struct nvme_event type[NVME_EVENT_TYPE_COUNT];
};

struct nvme_features {
	uint32_t value[NVME_FEATURE_SLOTS];
	uint16_t too_hot, too_cold;    /* kelvin */
	bool uncoalesced[NVME_QUEUE_SLOTS];
	unsigned int sq_count, cq_count;       /* highest id of an I/O queue that may be created */
};

/* Health data survives every reset. */
struct nvme_health {
	uint64_t bytes_read, bytes_written;
	uint64_t reads, writes;
	uint64_t busy_ns, born_ns;
	uint64_t unsafe_shutdowns, media_errors;
	uint64_t errors;               /* errors logged so far */
	struct nvme_error_entry error[NVME_ERROR_ENTRIES];   /* ring; the next is at errors % its size */
};

/* The data transfer of one command. */
struct nvme_transfer {
	struct dma_range range[NVME_RANGES_MAX];
	unsigned int range_count;
	uint64_t permission;           /* TCE_READ: the device reads the ranges; TCE_WRITE: it writes them */
	uint64_t offset;               /* byte offset in the backing */
	struct iovec piece[NVME_PIECES_MAX];
	struct dma_hold hold;
	/* These are set only if the worker carries the transfer out later. */
	struct nvme_command command;
	const struct nvme_sq *sq;
};

struct nvme_worker {
	enum nvme_iothread mode;
	pthread_t thread;
	bool exists;
	bool stop;
	bool pending;                  /* a queue may have work */
	bool busy;                     /* it is serving, and may have dropped the lock */
	unsigned int quiescers;        /* threads that wait until it is not busy */
	pthread_cond_t wake, idle;
	uint64_t rung_ns;              /* time of the wake-up under way, else 0 */
	/* Mode auto compares these two averages. */
	uint64_t wake_ns;              /* from the wake-up until the worker runs */
	uint64_t serve_ns;             /* time to serve a doorbell */
	struct backing_ring *ring;
	bool ring_refused;
};

struct nvme;
struct nvme_request;

#define NVME_OPCODES 256

/* A row of a table by opcode. */
struct nvme_opcode {
	/* NULL if the controller does not support the command. */
	uint16_t (*run)(struct nvme *nvme, struct nvme_request *request);
	uint32_t effects;              /* bits of the effects log beside NVME_EFFECT_SUPPORTED */
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

	unsigned int page_shift;       /* host page size (CC.MPS), valid while ready */
	struct nvme_sq sq[NVME_QUEUE_SLOTS];
	struct nvme_cq cq[NVME_QUEUE_SLOTS];
	struct nvme_staged staged;
	struct nvme_events events;
	struct nvme_features features;
	struct nvme_health health;

	/* Scratch of the command that is being carried out. */
	struct nvme_command fetched[NVME_BATCH];
	struct nvme_transfer transfer[NVME_TRANSFERS_MAX + 1];
	unsigned int planned;          /* planned transfers; transfer[planned] is the one in hand */
	struct le64 prp_list[NVME_RANGES_MAX];
	uint8_t page[NVME_IDENTIFY_SIZE];

	struct nvme_worker worker;
};

struct nvme_request {
	const struct nvme_command *command;
	const struct nvme_sq *sq;
	bool must_end;                 /* the handler needs the result at once: do not plan the transfer */
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
