/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends a stream of TCP from a guest, for bench/experiment: `stream-send NAME CARD on|off ADDRESS PORT MIB BEFORE AFTER`
 * turns the card's segmentation on or off, connects, and sends so many MiB. It prints a line for the host when it is
 * connected and one when the far end has everything, with the microseconds between the two and the number of segments that
 * were sent again. It rests for BEFORE and AFTER microseconds behind these lines, in which the host can look at its counters.
 */
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

static void need(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void set_segmentation(const char *card, int is_on)
{
	struct ethtool_value value = { .cmd = ETHTOOL_STSO, .data = (uint32_t)is_on };
	struct ifreq request = { .ifr_data = (char *)&value };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(request.ifr_name, card, IFNAMSIZ - 1);
	need(s >= 0 && !ioctl(s, SIOCETHTOOL, &request), "segmentation");
	close(s);
}

static int connect_to(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int s = socket(AF_INET, SOCK_STREAM, 0);

	need(inet_pton(AF_INET, address, &to.sin_addr) == 1, address);
	need(s >= 0 && !connect(s, (struct sockaddr *)&to, sizeof(to)), "connect");
	return s;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static unsigned int segments_sent_again(int s)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	need(!getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &size), "TCP_INFO");
	return info.tcpi_total_retrans;
}

static void send_all(int s, uint64_t left)
{
	static char data[65536];

	while (left) {
		ssize_t n = send(s, data, left < sizeof(data) ? left : sizeof(data), 0);

		need(n > 0, "send");
		left -= (uint64_t)n;
	}
	/* The far end closes when it has everything. */
	need(!shutdown(s, SHUT_WR) && !recv(s, data, 1, 0), "the far end");
}

static void rest(const char *us)
{
	fflush(stdout);
	usleep((useconds_t)atoi(us));
}

int main(int argc, char **argv)
{
	uint64_t began, took;
	int s;

	if (argc != 9)
		return 2;
	set_segmentation(argv[2], !strcmp(argv[3], "on"));
	s = connect_to(argv[4], argv[5]);
	printf("tce-guest: begins %s %s\n", argv[1], argv[6]);
	rest(argv[7]);
	began = now_us();
	send_all(s, strtoull(argv[6], NULL, 10) * MIB);
	took = now_us() - began;
	printf("tce-guest: took %s %llu again=%u\n", argv[1], (unsigned long long)took, segments_sent_again(s));
	rest(argv[8]);
	return 0;
}
