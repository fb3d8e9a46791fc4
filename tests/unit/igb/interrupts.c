/* SPDX-License-Identifier: BSD-2-Clause */
/* Causes, vectors, masks and throttling. */
#include "driver.h"

#include "testing.h"

#include <unistd.h>

#include "abi/e1000.h"
#include "dev/irq_intx.h"
#include "dev/irq_setup.h"
#include "igb/interrupt.h"
#include "util/os.h"

#define HOUR_NS UINT64_C(3600000000000)

static int fds[IGB_VECTORS];

static void set_up(enum irq_index index, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		fds[i] = bus_eventfd();
	assert_int_equal(irq_set_eventfds(&c.fn->irqs, index, 0, count, fds), 0);
}

static void take_down(enum irq_index index, unsigned int count)
{
	irq_disable(&c.fn->irqs, index);
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
}

/* Queue 0 receives by vector 2 and transmits by vector 3; other causes have vector 0. */
static void use_vectors(void)
{
	set_up(IRQ_MSIX, 4);
	card_write(IGB_GPIE, IGB_GPIE_MSIX | IGB_GPIE_EIAME | IGB_GPIE_NSICR);
	card_write(IGB_IVAR(0), 0x82 | 0x83 << 8);
	card_write(IGB_IVAR_MISC, 0x80 << 8);
	card_write(IGB_EIAC, 0xf);
	card_write(IGB_EIAM, 0xf);
	card_write(IGB_EIMS, 0xf);
	card_write(IGB_IMS, IGB_ICR_LSC);
}

static void a_frame_raises_the_vectors_of_its_queues(void **state)
{
	use_vectors();
	card_frame(64);
	card_send(0, 64);
	assert_int_equal(bus_signals(fds[2]), 1);
	assert_int_equal(bus_signals(fds[3]), 1);
	assert_int_equal(bus_signals(fds[0]), 0);
	/* They have cleared and masked themselves. */
	assert_int_equal(card_read(IGB_EICR), 0);
	assert_int_equal(card_read(IGB_EIMS), 0x3);
	card_send(0, 64);
	assert_int_equal(bus_signals(fds[2]), 0);
	assert_int_equal(card_read(IGB_EICR), 0xc);
	card_write(IGB_EIMS, 0x4);
	assert_int_equal(bus_signals(fds[2]), 1);
	assert_int_equal(bus_signals(fds[3]), 0);
	assert_int_equal(card_read(IGB_EICR), 0x8);
	take_down(IRQ_MSIX, 4);
}

static void queues_above_7_use_the_upper_bytes(void **state)
{
	use_vectors();
	card_tx_on(9);
	card_write(IGB_IVAR(1), 0x81u << 24);
	card_frame(64);
	card_send(9, 64);
	assert_int_equal(bus_signals(fds[1]), 1);
	take_down(IRQ_MSIX, 4);
}

static void a_change_of_the_link_is_another_cause(void **state)
{
	use_vectors();
	card_phy_write(IGB_PHY_CONTROL, 0x1940);
	assert_int_equal(bus_signals(fds[0]), 1);
	assert_int_equal(card_read(IGB_ICR) & IGB_ICR_LSC, IGB_ICR_LSC);
	assert_int_equal(card_read(IGB_ICR), 0);
	/* One that is not enabled only sets its bit. */
	card_write(IGB_IMC, IGB_ICR_LSC);
	card_phy_write(IGB_PHY_CONTROL, 0x1140);
	assert_int_equal(bus_signals(fds[0]), 0);
	assert_int_equal(card_read(IGB_ICR), IGB_ICR_LSC);
	take_down(IRQ_MSIX, 4);
}

static void software_can_set_causes(void **state)
{
	use_vectors();
	card_write(IGB_EICS, 0x2);
	assert_int_equal(bus_signals(fds[1]), 1);
	card_write(IGB_ICS, IGB_ICR_LSC);
	assert_int_equal(bus_signals(fds[0]), 1);
	card_write(IGB_EIMC, 0xf);
	card_write(IGB_EICS, 0xffffffff);
	assert_int_equal(bus_signals(fds[1]), 0);
	card_write(IGB_EICR, 0xffffffff);
	card_write(IGB_EIMS, 0xf);
	assert_int_equal(bus_signals(fds[1]), 0);
	take_down(IRQ_MSIX, 4);
}

/* Without EIAC a cause stays, and its vector is raised once until the driver clears it. */
static void a_cause_that_stays_is_told_once(void **state)
{
	use_vectors();
	card_write(IGB_EIAC, 0);
	card_write(IGB_EIAM, 0);
	card_write(IGB_EICS, 0x2);
	assert_int_equal(bus_signals(fds[1]), 1);
	card_write(IGB_EICS, 0x4);
	assert_int_equal(bus_signals(fds[1]), 0);
	assert_int_equal(bus_signals(fds[2]), 1);
	card_write(IGB_EICR, 0x2);
	card_write(IGB_EICS, 0x2);
	assert_int_equal(bus_signals(fds[1]), 1);
	take_down(IRQ_MSIX, 4);
}

static void throttling_holds_an_interrupt_back(void **state)
{
	uint64_t start, waited = 0;

	use_vectors();
	card_write(IGB_EITR(1), 20000 << 2 & IGB_EITR_INTERVAL);
	card_write(IGB_EIAM, 0);
	card_write(IGB_EITR(1), IGB_EITR_INTERVAL);         /* 8191 us */
	start = os_now_ns();
	card_write(IGB_EICS, 0x2);
	assert_int_equal(bus_signals(fds[1]), 1);
	card_write(IGB_EICS, 0x2);
	while (!bus_signals(fds[1]) && waited < UINT64_C(10000000000))
		waited = os_now_ns() - start;
	assert_true(os_now_ns() - start >= 8000000);
	assert_true(waited < UINT64_C(10000000000));
	take_down(IRQ_MSIX, 4);
}

/* ITR has units of 256 ns. */
static void an_e1000_holds_its_line_back(void **state)
{
	uint64_t start, waited = 0;

	set_up(IRQ_INTX, 1);
	card_write(E1000_ITR, 31250);
	card_write(0xd0, IGB_ICR_LSC);
	start = os_now_ns();
	card_write(0xc8, IGB_ICR_LSC);
	assert_int_equal(bus_signals(fds[0]), 1);
	card_read(0xc0);
	assert_int_equal(irq_mask(&c.fn->irqs, IRQ_INTX, false), 0);
	card_write(0xc8, IGB_ICR_LSC);
	while (!bus_signals(fds[0]) && waited < UINT64_C(10000000000))
		waited = os_now_ns() - start;
	assert_true(os_now_ns() - start >= 8000000);
	assert_true(waited < UINT64_C(10000000000));
	take_down(IRQ_INTX, 1);
}

/* The worker would not sleep if each look at the interrupts rang its bell. */
static void an_interrupt_that_is_held_back_lets_the_worker_sleep(void **state)
{
	struct igb *igb = igb_of(c.fn);

	set_up(IRQ_INTX, 1);
	card_write(IGB_IMS, IGB_ICR_LSC);
	card_wait();
	pthread_mutex_lock(&c.fn->lock);
	igb->interrupts.next_ns[0] = os_now_ns() + HOUR_NS;
	igb_cause(igb, IGB_ICR_LSC);
	atomic_store(&igb->worker.rung, false);
	igb_interrupt_update(igb);
	assert_false(atomic_load(&igb->worker.rung));
	assert_int_equal(igb->interrupts.wake_ns, igb->interrupts.next_ns[0]);
	pthread_mutex_unlock(&c.fn->lock);
	card_wait();
	assert_int_equal(bus_signals(fds[0]), 0);
	take_down(IRQ_INTX, 1);
}

static void without_vectors_a_read_of_icr_clears_and_masks(void **state)
{
	set_up(IRQ_INTX, 1);
	card_write(IGB_IMS, IGB_ICR_RXT0 | IGB_ICR_TXDW);
	card_write(IGB_IAM, IGB_ICR_RXT0);
	card_frame(64);
	card_send(0, 64);
	assert_int_equal(bus_signals(fds[0]), 1);
	assert_int_equal(card_read(IGB_ICR), IGB_ICR_ASSERTED | IGB_ICR_RXT0 | IGB_ICR_TXDW);
	assert_int_equal(card_read(IGB_ICR), 0);
	assert_int_equal(card_read(IGB_IMS), IGB_ICR_TXDW);
	/* A cause that is not enabled is not cleared by a read while others are. */
	card_write(IGB_ICS, IGB_ICR_LSC);
	assert_int_equal(card_read(IGB_ICR), IGB_ICR_LSC);
	assert_int_equal(card_read(IGB_ICR), IGB_ICR_LSC);
	card_write(IGB_ICR, IGB_ICR_LSC);
	assert_int_equal(card_read(IGB_ICR), 0);
	take_down(IRQ_INTX, 1);
}

static void a_reset_takes_the_line_back(void **state)
{
	set_up(IRQ_INTX, 1);
	card_write(IGB_IMS, IGB_ICR_LSC);
	card_write(IGB_ICS, IGB_ICR_LSC);
	assert_true(c.fn->intx_level);
	card_write(IGB_CTRL, IGB_CTRL_RST);
	assert_false(c.fn->intx_level);
	take_down(IRQ_INTX, 1);
}

static void msi_tells_all_causes_by_one_message(void **state)
{
	set_up(IRQ_MSI, 1);
	card_write(IGB_ICS, IGB_ICR_LSC);
	assert_int_equal(bus_signals(fds[0]), 0);
	card_write(IGB_IMS, IGB_ICR_LSC | IGB_ICR_RXT0);
	assert_int_equal(bus_signals(fds[0]), 1);
	/* The line would be asserted still, so a further cause is no further message. */
	card_frame(64);
	card_send(0, 64);
	assert_int_equal(bus_signals(fds[0]), 0);
	assert_int_equal(card_read(IGB_ICR) & (IGB_ICR_LSC | IGB_ICR_RXT0), IGB_ICR_LSC | IGB_ICR_RXT0);
	card_write(IGB_ICS, IGB_ICR_LSC);
	assert_int_equal(bus_signals(fds[0]), 1);
	assert_false(c.fn->intx_level);
	take_down(IRQ_MSI, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CARD_TEST(a_frame_raises_the_vectors_of_its_queues),
		CARD_TEST(queues_above_7_use_the_upper_bytes),
		CARD_TEST(a_change_of_the_link_is_another_cause),
		CARD_TEST(software_can_set_causes),
		CARD_TEST(a_cause_that_stays_is_told_once),
		CARD_TEST(throttling_holds_an_interrupt_back),
		E1000_TEST(an_e1000_holds_its_line_back),
		CARD_TEST(an_interrupt_that_is_held_back_lets_the_worker_sleep),
		CARD_TEST(without_vectors_a_read_of_icr_clears_and_masks),
		CARD_TEST(a_reset_takes_the_line_back),
		CARD_TEST(msi_tells_all_causes_by_one_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
