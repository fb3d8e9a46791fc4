/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A controller that continues elsewhere, with its queues, its waiting requests and its identity;
 * and the states that are refused.
 */
#include "testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"
#include "util/alloc.h"
#include "util/pack.h"

/* Offsets of words in the state, which follow config space in this order. */
#define VERSION_AT PCI_CONFIG_SAVED_SIZE
#define QUEUES_AT  (VERSION_AT + 4)
#define SERIAL_AT  (VERSION_AT + 20)
#define MSIX_AT    (SERIAL_AT + 20 + 16)
#define CC_AT      (MSIX_AT + 1040 + 4)
#define ADMIN_CQ_AT (CC_AT + 12 + 16)

static struct driver from, to;
static char path[] = "/tmp/nvme-state-XXXXXX";
static char options[128];
static struct pack saved;

static int setup(void **state)
{
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0 && !ftruncate(fd, 1 << 20));
	close(fd);
	snprintf(options, sizeof(options), "file=%s,queues=4", path);
	driver_start(&from, options);
	driver_init(&to, options);
	return 0;
}

static int teardown(void **state)
{
	driver_fini(&from);
	driver_fini(&to);
	pack_fini(&saved);
	unlink(path);
	return 0;
}

static void save(void)
{
	pack_clear(&saved);
	assert_int_equal(function_save(from.fn, &saved), 0);
}

static int restore(struct function *fn)
{
	struct unpack in = unpack_begin(saved.bytes, saved.size);
	struct function_saved *judged;
	int r = function_judge(fn, &in, &judged);

	if (!r)
		function_apply(fn, judged);
	return r;
}

/* The guest's memory, with the driver in it, travels, too. */
static void travel(void)
{
	save();
	assert_int_equal(restore(to.fn), 0);
	memcpy(to.bus.arena, from.bus.arena, (size_t)BUS_PAGE_COUNT * BUS_PAGE_SIZE);
	memcpy(to.queue, from.queue, sizeof(to.queue));
	to.next_cid = from.next_cid;
}

static uint16_t rw(struct driver *driver, uint8_t opcode, uint64_t block)
{
	struct nvme_command command = driver_rw(opcode, block, 1, bus_ioba(DRIVER_DATA));

	return driver_run(driver, 1, &command);
}

static void queues_go_on_where_they_were(void **state)
{
	for (unsigned int i = 0; i < 37; i++) {
		memset(bus_page(&from.bus, DRIVER_DATA), (int)i, DRIVER_BLOCK);
		assert_int_equal(rw(&from, NVME_IO_WRITE, i), 0);
	}
	travel();
	for (unsigned int i = 0; i < 37; i++) {
		assert_int_equal(rw(&to, NVME_IO_READ, i), 0);
		assert_int_equal(*(char *)bus_page(&to.bus, DRIVER_DATA), i);
	}
	assert_int_equal(bus_read32(to.fn, NVME_REG_CC), bus_read32(from.fn, NVME_REG_CC));
	assert_int_equal(bus_read64(to.fn, NVME_REG_ASQ), bus_read64(from.fn, NVME_REG_ASQ));
}

static void completions_that_nobody_has_taken_are_taken_there(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_WRITE, 1, 1, bus_ioba(DRIVER_DATA));
	struct nvme_completion completion;

	for (unsigned int i = 0; i < 3; i++)
		driver_put(&from, 1, &command);
	driver_ring(&from, 1);
	travel();
	for (unsigned int i = 0; i < 3; i++)
		assert_true(driver_take(&to, 1, &completion));
	assert_false(driver_take(&to, 1, &completion));
	driver_ring_head(&to, 1);
	assert_int_equal(rw(&to, NVME_IO_READ, 0), 0);
}

/*
 * There are more commands than the completion queue has room for. The rest waits, here and there.
 */
static void commands_that_wait_for_room_are_run_there(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_READ, 1, 1, bus_ioba(DRIVER_DATA));
	struct nvme_completion completion;
	unsigned int done = 0;

	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 10; i++)
			driver_put(&from, 1, &command);
		driver_ring(&from, 1);
	}
	travel();
	for (unsigned int round = 0; round < 4; round++) {
		while (driver_take(&to, 1, &completion))
			done++;
		driver_ring_head(&to, 1);
	}
	assert_int_equal(done, 20);
}

static void an_event_request_waits_there(void **state)
{
	struct nvme_command request = { .opcode = NVME_ADMIN_ASYNC_EVENT };
	struct nvme_completion completion;
	uint16_t cid = driver_put(&from, 0, &request);

	driver_ring(&from, 0);
	travel();
	assert_false(driver_take(&to, 0, &completion));
	/* A doorbell of a queue that does not exist causes an event. */
	bus_write32(to.fn, NVME_REG_DOORBELLS + 8 * 3, 1);
	assert_true(driver_take(&to, 0, &completion));
	assert_int_equal(le16_get(completion.cid), cid);
}

static void the_disk_is_the_same_to_the_guest(void **state)
{
	struct nvme_command identify = driver_identify(1, 0, bus_ioba(DRIVER_DATA));
	char before[BUS_PAGE_SIZE];

	driver_fini(&to);
	snprintf(options, sizeof(options), "file=%s,queues=4,serial=another", path);
	driver_init(&to, options);
	assert_int_equal(driver_run(&from, 0, &identify), 0);
	memcpy(before, bus_page(&from.bus, DRIVER_DATA), sizeof(before));
	travel();
	memset(bus_page(&to.bus, DRIVER_DATA), 0, BUS_PAGE_SIZE);
	assert_int_equal(driver_run(&to, 0, &identify), 0);
	assert_memory_equal(bus_page(&to.bus, DRIVER_DATA), before, sizeof(before));
}

static void what_is_saved_again_is_the_same(void **state)
{
	struct pack first;

	assert_int_equal(rw(&from, NVME_IO_READ, 0), 0);
	save();
	first = saved;
	saved = (struct pack){ 0 };
	pack_bytes(&saved, first.bytes, first.size);
	assert_int_equal(restore(to.fn), 0);
	pack_clear(&saved);
	assert_int_equal(function_save(to.fn, &saved), 0);
	assert_int_equal(saved.size, first.size);
	/* The power-on time in the health log continues. */
	assert_memory_equal(saved.bytes, first.bytes, ADMIN_CQ_AT);
	pack_fini(&first);
}

static void is_refused(int error)
{
	uint32_t cc = bus_read32(to.fn, NVME_REG_CC);

	assert_int_equal(restore(to.fn), error);
	assert_int_equal(bus_read32(to.fn, NVME_REG_CC), cc);
}

static void defect_at(size_t at, uint8_t value, int error)
{
	save();
	saved.bytes[at] = value;
	is_refused(error);
}

static void a_state_that_cannot_be_is_refused(void **state)
{
	defect_at(0, 0x77, -EINVAL);              /* another vendor */
	defect_at(VERSION_AT, 2, -EPROTONOSUPPORT);
	defect_at(QUEUES_AT, 5, -EINVAL);
	defect_at(CC_AT, 0, -EPROTO);             /* ready, but not enabled */
	defect_at(CC_AT + 4, 0, -EPROTO);         /* queues, but not ready */
	defect_at(ADMIN_CQ_AT + 3, 1, -EPROTO);   /* a queue that is too long */
	defect_at(ADMIN_CQ_AT + 4, 99, -EPROTO);  /* a vector that does not exist */
	defect_at(ADMIN_CQ_AT + 9, 0xff, -EPROTO);     /* a head beyond the end */
	defect_at(ADMIN_CQ_AT + 16, 1, -EPROTO);  /* an address inside a page */
	save();
	saved.size--;
	is_refused(-EPROTO);
	save();
	pack_u16(&saved, 0);
	is_refused(-EPROTO);
	save();
	assert_int_equal(restore(to.fn), 0);
}

static void no_memory_for_the_state_changes_nothing(void **state)
{
	save();
	for (int n = 0; n < 2; n++) {
		alloc_fail_after(n);
		is_refused(-ENOMEM);
		alloc_fail_after(-1);
	}
	assert_int_equal(restore(to.fn), 0);
}

static void a_function_without_saved_state_says_so(void **state)
{
	struct function *other = bus_function(&to.bus, "dmatest", "");

	save();
	assert_int_equal(function_save(other, &saved), -EOPNOTSUPP);
	assert_int_equal(restore(other), -EOPNOTSUPP);
	function_free(other);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(queues_go_on_where_they_were),
		T(completions_that_nobody_has_taken_are_taken_there),
		T(commands_that_wait_for_room_are_run_there),
		T(an_event_request_waits_there),
		T(the_disk_is_the_same_to_the_guest),
		T(what_is_saved_again_is_the_same),
		T(a_state_that_cannot_be_is_refused),
		T(no_memory_for_the_state_changes_nothing),
		T(a_function_without_saved_state_says_so),
	};

	return cmocka_run_group_tests_name("NVMe state", tests, NULL, NULL);
}
