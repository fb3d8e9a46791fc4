/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net-limit SIZE SECONDS KIND prints how many frames a second two cards could receive if they did
 * nothing but what cannot be left out: each frame is copied from a buffer to the wire and from the
 * wire to a buffer, because the cards may be in two processes; and there are descriptors. The driver
 * sends what it has received, as bench/net lets DPDK do. Nothing is translated, checked or counted,
 * and nobody is woken. The kinds are:
 *
 *   one     A single thread does everything in turn, so no line of a cache travels between processors.
 *   three   Each card has a thread, as ours do, and the driver one. A thread that finds nothing to do
 *           looks for a while, as the cards do, and then yields.
 *   poll    As three, but the driver's thread is as DPDK's: it is bound to processor 1, it never
 *           yields, and its buffers lie in no order, as those of a pool that was used for a while.
 *
 * net-limit line prints how many nanoseconds a cache line needs to another processor and back.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* As bench/net tells testpmd. */
#define SLOTS   1024u
#define FRAMES  768u     /* in flight from each card */
#define BURST   32u
#define BUFFER  2176u
#define WIRE    (1u << 20)
#define LINE    128u
#define LOOKS   500u

struct descriptor {
	unsigned char *buffer;
	uint32_t length;
	_Atomic(uint32_t) done;
};

struct queue {
	struct descriptor slot[SLOTS];
	_Alignas(LINE) _Atomic(uint64_t) tail;   /* what the driver has given */
	_Alignas(LINE) uint64_t head;            /* the card's */
	uint64_t next;                           /* the driver's */
};

/* What one card sends to the other. A piece holds one frame. */
struct wire {
	unsigned char *piece;
	_Alignas(LINE) _Atomic(uint64_t) sent;
	_Alignas(LINE) _Atomic(uint64_t) taken;
};

enum kind { ONE, THREE, POLL };

static struct card {
	struct queue tx, rx;
	struct wire out;
} cards[2];
static enum kind kind;
static uint32_t size, piece_size, pieces;
static _Atomic(uint64_t) received;
static _Atomic(bool) stop;

/* Waits a little, or yields if there was nothing to do for long. */
static void rest(unsigned int *looks)
{
	if (++*looks % LOOKS == 0)
		sched_yield();
#if defined(__x86_64__)
	else
		__builtin_ia32_pause();
#endif
}

static bool card_sends(struct card *card)
{
	struct queue *q = &card->tx;
	struct wire *wire = &card->out;
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_acquire), first = q->head;
	uint64_t sent = atomic_load_explicit(&wire->sent, memory_order_relaxed);
	uint64_t room = atomic_load_explicit(&wire->taken, memory_order_acquire) + pieces;

	for (; q->head < tail && sent < room && q->head - first < BURST; q->head++, sent++) {
		struct descriptor *d = &q->slot[q->head % SLOTS];
		unsigned char *to = wire->piece + sent % pieces * piece_size;

		memcpy(to, &d->length, sizeof(d->length));
		memcpy(to + sizeof(d->length), d->buffer, d->length);
		atomic_store_explicit(&d->done, 1, memory_order_release);
	}
	atomic_store_explicit(&wire->sent, sent, memory_order_release);
	return q->head != first;
}

static bool card_receives(struct card *card, struct wire *wire)
{
	struct queue *q = &card->rx;
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_acquire), first = q->head;
	uint64_t taken = atomic_load_explicit(&wire->taken, memory_order_relaxed);
	uint64_t sent = atomic_load_explicit(&wire->sent, memory_order_acquire);

	for (; q->head < tail && taken < sent && q->head - first < BURST; q->head++, taken++) {
		struct descriptor *d = &q->slot[q->head % SLOTS];
		const unsigned char *from = wire->piece + taken % pieces * piece_size;

		memcpy(&d->length, from, sizeof(d->length));
		memcpy(d->buffer, from + sizeof(d->length), d->length);
		atomic_store_explicit(&d->done, 1, memory_order_release);
	}
	atomic_store_explicit(&wire->taken, taken, memory_order_release);
	return q->head != first;
}

static void *run_card(void *context)
{
	struct card *card = context, *far = card == cards ? cards + 1 : cards;
	unsigned int looks = 0;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		bool moved = card_sends(card);

		if (card_receives(card, &far->out) || moved)
			looks = 0;
		else
			rest(&looks);
	}
	return NULL;
}

/* Gives the buffer that has been sent for the one that was received. Returns the frames of a burst. */
static uint64_t forward(struct queue *rx, struct queue *tx)
{
	uint64_t count;

	for (count = 0; count < BURST; count++) {
		struct descriptor *in = &rx->slot[rx->next % SLOTS], *out = &tx->slot[tx->next % SLOTS];
		unsigned char *buffer = in->buffer;

		if (!atomic_load_explicit(&in->done, memory_order_acquire) ||
		    !atomic_load_explicit(&out->done, memory_order_acquire))
			break;
		in->buffer = out->buffer;
		out->buffer = buffer;
		out->length = in->length;
		in->done = out->done = 0;
		rx->next++;
		tx->next++;
	}
	atomic_store_explicit(&rx->tail, rx->next + SLOTS - 1, memory_order_release);
	atomic_store_explicit(&tx->tail, tx->next, memory_order_release);
	return count;
}

static void bind_to(int processor)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void *run_driver(void *context)
{
	unsigned int looks = 0;

	(void)context;
	if (kind == POLL)
		bind_to(1);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		uint64_t count = forward(&cards[0].rx, &cards[1].tx) + forward(&cards[1].rx, &cards[0].tx);

		if (!count) {
			if (kind != POLL)
				rest(&looks);
			continue;
		}
		looks = 0;
		atomic_fetch_add_explicit(&received, count, memory_order_relaxed);
	}
	return NULL;
}

static unsigned char *memory(size_t bytes)
{
	unsigned char *at = malloc(bytes);

	if (!at)
		exit(1);
	memset(at, 1, bytes);
	return at;
}

static void fill(struct queue *q, bool is_tx)
{
	for (unsigned int i = 0; i < SLOTS; i++)
		q->slot[i] = (struct descriptor){ .buffer = memory(BUFFER), .length = size,
						  .done = is_tx && i >= FRAMES };
	q->next = is_tx ? FRAMES : 0;
	atomic_store(&q->tail, is_tx ? FRAMES : SLOTS - 1);
}

/* Does everything in turn. */
static void *run_all(void *context)
{
	(void)context;
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		for (unsigned int i = 0; i < 2; i++)
			card_sends(&cards[i]);
		for (unsigned int i = 0; i < 2; i++)
			card_receives(&cards[i], &cards[!i].out);
		atomic_fetch_add_explicit(&received, forward(&cards[0].rx, &cards[1].tx) +
						     forward(&cards[1].rx, &cards[0].tx), memory_order_relaxed);
	}
	return NULL;
}

static struct descriptor *slot_number(unsigned int n)
{
	struct card *card = &cards[n / SLOTS / 2];

	return &(n / SLOTS % 2 ? &card->rx : &card->tx)->slot[n % SLOTS];
}

/* Gives each descriptor the buffer of any other one. */
static void mix(void)
{
	unsigned int seed = 1;

	for (unsigned int n = 4 * SLOTS - 1; n; n--) {
		struct descriptor *a = slot_number(n), *b = slot_number((unsigned int)rand_r(&seed) % (n + 1));
		unsigned char *buffer = a->buffer;

		a->buffer = b->buffer;
		b->buffer = buffer;
	}
}

static void prepare(void)
{
	piece_size = (size + 4 + 63) / 64 * 64;
	pieces = WIRE / piece_size;
	for (unsigned int i = 0; i < 2; i++) {
		cards[i].out.piece = memory(WIRE);
		fill(&cards[i].tx, true);
		fill(&cards[i].rx, false);
	}
	if (kind == POLL)
		mix();
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define TRIPS 200000u

static _Alignas(LINE) _Atomic(unsigned int) line;

static void *answer(void *context)
{
	(void)context;
	bind_to(1);
	for (unsigned int i = 0; i < TRIPS; i++) {
		while (atomic_load(&line) != 2 * i + 1)
			;
		atomic_store(&line, 2 * i + 2);
	}
	return NULL;
}

static int measure_line(void)
{
	pthread_t thread;
	double began;

	bind_to(0);
	if (pthread_create(&thread, NULL, answer, NULL))
		return 1;
	began = now_s();
	for (unsigned int i = 0; i < TRIPS; i++) {
		atomic_store(&line, 2 * i + 1);
		while (atomic_load(&line) != 2 * i + 2)
			;
	}
	printf("%.0f\n", (now_s() - began) * 1e9 / TRIPS);
	pthread_join(thread, NULL);
	return 0;
}

static int measure(unsigned int seconds)
{
	void *(*const run[])(void *) = { run_card, run_card, run_driver };
	unsigned int threads = kind == ONE ? 1 : 3;
	pthread_t thread[3];
	double began;

	prepare();
	began = now_s();
	for (unsigned int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, kind == ONE ? run_all : run[i], &cards[i % 2]))
			return 1;
	sleep(seconds);
	/* On a busy machine a sleep is longer. */
	printf("%.0f\n", (double)atomic_load(&received) / (now_s() - began));
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const name[] = { [ONE] = "one", [THREE] = "three", [POLL] = "poll" };
	unsigned int seconds = argc == 4 ? (unsigned int)atoi(argv[2]) : 0;

	if (argc == 2 && !strcmp(argv[1], "line"))
		return measure_line();
	size = argc == 4 ? (uint32_t)atoi(argv[1]) : 0;
	while (argc == 4 && kind <= POLL && strcmp(argv[3], name[kind]))
		kind++;
	if (!seconds || size < 14 || size > BUFFER || kind > POLL) {
		fprintf(stderr, "usage: net-limit SIZE SECONDS one|three|poll\n       net-limit line\n");
		return 1;
	}
	return measure(seconds);
}
