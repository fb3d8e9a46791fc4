/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA test function copies, fills and sums memory at any bus address on command. It works in
 * pieces of the smallest IOMMU page, so that it knows the page of a fault. It drops the
 * function's lock while data moves, so that other threads can read registers; register writes and
 * resets wait until the command ends, so that its arguments do not change under it.
 */
#include "dev/dmatest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev/function_dma.h"
#include "dev/msix_table.h"
#include "dev/options.h"
#include "spapr-tce/dmatest.h"
#include "util/alloc.h"

#define PIECE_SIZE 4096
#define WORD_COUNT 20
#define WORD(reg)  ((reg) / 4)

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct dmatest {
	struct function fn;
	uint32_t word[WORD_COUNT];     /* the registers */
	bool is_busy;                  /* a command is moving data without the lock */
	pthread_cond_t idle;           /* signalled when is_busy becomes false */
	struct msix_table msix;
};

static const uint32_t writable[WORD_COUNT] = {
	[WORD(STCE_DMATEST_SOURCE)] = UINT32_MAX,
	[WORD(STCE_DMATEST_SOURCE) + 1] = UINT32_MAX,
	[WORD(STCE_DMATEST_TARGET)] = UINT32_MAX,
	[WORD(STCE_DMATEST_TARGET) + 1] = UINT32_MAX,
	[WORD(STCE_DMATEST_LENGTH)] = UINT32_MAX,
	[WORD(STCE_DMATEST_LENGTH) + 1] = UINT32_MAX,
	[WORD(STCE_DMATEST_PATTERN)] = UINT32_MAX,
	[WORD(STCE_DMATEST_CONTROL)] = STCE_DMATEST_NOTIFY,
	[WORD(STCE_DMATEST_VECTOR)] = UINT32_MAX,
};

static struct dmatest *dmatest_of(struct function *fn)
{
	return container_of(fn, struct dmatest, fn);
}

static uint64_t get64(const struct dmatest *d, unsigned int reg)
{
	return d->word[WORD(reg)] | (uint64_t)d->word[WORD(reg) + 1] << 32;
}

static void set64(struct dmatest *d, unsigned int reg, uint64_t value)
{
	d->word[WORD(reg)] = (uint32_t)value;
	d->word[WORD(reg) + 1] = (uint32_t)(value >> 32);
}

/* Returns the bytes from ioba to the end of its page, but at most `left`. */
static uint64_t piece_at(uint64_t ioba, uint64_t left)
{
	return min_u64(left, PIECE_SIZE - ioba % PIECE_SIZE);
}

/* Progress of the running command; only its thread uses it. */
struct progress {
	uint64_t at;                   /* bytes done */
	uint64_t fault;                /* bus address of the current piece */
	uint64_t hash;
};

static int copy_piece(struct dmatest *d, struct progress *p, uint64_t left, uint64_t *done)
{
	uint64_t from = get64(d, STCE_DMATEST_SOURCE) + p->at;
	uint64_t to = get64(d, STCE_DMATEST_TARGET) + p->at;

	*done = piece_at(to, piece_at(from, left));
	p->fault = from;
	return function_dma_copy(&d->fn, to_ioba(to), to_ioba(from), *done);
}

static int fill_piece(struct dmatest *d, struct progress *p, uint64_t left, uint64_t *done)
{
	uint64_t to = get64(d, STCE_DMATEST_TARGET) + p->at;

	*done = piece_at(to, left);
	p->fault = to;
	return function_dma_fill(&d->fn, to_ioba(to), (uint8_t)d->word[WORD(STCE_DMATEST_PATTERN)], *done);
}

static int sum_piece(struct dmatest *d, struct progress *p, uint64_t left, uint64_t *done)
{
	uint64_t from = get64(d, STCE_DMATEST_SOURCE) + p->at;
	uint8_t bytes[PIECE_SIZE];
	int r;

	*done = piece_at(from, left);
	p->fault = from;
	r = function_dma_read(&d->fn, to_ioba(from), bytes, *done);
	for (uint64_t i = 0; i < *done && !r; i++)
		p->hash = (p->hash ^ bytes[i]) * FNV_PRIME;
	return r;
}

/* A command without a piece function moves no data. */
static const struct command {
	bool exists;
	/* Handles one piece of the `left` bytes without the lock, and sets *done to its length. */
	int (*piece)(struct dmatest *d, struct progress *p, uint64_t left, uint64_t *done);
} commands[] = {
	[STCE_DMATEST_COPY] = { true, copy_piece },
	[STCE_DMATEST_FILL] = { true, fill_piece },
	[STCE_DMATEST_CHECKSUM] = { true, sum_piece },
	[STCE_DMATEST_RAISE] = { true, NULL },
};

/*
 * The caller holds the lock, which is dropped while the piece moves. The piece function may read
 * the command's registers without it, because nothing writes them while is_busy is set.
 */
static int run_piece(struct dmatest *d, const struct command *command, struct progress *p, uint64_t length)
{
	uint64_t done;
	int r;

	pthread_mutex_unlock(&d->fn.lock);
	r = command->piece(d, p, length - p->at, &done);
	pthread_mutex_lock(&d->fn.lock);
	p->at += r ? 0 : done;
	set64(d, STCE_DMATEST_MOVED, p->at);
	set64(d, STCE_DMATEST_RESULT, p->hash);
	return r;
}

static enum stce_dmatest_status run_pieces(struct dmatest *d, const struct command *command)
{
	struct progress progress = { .hash = FNV_START };
	uint64_t length = get64(d, STCE_DMATEST_LENGTH);
	int r = 0;

	set64(d, STCE_DMATEST_RESULT, FNV_START);
	d->word[WORD(STCE_DMATEST_STATUS)] = STCE_DMATEST_BUSY;
	d->is_busy = true;
	while (progress.at < length && !r)
		r = run_piece(d, command, &progress, length);
	d->is_busy = false;
	pthread_cond_broadcast(&d->idle);
	set64(d, STCE_DMATEST_FAULT, r ? progress.fault : 0);
	return r ? STCE_DMATEST_FAULTED : STCE_DMATEST_DONE;
}

static void dmatest_quiesce(struct function *fn)
{
	struct dmatest *d = dmatest_of(fn);

	while (d->is_busy)
		pthread_cond_wait(&d->idle, &fn->lock);
}

static enum stce_dmatest_status run_command(struct dmatest *d, uint32_t number)
{
	set64(d, STCE_DMATEST_MOVED, 0);
	set64(d, STCE_DMATEST_FAULT, 0);
	if (number >= ARRAY_COUNT(commands) || !commands[number].exists ||
	    get64(d, STCE_DMATEST_LENGTH) > STCE_DMATEST_LENGTH_MAX ||
	    d->word[WORD(STCE_DMATEST_VECTOR)] >= STCE_DMATEST_VECTOR_COUNT)
		return STCE_DMATEST_BAD;
	return commands[number].piece ? run_pieces(d, &commands[number]) : STCE_DMATEST_DONE;
}

static void raise_interrupt(struct dmatest *d)
{
	if (irq_is_enabled(&d->fn.irqs, IRQ_MSIX)) {
		irq_raise(&d->fn.irqs, IRQ_MSIX, d->word[WORD(STCE_DMATEST_VECTOR)]);
		return;
	}
	d->word[WORD(STCE_DMATEST_INTERRUPT)] = 1;
	function_set_intx(&d->fn, true);
}

static void write_command(struct dmatest *d, uint32_t number)
{
	uint32_t status = run_command(d, number);

	d->word[WORD(STCE_DMATEST_STATUS)] = status;
	if (d->word[WORD(STCE_DMATEST_CONTROL)] & STCE_DMATEST_NOTIFY ||
	    (number == STCE_DMATEST_RAISE && status == STCE_DMATEST_DONE))
		raise_interrupt(d);
}

static void write_word(struct dmatest *d, uint64_t index, uint32_t value)
{
	if (index >= WORD_COUNT)
		return;
	dmatest_quiesce(&d->fn);
	if (index == WORD(STCE_DMATEST_COMMAND)) {
		write_command(d, value);
	} else if (index == WORD(STCE_DMATEST_INTERRUPT) && value & 1) {
		d->word[index] = 0;
		function_set_intx(&d->fn, false);
	} else {
		d->word[index] = (d->word[index] & ~writable[index]) | (value & writable[index]);
	}
}

static bool in_msix_table(uint64_t offset)
{
	return offset >= STCE_DMATEST_MSIX_TABLE &&
	       offset < STCE_DMATEST_MSIX_TABLE + STCE_DMATEST_VECTOR_COUNT * MSIX_VECTOR_SIZE;
}

static uint64_t dmatest_bar_read(struct function *fn, unsigned int bar, uint64_t offset,
				 unsigned int size)
{
	struct dmatest *d = dmatest_of(fn);
	uint64_t index = offset / 4;

	if (in_msix_table(offset))
		return msix_table_read(&d->msix, offset - STCE_DMATEST_MSIX_TABLE, size);
	if (index >= WORD_COUNT)
		return 0;
	return (size == 8 ? get64(d, (unsigned int)offset) : d->word[index]) >> 8 * (offset % 4);
}

/* A write of less than a word to a register is dropped. */
static void dmatest_bar_write(struct function *fn, unsigned int bar, uint64_t offset,
			      unsigned int size, uint64_t value)
{
	struct dmatest *d = dmatest_of(fn);

	if (in_msix_table(offset)) {
		msix_table_write(&d->msix, offset - STCE_DMATEST_MSIX_TABLE, size, value);
		return;
	}
	if (size >= 4)
		write_word(d, offset / 4, (uint32_t)value);
	if (size == 8)
		write_word(d, offset / 4 + 1, (uint32_t)(value >> 32));
}

static void dmatest_reset(struct function *fn)
{
	struct dmatest *d = dmatest_of(fn);

	memset(d->word, 0, sizeof(d->word));
	d->word[WORD(STCE_DMATEST_MAGIC)] = STCE_DMATEST_MAGIC_VALUE;
	d->word[WORD(STCE_DMATEST_VERSION)] = STCE_DMATEST_VERSION_1;
	msix_table_reset(&d->msix);
}

static void dmatest_free(struct function *fn)
{
	pthread_cond_destroy(&dmatest_of(fn)->idle);
	function_fini(fn);
	free(dmatest_of(fn));
}

static const struct function_ops dmatest_ops = {
	.bar_read = dmatest_bar_read,
	.bar_write = dmatest_bar_write,
	.quiesce = dmatest_quiesce,
	.reset = dmatest_reset,
	.free = dmatest_free,
};

static const struct pci_identity dmatest_identity = {
	.vendor = STCE_DMATEST_VENDOR,
	.device = STCE_DMATEST_DEVICE,
	.subsystem_vendor = STCE_DMATEST_VENDOR,
	.subsystem = STCE_DMATEST_DEVICE,
	.class_code = 0xff0000,
	.revision = STCE_DMATEST_VERSION_1,
	.bar = { { STCE_DMATEST_BAR_SIZE, true, false } },
	.msix_vectors = STCE_DMATEST_VECTOR_COUNT,
	.msix_table_offset = STCE_DMATEST_MSIX_TABLE,
	.msix_pba_offset = STCE_DMATEST_MSIX_PBA,
	.has_intx = true,
};

static int dmatest_check(const struct function_init *init, char *why)
{
	return options_begin(&dmatest_function_type, init, why).error;
}

static int dmatest_create(const struct function_init *init, struct function **fn, char *why)
{
	int r = dmatest_check(init, why);
	struct dmatest *d;

	if (r)
		return r;
	d = ALLOC(struct dmatest);
	if (!d)
		return function_refuse(why, -ENOMEM, "dmatest: out of memory");
	r = function_init(&d->fn, &dmatest_function_type, &dmatest_ops, init, &dmatest_identity);
	if (r) {
		free(d);
		return function_refuse(why, r, "dmatest: out of memory");
	}
	pthread_cond_init(&d->idle, NULL);
	dmatest_reset(&d->fn);
	*fn = &d->fn;
	return 0;
}

static const struct function_option_help dmatest_options[] = {
	{ NULL, NULL, NULL },
};

const struct function_type dmatest_function_type = {
	.name = "dmatest",
	.text = "copies, fills and sums memory at any bus address on command",
	.options = dmatest_options,
	.check = dmatest_check,
	.create = dmatest_create,
};
