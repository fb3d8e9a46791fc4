/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several processors of a host work at once: two drive a queue each, one maps and unmaps the memory
 * into which they read, one resets interrupts and reads config space. Every command ends, well or
 * with a transfer error.
 */
#include "testing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "dev/irq_intx.h"
#include "dev/irq_setup.h"
#include "driver.h"

#define ROUNDS 3000
#define PAGE   (DRIVER_DATA + 4)

static atomic_bool done;
static atomic_uint failed, transfer_errors;

struct worker {
	uint16_t queue;
	uint16_t next_cid;
};

/* Does what driver_run() does, without the parts that only one thread may use. */
static void submit(struct worker *w, uint8_t opcode, uint64_t prp1)
{
	struct driver_queue *q = &d.queue[w->queue];
	struct nvme_command command = driver_rw(opcode, w->queue * 8u, 8, prp1);
	struct nvme_completion completion;
	uint16_t status;

	command.cid = le16_make(w->next_cid++);
	((struct nvme_command *)bus_page(&d.bus, 2u * w->queue))[q->tail] = command;
	q->tail = (q->tail + 1) % q->size;
	driver_ring(&d, w->queue);
	if (!driver_take(&d, w->queue, &completion)) {
		failed++;
		return;
	}
	driver_ring_head(&d, w->queue);
	status = driver_status(&completion);
	if (status == NVME_DATA_TRANSFER_ERROR)
		transfer_errors++;
	else if (status || le16_get(completion.cid) != le16_get(command.cid))
		failed++;
}

static void *drive(void *argument)
{
	struct worker *w = argument;

	for (unsigned int i = 0; i < ROUNDS; i++)
		submit(w, i % 2 ? NVME_IO_WRITE : NVME_IO_READ,
		       bus_ioba(PAGE + (i % 3 ? w->queue : 0)));
	return NULL;
}

static void *remap(void *argument)
{
	uint64_t index = host_window_index(d.bus.window, to_ioba(bus_ioba(PAGE))).value;

	while (!done) {
		bus_map(&d.bus, bus_ioba(PAGE), PAGE, 0);
		tce_gate_drain(&d.bus.window->gate, to_index(index), 1);
		bus_map(&d.bus, bus_ioba(PAGE), PAGE, TCE_READ | TCE_WRITE);
	}
	return NULL;
}

static void *meddle(void *argument)
{
	int fds[4] = { -1, bus_eventfd(), bus_eventfd(), -1 };
	uint32_t value;

	while (!done) {
		irq_set_eventfds(&d.fn->irqs, IRQ_MSIX, 0, 4, fds);
		function_config_read(d.fn, 0, &value, 4);
		bus_read32(d.fn, NVME_REG_CSTS);
		irq_disable(&d.fn->irqs, IRQ_MSIX);
		irq_set_eventfds(&d.fn->irqs, IRQ_INTX, 0, 1, &fds[1]);
		irq_mask(&d.fn->irqs, IRQ_INTX, false);
		irq_disable(&d.fn->irqs, IRQ_INTX);
	}
	return NULL;
}

static void every_command_ends_whatever_else_goes_on(void **state)
{
	struct worker workers[] = { { 1, 0 }, { 2, 0 } };
	pthread_t driving[2], others[2];
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };

	driver_start(&d, "size=1M,queues=3");
	driver_create_pair(&d, 2, 16);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&driving[i], NULL, drive, &workers[i]), 0);
	assert_int_equal(pthread_create(&others[0], NULL, remap, NULL), 0);
	assert_int_equal(pthread_create(&others[1], NULL, meddle, NULL), 0);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(driving[i], NULL);
	done = true;
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(others[i], NULL);
	assert_int_equal(failed, 0);
	assert_int_equal(COUNTED(&d.bus.counters, fault_unmapped), transfer_errors);
	assert_int_equal(driver_run(&d, 1, &flush), NVME_OK);
	driver_fini(&d);
}

/* A reset may come between any two register accesses. */
static void *reset_often(void *argument)
{
	while (!done)
		function_reset(d.fn);
	return NULL;
}

static void resets_may_come_at_any_time(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	pthread_t thread;

	done = false;
	driver_start(&d, "size=1M");
	assert_int_equal(pthread_create(&thread, NULL, reset_often, NULL), 0);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		bus_write32(d.fn, NVME_REG_AQA, 0x000f000f);
		bus_write64(d.fn, NVME_REG_ASQ, bus_ioba(0));
		bus_write64(d.fn, NVME_REG_ACQ, bus_ioba(1));
		bus_write32(d.fn, NVME_REG_CC, 0x00460001);
		driver_put(&d, 0, &flush);
		driver_ring(&d, 0);
	}
	done = true;
	pthread_join(thread, NULL);
	function_reset(d.fn);
	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
	assert_int_equal(driver_run(&d, 1, &flush), NVME_OK);
	driver_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_ends_whatever_else_goes_on),
		cmocka_unit_test(resets_may_come_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
