/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The function's own thread: its transfers when memory goes or a reset comes, when it is used, and
 * that it works if the kernel has no io_uring.
 */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "nvme/ctrl.h"
#include "driver.h"
#include "refuse.h"
#include "util/os.h"

#define COMMANDS 12
#define BLOCKS   (BUS_PAGE_SIZE / DRIVER_BLOCK)
#define ROUNDS   300

static int start(void **state)
{
	driver_start(&d, "size=1M");
	nvme_of(d.fn)->worker.mode = NVME_IOTHREAD_ON;
	return 0;
}

/*
 * Starts many commands at once, each with its own page and its own part of the disk, and does not
 * wait.
 */
static void begin(uint8_t opcode)
{
	for (unsigned int i = 0; i < COMMANDS; i++) {
		struct nvme_command command = driver_rw(opcode, i * BLOCKS, BLOCKS, bus_ioba(DRIVER_DATA + i));

		driver_put(&d, 1, &command);
	}
	bus_write32(d.fn, NVME_REG_DOORBELLS + 8, d.queue[1].tail);
}

/* Returns how many succeeded; the others must be transfer errors. */
static unsigned int end(void)
{
	struct nvme_completion completion;
	unsigned int good = 0;

	driver_wait(&d);
	for (unsigned int i = 0; i < COMMANDS; i++) {
		assert_true(driver_take(&d, 1, &completion));
		good += driver_status(&completion) == NVME_OK;
		assert_true(driver_status(&completion) == NVME_OK ||
			    driver_status(&completion) == NVME_DATA_TRANSFER_ERROR);
	}
	driver_ring_head(&d, 1);
	return good;
}

static void fill(uint8_t byte)
{
	for (unsigned int i = 0; i < COMMANDS; i++)
		memset(bus_page(&d.bus, DRIVER_DATA + i), byte + (int)i, BUS_PAGE_SIZE);
}

static void is_filled(unsigned int i, uint8_t byte)
{
	uint8_t wanted[BUS_PAGE_SIZE];

	memset(wanted, byte + (int)i, sizeof(wanted));
	assert_memory_equal(bus_page(&d.bus, DRIVER_DATA + i), wanted, sizeof(wanted));
}

static void write_disk(void)
{
	fill(1);
	begin(NVME_IO_WRITE);
	assert_int_equal(end(), COMMANDS);
}

static void many_commands_of_one_doorbell_move_their_data(void **state)
{
	write_disk();
	fill(100);
	begin(NVME_IO_READ);
	assert_int_equal(end(), COMMANDS);
	for (unsigned int i = 0; i < COMMANDS; i++)
		is_filled(i, 1);
	assert_true(COUNTED(&d.bus.counters, doorbells_handed) > 0);
	if (!nvme_of(d.fn)->worker.ring_refused)
		assert_int_equal(COUNTED(&d.bus.counters, uring_transfers), 2 * COMMANDS);
}

/* (G1) */
static void what_was_unmapped_and_drained_is_left_alone(void **state)
{
	struct tce_gate *gate = &d.bus.window->gate;
	uint64_t first = host_window_index(d.bus.window, to_ioba(bus_ioba(DRIVER_DATA))).value;

	write_disk();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int page = DRIVER_DATA + round % COMMANDS;

		begin(NVME_IO_READ);
		for (unsigned int i = 0; i < round % 50; i++)
			os_yield();
		bus_map(&d.bus, bus_ioba(page), page, 0);
		tce_gate_drain(gate, to_index(first + round % COMMANDS), 1);
		memset(bus_page(&d.bus, page), 100 + (int)(round % COMMANDS), BUS_PAGE_SIZE);
		assert_true(end() >= COMMANDS - 1);
		is_filled(round % COMMANDS, 100);
		bus_map(&d.bus, bus_ioba(page), page, TCE_READ | TCE_WRITE);
	}
}

static void when_a_reset_returns_nothing_is_in_flight(void **state)
{
	write_disk();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		begin(NVME_IO_READ);
		for (unsigned int i = 0; i < round % 50; i++)
			os_yield();
		if (round % 3 == 0)
			driver_disable(&d);
		else
			function_reset(d.fn);
		fill(100);
		for (unsigned int i = 0; i < COMMANDS; i++)
			is_filled(i, 100);
		if (round % 3 != 0)
			bus_enable(d.fn);
		driver_enable(&d, 16);
		driver_create_pair(&d, 1, 16);
	}
}

/* When the write of the command register returns, DMA is forbidden. */
static void when_bus_mastering_is_off_nothing_is_in_flight(void **state)
{
	uint16_t off = 0;

	write_disk();
	begin(NVME_IO_READ);
	assert_int_equal(function_config_write(d.fn, 4, &off, sizeof(off)), 0);
	fill(100);
	driver_wait(&d);
	for (unsigned int i = 0; i < COMMANDS; i++)
		is_filled(i, 100);
}

static void a_thread_is_used_while_waiting_costs_more_than_waking_it(void **state)
{
	struct nvme_worker *worker = &nvme_of(d.fn)->worker;
	uint64_t handed = COUNTED(&d.bus.counters, doorbells_handed);

	worker->mode = NVME_IOTHREAD_AUTO;
	worker->wake_ns = 1000;
	worker->serve_ns = 1000;
	write_disk();
	assert_int_equal(COUNTED(&d.bus.counters, doorbells_handed), handed);
	worker->wake_ns = 1000;
	worker->serve_ns = UINT64_C(1) << 40;
	write_disk();
	assert_int_equal(COUNTED(&d.bus.counters, doorbells_handed), handed + 1);
}

/* The call is refused until the process ends, so such a test comes last. */
static void forbid(unsigned int call)
{
	assert_int_equal(refuse_call(call, EPERM), 0);
}

static void plain_calls_move_the_data(void)
{
	write_disk();
	fill(100);
	begin(NVME_IO_READ);
	assert_int_equal(end(), COMMANDS);
	for (unsigned int i = 0; i < COMMANDS; i++)
		is_filled(i, 1);
	assert_true(nvme_of(d.fn)->worker.ring_refused);
	assert_int_equal(COUNTED(&d.bus.counters, uring_transfers), 0);
	assert_int_equal(COUNTED(&d.bus.counters, uring_refused), 1);
}

/* Symptom: submitted entries stayed in the ring, and the next one found no room and crashed. */
static void where_a_ring_takes_nothing_it_is_given_up(void **state)
{
	forbid(426 /* io_uring_enter */);
	plain_calls_move_the_data();
}

static void where_io_uring_is_forbidden_plain_calls_do(void **state)
{
	forbid(425 /* io_uring_setup */);
	plain_calls_move_the_data();
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, driver_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_commands_of_one_doorbell_move_their_data),
		TEST(what_was_unmapped_and_drained_is_left_alone),
		TEST(when_a_reset_returns_nothing_is_in_flight),
		TEST(when_bus_mastering_is_off_nothing_is_in_flight),
		TEST(a_thread_is_used_while_waiting_costs_more_than_waking_it),
		TEST(where_a_ring_takes_nothing_it_is_given_up),
		TEST(where_io_uring_is_forbidden_plain_calls_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
