/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames in a stream that arrives in pieces, and streams with mistakes. */
#include "testing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/framing.h"
#include "ports.h"

static struct framing framing;
static unsigned char stream[2 * FRAMING_SIZE];
static uint32_t size;

static int begin(void **state)
{
	framing_reset(&framing);
	framing.runts = 0;
	size = 0;
	return 0;
}

static void append(uint32_t length, uint32_t number)
{
	framing_put_length(stream + size, length);
	if (length >= 5)
		fill_frame(stream + size + FRAMING_PREFIX, length, number);
	size += FRAMING_PREFIX + length;
}

/* Gives the next bytes of the stream. */
static uint32_t give(uint32_t from, uint32_t count)
{
	uint32_t room;
	void *to = framing_room(&framing, &room);

	count = count < room ? count : room;
	memcpy(to, stream + from, count);
	framing_add(&framing, count);
	return count;
}

static bool take(uint32_t length, uint32_t number)
{
	const void *frame;
	uint32_t got;

	assert_int_equal(framing_peek(&framing, &frame, &got), 0);
	if (!frame)
		return false;
	assert_int_equal(got, length);
	assert_true(is_frame(frame, length, number));
	framing_pop(&framing);
	return true;
}

/* (F19) */
static void every_cut_gives_the_same_frames(void **state)
{
	static const uint32_t lengths[] = { 14, 60, 1514, 15, 9000 };

	for (size_t i = 0; i < ARRAY_COUNT(lengths); i++)
		append(lengths[i], (uint32_t)i);
	for (uint32_t piece = 1; piece < 3000; piece += 1 + piece / 7) {
		uint32_t n = 0;

		framing_reset(&framing);
		for (uint32_t at = 0; at < size;) {
			at += give(at, piece < size - at ? piece : size - at);
			while (n < ARRAY_COUNT(lengths) && take(lengths[n], n))
				n++;
		}
		assert_int_equal(n, ARRAY_COUNT(lengths));
		assert_false(framing_is_torn(&framing));
	}
}

/* (F19) */
static void the_buffer_holds_frames_of_the_largest_size(void **state)
{
	uint32_t at = 0, n = 0;

	for (uint32_t i = 0; i < 7; i++)
		append(NET_FRAME_SIZE_MAX, i);
	while (at < size) {
		at += give(at, size - at);
		while (n < 7 && take(NET_FRAME_SIZE_MAX, n))
			n++;
	}
	assert_int_equal(n, 7);
}

/* (F19) */
static void a_length_that_no_frame_has_ends_the_stream(void **state)
{
	static const uint32_t bad[] = { NET_FRAME_SIZE_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff };
	const void *frame;
	uint32_t length;

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		framing_reset(&framing);
		framing_put_length(stream, bad[i]);
		give(0, FRAMING_PREFIX - 1);
		assert_int_equal(framing_peek(&framing, &frame, &length), 0);
		assert_null(frame);
		give(FRAMING_PREFIX - 1, 1);
		assert_int_equal(framing_peek(&framing, &frame, &length), -EPROTO);
		assert_null(frame);
	}
}

static void a_short_frame_is_left_out_and_counted(void **state)
{
	append(0, 0);
	append(13, 0);
	append(14, 7);
	append(4, 0);
	give(0, size);
	assert_true(take(14, 7));
	assert_false(take(0, 0));
	assert_int_equal(framing.runts, 3);
	assert_false(framing_is_torn(&framing));
}

static void half_a_frame_is_torn(void **state)
{
	append(60, 1);
	give(0, size - 1);
	assert_false(take(60, 1));
	assert_true(framing_is_torn(&framing));
	give(size - 1, 1);
	assert_true(take(60, 1));
	assert_false(framing_is_torn(&framing));
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_cut_gives_the_same_frames),
		TEST(the_buffer_holds_frames_of_the_largest_size),
		TEST(a_length_that_no_frame_has_ends_the_stream),
		TEST(a_short_frame_is_left_out_and_counted),
		TEST(half_a_frame_is_torn),
	};

	return cmocka_run_group_tests_name("framing", tests, NULL, NULL);
}
