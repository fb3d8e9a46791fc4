/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers, enabling, identify, and every way to reset. */
#include "testing.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "driver.h"

static int setup(void **state)
{
	driver_init(&d, "size=1M,serial=a disk,queues=4");
	return 0;
}

static void capabilities_are_what_a_driver_looks_for(void **state)
{
	uint64_t cap = bus_read64(d.fn, NVME_REG_CAP);

	assert_int_equal((cap & 0xffff) + 1, 2048);
	assert_true(cap & NVME_CAP_CQR);
	assert_true(cap & NVME_CAP_CSS_NVM);
	assert_int_equal(cap >> 32 & 0xf, 0);
	assert_int_equal(cap >> 48 & 0xf, 0);
	assert_int_equal(cap >> 52 & 0xf, 4);
	assert_true((cap >> 24 & 0xff) > 0);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CAP + 4), cap >> 32);
	assert_int_equal(bus_read32(d.fn, NVME_REG_VS), 0x00010400);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), 0);
}

static void registers_keep_what_is_theirs(void **state)
{
	bus_write32(d.fn, NVME_REG_AQA, 0xffffffff);
	bus_write64(d.fn, NVME_REG_ASQ, 0x1122334455667788);
	bus_write32(d.fn, NVME_REG_ACQ, 0xaabbc123);
	bus_write32(d.fn, NVME_REG_ACQ + 4, 0x1);
	assert_int_equal(bus_read32(d.fn, NVME_REG_AQA), 0x0fff0fff);
	assert_true(bus_read64(d.fn, NVME_REG_ASQ) == 0x1122334455667000);
	assert_true(bus_read64(d.fn, NVME_REG_ACQ) == 0x1aabbc000);
	bus_write64(d.fn, NVME_REG_CAP, 0);
	bus_write32(d.fn, NVME_REG_VS, 0);
	bus_write32(d.fn, NVME_REG_CSTS, 0xffffffff);
	assert_int_equal(bus_read32(d.fn, NVME_REG_VS), 0x00010400);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), 0);
	assert_int_equal(bus_read32(d.fn, 0xffc), 0);
	assert_int_equal(bus_read32(d.fn, NVME_REG_DOORBELLS), 0);
}

static void narrow_writes_are_dropped(void **state)
{
	uint64_t value = 0;

	assert_int_equal(function_bar_write(d.fn, 0, NVME_REG_AQA, 2, 7), 0);
	assert_int_equal(function_bar_write(d.fn, 0, NVME_REG_AQA, 1, 7), 0);
	assert_int_equal(bus_read32(d.fn, NVME_REG_AQA), 0);
	assert_int_equal(function_bar_read(d.fn, 0, NVME_REG_VS + 2, 1, &value), 0);
	assert_int_equal(value, 1);
}

static void enabling_makes_it_ready_at_once(void **state)
{
	driver_enable(&d, 16);
	driver_disable(&d);
	driver_enable(&d, 16);
}

/* One defect per row, in an otherwise valid setup. */
static void what_cannot_be_enabled_is_fatal(void **state)
{
	static const struct {
		uint32_t cc, aqa;
		uint64_t asq, acq;
	} bad[] = {
		{ 0x00460011, 0x000f000f, 0x100000, 0x101000 },   /* command set */
		{ 0x00460801, 0x000f000f, 0x100000, 0x101000 },   /* arbitration */
		{ 0x00460281, 0x000f000f, 0x100000, 0x101000 },   /* pages of 128K */
		{ 0x00460001, 0x000f0000, 0x100000, 0x101000 },   /* one entry */
		{ 0x00460001, 0x0000000f, 0x100000, 0x101000 },
		{ 0x00460201, 0x000f000f, 0x101000, 0x110000 },   /* alignment to 64K */
		{ 0x00460201, 0x000f000f, 0x110000, 0x101000 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		bus_write32(d.fn, NVME_REG_AQA, bad[i].aqa);
		bus_write64(d.fn, NVME_REG_ASQ, bad[i].asq);
		bus_write64(d.fn, NVME_REG_ACQ, bad[i].acq);
		bus_write32(d.fn, NVME_REG_CC, bad[i].cc);
		assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_CFS);
		driver_doorbell(&d, 0, 1);
		bus_write32(d.fn, NVME_REG_CC, 0);
		assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), 0);
	}
}

static void identify_controller_says_what_linux_wants_to_know(void **state)
{
	const struct nvme_identify_controller *id = bus_page(&d.bus, DRIVER_DATA);
	struct nvme_command command =
		driver_identify(NVME_CNS_CONTROLLER, 0, bus_ioba(DRIVER_DATA));

	driver_enable(&d, 16);
	assert_int_equal(driver_run(&d, 0, &command), NVME_OK);
	assert_memory_equal(id->sn, "a disk              ", 20);
	assert_memory_equal(id->mn, "spapr-tce NVMe                          ", 40);
	assert_int_equal(le32_get(id->ver), 0x00010400);
	assert_int_equal(id->mdts, 8);
	assert_int_equal(id->cntrltype, 1);
	assert_int_equal(id->sqes, 0x66);
	assert_int_equal(id->cqes, 0x44);
	assert_int_equal(le32_get(id->nn), 1);
	assert_int_equal(id->vwc, 7);
	assert_int_equal(le16_get(id->oncs), 0x0d);
	assert_memory_equal(id->subnqn, "nqn.2014-08.org.nvmexpress:uuid:", 32);
	assert_int_equal(strlen(id->subnqn), 32 + 36);
}

static void identify_namespace_tells_size_and_block(void **state)
{
	const struct nvme_identify_namespace *id = bus_page(&d.bus, DRIVER_DATA);
	struct nvme_command command = driver_identify(NVME_CNS_NAMESPACE, 1, bus_ioba(DRIVER_DATA));

	driver_enable(&d, 16);
	assert_int_equal(driver_run(&d, 0, &command), NVME_OK);
	assert_int_equal(le64_get(id->nsze), 2048);
	assert_int_equal(le64_get(id->ncap), 2048);
	assert_int_equal(le32_get(id->lbaf[0]), 9 << 16);
	assert_int_equal(id->flbas, 0);
	assert_int_equal(id->nsattr, 0);
	assert_int_equal(le16_get(id->npwg), 7);
}

static void the_namespace_list_starts_above_the_one_given(void **state)
{
	const struct le32 *list = bus_page(&d.bus, DRIVER_DATA);
	struct nvme_command command =
		driver_identify(NVME_CNS_ACTIVE_NAMESPACES, 0, bus_ioba(DRIVER_DATA));

	driver_enable(&d, 16);
	assert_int_equal(driver_run(&d, 0, &command), NVME_OK);
	assert_int_equal(le32_get(list[0]), 1);
	assert_int_equal(le32_get(list[1]), 0);
	command.nsid = le32_make(1);
	assert_int_equal(driver_run(&d, 0, &command), NVME_OK);
	assert_int_equal(le32_get(list[0]), 0);
	command.nsid = le32_make(0xfffffffe);
	assert_int_equal(driver_run(&d, 0, &command), NVME_INVALID_NAMESPACE);
}

static void a_namespace_is_known_by_a_uuid_of_its_own(void **state)
{
	const struct nvme_namespace_descriptor *id = bus_page(&d.bus, DRIVER_DATA);
	struct nvme_command command =
		driver_identify(NVME_CNS_NAMESPACE_DESCRIPTORS, 1, bus_ioba(DRIVER_DATA));

	driver_enable(&d, 16);
	assert_int_equal(driver_run(&d, 0, &command), NVME_OK);
	assert_int_equal(id[0].type, NVME_NIDT_UUID);
	assert_int_equal(id[0].length, 16);
	assert_int_equal(id[0].id[6] >> 4, 8);
	assert_int_equal(id[0].id[8] >> 6, 2);
	assert_int_equal(id[1].type, 0);
}

static void identify_refuses_what_it_does_not_have(void **state)
{
	static const struct {
		uint8_t cns;
		uint32_t nsid;
		uint16_t status;
	} bad[] = {
		{ NVME_CNS_NAMESPACE, 0, NVME_INVALID_NAMESPACE },
		{ NVME_CNS_NAMESPACE, 2, NVME_INVALID_NAMESPACE },
		{ NVME_CNS_NAMESPACE, NVME_NSID_ALL, NVME_INVALID_NAMESPACE },
		{ NVME_CNS_NAMESPACE_DESCRIPTORS, 2, NVME_INVALID_NAMESPACE },
		{ 0x05, 1, NVME_INVALID_FIELD },
		{ 0x06, 0, NVME_INVALID_FIELD },
		{ 0x08, 1, NVME_INVALID_FIELD },
		{ 0x10, 0, NVME_INVALID_FIELD },
		{ 0xff, 0, NVME_INVALID_FIELD },
	};

	driver_enable(&d, 16);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct nvme_command command =
			driver_identify(bad[i].cns, bad[i].nsid, bus_ioba(DRIVER_DATA));

		assert_int_equal(driver_run(&d, 0, &command), bad[i].status);
		assert_true(d.refused_for_good);
	}
}

static void unknown_and_malformed_admin_commands_are_refused(void **state)
{
	struct nvme_command command = { .opcode = 0x80 };

	driver_enable(&d, 16);
	assert_int_equal(driver_run(&d, 0, &command), NVME_INVALID_OPCODE);
	command.opcode = 0x18;
	assert_int_equal(driver_run(&d, 0, &command), NVME_INVALID_OPCODE);
	command = driver_identify(NVME_CNS_CONTROLLER, 0, bus_ioba(DRIVER_DATA));
	command.flags = 0x40;
	assert_int_equal(driver_run(&d, 0, &command), NVME_INVALID_FIELD);
	command.flags = 0x01;
	assert_int_equal(driver_run(&d, 0, &command), NVME_INVALID_FIELD);
}

static void shutting_down_is_complete_at_once(void **state)
{
	driver_enable(&d, 16);
	bus_write32(d.fn, NVME_REG_CC, 0x00464001);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY | NVME_CSTS_SHST_COMPLETE);
	driver_disable(&d);
	/* Some drivers write both in one access. */
	driver_enable(&d, 16);
	bus_write32(d.fn, NVME_REG_CC, 0x00464000);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_SHST_COMPLETE);
}

static void a_disabled_controller_ignores_doorbells(void **state)
{
	struct nvme_command command =
		driver_identify(NVME_CNS_CONTROLLER, 0, bus_ioba(DRIVER_DATA));
	struct nvme_completion completion;

	driver_enable(&d, 16);
	driver_disable(&d);
	driver_put(&d, 0, &command);
	driver_ring(&d, 0);
	driver_ring_head(&d, 0);
	assert_false(driver_take(&d, 0, &completion));
	assert_int_equal(COUNTED(&d.bus.counters, dma_accesses), 0);
}

static void disabling_keeps_the_admin_queue_registers(void **state)
{
	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
	driver_disable(&d);
	assert_int_equal(bus_read32(d.fn, NVME_REG_AQA), 0x000f000f);
	assert_true(bus_read64(d.fn, NVME_REG_ASQ) == bus_ioba(0));
	/* The I/O queues are gone, so they can be made again. */
	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
}

static void a_reset_during_use_forgets_everything(void **state)
{
	struct nvme_command command = { .opcode = NVME_ADMIN_ASYNC_EVENT };
	uint8_t flr[2] = { 0x10, 0xa0 };

	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
	driver_put(&d, 0, &command);
	driver_ring(&d, 0);
	driver_put(&d, 1, &command);
	assert_int_equal(function_config_write(d.fn, d.fn->config.express_offset + PCI_EXP_DEVCTL,
					       flr, sizeof(flr)), 0);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), 0);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CC), 0);
	assert_int_equal(bus_read32(d.fn, NVME_REG_AQA), 0);
	assert_true(bus_read64(d.fn, NVME_REG_ASQ) == 0);
	driver_ring(&d, 1);
	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
}

static void a_disk_keeps_its_data_over_resets(void **state)
{
	struct nvme_command write = driver_rw(NVME_IO_WRITE, 5, 1, bus_ioba(DRIVER_DATA));
	struct nvme_command read = driver_rw(NVME_IO_READ, 5, 1, bus_ioba(DRIVER_DATA + 1));

	memset(bus_page(&d.bus, DRIVER_DATA), 'd', DRIVER_BLOCK);
	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
	assert_int_equal(driver_run(&d, 1, &write), NVME_OK);
	function_power_cycle(d.fn);
	bus_enable(d.fn);
	driver_enable(&d, 16);
	driver_create_pair(&d, 1, 16);
	assert_int_equal(driver_run(&d, 1, &read), NVME_OK);
	assert_memory_equal(bus_page(&d.bus, DRIVER_DATA), bus_page(&d.bus, DRIVER_DATA + 1), 512);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, driver_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(capabilities_are_what_a_driver_looks_for),
		TEST(registers_keep_what_is_theirs),
		TEST(narrow_writes_are_dropped),
		TEST(enabling_makes_it_ready_at_once),
		TEST(what_cannot_be_enabled_is_fatal),
		TEST(identify_controller_says_what_linux_wants_to_know),
		TEST(identify_namespace_tells_size_and_block),
		TEST(the_namespace_list_starts_above_the_one_given),
		TEST(a_namespace_is_known_by_a_uuid_of_its_own),
		TEST(identify_refuses_what_it_does_not_have),
		TEST(unknown_and_malformed_admin_commands_are_refused),
		TEST(shutting_down_is_complete_at_once),
		TEST(a_disabled_controller_ignores_doorbells),
		TEST(disabling_keeps_the_admin_queue_registers),
		TEST(a_reset_during_use_forgets_everything),
		TEST(a_disk_keeps_its_data_over_resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
