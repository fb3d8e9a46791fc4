/* SPDX-License-Identifier: BSD-2-Clause */
/* A recording is read in order, and one that is damaged is refused with the place. Each bad file has one defect. */
#include "testing.h"

#include <errno.h>
#include <stdio.h>

#include "build.h"
#include "recording/reader.h"

static struct built built;
static struct recording recording;
static char why[RECORDING_WHY_SIZE];

/* Two processes: 1 closes 1 to 3 and 6, 2 closes 4 and 5; the file has the second block of 1 last. */
static int build_two(void **state)
{
	build_header(&built, "device dmatest\n", strlen("device dmatest\n"));
	build_closes(&built, 1, 1, 3);
	build_closes(&built, 2, 4, 2);
	build_closes(&built, 1, 6, 1);
	build_end(&built, 6);
	return 0;
}

static int parse(bool may_be_partial)
{
	why[0] = '\0';
	return recording_parse(&recording, built.bytes, built.size, may_be_partial, why);
}

/* The file is refused, and the line says where and why. */
static void assert_refused(size_t offset, unsigned int after, const char *reason)
{
	char wanted[RECORDING_WHY_SIZE];

	snprintf(wanted, sizeof(wanted), "damaged at offset %zu, after record %u: %s", offset, after, reason);
	assert_int_equal(parse(false), -EPROTO);
	assert_string_equal(why, wanted);
}

static void assert_order(const unsigned int *numbers, unsigned int count)
{
	const struct recording_record *record;
	uint32_t process;

	for (unsigned int i = 0; i < count; i++) {
		record = recording_next(&recording, &process);
		assert_non_null(record);
		assert_int_equal(record->number, numbers[i]);
		assert_int_equal(record->field[RECORDING_FD], numbers[i]);
		assert_int_equal(process, numbers[i] == 4 || numbers[i] == 5 ? 2 : 1);
	}
	assert_null(recording_next(&recording, &process));
}

static void records_of_all_processes_come_in_their_order(void **state)
{
	static const unsigned int numbers[] = { 1, 2, 3, 4, 5, 6 };

	assert_int_equal(parse(false), 0);
	assert_string_equal(recording.options, "device dmatest\n");
	assert_int_equal(recording.count, 6);
	assert_false(recording.is_partial);
	assert_order(numbers, 6);
	recording_rewind(&recording);
	assert_order(numbers, 6);
	recording_fini(&recording);
}

static void blocks_may_lie_in_another_order_than_their_records(void **state)
{
	static const unsigned int numbers[] = { 4, 5, 7, 8, 9 };

	build_header(&built, "", 0);
	build_closes(&built, 1, 7, 3);
	build_closes(&built, 2, 4, 2);
	build_end(&built, 9);
	assert_int_equal(parse(false), 0);
	assert_int_equal(recording.missing, 4);
	assert_order(numbers, 5);
	recording_fini(&recording);
}

static void every_bit_that_is_flipped_is_noticed(void **state)
{
	for (size_t bit = 0; bit < built.size * 8; bit++) {
		built.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(parse(false), -EPROTO);
		assert_memory_equal(why, "damaged at offset ", strlen("damaged at offset "));
		built.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(parse(false), 0);
	recording_fini(&recording);
}

static void a_file_that_is_cut_anywhere_is_refused(void **state)
{
	const size_t whole = built.size;

	for (built.size = 0; built.size < whole; built.size++) {
		const int r = parse(false);

		assert_true(r == -EPROTO || r == -ENODATA);
	}
}

static void the_end_may_be_missing_if_the_caller_says_so(void **state)
{
	static const unsigned int numbers[] = { 1, 2, 3, 4, 5, 6 };
	char wanted[RECORDING_WHY_SIZE];

	built.size = built.block;
	snprintf(wanted, sizeof(wanted), "damaged at offset %zu, after record 6: its end is missing: the run goes on, was "
		 "killed, or the file was cut", built.size);
	assert_int_equal(parse(false), -ENODATA);
	assert_string_equal(why, wanted);
	assert_int_equal(parse(true), 0);
	assert_true(recording.is_partial);
	assert_int_equal(recording.torn, 0);
	assert_order(numbers, 6);
	recording_fini(&recording);
}

static void a_block_that_is_cut_at_the_end_is_skipped_only_then(void **state)
{
	static const unsigned int numbers[] = { 1, 2, 3, 4, 5 };
	size_t last;

	build_header(&built, "", 0);
	build_closes(&built, 1, 1, 3);
	build_closes(&built, 2, 4, 2);
	last = built.size;
	build_closes(&built, 1, 6, 1);
	for (built.size--; built.size > last; built.size--) {
		assert_int_equal(parse(false), -EPROTO);
		assert_int_equal(parse(true), 0);
		assert_int_equal(recording.torn, built.size - last);
		assert_order(numbers, 5);
		recording_fini(&recording);
	}
}

static void a_torn_block_between_others_is_skipped_only_then(void **state)
{
	static const unsigned int numbers[] = { 1, 2, 3, 6 };
	size_t torn;

	build_header(&built, "", 0);
	build_closes(&built, 1, 1, 3);
	torn = built.size;
	build_closes(&built, 2, 4, 2);
	built.size -= 3;
	build_closes(&built, 1, 6, 1);
	assert_int_equal(parse(false), -EPROTO);
	assert_int_equal(parse(true), 0);
	assert_int_equal(recording.torn, built.block - torn);
	assert_order(numbers, 4);
	recording_fini(&recording);
}

static void what_begins_as_no_block_is_skipped_never(void **state)
{
	built.bytes[built.block] ^= 1;
	assert_int_equal(parse(true), -EPROTO);
}

static void another_file_is_no_recording(void **state)
{
	memset(built.bytes, 'x', 64);
	assert_refused(0, 0, "it is no recording, which spapr-tce run --record writes");
	built.size = 0;
	assert_refused(0, 0, "the header ends early");
}

static void set_header(size_t at, uint32_t value)
{
	memcpy(built.bytes + at, &value, sizeof(value));
	built_sign_header(&built);
}

static void another_version_is_refused(void **state)
{
	set_header(offsetof(struct recording_header, version), 2);
	assert_refused(0, 0, "it has version 2, and this program reads version 1");
}

static void another_order_of_bytes_is_refused(void **state)
{
	set_header(offsetof(struct recording_header, byte_order), 2);
	assert_refused(0, 0, "its machine had another order of bytes");
}

static void options_that_end_behind_the_file_are_refused(void **state)
{
	const uint32_t size = 60000;

	memcpy(built.bytes + offsetof(struct recording_header, options_size), &size, sizeof(size));
	assert_refused(0, 0, "the options end early");
}

static void options_with_a_byte_0_are_refused(void **state)
{
	build_header(&built, "a\0b", 3);
	build_end(&built, 0);
	assert_refused(sizeof(struct recording_header), 0, "the options have a byte 0");
}

static void bytes_behind_the_end_are_refused(void **state)
{
	built.size += 5;
	assert_refused(built.size - 5, 6, "a block ends early");
	assert_int_equal(parse(true), -EPROTO);
}

static void another_end_is_refused(void **state)
{
	build_end(&built, 6);
	assert_refused(built.block, 6, "the end comes again");
}

/* The program was writing it when the run ended. */
static void a_block_behind_the_end_is_read_if_the_end_counts_it(void **state)
{
	static const unsigned int numbers[] = { 1, 2, 3, 4, 5, 6 };

	build_header(&built, "", 0);
	build_closes(&built, 2, 4, 2);
	build_end(&built, 8);
	build_closes(&built, 1, 1, 3);
	build_closes(&built, 1, 6, 1);
	assert_int_equal(parse(false), 0);
	assert_int_equal(recording.missing, 2);
	assert_order(numbers, 6);
	recording_fini(&recording);
}

static void a_block_behind_the_end_that_the_end_does_not_count_is_refused(void **state)
{
	build_closes(&built, 1, 7, 1);
	assert_refused(built.block, 7, "the block lies behind the end, which does not count it");
	build_header(&built, "", 0);
	build_closes(&built, 1, 1, 3);
	build_end(&built, 4);
	build_closes(&built, 2, 1, 2);
	assert_refused(built.block, 2, "the block lies behind the end, which does not count it");
}

static void an_end_that_counts_too_few_records_is_refused(void **state)
{
	built.size = built.block;
	build_end(&built, 5);
	assert_refused(built.block, 6, "the end counts 5 records, and there are 6");
}

static void numbers_of_a_process_must_rise(void **state)
{
	built.size = built.block;
	build_closes(&built, 2, 5, 1);
	assert_refused(built.block, 6, "the block does not follow the one before of process 2");
}

static void a_block_has_a_process_and_records(void **state)
{
	built.size = built.block;
	build_closes(&built, 0, 7, 1);
	assert_refused(built.block, 6, "the block does not follow the one before of process 0");
	built.size = built.block;
	build_closes(&built, 1, 7, 0);
	assert_refused(built.block, 6, "the block does not follow the one before of process 1");
}

/* A file with as many is whole. */
static void more_processes_than_can_be_read_are_no_damage(void **state)
{
	build_header(&built, "", 0);
	for (uint32_t process = 1; process <= 4096; process++)
		build_closes(&built, process, process, 1);
	assert_int_equal(parse(true), 0);
	assert_int_equal(recording.stream_count, 4096);
	recording_fini(&recording);
	build_closes(&built, 4097, 4097, 1);
	assert_int_equal(parse(true), -E2BIG);
	assert_string_equal(why, "it has more than 4096 processes, and no more can be read");
}

static void a_record_that_is_none_is_refused_with_its_own_place(void **state)
{
	/* A close, then a kind that is none. */
	static const uint8_t records[] = { RECORDING_CLOSE, 0, 0, 0, RECORDING_KINDS, 0, 0, 0 };
	struct recording_block block = { .kind = RECORDING_BLOCK, .size = sizeof(records), .first = 7, .process = 1 };

	built.size = built.block;
	block.count = 2;
	build_block(&built, block, records);
	assert_refused(built.block + sizeof(block) + 4, 7, "this is no record");
}

static void bytes_behind_the_records_of_a_block_are_refused(void **state)
{
	static const uint8_t records[] = { RECORDING_CLOSE, 0, 0, 0, 0 };
	struct recording_block block = { .kind = RECORDING_BLOCK, .size = sizeof(records), .first = 7, .process = 1 };

	built.size = built.block;
	block.count = 1;
	build_block(&built, block, records);
	assert_refused(built.block + sizeof(block) + 4, 7, "the block has more bytes than records");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(records_of_all_processes_come_in_their_order, build_two),
		cmocka_unit_test_setup(blocks_may_lie_in_another_order_than_their_records, build_two),
		cmocka_unit_test_setup(every_bit_that_is_flipped_is_noticed, build_two),
		cmocka_unit_test_setup(a_file_that_is_cut_anywhere_is_refused, build_two),
		cmocka_unit_test_setup(the_end_may_be_missing_if_the_caller_says_so, build_two),
		cmocka_unit_test_setup(a_block_that_is_cut_at_the_end_is_skipped_only_then, build_two),
		cmocka_unit_test_setup(a_torn_block_between_others_is_skipped_only_then, build_two),
		cmocka_unit_test_setup(what_begins_as_no_block_is_skipped_never, build_two),
		cmocka_unit_test_setup(another_file_is_no_recording, build_two),
		cmocka_unit_test_setup(another_version_is_refused, build_two),
		cmocka_unit_test_setup(another_order_of_bytes_is_refused, build_two),
		cmocka_unit_test_setup(options_that_end_behind_the_file_are_refused, build_two),
		cmocka_unit_test_setup(options_with_a_byte_0_are_refused, build_two),
		cmocka_unit_test_setup(bytes_behind_the_end_are_refused, build_two),
		cmocka_unit_test_setup(another_end_is_refused, build_two),
		cmocka_unit_test_setup(a_block_behind_the_end_is_read_if_the_end_counts_it, build_two),
		cmocka_unit_test_setup(a_block_behind_the_end_that_the_end_does_not_count_is_refused, build_two),
		cmocka_unit_test_setup(an_end_that_counts_too_few_records_is_refused, build_two),
		cmocka_unit_test_setup(numbers_of_a_process_must_rise, build_two),
		cmocka_unit_test_setup(a_block_has_a_process_and_records, build_two),
		cmocka_unit_test_setup(more_processes_than_can_be_read_are_no_damage, build_two),
		cmocka_unit_test_setup(a_record_that_is_none_is_refused_with_its_own_place, build_two),
		cmocka_unit_test_setup(bytes_behind_the_records_of_a_block_are_refused, build_two),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
