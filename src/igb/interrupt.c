/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cause of ICR, or a queue, sets a bit of EICR through IVAR if GPIE chooses several vectors; each
 * bit of EICR that EIMS enables raises its vector, no more often than EITR allows. Otherwise ICR
 * and IMS drive MSI or INTx: both kinds of queue have one bit each there.
 *
 * A virtual function has three bits of EICR, and EIMS and the like with them, in either case. Its causes
 * are its queues and its mailbox, and it routes them itself.
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

static uint32_t vectors_of_vfs(const struct igb *igb)
{
	uint32_t bits = 0;

	for (unsigned int i = 0; i < igb->vfs; i++)
		bits |= IGB_VF_VECTOR_BITS(i);
	return bits;
}

/* Sends the message of the function that has the vector; the physical one has those of no virtual one. */
static void send_message(struct igb *igb, unsigned int vector)
{
	for (unsigned int i = 0; i < igb->vfs; i++) {
		if (!(IGB_VF_VECTOR_BITS(i) & 1u << vector))
			continue;
		if (igb->vf[i].fn)
			irq_raise(&igb->vf[i].fn->irqs, IRQ_MSIX, vector - IGB_VF_VECTOR(i));
		return;
	}
	irq_raise(&igb->fn.irqs, IRQ_MSIX, vector);
}

/* With MSI-X each vector clears and masks itself as EIAC and EIAM say [7.3.4.3]. */
static void raise_vector(struct igb *igb, unsigned int vector, uint64_t now)
{
	uint32_t bit = 1u << vector;

	send_message(igb, vector);
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

	wanted &= (has_vectors(igb) ? (1u << IGB_VECTORS) - 1 : 0) | vectors_of_vfs(igb);
	if (!wanted)
		return;
	now = os_now_ns();
	for (unsigned int v = 0; v < IGB_EICR_COUNT; v++) {
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
		      igb_get(igb, IGB_EICR) & igb_get(igb, IGB_EIMS) & ~vectors_of_vfs(igb);
	uint64_t now;

	*icr = (*icr & ~IGB_ICR_ASSERTED) | (wanted ? IGB_ICR_ASSERTED : 0);
	if (wanted == igb->interrupts.asserted)
		return;
	if (wanted) {
		now = os_now_ns();
		if (now < igb->interrupts.next_ns[0]) {
			wait_until(igb, igb->interrupts.next_ns[0]);
			return;
		}
		igb->interrupts.next_ns[0] = now + igb->model->interval_ns(igb, 0);
		++*igb_reg(igb, IGB_IAC);
		irq_raise(&igb->fn.irqs, IRQ_MSI, 0);
		irq_raise(&igb->fn.irqs, IRQ_MSIX, 0);
	}
	igb->interrupts.asserted = wanted;
	function_set_intx(&igb->fn, wanted && !irq_is_enabled(&igb->fn.irqs, IRQ_MSI) &&
			  !irq_is_enabled(&igb->fn.irqs, IRQ_MSIX));
}

/*
 * A time to come stays set even if nothing waits for it any longer: the worker then wakes up once in vain. If a vector
 * or the line that still waits set it anew at each call, each call would ring the worker's bell.
 */
void igb_interrupt_update(struct igb *igb)
{
	if (igb->interrupts.wake_ns && igb->interrupts.wake_ns <= os_now_ns())
		igb->interrupts.wake_ns = 0;
	update_vectors(igb);
	if (!has_vectors(igb))
		update_line(igb);
}

void igb_interrupt_reset(struct igb *igb)
{
	igb->interrupts = (struct igb_interrupts){ 0 };
	function_set_intx(&igb->fn, false);
}

static void set_vector(struct igb *igb, unsigned int vector)
{
	*igb_reg(igb, IGB_EICR) |= 1u << vector;
	igb->interrupts.told &= ~(1u << vector);
}

/* Sets the bit of EICR to which a byte of IVAR leads. */
static void set_by_ivar(struct igb *igb, uint32_t ivar, unsigned int byte)
{
	uint32_t entry = igb_get(igb, ivar) >> 8 * byte & 0xff;

	if (entry & IGB_IVAR_VALID)
		set_vector(igb, entry & IGB_IVAR_VECTOR);
}

/* A virtual function's IVAR can name only its own three vectors. */
static void set_by_vf_ivar(struct igb *igb, unsigned int number, uint32_t ivar, unsigned int byte)
{
	uint32_t entry = ivar >> 8 * byte;

	if (number < igb->vfs && entry & IGB_IVAR_VALID && (entry & 3) < IGB_VF_VECTORS)
		set_vector(igb, IGB_VF_VECTOR(number) + (entry & 3));
}

void igb_cause_mail(struct igb *igb, unsigned int number)
{
	set_by_vf_ivar(igb, number, igb->vf[number].ivar_misc, 0);
	igb_interrupt_update(igb);
}

void igb_cause(struct igb *igb, uint32_t bits)
{
	*igb_reg(igb, IGB_ICR) |= bits & igb->model->causes;
	if (has_vectors(igb) && bits & igb_get(igb, IGB_IMS))
		set_by_ivar(igb, IGB_IVAR_MISC, 1);
	igb_interrupt_update(igb);
}

/*
 * Queue n has byte 0 (receive) and 1 (transmit) of IVAR n, queue 8 + n the other two. Those of a virtual function have
 * the same bytes of its own IVAR. Returns the queues that have no vectors.
 */
static uint32_t set_queues(struct igb *igb, uint32_t queues, unsigned int byte)
{
	uint32_t without = 0;

	for (unsigned int q = 0; q < IGB_QUEUES; q++) {
		const struct igb_vf *vf = igb_vf_of_queue(igb, q);

		if (!(queues & 1u << q))
			continue;
		if (vf)
			set_by_vf_ivar(igb, igb_pool_of(q), vf->ivar, byte + (q < 8 ? 0 : 2));
		else if (has_vectors(igb))
			set_by_ivar(igb, IGB_IVAR(q % 8), byte + (q < 8 ? 0 : 2));
		else
			without |= 1u << q;
	}
	return without;
}

void igb_cause_queues(struct igb *igb, uint32_t tx, uint32_t rx)
{
	if (set_queues(igb, rx, 0))
		*igb_reg(igb, IGB_ICR) |= IGB_ICR_RXT0;
	if (set_queues(igb, tx, 1))
		*igb_reg(igb, IGB_ICR) |= IGB_ICR_TXDW;
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
