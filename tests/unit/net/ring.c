/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring whose other side may write anything. */
#include "ports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/ring.h"

static _Atomic(uint64_t) sent, taken;
static struct net_ring producer, consumer;
static unsigned char *data;

static int begin(void **state)
{
	int fd = memfd_create("ring", 0);

	if (ftruncate(fd, NET_RING_SIZE))
		return 1;
	data = mmap(NULL, 2 * NET_RING_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned int i = 0; i < 2; i++)
		mmap(data + i * NET_RING_SIZE, NET_RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	producer = (struct net_ring){ .mine = &sent, .other = &taken, .data = data };
	consumer = (struct net_ring){ .mine = &taken, .other = &sent, .data = data };
	net_ring_reset(&producer);
	net_ring_reset(&consumer);
	return close(fd);
}

static int end(void **state)
{
	return munmap(data, 2 * NET_RING_SIZE);
}

static int put(uint32_t length, uint32_t number)
{
	static unsigned char frame[NET_FRAME_SIZE_MAX];

	fill_frame(frame, length, number);
	return net_ring_put(&producer, &(struct iovec){ frame, length }, 1, length);
}

static void expect(uint32_t length, uint32_t number)
{
	const void *frame;
	uint32_t got = 0;

	assert_int_equal(net_ring_peek(&consumer, &frame, &got), 0);
	assert_non_null(frame);
	assert_int_equal(got, length);
	assert_true(is_frame(frame, length, number));
	net_ring_pop(&consumer);
}

static void expect_none(int answer)
{
	const void *frame = data;
	uint32_t length;

	assert_int_equal(net_ring_peek(&consumer, &frame, &length), answer);
	assert_null(frame);
}

/* (F17) The lengths are such that frames cross the end of the ring at many places. */
static void frames_come_out_as_they_went_in(void **state)
{
	unsigned int in = 0, out = 0, seed = 1;

	while (out < 20000) {
		unsigned int burst = (unsigned int)rand_r(&seed) % 40;

		while (burst-- && put(14 + in * 37 % 9000, in) == 0)
			in++;
		burst = (unsigned int)rand_r(&seed) % 40;
		for (; burst-- && out < in; out++)
			expect(14 + out * 37 % 9000, out);
	}
	for (; out < in; out++)
		expect(14 + out * 37 % 9000, out);
	expect_none(0);
}

static void a_full_ring_takes_no_more_until_half_of_it_is_free(void **state)
{
	unsigned int n = 0;

	while (put(1500, n) == 0)
		n++;
	assert_int_equal(n, NET_RING_SIZE / (8 + 1504));
	assert_false(net_ring_has_room(&producer));
	assert_false(net_ring_gave_room(&consumer));
	for (unsigned int i = 0; i <= n / 2; i++)
		expect(1500, i);
	assert_true(net_ring_has_room(&producer));
	assert_true(net_ring_gave_room(&consumer));
	assert_int_equal(put(NET_FRAME_SIZE_MAX, 0), 0);
}

static void the_largest_frame_fits(void **state)
{
	for (unsigned int i = 0; i < 40; i++) {
		assert_int_equal(put(NET_FRAME_SIZE_MAX, i), 0);
		expect(NET_FRAME_SIZE_MAX, i);
	}
}

/* (F16) */
static void an_impossible_position_of_the_producer_is_found(void **state)
{
	static const uint64_t bad[] = { NET_RING_SIZE + 8, 4, UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 63 };

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		atomic_store(&sent, bad[i]);
		expect_none(-EPROTO);
	}
	atomic_store(&sent, 0);
	expect_none(0);
}

/* (F16) */
static void an_impossible_length_is_found(void **state)
{
	static const uint32_t bad[] = { 0, 13, 61, NET_FRAME_SIZE_MAX + 1, UINT32_MAX, UINT32_MAX - 7 };

	assert_int_equal(put(50, 0), 0);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		memcpy(data, &bad[i], sizeof(bad[i]));
		expect_none(-EPROTO);
	}
	memcpy(data, &(uint32_t){ 50 }, sizeof(uint32_t));
	expect(50, 0);
}

/* (F16) A length is read once: that it changes later has no effect. */
static void a_length_that_changes_later_has_no_effect(void **state)
{
	const void *frame;
	uint32_t length;

	assert_int_equal(put(50, 0), 0);
	assert_int_equal(put(60, 1), 0);
	assert_int_equal(net_ring_peek(&consumer, &frame, &length), 0);
	memcpy(data, &(uint32_t){ 20 }, sizeof(uint32_t));
	expect(50, 0);
	expect(60, 1);
}

/* (F16) */
static void an_impossible_position_of_the_consumer_is_found(void **state)
{
	unsigned int n = 0;

	while (put(1500, n) == 0)
		n++;
	atomic_store(&taken, UINT64_C(1) << 40);
	assert_int_equal(put(1500, n), -EPROTO);
	assert_false(net_ring_has_room(&producer));
	atomic_store(&taken, 0);
	assert_int_equal(put(1500, n), -EAGAIN);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_come_out_as_they_went_in),
		TEST(a_full_ring_takes_no_more_until_half_of_it_is_free),
		TEST(the_largest_frame_fits),
		TEST(an_impossible_position_of_the_producer_is_found),
		TEST(an_impossible_length_is_found),
		TEST(a_length_that_changes_later_has_no_effect),
		TEST(an_impossible_position_of_the_consumer_is_found),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
