/* SPDX-License-Identifier: BSD-2-Clause */
/* One interrupt for all completions of one doorbell; INTx is asserted while a completion waits. */
#include "testing.h"

#include "dev/irq_intx.h"
#include "dev/irq_setup.h"
#include "driver.h"

static int fds[3];

static int setup(void **state)
{
	driver_start(&d, "size=1M,queues=2");
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++)
		fds[i] = bus_eventfd();
	return 0;
}

static void use_msix(void)
{
	assert_int_equal(irq_set_eventfds(&d.fn->irqs, IRQ_MSIX, 0, 3, fds), 0);
}

static void use_intx(void)
{
	assert_int_equal(irq_set_eventfds(&d.fn->irqs, IRQ_INTX, 0, 1, fds), 0);
}

/* Puts commands into queue 1, with one doorbell. */
static void submit(unsigned int n)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };

	while (n--)
		driver_put(&d, 1, &flush);
	driver_ring(&d, 1);
}

static void take_all(uint16_t queue)
{
	struct nvme_completion completion;

	while (driver_take(&d, queue, &completion))
		;
	driver_ring_head(&d, queue);
}

static void a_doorbell_raises_its_vector_once(void **state)
{
	use_msix();
	submit(1);
	assert_int_equal(bus_signals(fds[1]), 1);
	take_all(1);
	submit(13);
	assert_int_equal(bus_signals(fds[1]), 1);
	take_all(1);
	assert_int_equal(bus_signals(fds[1]), 0);
	assert_int_equal(bus_signals(fds[0]), 0);
	assert_int_equal(bus_signals(fds[2]), 0);
	assert_int_equal(COUNTED(&d.bus.counters, interrupts), 2);
}

static void admin_completions_are_on_vector_0(void **state)
{
	struct nvme_command unknown = { .opcode = 0x77 };

	use_msix();
	driver_run(&d, 0, &unknown);
	assert_int_equal(bus_signals(fds[0]), 1);
}

static void a_queue_without_interrupts_is_silent(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	struct nvme_command cq = driver_create_cq(2, 16), sq = driver_create_sq(2, 16);

	cq.cdw11 = le32_make(2 << 16 | NVME_QUEUE_CONTIGUOUS);
	use_msix();
	d.queue[2] = (struct driver_queue){ .size = 16, .phase = true };
	assert_int_equal(driver_run(&d, 0, &cq), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &sq), NVME_OK);
	assert_int_equal(driver_run(&d, 2, &flush), NVME_OK);
	assert_int_equal(bus_signals(fds[2]), 0);
}

static void a_held_event_request_raises_nothing(void **state)
{
	struct nvme_command aer = { .opcode = NVME_ADMIN_ASYNC_EVENT };

	use_msix();
	driver_put(&d, 0, &aer);
	driver_ring(&d, 0);
	assert_int_equal(bus_signals(fds[0]), 0);
	driver_doorbell(&d, 4, 1);
	assert_int_equal(bus_signals(fds[0]), 1);
}

static void intx_stays_until_the_completions_are_taken(void **state)
{
	use_intx();
	submit(2);
	assert_int_equal(bus_signals(fds[0]), 1);
	assert_int_equal(irq_mask(&d.fn->irqs, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fds[0]), 1);
	take_all(1);
	assert_int_equal(irq_mask(&d.fn->irqs, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fds[0]), 0);
	submit(1);
	assert_int_equal(bus_signals(fds[0]), 1);
}

static void intms_masks_the_pin(void **state)
{
	use_intx();
	bus_write32(d.fn, NVME_REG_INTMS, 1);
	assert_int_equal(bus_read32(d.fn, NVME_REG_INTMC), 1);
	submit(1);
	assert_int_equal(bus_signals(fds[0]), 0);
	bus_write32(d.fn, NVME_REG_INTMC, 1);
	assert_int_equal(bus_signals(fds[0]), 1);
	assert_int_equal(bus_read32(d.fn, NVME_REG_INTMS), 0);
}

static void a_reset_takes_the_pin_down(void **state)
{
	use_intx();
	submit(1);
	assert_int_equal(bus_signals(fds[0]), 1);
	driver_disable(&d);
	assert_int_equal(irq_mask(&d.fn->irqs, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fds[0]), 0);
}

/* A program that polls sets up no interrupts. */
static void without_any_set_up_commands_just_complete(void **state)
{
	submit(5);
	take_all(1);
	assert_int_equal(COUNTED(&d.bus.counters, interrupts), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, driver_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_doorbell_raises_its_vector_once),
		TEST(admin_completions_are_on_vector_0),
		TEST(a_queue_without_interrupts_is_silent),
		TEST(a_held_event_request_raises_nothing),
		TEST(intx_stays_until_the_completions_are_taken),
		TEST(intms_masks_the_pin),
		TEST(a_reset_takes_the_pin_down),
		TEST(without_any_set_up_commands_just_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
