/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA that fails. The command fails, or the controller if a queue cannot be reached; the cause is
 * counted; and everything else works on.
 */
#include "testing.h"

#include <string.h>

#include "driver.h"
#include "host/eeh_op.h"

#define HOLE  48
#define OTHER 64

static uint16_t run(uint8_t opcode, uint32_t blocks, uint64_t prp1, uint64_t prp2)
{
	struct nvme_command command = driver_rw(opcode, 0, blocks, prp1);

	command.prp2 = le64_make(prp2);
	return driver_run(&d, 1, &command);
}

/* Another command works, so the fault affected only its own. */
static void assert_works(void)
{
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY);
	assert_int_equal(run(NVME_IO_READ, 8, bus_ioba(OTHER), 0), NVME_OK);
}

static void unmapped_data_is_a_transfer_error(void **state)
{
	bus_map(&d.bus, bus_ioba(HOLE), 0, 0);
	assert_int_equal(run(NVME_IO_READ, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_false(d.refused_for_good);
	assert_int_equal(run(NVME_IO_WRITE, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(run(NVME_IO_COMPARE, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(run(NVME_IO_READ, 16, bus_ioba(OTHER), bus_ioba(HOLE)),
			 NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(COUNTED(&d.bus.counters, fault_unmapped), 4);
	assert_works();
}

static void a_failed_write_leaves_the_disk_as_it_was(void **state)
{
	memset(bus_page(&d.bus, OTHER), 'n', BUS_PAGE_SIZE);
	bus_map(&d.bus, bus_ioba(HOLE), 0, 0);
	assert_int_equal(run(NVME_IO_WRITE, 16, bus_ioba(OTHER), bus_ioba(HOLE)),
			 NVME_DATA_TRANSFER_ERROR);
	assert_works();
	assert_int_equal(*(char *)bus_page(&d.bus, OTHER), 0);
}

static void a_tce_for_reading_only_cannot_be_read_into(void **state)
{
	bus_map(&d.bus, bus_ioba(HOLE), HOLE, TCE_READ);
	assert_int_equal(run(NVME_IO_READ, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(COUNTED(&d.bus.counters, fault_no_write), 1);
	assert_int_equal(run(NVME_IO_WRITE, 8, bus_ioba(HOLE), 0), NVME_OK);
	assert_works();
}

static void memory_that_the_program_gave_up_is_a_transfer_error(void **state)
{
	bus_drop_memory(&d.bus, HOLE);
	assert_int_equal(run(NVME_IO_READ, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(run(NVME_IO_WRITE, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(run(NVME_IO_READ, 16, bus_ioba(OTHER), bus_ioba(HOLE)),
			 NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(run(NVME_IO_COMPARE, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(COUNTED(&d.bus.counters, fault_memory_gone), 4);
	assert_works();
}

static void memory_that_is_read_only_by_now_cannot_be_read_into(void **state)
{
	bus_protect_memory(&d.bus, HOLE);
	assert_int_equal(run(NVME_IO_READ, 8, bus_ioba(HOLE), 0), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(COUNTED(&d.bus.counters, fault_memory_gone), 1);
	assert_int_equal(run(NVME_IO_WRITE, 8, bus_ioba(HOLE), 0), NVME_OK);
	assert_works();
}

static void a_list_out_of_reach_is_a_transfer_error(void **state)
{
	bus_map(&d.bus, bus_ioba(HOLE), 0, 0);
	assert_int_equal(run(NVME_IO_READ, 24, bus_ioba(OTHER), bus_ioba(HOLE)),
			 NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(run(NVME_IO_READ, 24, bus_ioba(OTHER), bit64(40)),
			 NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(COUNTED(&d.bus.counters, fault_beyond_window), 1);
	assert_works();
}

static void addresses_at_the_end_of_the_world_are_only_faults(void **state)
{
	static const uint64_t iobas[] = {
		64 * MIB, bit64(59), UINT64_MAX - 4095, UINT64_MAX - 511, bit64(63),
	};

	for (size_t i = 0; i < ARRAY_COUNT(iobas); i++) {
		assert_int_equal(run(NVME_IO_READ, 8, iobas[i] & ~UINT64_C(3), 0),
				 NVME_DATA_TRANSFER_ERROR);
		assert_int_equal(run(NVME_IO_WRITE, 16, bus_ioba(OTHER),
				     iobas[i] & ~UINT64_C(4095)),
				 NVME_DATA_TRANSFER_ERROR);
	}
	assert_works();
}

static void admin_data_out_of_reach_is_a_transfer_error(void **state)
{
	struct nvme_command command = driver_identify(NVME_CNS_CONTROLLER, 0, bus_ioba(HOLE));

	bus_map(&d.bus, bus_ioba(HOLE), 0, 0);
	assert_int_equal(driver_run(&d, 0, &command), NVME_DATA_TRANSFER_ERROR);
	assert_works();
}

/* Only a reset helps. */
static void assert_fatal_until_reset(void)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	uint64_t accesses = COUNTED(&d.bus.counters, dma_accesses);

	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY | NVME_CSTS_CFS);
	driver_ring(&d, 0);
	driver_ring(&d, 1);
	driver_ring_head(&d, 1);
	assert_int_equal(COUNTED(&d.bus.counters, dma_accesses), accesses);
	for (unsigned int page = 0; page < 4; page++)
		bus_map(&d.bus, bus_ioba(page), page, TCE_READ | TCE_WRITE);
	driver_disable(&d);
	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
	assert_int_equal(driver_run(&d, 1, &flush), NVME_OK);
}

static void a_submission_queue_out_of_reach_is_fatal(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };

	driver_put(&d, 1, &flush);
	bus_map(&d.bus, bus_ioba(2), 2, 0);
	driver_ring(&d, 1);
	assert_int_equal(COUNTED(&d.bus.counters, fault_unmapped), 1);
	assert_fatal_until_reset();
}

static void a_completion_queue_out_of_reach_is_fatal(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };

	driver_put(&d, 1, &flush);
	bus_map(&d.bus, bus_ioba(3), 3, TCE_READ);
	driver_ring(&d, 1);
	assert_int_equal(COUNTED(&d.bus.counters, fault_no_write), 1);
	assert_fatal_until_reset();
}

static void without_bus_mastering_queues_are_out_of_reach(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	uint16_t off = 0x2;

	assert_int_equal(function_config_write(d.fn, 4, &off, sizeof(off)), 0);
	driver_put(&d, 1, &flush);
	driver_ring(&d, 1);
	assert_int_equal(COUNTED(&d.bus.counters, fault_bus_master_off), 1);
	bus_enable(d.fn);
	assert_fatal_until_reset();
}

static void a_frozen_pe_does_no_dma_and_hears_no_doorbell(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	struct nvme_completion completion;

	driver_put(&d, 1, &flush);
	host_eeh_force_freeze(&d.bus.pe);
	driver_ring(&d, 1);
	assert_false(driver_take(&d, 1, &completion));
	assert_int_equal(COUNTED(&d.bus.counters, fault_frozen), 0);
	host_eeh_force_thaw(&d.bus.pe);
	driver_ring(&d, 1);
	assert_true(driver_take(&d, 1, &completion));
}

/* With EEH on, the first fault freezes the PE, so the completion cannot be written. */
static void a_fault_under_eeh_freezes_the_pe(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_READ, 0, 8, bus_ioba(HOLE));
	struct nvme_completion completion;

	assert_int_equal(host_eeh_enable(&d.bus.pe), 0);
	bus_map(&d.bus, bus_ioba(HOLE), 0, 0);
	driver_put(&d, 1, &command);
	driver_ring(&d, 1);
	assert_false(driver_take(&d, 1, &completion));
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), 0xffffffff);
	host_eeh_force_thaw(&d.bus.pe);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY | NVME_CSTS_CFS);
}

#define TEST(name) DRIVER_TEST(name, "size=1M")

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unmapped_data_is_a_transfer_error),
		TEST(a_failed_write_leaves_the_disk_as_it_was),
		TEST(a_tce_for_reading_only_cannot_be_read_into),
		TEST(memory_that_the_program_gave_up_is_a_transfer_error),
		TEST(memory_that_is_read_only_by_now_cannot_be_read_into),
		TEST(a_list_out_of_reach_is_a_transfer_error),
		TEST(addresses_at_the_end_of_the_world_are_only_faults),
		TEST(admin_data_out_of_reach_is_a_transfer_error),
		TEST(a_submission_queue_out_of_reach_is_fatal),
		TEST(a_completion_queue_out_of_reach_is_fatal),
		TEST(without_bus_mastering_queues_are_out_of_reach),
		TEST(a_frozen_pe_does_no_dma_and_hears_no_doorbell),
		TEST(a_fault_under_eeh_freezes_the_pe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
