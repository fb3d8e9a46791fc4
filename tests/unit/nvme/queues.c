/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O queues: creation, refusals, wrapping and filling up. */
#include "testing.h"

#include <string.h>

#include "driver.h"

static int setup(void **state)
{
	driver_init(&d, "size=1M,queues=2");
	driver_enable(&d, 16);
	return 0;
}

static uint16_t delete(uint8_t opcode, uint32_t id)
{
	struct nvme_command command = { .opcode = opcode, .cdw10 = le32_make(id) };

	return driver_run(&d, 0, &command);
}

/* One defect per row, in an otherwise valid command. */
static void a_bad_completion_queue_is_refused(void **state)
{
	static const struct {
		uint32_t cdw10, cdw11;
		uint64_t prp1;
		uint16_t status;
	} bad[] = {
		{ 0x000f0000, 0x00010003, 0x101000, NVME_INVALID_QUEUE_ID },
		{ 0x000f0003, 0x00010003, 0x101000, NVME_INVALID_QUEUE_ID },
		{ 0x000fffff, 0x00010003, 0x101000, NVME_INVALID_QUEUE_ID },
		{ 0x00000001, 0x00010003, 0x101000, NVME_INVALID_QUEUE_SIZE },
		{ 0x08000001, 0x00010003, 0x101000, NVME_INVALID_QUEUE_SIZE },
		{ 0xffff0001, 0x00010003, 0x101000, NVME_INVALID_QUEUE_SIZE },
		{ 0x000f0001, 0x00010002, 0x101000, NVME_INVALID_FIELD },
		{ 0x000f0001, 0x00030003, 0x101000, NVME_INVALID_VECTOR },
		{ 0x000f0001, 0x00010003, 0x101010, NVME_INVALID_PRP_OFFSET },
	};
	struct nvme_command good = driver_create_cq(1, 16);

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct nvme_command command = good;

		command.cdw10 = le32_make(bad[i].cdw10);
		command.cdw11 = le32_make(bad[i].cdw11);
		command.prp1 = le64_make(bad[i].prp1);
		assert_int_equal(driver_run(&d, 0, &command), bad[i].status);
	}
	assert_int_equal(driver_run(&d, 0, &good), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &good), NVME_INVALID_QUEUE_ID);
}

static void a_bad_submission_queue_is_refused(void **state)
{
	static const struct {
		uint32_t cdw10, cdw11;
		uint64_t prp1;
		uint16_t status;
	} bad[] = {
		{ 0x000f0000, 0x00010001, 0x100000, NVME_INVALID_QUEUE_ID },
		{ 0x000f0003, 0x00010001, 0x100000, NVME_INVALID_QUEUE_ID },
		{ 0x000f0001, 0x00000001, 0x100000, NVME_INVALID_QUEUE_ID },
		{ 0x000f0001, 0x00030001, 0x100000, NVME_INVALID_QUEUE_ID },
		{ 0x000f0001, 0x00020001, 0x100000, NVME_INVALID_CQ },
		{ 0x00000001, 0x00010001, 0x100000, NVME_INVALID_QUEUE_SIZE },
		{ 0x08000001, 0x00010001, 0x100000, NVME_INVALID_QUEUE_SIZE },
		{ 0x000f0001, 0x00010000, 0x100000, NVME_INVALID_FIELD },
		{ 0x000f0001, 0x00010001, 0x100800, NVME_INVALID_PRP_OFFSET },
	};
	struct nvme_command cq = driver_create_cq(1, 16), good = driver_create_sq(1, 16);

	assert_int_equal(driver_run(&d, 0, &cq), NVME_OK);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct nvme_command command = good;

		command.cdw10 = le32_make(bad[i].cdw10);
		command.cdw11 = le32_make(bad[i].cdw11);
		command.prp1 = le64_make(bad[i].prp1);
		assert_int_equal(driver_run(&d, 0, &command), bad[i].status);
	}
	assert_int_equal(driver_run(&d, 0, &good), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &good), NVME_INVALID_QUEUE_ID);
}

static void queues_of_entry_sizes_that_we_lack_are_refused(void **state)
{
	struct nvme_command cq = driver_create_cq(1, 16), sq = driver_create_sq(1, 16);

	bus_write32(d.fn, NVME_REG_CC, 0x00450001);
	assert_int_equal(driver_run(&d, 0, &cq), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &sq), NVME_INVALID_QUEUE_SIZE);
}

static void a_completion_queue_in_use_is_not_deleted(void **state)
{
	driver_create_pair(&d, 1, 16);
	assert_int_equal(delete(NVME_ADMIN_DELETE_CQ, 1), NVME_INVALID_QUEUE_DELETION);
	assert_int_equal(delete(NVME_ADMIN_DELETE_SQ, 1), NVME_OK);
	assert_int_equal(delete(NVME_ADMIN_DELETE_CQ, 1), NVME_OK);
	assert_int_equal(delete(NVME_ADMIN_DELETE_SQ, 1), NVME_INVALID_QUEUE_ID);
	assert_int_equal(delete(NVME_ADMIN_DELETE_CQ, 1), NVME_INVALID_QUEUE_ID);
	driver_create_pair(&d, 1, 8);
}

static void queues_that_are_not_there_are_not_deleted(void **state)
{
	static const uint32_t ids[] = { 0, 2, 3, 64, 65, 0xffff };

	for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
		assert_int_equal(delete(NVME_ADMIN_DELETE_SQ, ids[i]), NVME_INVALID_QUEUE_ID);
		assert_int_equal(delete(NVME_ADMIN_DELETE_CQ, ids[i]), NVME_INVALID_QUEUE_ID);
	}
}

static void queues_go_round_and_the_phase_turns(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };

	driver_create_pair(&d, 1, 5);
	for (uint32_t i = 1; i <= 33; i++) {
		assert_int_equal(driver_run(&d, 1, &flush), NVME_OK);
		assert_int_equal(d.sq_head, i % 5);
	}
}

static void batches_cross_the_end_of_both_queues(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	struct nvme_completion completion;

	driver_create_pair(&d, 1, 7);
	for (unsigned int round = 0; round < 20; round++) {
		uint16_t first = d.next_cid;

		for (unsigned int i = 0; i < 5; i++)
			driver_put(&d, 1, &flush);
		driver_ring(&d, 1);
		for (unsigned int i = 0; i < 5; i++) {
			assert_true(driver_take(&d, 1, &completion));
			assert_int_equal(le16_get(completion.cid), first + i);
		}
		assert_false(driver_take(&d, 1, &completion));
		driver_ring_head(&d, 1);
	}
}

/* Commands run sixteen at a time, so one doorbell is several batches. */
static void a_long_queue_is_done_with_one_doorbell(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	struct nvme_completion completion;

	driver_create_pair(&d, 1, 64);
	for (unsigned int i = 0; i < 63; i++)
		driver_put(&d, 1, &flush);
	driver_ring(&d, 1);
	for (unsigned int i = 0; i < 63; i++)
		assert_true(driver_take(&d, 1, &completion));
	assert_false(driver_take(&d, 1, &completion));
}

/*
 * The completions of queue 1 as a polling host sees them, each time that some of them have been
 * written.
 */
static struct {
	uint16_t phase[8];      /* of the first entry */
	uint16_t last_id;       /* of the last one, when the first one's phase turned */
	unsigned int count;
} polled;

static void poll_the_queue(void *context, void *address, size_t length)
{
	const struct nvme_completion *cqe = bus_page(&d.bus, 3);
	uint16_t phase = le16_get(cqe[0].status) & 1;

	if ((char *)address < (char *)cqe || (char *)address >= (char *)(cqe + 16) || polled.count == 8)
		return;
	if (phase && (!polled.count || !polled.phase[polled.count - 1]))
		polled.last_id = le16_get(cqe[3].cid);
	polled.phase[polled.count++] = phase;
}

/*
 * [NVMe 1.4 4.6] The phase of the entry for which a host waits changes only when the whole run can
 * be read.
 */
static void a_run_of_completions_is_seen_when_all_of_it_is_there(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	uint16_t last = 0;

	memset(&polled, 0, sizeof(polled));
	driver_create_pair(&d, 1, 16);
	d.bus.phb.written = (struct host_write_hook){ poll_the_queue, NULL };
	for (unsigned int i = 0; i < 4; i++)
		last = driver_put(&d, 1, &flush);
	driver_ring(&d, 1);
	d.bus.phb.written = (struct host_write_hook){ NULL, NULL };
	assert_true(polled.count >= 2);
	assert_int_equal(polled.phase[0], 0);
	assert_int_equal(polled.phase[polled.count - 1], 1);
	assert_int_equal(polled.last_id, last);
}

static void a_full_completion_queue_holds_commands_back(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	struct nvme_command cq = driver_create_cq(1, 4), sq = driver_create_sq(1, 16);
	struct nvme_completion completion;

	d.queue[1] = (struct driver_queue){ .size = 16, .phase = true };
	assert_int_equal(driver_run(&d, 0, &cq), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &sq), NVME_OK);
	for (unsigned int i = 0; i < 8; i++)
		driver_put(&d, 1, &flush);
	driver_ring(&d, 1);
	/* The completion queue wraps by 4, the submission queue by 16. */
	d.queue[1].size = 4;
	for (unsigned int done = 0; done < 8;) {
		unsigned int n = 0;

		while (driver_take(&d, 1, &completion))
			n++;
		assert_int_equal(n, done < 6 ? 3 : 2);
		done += n;
		driver_ring_head(&d, 1);
	}
	assert_false(driver_take(&d, 1, &completion));
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY);
}

static void two_queues_share_a_completion_queue(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };
	struct nvme_command sq2 = driver_create_sq(2, 16);
	struct nvme_completion completion;

	driver_create_pair(&d, 1, 16);
	sq2.cdw11 = le32_make(1 << 16 | NVME_QUEUE_CONTIGUOUS);
	d.queue[2] = (struct driver_queue){ .size = 16, .phase = true };
	assert_int_equal(driver_run(&d, 0, &sq2), NVME_OK);
	driver_put(&d, 2, &flush);
	driver_ring(&d, 2);
	assert_true(driver_take(&d, 1, &completion));
	assert_int_equal(le16_get(completion.sq_id), 2);
	assert_int_equal(delete(NVME_ADMIN_DELETE_SQ, 1), NVME_OK);
	assert_int_equal(delete(NVME_ADMIN_DELETE_CQ, 1), NVME_INVALID_QUEUE_DELETION);
	assert_int_equal(delete(NVME_ADMIN_DELETE_SQ, 2), NVME_OK);
	assert_int_equal(delete(NVME_ADMIN_DELETE_CQ, 1), NVME_OK);
}

static void the_number_of_queues_bounds_their_ids(void **state)
{
	struct nvme_command set = {
		.opcode = NVME_ADMIN_SET_FEATURES,
		.cdw10 = le32_make(NVME_FEATURE_QUEUES),
		.cdw11 = le32_make(0x00000001),
	};
	struct nvme_command cq = driver_create_cq(2, 16);

	assert_int_equal(driver_run(&d, 0, &set), NVME_OK);
	assert_int_equal(d.result, 0x00000001);
	assert_int_equal(driver_run(&d, 0, &cq), NVME_INVALID_QUEUE_ID);
	set.cdw11 = le32_make(0x00400040);
	assert_int_equal(driver_run(&d, 0, &set), NVME_OK);
	assert_int_equal(d.result, 0x00010001);
	set.cdw11 = le32_make(0x0000ffff);
	assert_int_equal(driver_run(&d, 0, &set), NVME_INVALID_FIELD);
	assert_int_equal(driver_run(&d, 0, &cq), NVME_OK);
	set.cdw11 = le32_make(0);
	assert_int_equal(driver_run(&d, 0, &set), NVME_COMMAND_SEQUENCE_ERROR);
}

static void senseless_doorbells_change_nothing(void **state)
{
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(1) };

	driver_create_pair(&d, 1, 16);
	driver_doorbell(&d, 2, 16);        /* beyond the queue's end */
	driver_doorbell(&d, 2, 0xffff);
	driver_doorbell(&d, 3, 16);
	driver_doorbell(&d, 3, 3);        /* completions that do not exist */
	driver_doorbell(&d, 4, 1);        /* no such queue */
	driver_doorbell(&d, 5, 1);
	driver_doorbell(&d, 130, 1);
	bus_write32(d.fn, 0x1ffc, 1);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY);
	assert_int_equal(driver_run(&d, 1, &flush), NVME_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, driver_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bad_completion_queue_is_refused),
		TEST(a_bad_submission_queue_is_refused),
		TEST(queues_of_entry_sizes_that_we_lack_are_refused),
		TEST(a_completion_queue_in_use_is_not_deleted),
		TEST(queues_that_are_not_there_are_not_deleted),
		TEST(queues_go_round_and_the_phase_turns),
		TEST(batches_cross_the_end_of_both_queues),
		TEST(a_long_queue_is_done_with_one_doorbell),
		TEST(a_run_of_completions_is_seen_when_all_of_it_is_there),
		TEST(a_full_completion_queue_holds_commands_back),
		TEST(two_queues_share_a_completion_queue),
		TEST(the_number_of_queues_bounds_their_ids),
		TEST(senseless_doorbells_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
