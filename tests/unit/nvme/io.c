/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of the NVM command set, on a disk in memory and on one in a file. */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver.h"

#define DISK_BLOCKS 2048

static char path[] = "/tmp/stce-io-XXXXXX";
static int file;

static int setup_file(void **state)
{
	char options[64];

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	file = mkstemp(path);
	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, DISK_BLOCKS * DRIVER_BLOCK), 0);
	snprintf(options, sizeof(options), "file=%s", path);
	driver_start(&d, options);
	return 0;
}

static int teardown_file(void **state)
{
	close(file);
	unlink(path);
	return driver_teardown(state);
}

static char *data(unsigned int page)
{
	return bus_page(&d.bus, DRIVER_DATA + page);
}

static uint64_t data_ioba(unsigned int page)
{
	return bus_ioba(DRIVER_DATA + page);
}

/* Writes one page of a pattern to eight blocks from start on. */
static void write_page(uint64_t start, char byte)
{
	struct nvme_command command = driver_rw(NVME_IO_WRITE, start, 8, data_ioba(0));

	memset(data(0), byte, BUS_PAGE_SIZE);
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
}

/* Reads eight blocks from start on into page 1. */
static const char *read_page(uint64_t start)
{
	struct nvme_command command = driver_rw(NVME_IO_READ, start, 8, data_ioba(1));

	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	return data(1);
}

static void assert_bytes(const char *bytes, char byte, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(bytes[i], byte);
}

static void what_is_written_is_read(void **state)
{
	write_page(16, 'w');
	assert_bytes(read_page(16), 'w', BUS_PAGE_SIZE);
	assert_bytes(read_page(24), 0, BUS_PAGE_SIZE);
	assert_bytes(read_page(12) + 2048, 'w', 2048);
	assert_int_equal(COUNTED(&d.bus.counters, dma_read_bytes) >= 4096, 1);
}

static void a_file_holds_what_was_written(void **state)
{
	char bytes[BUS_PAGE_SIZE];

	write_page(40, 'f');
	assert_int_equal(pread(file, bytes, sizeof(bytes), 40 * 512), sizeof(bytes));
	assert_bytes(bytes, 'f', sizeof(bytes));
	memset(bytes, 'g', sizeof(bytes));
	assert_int_equal(pwrite(file, bytes, sizeof(bytes), 48 * 512), sizeof(bytes));
	assert_bytes(read_page(48), 'g', sizeof(bytes));
}

static void the_last_block_is_there_and_the_next_is_not(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_READ, DISK_BLOCKS - 1, 1, data_ioba(0));

	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	command.cdw12 = le32_make(1);
	assert_int_equal(driver_run(&d, 1, &command), NVME_LBA_OUT_OF_RANGE);
	assert_true(d.refused_for_good);
	command = driver_rw(NVME_IO_WRITE, DISK_BLOCKS, 1, data_ioba(0));
	assert_int_equal(driver_run(&d, 1, &command), NVME_LBA_OUT_OF_RANGE);
	command = driver_rw(NVME_IO_WRITE, UINT64_MAX, 1, data_ioba(0));
	assert_int_equal(driver_run(&d, 1, &command), NVME_LBA_OUT_OF_RANGE);
	command = driver_rw(NVME_IO_WRITE, bit64(55), 8, data_ioba(0));
	assert_int_equal(driver_run(&d, 1, &command), NVME_LBA_OUT_OF_RANGE);
	command = driver_rw(NVME_IO_WRITE_ZEROES, DISK_BLOCKS - 1, 2, 0);
	assert_int_equal(driver_run(&d, 1, &command), NVME_LBA_OUT_OF_RANGE);
}

static void only_namespace_1_exists(void **state)
{
	static const uint32_t bad[] = { 0, 2, NVME_NSID_ALL };
	struct nvme_command flush = { .opcode = NVME_IO_FLUSH, .nsid = le32_make(NVME_NSID_ALL) };

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct nvme_command command = driver_rw(NVME_IO_READ, 0, 1, data_ioba(0));

		command.nsid = le32_make(bad[i]);
		assert_int_equal(driver_run(&d, 1, &command), NVME_INVALID_NAMESPACE);
	}
	assert_int_equal(driver_run(&d, 1, &flush), NVME_OK);
	flush.nsid = le32_make(0);
	assert_int_equal(driver_run(&d, 1, &flush), NVME_INVALID_NAMESPACE);
}

static void unknown_and_malformed_commands_are_refused(void **state)
{
	struct nvme_command command = driver_rw(0x04, 0, 1, data_ioba(0));

	assert_int_equal(driver_run(&d, 1, &command), NVME_INVALID_OPCODE);
	command.opcode = 0xff;
	assert_int_equal(driver_run(&d, 1, &command), NVME_INVALID_OPCODE);
	command.opcode = NVME_IO_READ;
	command.flags = 0x80;
	assert_int_equal(driver_run(&d, 1, &command), NVME_INVALID_FIELD);
	command.flags = 0x02;
	assert_int_equal(driver_run(&d, 1, &command), NVME_INVALID_FIELD);
}

static void write_zeroes_leaves_zeros_and_nothing_else(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_WRITE_ZEROES, 4, 8, 0);

	write_page(0, 'z');
	write_page(8, 'z');
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	assert_bytes(read_page(0), 'z', 2048);
	assert_bytes(read_page(4), 0, BUS_PAGE_SIZE);
	assert_bytes(read_page(8) + 2048, 'z', 2048);
	/* Also with the permission to deallocate. */
	command.cdw12 = le32_make(7 | NVME_ZEROES_DEALLOCATE);
	write_page(4, 'y');
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	assert_bytes(read_page(4), 0, BUS_PAGE_SIZE);
}

/* It is longer than a transfer may be, because it carries no data. */
static void write_zeroes_may_be_long(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_WRITE_ZEROES, 0, DISK_BLOCKS, 0);

	write_page(0, 'z');
	write_page(DISK_BLOCKS - 8, 'z');
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	assert_bytes(read_page(0), 0, BUS_PAGE_SIZE);
	assert_bytes(read_page(DISK_BLOCKS - 8), 0, BUS_PAGE_SIZE);
}

static struct nvme_command dsm(unsigned int ranges, uint32_t attributes)
{
	return (struct nvme_command){
		.opcode = NVME_IO_DATASET_MANAGEMENT,
		.nsid = le32_make(1),
		.prp1 = le64_make(data_ioba(2)),
		.cdw10 = le32_make(ranges - 1),
		.cdw11 = le32_make(attributes),
	};
}

static void set_range(unsigned int i, uint64_t start, uint32_t blocks)
{
	struct nvme_dsm_range *range = (void *)data(2);

	range[i] = (struct nvme_dsm_range){
		.start = le64_make(start),
		.blocks = le32_make(blocks),
	};
}

static void discard_gives_blocks_of_a_file_back(void **state)
{
	struct nvme_command command = dsm(2, NVME_DSM_DEALLOCATE);
	struct stat before, after;

	/* The blocks are 64K apart, because a file system may free no smaller part. */
	for (unsigned int i = 0; i < 512; i += 128)
		write_page(i, 'd');
	assert_int_equal(fstat(file, &before), 0);
	set_range(0, 0, 128);
	set_range(1, 256, 128);
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	assert_int_equal(fstat(file, &after), 0);
	assert_int_equal(before.st_blocks, 2 * after.st_blocks);
	assert_int_equal(after.st_size, DISK_BLOCKS * DRIVER_BLOCK);
	assert_bytes(read_page(0), 0, BUS_PAGE_SIZE);
	assert_bytes(read_page(128), 'd', BUS_PAGE_SIZE);
	assert_bytes(read_page(256), 0, BUS_PAGE_SIZE);
}

static void one_range_beyond_the_disk_discards_nothing(void **state)
{
	struct nvme_command command = dsm(3, NVME_DSM_DEALLOCATE);

	write_page(0, 'd');
	set_range(0, 0, 8);
	set_range(1, DISK_BLOCKS, 1);
	set_range(2, 0, 0);
	assert_int_equal(driver_run(&d, 1, &command), NVME_LBA_OUT_OF_RANGE);
	assert_bytes(read_page(0), 'd', BUS_PAGE_SIZE);
}

static void dataset_hints_are_taken_and_ignored(void **state)
{
	struct nvme_command command = dsm(1, 0);

	write_page(0, 'd');
	set_range(0, 0, 8);
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	assert_bytes(read_page(0), 'd', BUS_PAGE_SIZE);
}

static void a_full_list_of_ranges_is_taken(void **state)
{
	struct nvme_command command = dsm(256, NVME_DSM_DEALLOCATE);

	for (unsigned int i = 0; i < 256; i++)
		set_range(i, i * 8, 8);
	write_page(DISK_BLOCKS - 8, 'd');
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	assert_bytes(read_page(DISK_BLOCKS - 8), 0, BUS_PAGE_SIZE);
}

static void compare_sees_a_single_byte(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_COMPARE, 0, 8, data_ioba(0));

	write_page(0, 'c');
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	data(0)[4095] = 'd';
	assert_int_equal(driver_run(&d, 1, &command), NVME_COMPARE_FAILURE);
	assert_true(d.refused_for_good);
}

static void fua_and_a_cache_that_is_off_write_through(void **state)
{
	struct nvme_command write = driver_rw(NVME_IO_WRITE, 0, 8, data_ioba(0));
	struct nvme_command off = {
		.opcode = NVME_ADMIN_SET_FEATURES,
		.cdw10 = le32_make(NVME_FEATURE_WRITE_CACHE),
	};

	write.cdw12 = le32_make(7 | (uint32_t)NVME_RW_FUA);
	assert_int_equal(driver_run(&d, 1, &write), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &off), NVME_OK);
	write.cdw12 = le32_make(7);
	assert_int_equal(driver_run(&d, 1, &write), NVME_OK);
}

/* The file shrinks while the disk is in use. */
static void a_file_that_lost_blocks_is_a_read_error(void **state)
{
	struct nvme_command command = driver_rw(NVME_IO_READ, 100, 8, data_ioba(0));

	assert_int_equal(ftruncate(file, 102 * 512), 0);
	assert_int_equal(driver_run(&d, 1, &command), NVME_UNRECOVERED_READ);
	assert_false(d.refused_for_good);
	command = driver_rw(NVME_IO_READ, 94, 8, data_ioba(0));
	assert_int_equal(driver_run(&d, 1, &command), NVME_OK);
	command = driver_rw(NVME_IO_COMPARE, 100, 8, data_ioba(0));
	assert_int_equal(driver_run(&d, 1, &command), NVME_UNRECOVERED_READ);
}

static void a_read_only_file_refuses_every_write(void **state)
{
	struct nvme_command id = driver_identify(NVME_CNS_NAMESPACE, 1, data_ioba(0));
	struct nvme_command commands[] = {
		driver_rw(NVME_IO_WRITE, 0, 8, data_ioba(0)),
		driver_rw(NVME_IO_WRITE_ZEROES, 0, 8, 0),
		dsm(1, NVME_DSM_DEALLOCATE),
	};
	struct nvme_command read = driver_rw(NVME_IO_READ, 0, 8, data_ioba(0));
	char options[64];

	driver_fini(&d);
	snprintf(options, sizeof(options), "file=%s,readonly=on", path);
	driver_start(&d, options);
	set_range(0, 0, 8);
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++) {
		assert_int_equal(driver_run(&d, 1, &commands[i]), NVME_WRITE_PROTECTED);
		assert_true(d.refused_for_good);
	}
	assert_int_equal(driver_run(&d, 1, &read), NVME_OK);
	assert_int_equal(driver_run(&d, 0, &id), NVME_OK);
	assert_int_equal(((struct nvme_identify_namespace *)data(0))->nsattr, 1);
}

static void blocks_of_4096_are_what_commands_count_in(void **state)
{
	struct nvme_command id = driver_identify(NVME_CNS_NAMESPACE, 1, data_ioba(0));
	struct nvme_command write = driver_rw(NVME_IO_WRITE, 255, 1, data_ioba(0));
	const struct nvme_identify_namespace *namespace = (void *)data(0);

	driver_fini(&d);
	driver_start(&d, "size=1M,block=4096");
	assert_int_equal(driver_run(&d, 0, &id), NVME_OK);
	namespace = (void *)data(0);
	assert_int_equal(le64_get(namespace->nsze), 256);
	assert_int_equal(le32_get(namespace->lbaf[0]), 12 << 16);
	assert_int_equal(driver_run(&d, 1, &write), NVME_OK);
	write.cdw10 = le32_make(256);
	assert_int_equal(driver_run(&d, 1, &write), NVME_LBA_OUT_OF_RANGE);
}

#define MEMORY(name) DRIVER_TEST(name, "size=1M")
#define FILED(name) { #name "_in_a_file", name, setup_file, teardown_file, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMORY(what_is_written_is_read),
		FILED(what_is_written_is_read),
		FILED(a_file_holds_what_was_written),
		MEMORY(the_last_block_is_there_and_the_next_is_not),
		MEMORY(only_namespace_1_exists),
		MEMORY(unknown_and_malformed_commands_are_refused),
		MEMORY(write_zeroes_leaves_zeros_and_nothing_else),
		FILED(write_zeroes_leaves_zeros_and_nothing_else),
		MEMORY(write_zeroes_may_be_long),
		FILED(discard_gives_blocks_of_a_file_back),
		MEMORY(one_range_beyond_the_disk_discards_nothing),
		MEMORY(dataset_hints_are_taken_and_ignored),
		MEMORY(a_full_list_of_ranges_is_taken),
		MEMORY(compare_sees_a_single_byte),
		MEMORY(fua_and_a_cache_that_is_off_write_through),
		FILED(fua_and_a_cache_that_is_off_write_through),
		FILED(a_file_that_lost_blocks_is_a_read_error),
		FILED(a_read_only_file_refuses_every_write),
		MEMORY(blocks_of_4096_are_what_commands_count_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
