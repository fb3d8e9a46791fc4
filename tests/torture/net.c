/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads share a ring, and two cards a wire that each of them starts anew now and then. Frames
 * are whole and in order, none is lost while both stay, and none is received in another session.
 */
#include "torture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/port.h"
#include "net/ring.h"
#include "util/os.h"

#define LENGTH_MAX 3000

/* Fills a frame that follows from its number, and checks one. */
static uint32_t fill(unsigned char *frame, uint64_t number)
{
	uint32_t length = (uint32_t)(16 + number * 37 % (LENGTH_MAX - 16));

	memset(frame, (int)(number % 251), length);
	memcpy(frame, &number, sizeof(number));
	return length;
}

static bool is_whole(const unsigned char *frame, uint32_t length)
{
	unsigned char wanted[LENGTH_MAX];
	uint64_t number;

	memcpy(&number, frame, sizeof(number));
	return fill(wanted, number) == length && !memcmp(frame, wanted, length);
}

static uint64_t number_of(const unsigned char *frame)
{
	uint64_t number;

	memcpy(&number, frame, sizeof(number));
	return number;
}

struct shared_ring {
	struct net_ring producer, consumer;
	_Atomic(uint64_t) sent, taken;
	_Atomic(uint64_t) received;
};

static void producer(struct torture_thread *self)
{
	struct shared_ring *shared = self->context;
	unsigned char frame[LENGTH_MAX];

	for (uint64_t n = 1; torture_goes_on();) {
		uint32_t length = fill(frame, n);
		int r = net_ring_put(&shared->producer, &(struct iovec){ frame, length }, 1, length);

		TORTURE_CHECK(!r || r == -EAGAIN);
		if (r)
			os_yield();
		n += !r;
	}
}

static void consumer(struct torture_thread *self)
{
	struct shared_ring *shared = self->context;
	uint64_t last = 0;

	while (torture_goes_on()) {
		const void *frame;
		uint32_t length;

		if (!TORTURE_CHECK(net_ring_peek(&shared->consumer, &frame, &length) == 0))
			return;
		if (!frame) {
			os_yield();
			continue;
		}
		TORTURE_CHECK(is_whole(frame, length));
		TORTURE_CHECK(number_of(frame) == ++last);
		net_ring_pop(&shared->consumer);
		atomic_fetch_add(&shared->received, 1);
	}
}

/* (F17) One mapping of the ring is used by both, so TSAN sees every access. */
static void a_ring_keeps_frames_whole_and_in_order(void **state)
{
	static struct shared_ring shared;
	int fd = memfd_create("ring", 0);
	unsigned char *data = mmap(NULL, 2 * NET_RING_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_int_equal(ftruncate(fd, NET_RING_SIZE), 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_ptr_not_equal(mmap(data + i * NET_RING_SIZE, NET_RING_SIZE, PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_FIXED, fd, 0), MAP_FAILED);
	close(fd);
	shared.producer = (struct net_ring){ .mine = &shared.sent, .other = &shared.taken, .data = data };
	shared.consumer = (struct net_ring){ .mine = &shared.taken, .other = &shared.sent, .data = data };
	TORTURE_WANTS(shared.received);
	torture_run(&shared, producer, 1, consumer, 1, NULL);
	munmap(data, 2 * NET_RING_SIZE);
}

struct card {
	struct net_port *port;
	struct card *far;
	_Atomic(uint32_t) ready;
	_Atomic(uint64_t) sent;        /* the last number that was sent for certain */
	uint64_t last;                 /* the last number that was received, or that must not come any more */
};

static struct card cards[2];
static _Atomic(uint64_t) received, restarts, sleeps;

static void ready(void *context)
{
	atomic_fetch_add(&((struct card *)context)->ready, 1);
}

/* (F18) What was sent before a session begins does not come in it. */
static void start_anew(struct card *card)
{
	net_port_stop(card->port);
	card->last = atomic_load(&card->far->sent);
	TORTURE_CHECK(net_port_start(card->port) == 0);
	atomic_fetch_add(&restarts, 1);
}

static void receive(struct card *card)
{
	const void *frame;
	uint32_t length;

	while ((frame = net_port_peek(card->port, &length))) {
		TORTURE_CHECK(is_whole(frame, length));
		TORTURE_CHECK(number_of(frame) > card->last);
		card->last = number_of(frame);
		net_port_pop(card->port);
		atomic_fetch_add(&received, 1);
	}
}

static void send(struct card *card, unsigned int count)
{
	unsigned char frame[LENGTH_MAX];

	while (count--) {
		uint64_t number = atomic_load(&card->sent) + 1;
		uint32_t length = fill(frame, number);

		if (net_port_send(card->port, &(struct iovec){ frame, length }, 1))
			return;
		atomic_store(&card->sent, number);
	}
}

/* (F13) A card that sleeps until it is called, with nothing to find when it looks late, missed none. */
static void sleep_until_ready(struct card *card)
{
	uint32_t seen = atomic_load(&card->ready);
	uint32_t length;

	if (net_port_poll(card->port))
		return;
	atomic_fetch_add(&sleeps, 1);
	for (unsigned int i = 0; i < 5000 && atomic_load(&card->ready) == seen && torture_waits_on(); i++)
		os_sleep_us(100);
	if (atomic_load(&card->ready) == seen && torture_waits_on())
		TORTURE_CHECK(!net_port_peek(card->port, &length));
}

static void drive(struct torture_thread *self)
{
	struct card *card = &cards[self->number];

	while (torture_goes_on()) {
		send(card, torture_below(self, 40));
		receive(card);
		if (torture_chance(self, 400))
			start_anew(card);
		else if (torture_chance(self, 4))
			sleep_until_ready(card);
	}
}

/* (F11) (F12) */
static void a_wire_carries_frames_while_ends_come_and_go(void **state)
{
	static const struct net_port_handler handler = { ready };
	char directory[] = "/tmp/spapr-tce-torture-XXXXXX", path[64];

	assert_non_null(mkdtemp(directory));
	for (unsigned int i = 0; i < 2; i++) {
		struct net_port_init init = {
			.spec = i ? "peer:0" : "peer:1", .group = (int)i, .shared_directory = directory,
		};

		cards[i].far = &cards[!i];
		assert_int_equal(net_port_open(&init, &handler, &cards[i], &cards[i].port, NULL), 0);
		assert_int_equal(net_port_start(cards[i].port), 0);
	}
	TORTURE_WANTS(received);
	TORTURE_WANTS(restarts);
	TORTURE_WANTS(sleeps);
	torture_run(NULL, drive, 2, NULL);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(net_port_stats(cards[i].port).errors, 0);
		net_port_close(cards[i].port);
	}
	snprintf(path, sizeof(path), "%s/wire-0-1", directory);
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_keeps_frames_whole_and_in_order),
		cmocka_unit_test(a_wire_carries_frames_while_ends_come_and_go),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
