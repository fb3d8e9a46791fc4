/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as bytes: each comes back as it was, similar ones are short, and damaged ones are refused. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording/codec.h"
#include "recording/varint.h"

static struct codec writer, reader;

static int begin(void **state)
{
	codec_begin(&writer, 1);
	codec_begin(&reader, 1);
	return 0;
}

static void assert_same(const struct recording_record *a, const struct recording_record *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->number, b->number);
	assert_memory_equal(a->field, b->field, sizeof(a->field));
	assert_memory_equal(a->in, b->in, sizeof(a->in));
	assert_memory_equal(a->out, b->out, sizeof(a->out));
}

/* Fills what lies behind the bytes that count. */
static void fill_rest(struct recording_record *record, int value)
{
	memset(record->in + record->field[RECORDING_IN], value, sizeof(record->in) - record->field[RECORDING_IN]);
	memset(record->out + record->field[RECORDING_OUT], value, sizeof(record->out) - record->field[RECORDING_OUT]);
}

/* Writes the record, reads it, and returns how many bytes it took. */
static size_t travel(const struct recording_record *record)
{
	uint8_t bytes[RECORDING_RECORD_MAX];
	const size_t size = codec_encode(&writer, record, bytes);
	struct recording_record back, wanted = *record;

	assert_in_range(size, 1, sizeof(bytes));
	assert_int_equal(codec_decode(&reader, bytes, size, &back), size);
	fill_rest(&wanted, 0);
	assert_same(&wanted, &back);
	return size;
}

static void numbers_of_all_lengths_come_back(void **state)
{
	for (unsigned int bits = 0; bits <= 64; bits++) {
		const uint64_t value = bits ? UINT64_MAX >> (64 - bits) : 0;
		uint8_t bytes[VARINT_MAX];
		uint64_t back = ~value;
		const uint8_t *end = varint_put(bytes, value);

		assert_int_equal(end - bytes, bits ? (bits + 6) / 7 : 1);
		assert_ptr_equal(varint_get(bytes, end, &back), end);
		assert_true(back == value);
		assert_null(varint_get(bytes, end - 1, &back));
	}
}

static void a_number_of_more_than_64_bits_is_refused(void **state)
{
	uint8_t bytes[VARINT_MAX + 1];
	uint64_t value;

	memset(bytes, 0xff, sizeof(bytes));
	assert_null(varint_get(bytes, bytes + sizeof(bytes), &value));
	bytes[VARINT_MAX - 1] = 2;
	assert_null(varint_get(bytes, bytes + sizeof(bytes), &value));
	bytes[VARINT_MAX - 1] = 1;
	assert_ptr_equal(varint_get(bytes, bytes + sizeof(bytes), &value), bytes + VARINT_MAX);
}

static void zigzag_puts_small_negative_numbers_beside_small_positive_ones(void **state)
{
	static const uint64_t values[] = { 0, 1, 2, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MIN };

	assert_int_equal(varint_zigzag((uint64_t)-1), 1);
	assert_int_equal(varint_zigzag(1), 2);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_true(varint_unzigzag(varint_zigzag(values[i])) == values[i]);
}

static uint64_t any(void)
{
	const unsigned int bits = (unsigned int)random() % 65;
	const uint64_t value = (uint64_t)random() << 40 ^ (uint64_t)random() << 20 ^ (uint64_t)random();

	return bits ? value >> (64 - bits) : 0;
}

static void fill(uint8_t *bytes, uint64_t *size)
{
	*size = (uint64_t)random() % 3 ? 0 : (uint64_t)random() % (RECORDING_BYTES_MAX + 1);
	for (uint64_t i = 0; i < *size; i++)
		bytes[i] = (uint8_t)any();
}

static void random_records_come_back(void **state)
{
	const unsigned int seed = (unsigned int)getpid();
	uint64_t number = 0;

	printf("# seed %u\n", seed);
	srandom(seed);
	for (unsigned int i = 0; i < 20000; i++) {
		struct recording_record record = { .kind = 1 + (unsigned int)random() % (RECORDING_KINDS - 1) };

		number += random() % 4 ? 1 : 1 + (uint64_t)random() % 100000;
		record.number = number;
		for (unsigned int f = 0; f < RECORDING_FIELDS; f++)
			record.field[f] = random() % 2 ? any() : 0;
		fill(record.in, &record.field[RECORDING_IN]);
		fill(record.out, &record.field[RECORDING_OUT]);
		fill_rest(&record, (int)random() & 0xff);
		travel(&record);
	}
}

/* The structure of MAP, as a guest's kernel moves through its memory. */
static struct recording_record map_of(uint64_t n)
{
	struct recording_record record = { .kind = RECORDING_IOCTL, .number = n + 1 };
	const uint64_t words[4] = { 32 | 3ull << 32, 0x7f0000000000 + n * 65536, 0x800000000000000 + n * 65536, 65536 };

	record.field[RECORDING_THREAD] = 4711;
	record.field[RECORDING_FD] = 12;
	record.field[RECORDING_CALL] = 17;
	record.field[RECORDING_REQUEST] = 0x3b71;
	record.field[RECORDING_IN] = record.field[RECORDING_OUT] = sizeof(words);
	memcpy(record.in, words, sizeof(words));
	memcpy(record.out, words, sizeof(words));
	return record;
}

static void a_call_that_resembles_the_last_one_takes_few_bytes(void **state)
{
	struct recording_record first = map_of(0), again = map_of(1), other = map_of(2);

	assert_in_range(travel(&first), 20, 80);
	/* Kind, slot, no field, two words that grow by 64 KiB, no answer of its own. */
	assert_int_equal(travel(&again), 3 + 1 + 2 * 3 + 1);
	other.field[RECORDING_RESULT] = (uint64_t)-22;
	assert_int_equal(travel(&other), 3 + 1 + 1 + 2 * 3 + 1);
}

static void the_longest_record_fits(void **state)
{
	struct recording_record record = { .kind = RECORDING_IOCTL, .number = UINT64_MAX };

	for (unsigned int f = 0; f < RECORDING_FIELDS; f++)
		record.field[f] = 1ull << 63;
	record.field[RECORDING_IN] = record.field[RECORDING_OUT] = RECORDING_BYTES_MAX;
	for (unsigned int i = 7; i < RECORDING_BYTES_MAX; i += 8)
		record.in[i] = 0x80;
	assert_in_range(travel(&record), RECORDING_BYTES_MAX * 2, RECORDING_RECORD_MAX);
}

static void a_record_that_is_cut_is_none(void **state)
{
	const struct recording_record record = map_of(0);
	uint8_t bytes[RECORDING_RECORD_MAX];
	const size_t size = codec_encode(&writer, &record, bytes);
	struct recording_record back;

	for (size_t cut = 0; cut < size; cut++) {
		codec_begin(&reader, 1);
		assert_int_equal(codec_decode(&reader, bytes, cut, &back), 0);
	}
}

/* Returns what the reader makes of the bytes at the start of a block. */
static size_t decode(const uint8_t *bytes, size_t size)
{
	struct recording_record back;

	codec_begin(&reader, 1);
	return codec_decode(&reader, bytes, size, &back);
}

#define DECODE(...) decode((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void bytes_that_no_writer_writes_are_no_record(void **state)
{
	const uint8_t in = 1 << RECORDING_IN;

	/* A close that is as the one before it, of which there was none. */
	assert_int_equal(DECODE(RECORDING_CLOSE, 0, 0, 0), 4);
	/* A kind that is none, and a bit that has no meaning. */
	assert_int_equal(DECODE(0, 0, 0, 0), 0);
	assert_int_equal(DECODE(RECORDING_KINDS, 0, 0, 0), 0);
	assert_int_equal(DECODE(0x80 | RECORDING_CLOSE, 0, 0, 0), 0);
	/* A number that does not grow, or wraps. */
	assert_int_equal(DECODE(CODEC_IS_AHEAD | RECORDING_CLOSE, 2, 0, 0, 0), 5);
	assert_int_equal(DECODE(CODEC_IS_AHEAD | RECORDING_CLOSE, 0, 0, 0, 0), 0);
	codec_begin(&reader, 2);
	assert_int_equal(codec_decode(&reader, (const uint8_t[]){ CODEC_IS_AHEAD | RECORDING_CLOSE, 0xff, 0xff, 0xff, 0xff,
				      0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0 }, 14, &(struct recording_record){ 0 }), 0);
	/* A slot that is none. */
	assert_int_equal(DECODE(RECORDING_IOCTL, CODEC_IOCTL_SLOTS - 1, 0, 0, 0), 5);
	assert_int_equal(DECODE(RECORDING_IOCTL, CODEC_IOCTL_SLOTS, 0, 0, 0), 0);
	/* More bytes than are kept: 513, as zigzag; then a word behind the bytes, and a byte behind them. */
	assert_int_equal(DECODE(RECORDING_OPEN, in, 0x82, 0x08, 0, 0), 0);
	assert_int_equal(DECODE(RECORDING_OPEN, in, 8 * 2, 2, 2, 0), 0);
	assert_int_equal(DECODE(RECORDING_OPEN, in, 1 * 2, 1, 2, 0), 6);
	assert_int_equal(DECODE(RECORDING_OPEN, in, 1 * 2, 1, 0x80, 4, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(numbers_of_all_lengths_come_back, begin),
		cmocka_unit_test_setup(a_number_of_more_than_64_bits_is_refused, begin),
		cmocka_unit_test_setup(zigzag_puts_small_negative_numbers_beside_small_positive_ones, begin),
		cmocka_unit_test_setup(random_records_come_back, begin),
		cmocka_unit_test_setup(a_call_that_resembles_the_last_one_takes_few_bytes, begin),
		cmocka_unit_test_setup(the_longest_record_fits, begin),
		cmocka_unit_test_setup(a_record_that_is_cut_is_none, begin),
		cmocka_unit_test_setup(bytes_that_no_writer_writes_are_no_record, begin),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
