/* SPDX-License-Identifier: BSD-2-Clause */
/* Features and log pages. */
#include "testing.h"

#include <string.h>

#include "driver.h"

static void *data(void)
{
	return bus_page(&d.bus, DRIVER_DATA);
}

static uint16_t set_feature(uint32_t cdw10, uint32_t value, uint32_t nsid)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_SET_FEATURES,
		.nsid = le32_make(nsid),
		.cdw10 = le32_make(cdw10),
		.cdw11 = le32_make(value),
	};

	return driver_run(&d, 0, &command);
}

static uint16_t get_feature(uint32_t cdw10, uint32_t selector)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_GET_FEATURES,
		.cdw10 = le32_make(cdw10),
		.cdw11 = le32_make(selector),
	};

	return driver_run(&d, 0, &command);
}

static struct nvme_command log_command(uint8_t id, uint32_t bytes, uint64_t offset)
{
	uint32_t dwords = bytes / 4 - 1;

	return (struct nvme_command){
		.opcode = NVME_ADMIN_GET_LOG_PAGE,
		.nsid = le32_make(NVME_NSID_ALL),
		.prp1 = le64_make(bus_ioba(DRIVER_DATA)),
		.cdw10 = le32_make(dwords << 16 | id),
		.cdw11 = le32_make(dwords >> 16),
		.cdw12 = le32_make((uint32_t)offset),
		.cdw13 = le32_make((uint32_t)(offset >> 32)),
	};
}

static uint16_t get_log(uint8_t id, uint32_t bytes, uint64_t offset)
{
	struct nvme_command command = log_command(id, bytes, offset);

	return driver_run(&d, 0, &command);
}

static void features_are_kept_until_a_reset(void **state)
{
	static const struct {
		uint32_t id, value, nsid, initial;
	} kept[] = {
		{ NVME_FEATURE_ARBITRATION, 0x01020303, 0, 0x7 },
		{ NVME_FEATURE_POWER, 0x20, 0, 0 },
		{ NVME_FEATURE_ERROR_RECOVERY, 0x1234, 1, 0 },
		{ NVME_FEATURE_WRITE_CACHE, 0, 0, 1 },
		{ NVME_FEATURE_COALESCING, 0x0405, 0, 0 },
		{ NVME_FEATURE_ATOMICITY, 1, NVME_NSID_ALL, 0 },
		{ NVME_FEATURE_EVENTS, 0x1f, 0, 0 },
		{ NVME_FEATURE_TEMPERATURE, 400, 0, 343 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(kept); i++) {
		assert_int_equal(get_feature(kept[i].id, 0), NVME_OK);
		assert_int_equal(d.result, kept[i].initial);
		assert_int_equal(set_feature(kept[i].id, kept[i].value, kept[i].nsid), NVME_OK);
		assert_int_equal(get_feature(kept[i].id, 0), NVME_OK);
		assert_int_equal(d.result, kept[i].value);
		/* The default and the saved value. */
		assert_int_equal(get_feature(kept[i].id | 1 << 8, 0), NVME_OK);
		assert_int_equal(d.result, kept[i].initial);
		assert_int_equal(get_feature(kept[i].id | 2 << 8, 0), NVME_OK);
		assert_int_equal(d.result, kept[i].initial);
		/* The capabilities say that it can be changed. */
		assert_int_equal(get_feature(kept[i].id | 3 << 8, 0), NVME_OK);
		assert_int_equal(d.result & 0x5, 0x4);
	}
	driver_disable(&d);
	driver_enable(&d, 16);
	for (size_t i = 0; i < ARRAY_COUNT(kept); i++) {
		assert_int_equal(get_feature(kept[i].id, 0), NVME_OK);
		assert_int_equal(d.result, kept[i].initial);
	}
}

static void looking_at_a_default_leaves_the_value(void **state)
{
	assert_int_equal(set_feature(NVME_FEATURE_TEMPERATURE, 400, 0), NVME_OK);
	assert_int_equal(get_feature(NVME_FEATURE_TEMPERATURE | 1 << 8, 0), NVME_OK);
	assert_int_equal(d.result, 343);
	assert_int_equal(get_feature(NVME_FEATURE_TEMPERATURE, 0), NVME_OK);
	assert_int_equal(d.result, 400);
}

static void each_vector_has_its_own_setting(void **state)
{
	assert_int_equal(set_feature(NVME_FEATURE_VECTOR, 0x10002, 0), NVME_OK);
	assert_int_equal(get_feature(NVME_FEATURE_VECTOR, 2), NVME_OK);
	assert_int_equal(d.result, 0x10002);
	assert_int_equal(get_feature(NVME_FEATURE_VECTOR, 1), NVME_OK);
	assert_int_equal(d.result, 1);
	assert_int_equal(set_feature(NVME_FEATURE_VECTOR, 5, 0), NVME_INVALID_FIELD);
	assert_int_equal(get_feature(NVME_FEATURE_VECTOR, 0xffff), NVME_INVALID_FIELD);
}

static void bad_features_are_refused(void **state)
{
	assert_int_equal(set_feature(0x00, 0, 0), NVME_INVALID_FIELD);
	assert_int_equal(set_feature(0x0c, 0, 0), NVME_INVALID_FIELD);
	assert_int_equal(set_feature(0xff, 0, 0), NVME_INVALID_FIELD);
	assert_int_equal(get_feature(0x03, 0), NVME_INVALID_FIELD);
	assert_int_equal(get_feature(NVME_FEATURE_POWER | 4 << 8, 0), NVME_INVALID_FIELD);
	assert_int_equal(set_feature(NVME_FEATURE_POWER, 1, 0), NVME_INVALID_FIELD);
	assert_int_equal(set_feature(NVME_FEATURE_TEMPERATURE, 1 << 16, 0), NVME_INVALID_FIELD);
	assert_int_equal(set_feature(NVME_FEATURE_TEMPERATURE, 2 << 20, 0), NVME_INVALID_FIELD);
	assert_int_equal(set_feature(NVME_FEATURE_POWER | 1u << 31, 0, 0),
			 NVME_FEATURE_NOT_SAVEABLE);
	assert_int_equal(set_feature(NVME_FEATURE_POWER, 0, 1), NVME_FEATURE_NOT_PER_NAMESPACE);
	assert_int_equal(set_feature(NVME_FEATURE_POWER, 0, 2), NVME_INVALID_NAMESPACE);
	assert_int_equal(set_feature(NVME_FEATURE_ERROR_RECOVERY, 0, 0), NVME_INVALID_NAMESPACE);
}

static void smart_counts_what_was_done(void **state)
{
	struct nvme_command read = driver_rw(NVME_IO_READ, 0, 8, bus_ioba(DRIVER_DATA));
	struct nvme_command write = driver_rw(NVME_IO_WRITE, 0, 8, bus_ioba(DRIVER_DATA));
	struct nvme_smart_log *log = data();

	for (unsigned int i = 0; i < 126; i++)
		assert_int_equal(driver_run(&d, 1, &read), NVME_OK);
	assert_int_equal(driver_run(&d, 1, &write), NVME_OK);
	read.cdw10 = le32_make(1 << 30);
	assert_int_equal(driver_run(&d, 1, &read), NVME_LBA_OUT_OF_RANGE);
	function_reset(d.fn);
	driver_enable(&d, 16);
	assert_int_equal(get_log(NVME_LOG_SMART, 512, 0), NVME_OK);
	assert_int_equal(le64_get(log->reads[0]), 126);
	assert_int_equal(le64_get(log->writes[0]), 1);
	assert_int_equal(le64_get(log->units_read[0]), 2);
	assert_int_equal(le64_get(log->units_written[0]), 1);
	assert_int_equal(le64_get(log->power_cycles[0]), 1);
	assert_int_equal(le64_get(log->unsafe_shutdowns[0]), 1);
	assert_int_equal(le64_get(log->error_entries[0]), 1);
	assert_int_equal(log->temperature[0] | log->temperature[1] << 8, 310);
	assert_int_equal(log->spare, 100);
	assert_int_equal(log->critical_warning, 0);
}

static void errors_are_logged_with_the_newest_first(void **state)
{
	struct nvme_command read = driver_rw(NVME_IO_READ, 1 << 20, 1, bus_ioba(DRIVER_DATA));
	struct nvme_command unknown = { .opcode = 0x77 };
	struct nvme_error_entry *entry = data();

	assert_int_equal(driver_run(&d, 1, &read), NVME_LBA_OUT_OF_RANGE);
	assert_int_equal(driver_run(&d, 0, &unknown), NVME_INVALID_OPCODE);
	assert_int_equal(get_log(NVME_LOG_ERROR, 4096, 0), NVME_OK);
	assert_int_equal(le64_get(entry[0].count), 2);
	assert_int_equal(le16_get(entry[0].sq_id), 0);
	assert_int_equal(le16_get(entry[0].status) >> 1 & NVME_STATUS_MASK, NVME_INVALID_OPCODE);
	assert_int_equal(le64_get(entry[1].count), 1);
	assert_int_equal(le16_get(entry[1].sq_id), 1);
	assert_int_equal(le64_get(entry[1].lba), 1 << 20);
	assert_int_equal(le32_get(entry[1].nsid), 1);
	assert_int_equal(le64_get(entry[2].count), 0);
	/* The log wraps. */
	for (unsigned int i = 0; i < 100; i++)
		driver_run(&d, 0, &unknown);
	assert_int_equal(get_log(NVME_LOG_ERROR, 4096, 0), NVME_OK);
	assert_int_equal(le64_get(entry[0].count), 102);
	assert_int_equal(le64_get(entry[63].count), 39);
}

static void the_effects_log_names_the_commands_that_exist(void **state)
{
	struct nvme_effects_log *log = data();

	assert_int_equal(get_log(NVME_LOG_EFFECTS, 4096, 0), NVME_OK);
	assert_int_equal(le32_get(log->admin[NVME_ADMIN_IDENTIFY]), 1);
	assert_int_equal(le32_get(log->admin[0x80]), 0);
	assert_int_equal(le32_get(log->io[NVME_IO_WRITE]), 3);
	assert_int_equal(le32_get(log->io[NVME_IO_READ]), 1);
	assert_int_equal(le32_get(log->io[0x04]), 0);
}

static void the_firmware_log_agrees_with_identify(void **state)
{
	struct nvme_command identify =
		driver_identify(NVME_CNS_CONTROLLER, 0, bus_ioba(DRIVER_DATA + 1));
	struct nvme_firmware_log *log = data();
	struct nvme_identify_controller *id = bus_page(&d.bus, DRIVER_DATA + 1);

	assert_int_equal(get_log(NVME_LOG_FIRMWARE, 512, 0), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &identify), NVME_OK);
	assert_int_equal(log->active, 1);
	assert_memory_equal(log->revision[0], id->fr, 8);
}

static void a_log_is_read_from_any_offset_to_its_end(void **state)
{
	unsigned char *bytes = data();

	memset(bytes, 0xee, BUS_PAGE_SIZE);
	assert_int_equal(get_log(NVME_LOG_FIRMWARE, 16, 8), NVME_OK);
	assert_memory_equal(bytes, "1.0     ", 8);
	assert_int_equal(bytes[15], 0);
	assert_int_equal(bytes[16], 0xee);
	/* A length beyond the end returns only the log. */
	assert_int_equal(get_log(NVME_LOG_FIRMWARE, 4096, 504), NVME_OK);
	assert_int_equal(bytes[7], 0);
	assert_int_equal(bytes[16], 0xee);
	/* A length beyond every limit does the same. */
	assert_int_equal(get_log(NVME_LOG_FIRMWARE, 0xfffffffc, 504), NVME_OK);
}

static void bad_log_requests_are_refused(void **state)
{
	struct nvme_command command = log_command(NVME_LOG_SMART, 512, 0);

	assert_int_equal(get_log(0x00, 64, 0), NVME_INVALID_LOG_PAGE);
	assert_int_equal(get_log(0x04, 64, 0), NVME_INVALID_LOG_PAGE);
	assert_int_equal(get_log(0x80, 64, 0), NVME_INVALID_LOG_PAGE);
	assert_int_equal(get_log(NVME_LOG_SMART, 64, 512), NVME_INVALID_FIELD);
	assert_int_equal(get_log(NVME_LOG_SMART, 64, 2), NVME_INVALID_FIELD);
	assert_int_equal(get_log(NVME_LOG_SMART, 64, UINT64_MAX - 3), NVME_INVALID_FIELD);
	command.nsid = le32_make(2);
	assert_int_equal(driver_run(&d, 0, &command), NVME_INVALID_NAMESPACE);
}

#define TEST(name) DRIVER_TEST(name, "size=1M,queues=4")

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(features_are_kept_until_a_reset),
		TEST(looking_at_a_default_leaves_the_value),
		TEST(each_vector_has_its_own_setting),
		TEST(bad_features_are_refused),
		TEST(smart_counts_what_was_done),
		TEST(errors_are_logged_with_the_newest_first),
		TEST(the_effects_log_names_the_commands_that_exist),
		TEST(the_firmware_log_agrees_with_identify),
		TEST(a_log_is_read_from_any_offset_to_its_end),
		TEST(bad_log_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
