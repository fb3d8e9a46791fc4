/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the NVMe controller. Everything is under the function's lock.
 * A doorbell is served in the thread that wrote it: a command is fetched,
 * carried out and its completion staged before the next one is looked at, and
 * at the end of the register write nvme_settle() writes what is staged and
 * raises interrupts. Or the worker serves it (nvme_worker.c): it lets go of
 * the lock while data moves, several transfers at once, and settles after
 * each batch. While it is busy the queues, the scratch and what is staged are
 * its own; others set heads and tails only.
 *
 * A handler answers an NVMe status, 0 for success; memory of the host that
 * cannot be reached is a Data Transfer Error for a command's data, and stops
 * the controller (CSTS.CFS) where a queue lies there.
 */
#ifndef STCE_DEV_NVME_CTRL_H
#define STCE_DEV_NVME_CTRL_H

#include "abi/nvme.h"
#include "dev/backing_ring.h"
#include "dev/function_dma.h"
#include "dev/msix_table.h"

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

/* See nvme_worker.c. */
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

struct nvme {
	struct function fn;
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

struct nvme_opcode {
	/* NULL: not supported. */
	uint16_t (*run)(struct nvme *nvme, struct nvme_request *request);
	uint32_t effects;              /* for the log, beside "supported" */
};

#define NVME_OPCODES 256

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

/* nvme_registers.c */
uint64_t nvme_bar_read(struct function *fn, unsigned int bar, uint64_t offset,
		       unsigned int size);
void nvme_bar_write(struct function *fn, unsigned int bar, uint64_t offset,
		    unsigned int size, uint64_t value);
/* What CC.EN going to 0 does: queues, events, features; not AQA, ASQ, ACQ. */
void nvme_reset_controller(struct nvme *nvme);

/* nvme_state.c */
void nvme_save(struct function *fn, struct pack *to);
int nvme_judge(struct function *fn, struct unpack *from, void **state);
void nvme_take(struct function *fn, const void *state);

/* nvme_queue.c */
void nvme_cq_create(struct nvme *nvme, uint16_t id, uint64_t base, uint32_t size,
		    uint16_t vector, bool interrupts);
void nvme_sq_create(struct nvme *nvme, uint16_t id, uint64_t base, uint32_t size,
		    uint16_t cq_id);
void nvme_cq_remove(struct nvme *nvme, uint16_t id);
void nvme_sq_remove(struct nvme *nvme, uint16_t id);
uint32_t nvme_cq_room(const struct nvme_cq *cq);
/* Stages a completion; the queue has room. */
void nvme_complete(struct nvme *nvme, const struct nvme_sq *sq, uint16_t cid,
		   uint16_t status, uint32_t result);
/* Writes what is staged, tells events, raises interrupts. */
void nvme_settle(struct nvme *nvme);
void nvme_update_intx(struct nvme *nvme);
/* A queue cannot be reached: only a reset helps. */
void nvme_fail(struct nvme *nvme);

/* nvme_doorbell.c */
void nvme_doorbell(struct nvme *nvme, uint32_t index, uint32_t value);
/* For the worker: all that the queues hold, until somebody wants it to pause. */
void nvme_serve(struct nvme *nvme);
/* What the end of every command is. */
void nvme_finish(struct nvme *nvme, const struct nvme_sq *sq, const struct nvme_command *command,
		 uint16_t status, uint32_t result);

/* nvme_worker.c */
void nvme_worker_init(struct nvme *nvme);
void nvme_worker_fini(struct nvme *nvme);
/* Whether the worker sees to what the queues hold; else the caller has to. */
bool nvme_worker_takes(struct nvme *nvme);
/* The caller has served a doorbell itself, in that time. */
void nvme_worker_learn(struct nvme *nvme, uint64_t ns);
void nvme_quiesce(struct function *fn);
/* Waits until the worker has done all that it was given. Lets go of the lock meanwhile. */
void nvme_worker_finish(struct nvme *nvme);
/* Around what may take long: the worker lets go of the lock, others keep it. */
void nvme_leave_lock(struct nvme *nvme);
void nvme_retake_lock(struct nvme *nvme);

/* nvme_admin.c, nvme_io.c */
extern const struct nvme_opcode nvme_admin_opcodes[NVME_OPCODES];
extern const struct nvme_opcode nvme_io_opcodes[NVME_OPCODES];
uint16_t nvme_admin_command(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_io_command(struct nvme *nvme, struct nvme_request *request);
void nvme_io_trace(struct nvme *nvme, const struct nvme_request *request, uint16_t status);

/* nvme_admin_queue.c */
uint16_t nvme_create_cq(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_create_sq(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_delete_cq(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_delete_sq(struct nvme *nvme, struct nvme_request *request);

/* nvme_identify.c */
void nvme_identify_init(struct nvme *nvme);
uint16_t nvme_identify(struct nvme *nvme, struct nvme_request *request);

/* nvme_feature.c */
void nvme_features_reset(struct nvme *nvme);
uint16_t nvme_set_features(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_get_features(struct nvme *nvme, struct nvme_request *request);

/* nvme_log.c */
uint16_t nvme_get_log_page(struct nvme *nvme, struct nvme_request *request);
void nvme_log_error(struct nvme *nvme, const struct nvme_request *request, uint16_t status);
/* Bits of the SMART log's critical warning. */
uint8_t nvme_critical_warning(const struct nvme *nvme);

/* nvme_event.c */
uint16_t nvme_async_event(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_abort(struct nvme *nvme, struct nvme_request *request);
void nvme_event_report(struct nvme *nvme, enum nvme_event_type type, uint8_t info, uint8_t log);
/* The log of these events has been read. */
void nvme_event_unmask(struct nvme *nvme, uint8_t log);
void nvme_events_tell(struct nvme *nvme);

/* nvme_transfer.c */
static inline struct nvme_transfer *nvme_transfer_in_hand(struct nvme *nvme)
{
	return &nvme->transfer[nvme->planned];
}

/*
 * Moves the transfer in hand, whose ranges are known, or plans it and answers
 * NVME_HELD where the worker has better do several at once.
 */
uint16_t nvme_transfer_run(struct nvme *nvme, const struct nvme_request *request);
/* Carries out and completes all that is planned. */
void nvme_transfer_planned(struct nvme *nvme);

/* nvme_prp.c: from PRPs to the transfer in hand [NVMe 1.4 4.3]. length <= NVME_TRANSFER_SIZE */
uint16_t nvme_map_prps(struct nvme *nvme, const struct nvme_command *command, uint64_t length);

/* nvme_data.c: between the host's memory behind a command's PRPs and ... */
uint16_t nvme_data_send(struct nvme *nvme, const struct nvme_command *command,
			const void *buffer, uint64_t length);
uint16_t nvme_data_receive(struct nvme *nvme, const struct nvme_command *command,
			   void *buffer, uint64_t length);
/* ... the backing, at a byte offset. */
uint16_t nvme_data_read(struct nvme *nvme, const struct nvme_request *request,
			uint64_t offset, uint64_t length);
uint16_t nvme_data_write(struct nvme *nvme, const struct nvme_request *request,
			 uint64_t offset, uint64_t length);
uint16_t nvme_data_compare(struct nvme *nvme, const struct nvme_request *request,
			   uint64_t offset, uint64_t length);
/* The status that fits an error of the backing. */
uint16_t nvme_backing_status(struct nvme *nvme, int error, bool writing);

#endif
