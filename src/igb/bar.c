/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes accesses to the BARs. A missing register reads 0 and ignores writes. Registers are accessed by
 * words; a narrower write is dropped.
 *
 * An access to a register that is not in the block of interrupts, nor a tail, waits until the worker
 * is not busy.
 */
#include "igb/bar.h"

#include "igb/bell.h"
#include "igb/model.h"
#include "igb/worker.h"

static bool is_tail(uint32_t offset)
{
	return ((offset & ~0x3ffu) == IGB_RX_QUEUE(0) || (offset & ~0x3ffu) == IGB_TX_QUEUE(0)) &&
	       (offset & 0x3f) == IGB_QUEUE_TAIL;
}

static bool needs_idle_worker(uint32_t offset)
{
	return !is_tail(offset) && !(offset >= IGB_ICR && offset <= IGB_IVAR_MISC);
}

/* After a write to one of these the worker may have something to do. */
static bool wakes_worker(uint32_t offset)
{
	return is_tail(offset) || offset == IGB_CTRL || offset == IGB_RCTL || offset == IGB_TCTL ||
	       offset == IGB_MDIC || offset == IGB_MRQC || offset == IGB_VFRE || offset == IGB_VFTE;
}

uint32_t igb_register_read(struct igb *igb, uint64_t address)
{
	uint32_t offset = igb->model->place_of((uint32_t)address);
	const struct igb_row *row;

	if (offset >= IGB_STORED)
		return 0;
	row = &igb->model->rows[igb->row_of[offset / 4]];
	if (needs_idle_worker(offset))
		igb_quiesce(&igb->fn);
	return row->read ? row->read(igb, offset) : igb_get(igb, offset);
}

/* The port is used by the worker, if that is busy. */
static void start(struct igb *igb)
{
	if (igb->is_started && igb->worker.exists)
		return;
	igb_quiesce(&igb->fn);
	igb_worker_start(igb);
}

void igb_register_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	const struct igb_row *row = &igb->model->rows[igb->row_of[offset / 4]];

	if (needs_idle_worker(offset))
		igb_quiesce(&igb->fn);
	if (row->write)
		row->write(igb, offset, value);
	else
		*igb_reg(igb, offset) = (igb_get(igb, offset) & ~row->writable) | (value & row->writable);
	if (wakes_worker(offset))
		igb_ring_bell(igb);
}

static void write_word(struct igb *igb, uint64_t address, uint32_t value)
{
	uint32_t offset = igb->model->place_of((uint32_t)address);

	if (offset >= IGB_STORED)
		return;
	if (wakes_worker(offset))
		start(igb);
	igb_register_write(igb, offset, value);
}

uint64_t igb_bar_read(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size)
{
	struct igb *igb = igb_of(fn);
	uint64_t value;

	if (bar == IGB_BAR_MSIX)
		return msix_table_read(&igb->msix, offset, size);
	value = igb_register_read(igb, align_down(offset, 4));
	if (size == 8)
		value |= (uint64_t)igb_register_read(igb, offset + 4) << 32;
	return value >> 8 * (offset % 4);
}

void igb_bar_write(struct function *fn, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value)
{
	struct igb *igb = igb_of(fn);

	if (bar == IGB_BAR_MSIX) {
		msix_table_write(&igb->msix, offset, size, value);
		return;
	}
	if (size >= 4)
		write_word(igb, offset, (uint32_t)value);
	if (size == 8)
		write_word(igb, offset + 4, (uint32_t)(value >> 32));
}
