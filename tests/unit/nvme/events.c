/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous events: when they are reported and when not; and abort, which ends the wait for one.
 */
#include "testing.h"

#include <string.h>

#include "driver.h"

static void *data(void)
{
	return bus_page(&d.bus, DRIVER_DATA);
}

/* Gives the controller an event request. Returns its command id. */
static uint16_t leave_request(void)
{
	struct nvme_command command = { .opcode = NVME_ADMIN_ASYNC_EVENT };
	uint16_t cid = driver_put(&d, 0, &command);

	driver_ring(&d, 0);
	return cid;
}

static bool take(struct nvme_completion *completion)
{
	bool there = driver_take(&d, 0, completion);

	driver_ring_head(&d, 0);
	return there;
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

/* Rings a doorbell of a queue that does not exist. */
static void make_error_event(void)
{
	driver_doorbell(&d, 6, 1);
}

static void an_event_takes_the_oldest_request(void **state)
{
	struct nvme_completion completion;
	uint16_t first = leave_request();

	leave_request();
	assert_false(driver_take(&d, 0, &completion));
	make_error_event();
	assert_true(take(&completion));
	assert_int_equal(le16_get(completion.cid), first);
	assert_int_equal(driver_status(&completion), NVME_OK);
	assert_int_equal(le32_get(completion.result), 0x010000);
	assert_false(take(&completion));
}

static void an_event_waits_for_a_request(void **state)
{
	struct nvme_completion completion;
	uint16_t cid;

	driver_doorbell(&d, 2, 99);
	cid = leave_request();
	assert_true(take(&completion));
	assert_int_equal(le16_get(completion.cid), cid);
	assert_int_equal(le32_get(completion.result), 0x010100);
}

static void an_event_stays_quiet_until_its_log_is_read(void **state)
{
	struct nvme_command retain = log_command(NVME_LOG_ERROR, 64, 0);
	struct nvme_completion completion;

	leave_request();
	leave_request();
	make_error_event();
	assert_true(take(&completion));
	make_error_event();
	assert_false(take(&completion));
	retain.cdw10 = le32_make(le32_get(retain.cdw10) | NVME_LOG_RETAIN_EVENT);
	assert_int_equal(driver_run(&d, 0, &retain), NVME_OK);
	make_error_event();
	assert_false(take(&completion));
	assert_int_equal(get_log(NVME_LOG_ERROR, 64, 0), NVME_OK);
	make_error_event();
	assert_true(take(&completion));
}

static void only_so_many_requests_are_held(void **state)
{
	struct nvme_completion completion;

	for (unsigned int i = 0; i < 4; i++)
		leave_request();
	assert_false(driver_take(&d, 0, &completion));
	leave_request();
	assert_true(take(&completion));
	assert_int_equal(driver_status(&completion), NVME_EVENT_LIMIT_EXCEEDED);
}

static void an_event_waits_for_room(void **state)
{
	struct nvme_command get = {
		.opcode = NVME_ADMIN_GET_FEATURES,
		.cdw10 = le32_make(NVME_FEATURE_QUEUES),
	};
	struct nvme_completion completion;
	uint16_t held = leave_request();

	/* Fifteen completions that are not taken fill the queue of sixteen. */
	for (unsigned int i = 0; i < 15; i++) {
		driver_put(&d, 0, &get);
		driver_ring(&d, 0);
	}
	make_error_event();
	for (unsigned int i = 0; i < 15; i++)
		assert_true(driver_take(&d, 0, &completion));
	assert_false(driver_take(&d, 0, &completion));
	driver_ring_head(&d, 0);
	assert_true(take(&completion));
	assert_int_equal(le16_get(completion.cid), held);
}

static uint16_t abort_command(uint16_t queue, uint16_t cid)
{
	struct nvme_command command = {
		.opcode = NVME_ADMIN_ABORT,
		.cdw10 = le32_make((uint32_t)cid << 16 | queue),
	};

	return driver_run(&d, 0, &command);
}

static void a_held_request_can_be_aborted(void **state)
{
	struct nvme_completion completion;
	uint16_t cid = leave_request();

	assert_int_equal(abort_command(0, cid), NVME_OK);
	assert_int_equal(d.result, 0);
	assert_true(take(&completion));
	assert_int_equal(le16_get(completion.cid), cid);
	assert_int_equal(driver_status(&completion), NVME_ABORT_REQUESTED);
	make_error_event();
	assert_false(take(&completion));
}

static void what_is_done_already_is_not_aborted(void **state)
{
	uint16_t cid = leave_request();

	assert_int_equal(abort_command(1, cid), NVME_OK);
	assert_int_equal(d.result, 1);
	assert_int_equal(abort_command(0, (uint16_t)(cid + 100)), NVME_OK);
	assert_int_equal(d.result, 1);
	assert_int_equal(abort_command(77, 0), NVME_OK);
	assert_int_equal(d.result, 1);
}

static void a_reset_forgets_held_requests(void **state)
{
	struct nvme_completion completion;

	leave_request();
	driver_disable(&d);
	driver_enable(&d, 16);
	make_error_event();
	assert_false(take(&completion));
}

static void a_threshold_below_the_temperature_is_an_event(void **state)
{
	struct nvme_completion completion;
	struct nvme_smart_log *log = data();

	leave_request();
	assert_int_equal(set_feature(NVME_FEATURE_TEMPERATURE, 300, 0), NVME_OK);
	assert_false(take(&completion));
	assert_int_equal(set_feature(NVME_FEATURE_EVENTS, NVME_SMART_TEMPERATURE, 0), NVME_OK);
	assert_true(take(&completion));
	assert_int_equal(le32_get(completion.result), 0x020101);
	assert_int_equal(get_log(NVME_LOG_SMART, 512, 0), NVME_OK);
	assert_int_equal(log->critical_warning, NVME_SMART_TEMPERATURE);
}

#define TEST(name) DRIVER_TEST(name, "size=1M,queues=4")

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_takes_the_oldest_request),
		TEST(an_event_waits_for_a_request),
		TEST(an_event_stays_quiet_until_its_log_is_read),
		TEST(only_so_many_requests_are_held),
		TEST(an_event_waits_for_room),
		TEST(a_held_request_can_be_aborted),
		TEST(what_is_done_already_is_not_aborted),
		TEST(a_reset_forgets_held_requests),
		TEST(a_threshold_below_the_temperature_is_an_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
