/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cause of ICR, or a queue, sets a bit of EICR through IVAR if GPIE chooses several vectors; each
 * bit of EICR that EIMS enables raises its vector, no more often than EITR allows. Otherwise ICR
 * and IMS drive MSI or INTx: both kinds of queue have one bit each there.
 *
 * A vector that must wait sets wake_ns, and the worker raises it when the time has come.
 */
#include "igb/interrupt.h"

#include "igb/bell.h"
#include "igb/model.h"
#include "util/os.h"

static bool has_vectors(const struct igb *igb)
{
	return igb_get(igb, IGB_GPIE) & IGB_GPIE_MSIX;
}

/* With MSI-X each vector clears and masks itself as EIAC and EIAM say [7.3.4.3]. */
static void raise_vector(struct igb *igb, unsigned int vector, uint64_t now)
{
	uint32_t bit = 1u << vector;

	irq_raise(&igb->fn.irqs, IRQ_MSIX, vector);
	++*igb_reg(igb, IGB_IAC);
	igb->interrupts.next_ns[vector] = now + igb->model->interval_ns(igb, vector);
	igb->interrupts.told |= bit;
	if (igb_get(igb, IGB_GPIE) & IGB_GPIE_EIAME)
		*igb_reg(igb, IGB_EIMS) &= ~(igb_get(igb, IGB_EIAM) & bit);
	*igb_reg(igb, IGB_EICR) &= ~(igb_get(igb, IGB_EIAC) & bit);
	igb->interrupts.told &= igb_get(igb, IGB_EICR);
}

static void wait_until(struct igb *igb, uint64_t when)
{
	if (!igb->interrupts.wake_ns || when < igb->interrupts.wake_ns) {
		igb->interrupts.wake_ns = when;
		igb_ring_bell(igb);
	}
}

static void update_vectors(struct igb *igb)
{
	uint32_t wanted = igb_get(igb, IGB_EICR) & igb_get(igb, IGB_EIMS) & ~igb->interrupts.told;
	uint64_t now;

	wanted &= (1u << IGB_VECTORS) - 1;
	if (!wanted) {
		igb->interrupts.wake_ns = 0;
		return;
	}
	now = os_now_ns();
	if (igb->interrupts.wake_ns <= now)
		igb->interrupts.wake_ns = 0;
	for (unsigned int v = 0; v < IGB_VECTORS; v++) {
		if (!(wanted & 1u << v))
			continue;
		if (now >= igb->interrupts.next_ns[v])
			raise_vector(igb, v, now);
		else
			wait_until(igb, igb->interrupts.next_ns[v]);
	}
}

/* Without vectors EITR 0 holds an assertion back, and the line follows the causes. */
static void update_line(struct igb *igb)
{
	uint32_t *icr = igb_reg(igb, IGB_ICR);
	bool wanted = *icr & igb_get(igb, IGB_IMS) & ~IGB_ICR_ASSERTED ||
		      igb_get(igb, IGB_EICR) & igb_get(igb, IGB_EIMS);
	uint64_t now;

	*icr = (*icr & ~IGB_ICR_ASSERTED) | (wanted ? IGB_ICR_ASSERTED : 0);
	if (wanted == igb->interrupts.asserted)
		return;
	if (wanted) {
		now = os_now_ns();
		if (igb->interrupts.wake_ns <= now)
			igb->interrupts.wake_ns = 0;
		if (now < igb->interrupts.next_ns[0]) {
			wait_until(igb, igb->interrupts.next_ns[0]);
			return;
		}
		igb->interrupts.next_ns[0] = now + igb->model->interval_ns(igb, 0);
		++*igb_reg(igb, IGB_IAC);
		irq_raise(&igb->fn.irqs, IRQ_MSI, 0);
	}
	igb->interrupts.asserted = wanted;
	function_set_intx(&igb->fn, wanted && !irq_is_enabled(&igb->fn.irqs, IRQ_MSI));
}

void igb_interrupt_update(struct igb *igb)
{
	if (has_vectors(igb))
		update_vectors(igb);
	else
		update_line(igb);
}

void igb_interrupt_reset(struct igb *igb)
{
	igb->interrupts = (struct igb_interrupts){ 0 };
	function_set_intx(&igb->fn, false);
}

/* Sets the bit of EICR to which a byte of IVAR leads. */
static void set_by_ivar(struct igb *igb, uint32_t ivar, unsigned int byte)
{
	uint32_t entry = igb_get(igb, ivar) >> 8 * byte & 0xff;

	if (entry & IGB_IVAR_VALID) {
		*igb_reg(igb, IGB_EICR) |= 1u << (entry & IGB_IVAR_VECTOR);
		igb->interrupts.told &= ~(1u << (entry & IGB_IVAR_VECTOR));
	}
}

void igb_cause(struct igb *igb, uint32_t bits)
{
	*igb_reg(igb, IGB_ICR) |= bits & igb->model->causes;
	if (has_vectors(igb) && bits & igb_get(igb, IGB_IMS))
		set_by_ivar(igb, IGB_IVAR_MISC, 1);
	igb_interrupt_update(igb);
}

/* Queue n has byte 0 (receive) and 1 (transmit) of IVAR n, queue 8 + n the other two. */
static void set_queues(struct igb *igb, uint32_t queues, unsigned int byte)
{
	for (unsigned int q = 0; q < IGB_QUEUES; q++)
		if (queues & 1u << q)
			set_by_ivar(igb, IGB_IVAR(q % 8), byte + (q < 8 ? 0 : 2));
}

void igb_cause_queues(struct igb *igb, uint32_t tx, uint32_t rx)
{
	if (has_vectors(igb)) {
		set_queues(igb, rx, 0);
		set_queues(igb, tx, 1);
	} else {
		*igb_reg(igb, IGB_ICR) |= (tx ? IGB_ICR_TXDW : 0) | (rx ? IGB_ICR_RXT0 : 0);
	}
	igb_interrupt_update(igb);
}

/* A read clears, and IAM masks, unless an interrupt is enabled and not asserted [8.8.1]. */
uint32_t igb_icr_read(struct igb *igb, uint32_t offset)
{
	uint32_t value, *icr = igb_reg(igb, offset);
	bool asserted = *icr & igb_get(igb, IGB_IMS);

	value = (*icr & ~IGB_ICR_ASSERTED) | (asserted ? IGB_ICR_ASSERTED : 0);
	if (asserted || !igb_get(igb, IGB_IMS) || igb_get(igb, IGB_GPIE) & IGB_GPIE_NSICR) {
		*icr = 0;
		if (asserted)
			*igb_reg(igb, IGB_IMS) &= ~igb_get(igb, IGB_IAM);
	}
	igb_interrupt_update(igb);
	return value & igb->model->causes;
}

/* Ones clear. */
void igb_icr_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	*igb_reg(igb, offset) &= ~value;
	igb_interrupt_update(igb);
}

void igb_ics_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	(void)offset;
	igb_cause(igb, value & ~IGB_ICR_ASSERTED);
}

/* A cause that waits interrupts as soon as it is enabled. */
void igb_ims_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t fresh = value & ~igb_get(igb, offset);

	*igb_reg(igb, offset) |= value;
	if (has_vectors(igb) && fresh & igb_get(igb, IGB_ICR))
		set_by_ivar(igb, IGB_IVAR_MISC, 1);
	igb_interrupt_update(igb);
}

void igb_imc_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	(void)offset;
	*igb_reg(igb, IGB_IMS) &= ~value;
	igb_interrupt_update(igb);
}

/* Without vectors the bit for other causes follows ICR. */
uint32_t igb_eicr_read(struct igb *igb, uint32_t offset)
{
	uint32_t value = igb_get(igb, offset);

	if (!has_vectors(igb) && igb_get(igb, IGB_ICR) & igb_get(igb, IGB_IMS))
		value |= IGB_EICR_OTHER;
	return value;
}

void igb_eicr_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	*igb_reg(igb, offset) &= ~value;
	igb->interrupts.told &= igb_get(igb, offset);
	igb_interrupt_update(igb);
}

void igb_eics_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	(void)offset;
	*igb_reg(igb, IGB_EICR) |= value & IGB_EICR_VECTORS;
	igb->interrupts.told &= ~value;
	igb_interrupt_update(igb);
}

void igb_eims_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	uint32_t fresh = value & ~igb_get(igb, offset);

	*igb_reg(igb, offset) |= value & (IGB_EICR_VECTORS | IGB_EICR_OTHER);
	igb->interrupts.told &= ~fresh;
	igb_interrupt_update(igb);
}

void igb_eimc_write(struct igb *igb, uint32_t offset, uint32_t value)
{
	(void)offset;
	*igb_reg(igb, IGB_EIMS) &= ~value;
	igb_interrupt_update(igb);
}

uint32_t igb_write_only(struct igb *igb, uint32_t offset)
{
	(void)igb, (void)offset;
	return 0;
}
