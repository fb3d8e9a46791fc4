/* SPDX-License-Identifier: BSD-2-Clause */
/* The DMA test function: the bytes that its commands move, and where they stop. */
#include "testing.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "bus.h"
#include "dma/access.h"
#include "dev/irq_intx.h"
#include "dev/irq_setup.h"
#include "spapr-tce/dmatest.h"

static struct bus bus;
static struct function *fn;

static int setup(void **state)
{
	bus_init(&bus);
	fn = bus_function(&bus, "dmatest", "");
	bus_enable(fn);
	return 0;
}

static int teardown(void **state)
{
	function_free(fn);
	bus_fini(&bus);
	return 0;
}

static uint32_t command(uint32_t number, uint64_t source, uint64_t target, uint64_t length)
{
	bus_write64(fn, STCE_DMATEST_SOURCE, source);
	bus_write64(fn, STCE_DMATEST_TARGET, target);
	bus_write64(fn, STCE_DMATEST_LENGTH, length);
	bus_write32(fn, STCE_DMATEST_COMMAND, number);
	return bus_read32(fn, STCE_DMATEST_STATUS);
}

static void fill_random(unsigned int page, unsigned int pages)
{
	unsigned char *bytes = bus_page(&bus, page);
	uint32_t x = 1;

	for (size_t i = 0; i < pages * BUS_PAGE_SIZE; i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(x >> 24);
	}
}

static uint64_t fnv1a(const unsigned char *bytes, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

static void it_says_who_it_is(void **state)
{
	assert_int_equal(bus_read32(fn, STCE_DMATEST_MAGIC), STCE_DMATEST_MAGIC_VALUE);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_VERSION), STCE_DMATEST_VERSION_1);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_STATUS), STCE_DMATEST_IDLE);
	bus_write32(fn, STCE_DMATEST_MAGIC, 0);
	bus_write32(fn, STCE_DMATEST_STATUS, 7);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_MAGIC), STCE_DMATEST_MAGIC_VALUE);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_STATUS), STCE_DMATEST_IDLE);
	assert_int_equal(bus_read32(fn, 0x700), 0);
	assert_true(bus_read64(fn, 0xff8) == 0);
}

static void halves_of_a_register_are_registers(void **state)
{
	bus_write32(fn, STCE_DMATEST_SOURCE, 0x55667788);
	bus_write32(fn, STCE_DMATEST_SOURCE + 4, 0x11223344);
	assert_true(bus_read64(fn, STCE_DMATEST_SOURCE) == 0x1122334455667788);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_SOURCE + 4), 0x11223344);
}

/* The copy is longer than one hold, of the device and of stce_dma_copy(). */
static void a_long_copy_goes_on_where_it_was(void **state)
{
	const uint64_t length = 5 * MIB / 2 + 12345;
	const char *from = (char *)bus_page(&bus, 0) + 1000, *to = (char *)bus_page(&bus, 1000) + 77;

	fill_random(0, 645);
	assert_int_equal(command(STCE_DMATEST_COPY, bus_ioba(0) + 1000, bus_ioba(1000) + 77, length),
			 STCE_DMATEST_DONE);
	assert_memory_equal(from, to, length);
	memset((char *)to, 0, length);
	assert_int_equal(dma_copy(&bus.pe, to_ioba(bus_ioba(1000) + 77), to_ioba(bus_ioba(0) + 1000), length), 0);
	assert_memory_equal(from, to, length);
	assert_int_equal(to[length], 0);
}

static void copy_moves_bytes_between_any_addresses(void **state)
{
	const char *from = (char *)bus_page(&bus, 0) + 1000, *to = (char *)bus_page(&bus, 10) + 77;

	fill_random(0, 5);
	assert_int_equal(command(STCE_DMATEST_COPY, bus_ioba(0) + 1000, bus_ioba(10) + 77, 9999),
			 STCE_DMATEST_DONE);
	assert_memory_equal(from, to, 9999);
	assert_int_equal(to[-1], 0);
	assert_int_equal(to[9999], 0);
	assert_int_equal(bus_read64(fn, STCE_DMATEST_MOVED), 9999);
}

static void fill_writes_the_pattern(void **state)
{
	const unsigned char *to = bus_page(&bus, 3);

	bus_write32(fn, STCE_DMATEST_PATTERN, 0x1234a5);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bus_ioba(3) + 1, 5000), STCE_DMATEST_DONE);
	assert_int_equal(to[0], 0);
	for (int i = 1; i <= 5000; i++)
		assert_int_equal(to[i], 0xa5);
	assert_int_equal(to[5001], 0);
}

static void checksum_is_fnv_1a(void **state)
{
	fill_random(0, 3);
	assert_int_equal(command(STCE_DMATEST_CHECKSUM, bus_ioba(0) + 5, 0, 10000),
			 STCE_DMATEST_DONE);
	assert_true(bus_read64(fn, STCE_DMATEST_RESULT) ==
		    fnv1a((unsigned char *)bus_page(&bus, 0) + 5, 10000));
}

static void nothing_to_do_is_done(void **state)
{
	assert_int_equal(command(STCE_DMATEST_CHECKSUM, 0, 0, 0), STCE_DMATEST_DONE);
	assert_true(bus_read64(fn, STCE_DMATEST_RESULT) == 0xcbf29ce484222325);
	assert_int_equal(COUNTED(&bus.counters, dma_accesses), 0);
}

static void what_makes_no_sense_is_bad(void **state)
{
	assert_int_equal(command(0, 0, 0, 0), STCE_DMATEST_BAD);
	assert_int_equal(command(5, 0, 0, 0), STCE_DMATEST_BAD);
	assert_int_equal(command(UINT32_MAX, 0, 0, 0), STCE_DMATEST_BAD);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bus_ioba(0), STCE_DMATEST_LENGTH_MAX + 1),
			 STCE_DMATEST_BAD);
	bus_write32(fn, STCE_DMATEST_VECTOR, STCE_DMATEST_VECTOR_COUNT);
	assert_int_equal(command(STCE_DMATEST_RAISE, 0, 0, 0), STCE_DMATEST_BAD);
	assert_int_equal(COUNTED(&bus.counters, dma_accesses), 0);
}

static void a_hole_stops_a_command_at_its_page(void **state)
{
	bus_map(&bus, bus_ioba(12), 0, 0);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bus_ioba(10) + 4, 0x4000),
			 STCE_DMATEST_FAULTED);
	assert_int_equal(bus_read64(fn, STCE_DMATEST_FAULT), bus_ioba(12));
	assert_int_equal(bus_read64(fn, STCE_DMATEST_MOVED), 0x2000 - 4);
	assert_int_equal(COUNTED(&bus.counters, fault_unmapped), 1);
	assert_int_equal(command(STCE_DMATEST_CHECKSUM, bus_ioba(11), 0, 0x2000),
			 STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_COPY, bus_ioba(0), bus_ioba(12), 1),
			 STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bus_ioba(10), 4), STCE_DMATEST_DONE);
	assert_int_equal(bus_read64(fn, STCE_DMATEST_FAULT), 0);
}

static void faults_are_counted_by_their_cause(void **state)
{
	bus_map(&bus, bus_ioba(1), 1, TCE_READ);
	bus_drop_memory(&bus, 32);
	bus_protect_memory(&bus, 48);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bus_ioba(1), 1), STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_CHECKSUM, bus_ioba(32), 0, 1), STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bus_ioba(48), 1), STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, 64 * MIB, 1), STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bit64(59), 1), STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, UINT64_MAX, 2), STCE_DMATEST_FAULTED);
	assert_int_equal(COUNTED(&bus.counters, fault_no_write), 1);
	assert_int_equal(COUNTED(&bus.counters, fault_memory_gone), 2);
	assert_int_equal(COUNTED(&bus.counters, fault_beyond_window), 1);
	assert_int_equal(COUNTED(&bus.counters, fault_no_window), 2);
}

static void without_bus_mastering_nothing_is_read_or_written(void **state)
{
	uint16_t off = 0x2;

	assert_int_equal(function_config_write(fn, 4, &off, sizeof(off)), 0);
	assert_int_equal(command(STCE_DMATEST_FILL, 0, bus_ioba(0), 8), STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_COPY, bus_ioba(0), bus_ioba(1), 8),
			 STCE_DMATEST_FAULTED);
	assert_int_equal(command(STCE_DMATEST_CHECKSUM, bus_ioba(0), 0, 8), STCE_DMATEST_FAULTED);
	assert_int_equal(COUNTED(&bus.counters, fault_bus_master_off), 3);
	assert_int_equal(COUNTED(&bus.counters, dma_accesses), 0);
}

static void msix_is_raised_when_asked_for(void **state)
{
	int fds[2] = { bus_eventfd(), bus_eventfd() };

	assert_int_equal(irq_set_eventfds(&fn->irqs, IRQ_MSIX, 0, 2, fds), 0);
	command(STCE_DMATEST_FILL, 0, bus_ioba(0), 8);
	assert_int_equal(bus_signals(fds[0]), 0);
	bus_write32(fn, STCE_DMATEST_CONTROL, STCE_DMATEST_NOTIFY);
	command(STCE_DMATEST_FILL, 0, bus_ioba(0), 8);
	assert_int_equal(bus_signals(fds[0]), 1);
	bus_write32(fn, STCE_DMATEST_VECTOR, 1);
	bus_write32(fn, STCE_DMATEST_CONTROL, 0);
	command(STCE_DMATEST_RAISE, 0, 0, 0);
	assert_int_equal(bus_signals(fds[0]), 0);
	assert_int_equal(bus_signals(fds[1]), 1);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_INTERRUPT), 0);
}

static void intx_stays_until_it_is_taken_back(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&fn->irqs, IRQ_INTX, 0, 1, &fd), 0);
	command(STCE_DMATEST_RAISE, 0, 0, 0);
	assert_int_equal(bus_signals(fd), 1);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_INTERRUPT), 1);
	assert_int_equal(irq_mask(&fn->irqs, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fd), 1);
	bus_write32(fn, STCE_DMATEST_INTERRUPT, 1);
	assert_int_equal(irq_mask(&fn->irqs, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fd), 0);
}

static void a_reset_brings_power_on_values_back(void **state)
{
	command(STCE_DMATEST_RAISE, 1, 2, 3);
	function_reset(fn);
	assert_int_equal(bus_read64(fn, STCE_DMATEST_SOURCE), 0);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_STATUS), STCE_DMATEST_IDLE);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_INTERRUPT), 0);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_MAGIC), STCE_DMATEST_MAGIC_VALUE);
	assert_false(fn->intx_level);
}

/* A command stops in the middle, because the window's gate keeps devices from its page. */
#define STOP_PAGE 5u
#define END_PAGE  10u

static void *fill_pages(void *context)
{
	*(uint32_t *)context = command(STCE_DMATEST_FILL, 0, bus_ioba(0), END_PAGE * BUS_PAGE_SIZE);
	return NULL;
}

static void *set_target(void *context)
{
	bus_write64(fn, STCE_DMATEST_TARGET, bus_ioba(100));
	return NULL;
}

static void *reset_it(void *context)
{
	function_reset(fn);
	return NULL;
}

static unsigned int shut_page(void)
{
	unsigned int place = tce_gate_try_shut(&bus.window->gate, to_index(bus_ioba(STOP_PAGE) / BUS_PAGE_SIZE), 1);

	assert_int_not_equal(place, GATE_FULL);
	return place;
}

/* Waits until the command has stopped. */
static void await_the_stop(void)
{
	while (bus_read32(fn, STCE_DMATEST_STATUS) != STCE_DMATEST_BUSY ||
	       bus_read64(fn, STCE_DMATEST_MOVED) < STOP_PAGE * BUS_PAGE_SIZE)
		sched_yield();
}

static void is_filled(unsigned char byte)
{
	const unsigned char *bytes = bus_page(&bus, 0);

	for (size_t i = 0; i < END_PAGE * BUS_PAGE_SIZE; i++)
		assert_int_equal(bytes[i], byte);
	assert_int_equal(bytes[END_PAGE * BUS_PAGE_SIZE], 0);
	assert_int_equal(*(char *)bus_page(&bus, 100), 0);
}

/* Symptom: a read of a register waited until all of up to 1 GiB had been moved. */
static void registers_are_read_while_a_command_moves_data(void **state)
{
	unsigned int place = shut_page();
	uint32_t status = 0;
	pthread_t writer;

	bus_write32(fn, STCE_DMATEST_PATTERN, 0x77);
	assert_int_equal(pthread_create(&writer, NULL, fill_pages, &status), 0);
	await_the_stop();
	assert_int_equal(bus_read32(fn, STCE_DMATEST_STATUS), STCE_DMATEST_BUSY);
	assert_int_equal(bus_read64(fn, STCE_DMATEST_MOVED), STOP_PAGE * BUS_PAGE_SIZE);
	assert_int_equal(bus_read32(fn, STCE_DMATEST_PATTERN), 0x77);
	tce_gate_open(&bus.window->gate, place);
	pthread_join(writer, NULL);
	assert_int_equal(status, STCE_DMATEST_DONE);
	assert_int_equal(bus_read64(fn, STCE_DMATEST_MOVED), END_PAGE * BUS_PAGE_SIZE);
	is_filled(0x77);
}

static void writes_and_resets_wait_for_a_command(void **state)
{
	void *(*const others[])(void *context) = { set_target, reset_it };

	for (unsigned int i = 0; i < ARRAY_COUNT(others); i++) {
		unsigned int place = shut_page();
		pthread_t writer, other;
		uint32_t status;

		bus_write32(fn, STCE_DMATEST_PATTERN, 0x60 + i);
		assert_int_equal(pthread_create(&writer, NULL, fill_pages, &status), 0);
		await_the_stop();
		assert_int_equal(pthread_create(&other, NULL, others[i], NULL), 0);
		for (int turn = 0; turn < 100; turn++)
			sched_yield();
		assert_int_equal(bus_read32(fn, STCE_DMATEST_STATUS), STCE_DMATEST_BUSY);
		tce_gate_open(&bus.window->gate, place);
		pthread_join(writer, NULL);
		pthread_join(other, NULL);
		is_filled((unsigned char)(0x60 + i));
	}
	assert_int_equal(bus_read32(fn, STCE_DMATEST_STATUS), STCE_DMATEST_IDLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_says_who_it_is),
		TEST(halves_of_a_register_are_registers),
		TEST(a_long_copy_goes_on_where_it_was),
		TEST(copy_moves_bytes_between_any_addresses),
		TEST(fill_writes_the_pattern),
		TEST(checksum_is_fnv_1a),
		TEST(nothing_to_do_is_done),
		TEST(what_makes_no_sense_is_bad),
		TEST(a_hole_stops_a_command_at_its_page),
		TEST(faults_are_counted_by_their_cause),
		TEST(without_bus_mastering_nothing_is_read_or_written),
		TEST(msix_is_raised_when_asked_for),
		TEST(intx_stays_until_it_is_taken_back),
		TEST(a_reset_brings_power_on_values_back),
		TEST(registers_are_read_while_a_command_moves_data),
		TEST(writes_and_resets_wait_for_a_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
