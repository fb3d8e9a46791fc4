/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends a stream of TCP from a guest, for bench/experiment: `stream-send CARD on|off ADDRESS PORT MIB` turns the card's
 * segmentation on or off, sends so many MiB, and prints the microseconds from the connection until the far end has all of
 * it.
 */
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
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

int main(int argc, char **argv)
{
	static char data[65536];
	uint64_t left, began;
	int s;

	if (argc != 6)
		return 2;
	set_segmentation(argv[1], !strcmp(argv[2], "on"));
	s = connect_to(argv[3], argv[4]);
	began = now_us();
	for (left = strtoull(argv[5], NULL, 10) * MIB; left; ) {
		ssize_t n = send(s, data, left < sizeof(data) ? left : sizeof(data), 0);

		need(n > 0, "send");
		left -= (uint64_t)n;
	}
	/* The far end closes when it has everything. */
	need(!shutdown(s, SHUT_WR) && !recv(s, data, 1, 0), "the far end");
	printf("%llu\n", (unsigned long long)(now_us() - began));
	return 0;
}
