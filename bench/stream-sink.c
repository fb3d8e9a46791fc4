/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The far end of a card that is plugged into a stream socket, for bench/experiment: a host that answers ARP and takes TCP
 * streams. Frames have QEMU's framing, a length of four bytes before each. It keeps one stream at a time, and acknowledges
 * once for all that one read brought. Where the sender needs the only processor, it runs when the sender waits.
 *
 * `stream-sink SOCKET HOOK` runs the command HOOK with "begin" before it accepts a stream, and with "end", the bytes and
 * the frames when it has the last byte. The sender waits for both, and its clock has the second. CARD_PID in HOOK's
 * environment is the process that has the card.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE    /* struct ucred */
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAME_MAX   65550u
#define ETH_SIZE    14u
#define IP_SIZE     20u
#define TCP_SIZE    20u
#define TCP_AT      (ETH_SIZE + IP_SIZE)
#define ETH_IP      0x0800
#define ETH_ARP     0x0806
#define FIN         0x01
#define SYN         0x02
#define RST         0x04
#define ACK         0x10
#define OUR_SEQUENCE 1000u
#define WINDOW_SHIFT 7

static const uint8_t our_mac[6] = { 0x02, 0, 0, 0, 0, 0x01 };
/* Sent with the SYN: segments of 1460 bytes, and the shift of the window. */
static const uint8_t options[8] = { 2, 4, 1460 >> 8, 1460 & 0xff, 1, 3, 3, WINDOW_SHIFT };

struct stream {
	bool is_open;
	uint16_t port;                /* the sender's */
	uint32_t next;                /* the sequence number that is expected */
	bool owes_ack;
	uint64_t bytes, frames;
};

static int card;
static const char *hook;
static struct stream stream;
static uint8_t peer[ETH_SIZE + IP_SIZE];   /* the headers of the sender's last packet */

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static uint32_t get32(const uint8_t *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }

static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static void need(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void run_hook(const char *words)
{
	char command[512];

	snprintf(command, sizeof(command), "%s %s", hook, words);
	need(!system(command), command);
}

/* [RFC 1071] */
static uint32_t add_up(const uint8_t *p, size_t size, uint32_t sum)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += get16(p + i);
	return sum;
}

static uint32_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
}

static void send_frame(uint8_t *frame, size_t size)
{
	put32(frame, (uint32_t)size);
	for (size_t done = 0; done < size + 4; ) {
		ssize_t n = write(card, frame + done, size + 4 - done);

		need(n > 0, "write");
		done += (size_t)n;
	}
}

/* Sends a segment without data to the sender of the last packet. */
static void answer(uint8_t flags)
{
	uint8_t buffer[4 + 64] = { 0 }, *frame = buffer + 4, *ip = frame + ETH_SIZE, *tcp = frame + TCP_AT;
	uint32_t tcp_size = TCP_SIZE + (flags & SYN ? sizeof(options) : 0);

	memcpy(frame, peer + 6, 6);
	memcpy(frame + 6, our_mac, 6);
	put16(frame + 12, ETH_IP);
	ip[0] = 0x45;
	put16(ip + 2, IP_SIZE + tcp_size);
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	memcpy(ip + 12, peer + ETH_SIZE + 16, 4);
	memcpy(ip + 16, peer + ETH_SIZE + 12, 4);
	put16(ip + 10, fold(add_up(ip, IP_SIZE, 0)));
	put16(tcp, 9);
	put16(tcp + 2, stream.port);
	put32(tcp + 4, flags & SYN ? OUR_SEQUENCE : OUR_SEQUENCE + 1);
	put32(tcp + 8, stream.next);
	tcp[12] = (uint8_t)(tcp_size / 4 << 4);
	tcp[13] = flags;
	put16(tcp + 14, 0xffff);
	if (flags & SYN)
		memcpy(tcp + TCP_SIZE, options, sizeof(options));
	put16(tcp + 16, fold(add_up(ip + 12, 8, add_up(tcp, tcp_size, IPPROTO_TCP + tcp_size))));
	/* An Ethernet frame has at least 60 bytes. */
	send_frame(buffer, TCP_AT + tcp_size < 60 ? 60 : TCP_AT + tcp_size);
}

static void open_stream(const uint8_t *tcp)
{
	bool is_again = stream.is_open && stream.port == get16(tcp);

	if (!is_again) {
		run_hook("begin");
		stream = (struct stream){ .is_open = true, .port = get16(tcp), .next = get32(tcp + 4) + 1 };
	}
	answer(SYN | ACK);
}

static void close_stream(void)
{
	char words[64];

	stream.next++;
	stream.owes_ack = stream.is_open = false;
	/* The sender has nothing to send again then, and waits; it may end for good when it has the FIN. */
	answer(ACK);
	snprintf(words, sizeof(words), "end %llu %llu", (unsigned long long)stream.bytes,
		 (unsigned long long)stream.frames);
	run_hook(words);
	answer(FIN | ACK);
}

static void take_segment(const uint8_t *tcp, uint32_t size)
{
	uint32_t header = (uint32_t)(tcp[12] >> 4) * 4, length;

	if (header < TCP_SIZE || header > size)
		return;
	length = size - header;
	if (tcp[13] & SYN) {
		open_stream(tcp);
		return;
	}
	if (!stream.is_open || get16(tcp) != stream.port || tcp[13] & RST || !(length || tcp[13] & FIN))
		return;
	stream.frames++;
	stream.owes_ack = true;
	if (get32(tcp + 4) != stream.next)
		return;
	stream.next += length;
	stream.bytes += length;
	if (tcp[13] & FIN)
		close_stream();
}

static void answer_arp(const uint8_t *arp)
{
	uint8_t buffer[4 + 60] = { 0 }, *frame = buffer + 4, *to = frame + ETH_SIZE;

	memcpy(frame, arp + 8, 6);
	memcpy(frame + 6, our_mac, 6);
	put16(frame + 12, ETH_ARP);
	memcpy(to, arp, 6);
	put16(to + 6, 2);
	memcpy(to + 8, our_mac, 6);
	memcpy(to + 14, arp + 24, 4);
	memcpy(to + 18, arp + 8, 10);
	send_frame(buffer, 60);
}

static void take_frame(const uint8_t *frame, uint32_t size)
{
	uint32_t length;

	if (size >= ETH_SIZE + 28 && get16(frame + 12) == ETH_ARP && get16(frame + ETH_SIZE + 6) == 1)
		answer_arp(frame + ETH_SIZE);
	if (size < TCP_AT + TCP_SIZE || get16(frame + 12) != ETH_IP || frame[ETH_SIZE] != 0x45 ||
	    frame[ETH_SIZE + 9] != IPPROTO_TCP)
		return;
	length = get16(frame + ETH_SIZE + 2);
	if (length < IP_SIZE + TCP_SIZE || length > size - ETH_SIZE)
		return;
	memcpy(peer, frame, sizeof(peer));
	take_segment(frame + TCP_AT, length - IP_SIZE);
}

static void acknowledge(void)
{
	if (stream.owes_ack)
		answer(ACK);
	stream.owes_ack = false;
}

/* Takes all whole frames, and returns how many bytes they have. */
static size_t take_frames(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (size - at >= 4 && size - at - 4 >= get32(data + at)) {
		take_frame(data + at + 4, get32(data + at));
		at += 4 + get32(data + at);
	}
	acknowledge();
	return at;
}

static void serve(void)
{
	static uint8_t data[4 * FRAME_MAX];
	size_t have = 0;
	ssize_t n;

	while ((n = read(card, data + have, sizeof(data) - have)) > 0 || (n < 0 && errno == EINTR)) {
		size_t taken;

		have += n > 0 ? (size_t)n : 0;
		taken = take_frames(data, have);
		have -= taken;
		memmove(data, data + taken, have);
	}
}

static void name_card(void)
{
	struct ucred who;
	socklen_t size = sizeof(who);
	char pid[16];

	need(!getsockopt(card, SOL_SOCKET, SO_PEERCRED, &who, &size), "the card's process");
	snprintf(pid, sizeof(pid), "%d", (int)who.pid);
	setenv("CARD_PID", pid, 1);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof(at.sun_path))
		return 2;
	hook = argv[2];
	if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
		sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ 0 });
	strcpy(at.sun_path, argv[1]);
	unlink(argv[1]);
	need(s >= 0 && !bind(s, (struct sockaddr *)&at, sizeof(at)) && !listen(s, 1), argv[1]);
	for (;;) {
		card = accept(s, NULL, NULL);
		need(card >= 0, "accept");
		name_card();
		stream = (struct stream){ .is_open = false };
		serve();
		close(card);
	}
}
