/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The source makes frames for measuring: broadcasts with an IPv4 UDP packet from one of 16 ports,
 * so that a card that spreads flows over its queues has flows to spread, and with their number
 * behind the headers. With a rate it makes as many as that allows since its start; of what the card
 * was too late for it keeps a burst and counts the rest as dropped. Frames sent to it are dropped
 * by design, as by a sink.
 */
#include "net/backends.h"

#include <endian.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/os.h"
#include "util/os_futex.h"

#define SIZE_MIN       60u                      /* of an Ethernet frame without its FCS */
#define RATE_MAX       UINT64_C(1000000000)
#define NS_PER_SECOND  UINT64_C(1000000000)
#define BURST          256u
#define FLOWS          16u
#define FIRST_PORT     1024u

#define ETHERNET_SIZE  14u
#define IP_SIZE        20u
#define SOURCE_PORT_AT (ETHERNET_SIZE + IP_SIZE)
#define NUMBER_AT      (ETHERNET_SIZE + IP_SIZE + 8)

struct source {
	struct net_port port;
	uint32_t size;
	uint64_t rate;                  /* frames a second; 0: no limit */
	uint64_t started_ns, made;      /* frames made, and those that were too late */
	/* The thread that calls ready() when the next frame is due; only with a rate. */
	pthread_t thread;
	_Atomic(uint32_t) word;         /* changes when `due_ns` or `stop` does */
	_Atomic(uint64_t) due_ns;       /* 0: nobody waits */
	_Atomic(bool) stop;
	unsigned char frame[NET_FRAME_SIZE_MAX];
};

/* From the local experimental range to everybody; documentation addresses [RFC 5737]. */
static const unsigned char head[NUMBER_AT] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00,
	0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
	0, 0, 0, 9, 0, 0, 0, 0,
};

static struct source *source_of(struct net_port *port)
{
	return container_of(port, struct source, port);
}

static bool parse_number(const char *text, const char *end, uint64_t least, uint64_t most, uint64_t *value)
{
	uint64_t n = 0;

	if (text == end)
		return false;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9' || n > most)
			return false;
		n = n * 10 + (uint64_t)(*text - '0');
	}
	*value = n;
	return n >= least && n <= most;
}

static bool parse(const char *argument, uint64_t *size, uint64_t *rate)
{
	const char *at = strchr(argument, '@');
	const char *end = argument + strlen(argument);

	*rate = 0;
	return parse_number(argument, at ? at : end, SIZE_MIN, NET_FRAME_SIZE_MAX, size) &&
	       (!at || parse_number(at + 1, end, 1, RATE_MAX, rate));
}

static int check(const struct net_port_init *init, const char *argument, char *why)
{
	uint64_t size, rate;

	if (parse(argument, &size, &rate))
		return 0;
	return net_refuse(why, -EINVAL, "net \"%s\": it must be source:SIZE or source:SIZE@RATE, with %u to %u bytes "
			  "and 1 to %llu frames a second", init->spec, SIZE_MIN, NET_FRAME_SIZE_MAX,
			  (unsigned long long)RATE_MAX);
}

static void put16(unsigned char *to, uint64_t value)
{
	to[0] = (unsigned char)(value >> 8);
	to[1] = (unsigned char)value;
}

/* [RFC 1071] The header's checksum field is 0 so far. */
static void put_checksum(unsigned char *ip)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < IP_SIZE; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum);
}

static int create(const struct net_port_init *init, const char *argument, struct net_port **port)
{
	struct source *source;
	uint64_t size, rate = 0;

	(void)init;
	if (!parse(argument, &size, &rate))
		return -EINVAL;
	source = ALLOC(struct source);
	if (!source)
		return -ENOMEM;
	source->rate = rate;
	source->size = (uint32_t)size;
	memcpy(source->frame, head, sizeof(head));
	put16(source->frame + ETHERNET_SIZE + 2, size - ETHERNET_SIZE);
	put16(source->frame + SOURCE_PORT_AT + 4, size - SOURCE_PORT_AT);
	put_checksum(source->frame + ETHERNET_SIZE);
	*port = &source->port;
	return 0;
}

/* Returns when frame number n is due. */
static uint64_t due(const struct source *source, uint64_t n)
{
	return source->started_ns + n / source->rate * NS_PER_SECOND + n % source->rate * NS_PER_SECOND / source->rate;
}

static void *run(void *context)
{
	struct source *source = context;

	while (!atomic_load(&source->stop)) {
		uint32_t seen = atomic_load(&source->word);
		uint64_t wanted = atomic_load(&source->due_ns), now = os_now_ns();

		if (atomic_load(&source->stop))
			break;
		if (!wanted || now < wanted)
			os_futex_wait_for(&source->word, seen, wanted ? wanted - now : NS_PER_SECOND);
		else if (atomic_compare_exchange_strong(&source->due_ns, &wanted, 0))
			net_ready(&source->port);
	}
	return NULL;
}

static void wake(struct source *source)
{
	atomic_fetch_add(&source->word, 1);
	os_futex_wake(&source->word);
}

static int start(struct net_port *port)
{
	struct source *source = source_of(port);

	source->started_ns = os_now_ns();
	source->made = 0;
	atomic_store(&source->stop, false);
	atomic_store(&source->due_ns, 0);
	return source->rate ? net_thread_start(&source->thread, run, source) : 0;
}

static void stop(struct net_port *port)
{
	struct source *source = source_of(port);

	if (!source->rate)
		return;
	atomic_store(&source->stop, true);
	wake(source);
	pthread_join(source->thread, NULL);
}

static int send(struct net_port *port, const struct iovec *part, unsigned int parts, uint32_t length)
{
	(void)port, (void)part, (void)parts, (void)length;
	return 0;
}

/* Counts the frames as dropped that are too old to be part of a burst. */
static void drop_late(struct source *source, uint64_t now)
{
	uint64_t elapsed = now - source->started_ns;
	uint64_t all = elapsed / NS_PER_SECOND * source->rate +
		       elapsed % NS_PER_SECOND * source->rate / NS_PER_SECOND;

	if (all <= source->made + BURST)
		return;
	net_count(&source->port.stats->dropped, all - BURST - source->made);
	source->made = all - BURST;
}

static bool is_due(struct source *source)
{
	uint64_t now;

	if (!source->rate || source->port.peeked)
		return true;
	now = os_now_ns();
	drop_late(source, now);
	return now >= due(source, source->made);
}

static const void *peek(struct net_port *port, uint32_t *length)
{
	struct source *source = source_of(port);
	uint64_t number = htobe64(source->made);

	if (!is_due(source))
		return NULL;
	put16(source->frame + SOURCE_PORT_AT, FIRST_PORT + source->made % FLOWS);
	memcpy(source->frame + NUMBER_AT, &number, sizeof(number));
	*length = source->size;
	return source->frame;
}

static void pop(struct net_port *port)
{
	source_of(port)->made++;
}

static bool poll(struct net_port *port)
{
	struct source *source = source_of(port);

	if (is_due(source))
		return true;
	atomic_store(&source->due_ns, due(source, source->made));
	wake(source);
	return false;
}

const struct net_backend net_source = {
	.name = "source", .takes_argument = true, .check = check, .create = create, .start = start, .stop = stop,
	.send = send, .peek = peek, .pop = pop, .poll = poll,
};
