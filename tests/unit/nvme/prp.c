/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shapes of PRPs. Data is written from pages in one order, and read back by one simple way, so that
 * a page in the wrong place shows.
 */
#include "testing.h"

#include <string.h>

#include "driver.h"

#define LIST_PAGE 20          /* pages 20..23 hold lists */
#define FIRST     64          /* pages of data */

static int setup(void **state)
{
	driver_start(&d, "size=4M");
	for (unsigned int i = 0; i < 1024; i++)
		memset(bus_page(&d.bus, FIRST + i), (int)(i % 251) + 1, BUS_PAGE_SIZE);
	return 0;
}

static uint16_t run(uint8_t opcode, uint64_t bytes, uint64_t prp1, uint64_t prp2)
{
	struct nvme_command command = driver_rw(opcode, 0, (uint32_t)(bytes / 512), prp1);

	command.prp2 = le64_make(prp2);
	return driver_run(&d, 1, &command);
}

/* Returns a byte at the beginning of the disk, by a read of one block. */
static unsigned char disk_byte(uint64_t offset)
{
	struct nvme_command command = driver_rw(NVME_IO_READ, offset / 512, 1, bus_ioba(30));

	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	return ((unsigned char *)bus_page(&d.bus, 30))[offset % 512];
}

static unsigned char page_byte(unsigned int page)
{
	return (unsigned char)(page % 251 + 1);
}

/*
 * Makes a list of every second page of data, which continues in the next page if this one is full.
 */
static void make_list(unsigned int list_page, unsigned int offset, unsigned int count)
{
	struct le64 *entry = driver_list(&d, list_page) + offset / 8;

	for (unsigned int i = 0; i < count; i++) {
		if ((uintptr_t)(entry + 1) % BUS_PAGE_SIZE == 0 && i + 1 < count) {
			*entry = le64_make(bus_ioba(++list_page));
			entry = driver_list(&d, list_page);
		}
		*entry++ = le64_make(bus_ioba(FIRST + 2 * (i + 1)));
	}
}

static void two_pages_need_no_list(void **state)
{
	assert_int_equal(run(NVME_IO_WRITE, 8192, bus_ioba(FIRST + 5), bus_ioba(FIRST + 2)), 0);
	assert_int_equal(disk_byte(0), page_byte(5));
	assert_int_equal(disk_byte(4095), page_byte(5));
	assert_int_equal(disk_byte(4096), page_byte(2));
	assert_int_equal(disk_byte(8191), page_byte(2));
}

static void the_first_page_may_start_anywhere(void **state)
{
	/* 512 bytes of page 0, then 3584 of page 3. */
	assert_int_equal(run(NVME_IO_WRITE, 4096, bus_ioba(FIRST) + 3584, bus_ioba(FIRST + 3)), 0);
	assert_int_equal(disk_byte(511), page_byte(0));
	assert_int_equal(disk_byte(512), page_byte(3));
	assert_int_equal(disk_byte(4095), page_byte(3));
	/* The offset is a multiple of a word, but not of a block. */
	assert_int_equal(run(NVME_IO_WRITE, 512, bus_ioba(FIRST + 1) + 4092,
			     bus_ioba(FIRST + 4)), 0);
	assert_int_equal(disk_byte(3), page_byte(1));
	assert_int_equal(disk_byte(4), page_byte(4));
}

static void a_list_names_the_pages_after_the_first(void **state)
{
	make_list(LIST_PAGE, 0, 7);
	assert_int_equal(run(NVME_IO_WRITE, 8 * 4096, bus_ioba(FIRST), bus_ioba(LIST_PAGE)), 0);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(disk_byte(4096 * i + 100), page_byte(2 * i));
}

static void a_list_may_start_inside_its_page(void **state)
{
	make_list(LIST_PAGE, 4096 - 16, 2);
	assert_int_equal(run(NVME_IO_WRITE, 3 * 4096, bus_ioba(FIRST),
			     bus_ioba(LIST_PAGE) + 4096 - 16), 0);
	assert_int_equal(disk_byte(4096), page_byte(2));
	assert_int_equal(disk_byte(8192), page_byte(4));
}

static void a_list_goes_on_in_the_next_page(void **state)
{
	make_list(LIST_PAGE, 4096 - 32, 40);
	assert_int_equal(run(NVME_IO_WRITE, 41 * 4096, bus_ioba(FIRST),
			     bus_ioba(LIST_PAGE) + 4096 - 32), 0);
	for (unsigned int i = 0; i < 41; i++)
		assert_int_equal(disk_byte(4096 * i), page_byte(2 * i));
}

/* The only entry in its first page points to the next page. */
static void a_list_may_begin_with_its_chain(void **state)
{
	make_list(LIST_PAGE, 4096 - 8, 3);
	assert_int_equal(run(NVME_IO_WRITE, 4 * 4096, bus_ioba(FIRST),
			     bus_ioba(LIST_PAGE) + 4096 - 8), 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(disk_byte(4096 * i), page_byte(2 * i));
}

static void the_longest_transfer_is_1_mib_from_any_offset(void **state)
{
	make_list(LIST_PAGE, 8, 256);
	assert_int_equal(run(NVME_IO_WRITE, MIB, bus_ioba(FIRST) + 2048,
			     bus_ioba(LIST_PAGE) + 8), 0);
	assert_int_equal(disk_byte(2047), page_byte(0));
	assert_int_equal(disk_byte(2048), page_byte(2));
	assert_int_equal(disk_byte(MIB - 1), page_byte(512));
	make_list(LIST_PAGE, 0, 256);
	assert_int_equal(run(NVME_IO_WRITE, MIB + 512, bus_ioba(FIRST), bus_ioba(LIST_PAGE)),
			 NVME_INVALID_FIELD);
	assert_true(d.refused_for_good);
}

static void reading_goes_the_same_ways(void **state)
{
	assert_int_equal(run(NVME_IO_WRITE, 8192, bus_ioba(FIRST + 1), bus_ioba(FIRST + 2)), 0);
	make_list(LIST_PAGE, 0, 2);
	assert_int_equal(run(NVME_IO_READ, 8192, bus_ioba(FIRST + 100) + 2048,
			     bus_ioba(LIST_PAGE)), 0);
	assert_int_equal(((unsigned char *)bus_page(&d.bus, FIRST + 100))[2047], page_byte(100));
	assert_int_equal(((unsigned char *)bus_page(&d.bus, FIRST + 100))[2048], page_byte(1));
	assert_int_equal(((unsigned char *)bus_page(&d.bus, FIRST + 2))[2047], page_byte(1));
	assert_int_equal(((unsigned char *)bus_page(&d.bus, FIRST + 2))[2048], page_byte(2));
	assert_int_equal(((unsigned char *)bus_page(&d.bus, FIRST + 4))[2047], page_byte(2));
	assert_int_equal(((unsigned char *)bus_page(&d.bus, FIRST + 4))[2048], page_byte(4));
}

/* One defect per case. */
static void misplaced_prps_are_refused(void **state)
{
	uint64_t list = bus_ioba(LIST_PAGE);

	make_list(LIST_PAGE, 0, 8);
	assert_int_equal(run(NVME_IO_WRITE, 512, bus_ioba(FIRST) + 2, 0), NVME_INVALID_PRP_OFFSET);
	assert_true(d.refused_for_good);
	assert_int_equal(run(NVME_IO_WRITE, 8192, bus_ioba(FIRST), bus_ioba(FIRST) + 512),
			 NVME_INVALID_PRP_OFFSET);
	assert_int_equal(run(NVME_IO_WRITE, 3 * 4096, bus_ioba(FIRST), list + 4),
			 NVME_INVALID_PRP_OFFSET);
	driver_list(&d, LIST_PAGE)[1] = le64_make(bus_ioba(FIRST) + 8);
	assert_int_equal(run(NVME_IO_WRITE, 3 * 4096, bus_ioba(FIRST), list),
			 NVME_INVALID_PRP_OFFSET);
	driver_list(&d, LIST_PAGE)[511] = le64_make(list + 8);
	assert_int_equal(run(NVME_IO_WRITE, 3 * 4096, bus_ioba(FIRST), list + 4096 - 8),
			 NVME_INVALID_PRP_OFFSET);
	/*
	 * The last entry of the page points to the list's beginning, and the whole list is there.
	 */
	make_list(LIST_PAGE, 4096 - 16, 3);
	memmove((char *)driver_list(&d, LIST_PAGE + 1) + 8, driver_list(&d, LIST_PAGE + 1), 16);
	driver_list(&d, LIST_PAGE)[511] = le64_make(bus_ioba(LIST_PAGE + 1) + 8);
	assert_int_equal(run(NVME_IO_WRITE, 4 * 4096, bus_ioba(FIRST), list + 4096 - 16),
			 NVME_INVALID_PRP_OFFSET);
	driver_list(&d, LIST_PAGE)[511] = le64_make(bus_ioba(LIST_PAGE + 1));
	assert_int_equal(run(NVME_IO_WRITE, 4 * 4096, bus_ioba(FIRST), list + 4096 - 16), NVME_OK);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY);
}

static void a_prp_beyond_what_is_needed_is_not_looked_at(void **state)
{
	assert_int_equal(run(NVME_IO_WRITE, 4096, bus_ioba(FIRST), UINT64_MAX), 0);
}

static void pages_of_64k_are_used_where_the_host_says_so(void **state)
{
	struct nvme_command *sqe = bus_page(&d.bus, 256);
	struct nvme_completion *cqe = bus_page(&d.bus, 272);

	driver_disable(&d);
	bus_write64(d.fn, NVME_REG_ASQ, bus_ioba(256));
	bus_write64(d.fn, NVME_REG_ACQ, bus_ioba(272));
	bus_write32(d.fn, NVME_REG_CC, 0x00460201);
	assert_int_equal(bus_read32(d.fn, NVME_REG_CSTS), NVME_CSTS_RDY);
	/* The admin queue has moved, so identify is built by hand. */
	memset(cqe, 0, BUS_PAGE_SIZE);
	*sqe = driver_identify(NVME_CNS_CONTROLLER, 0, bus_ioba(288) + 65536 - 2048);
	sqe->prp2 = le64_make(bus_ioba(320));
	driver_doorbell(&d, 0, 1);
	assert_int_equal(driver_status(cqe), NVME_OK);
	assert_memory_equal((char *)bus_page(&d.bus, 303) + 2048 + 4, "tce-0000:01:00.0    ", 20);
	/*
	 * The second page of 64K begins with the second half, which is zero except for the name and
	 * PSD0.
	 */
	assert_int_equal(*(uint16_t *)bus_page(&d.bus, 320), 2500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, driver_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_pages_need_no_list),
		TEST(the_first_page_may_start_anywhere),
		TEST(a_list_names_the_pages_after_the_first),
		TEST(a_list_may_start_inside_its_page),
		TEST(a_list_goes_on_in_the_next_page),
		TEST(a_list_may_begin_with_its_chain),
		TEST(the_longest_transfer_is_1_mib_from_any_offset),
		TEST(reading_goes_the_same_ways),
		TEST(misplaced_prps_are_refused),
		TEST(a_prp_beyond_what_is_needed_is_not_looked_at),
		TEST(pages_of_64k_are_used_where_the_host_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
