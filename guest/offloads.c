/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of ethtool(8) that guest/network and bench/guest-net need in their guests: `offloads CARD on|off` makes a card
 * compute checksums and cut TCP segments, or leaves both to Linux, and prints what the card does then. With `offloads CARD
 * on|off NAME` it is one of them.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Segments need checksums and scattered data, so the order matters when they go on, and its reverse when they go off. */
static const struct {
	unsigned int get, set;
	const char *name;
} offloads[] = {
	{ ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, "rx-checksum" },
	{ ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, "tx-checksum" },
	{ ETHTOOL_GSG, ETHTOOL_SSG, "scatter" },
	{ ETHTOOL_GTSO, ETHTOOL_STSO, "segments" },
};

#define COUNT (sizeof(offloads) / sizeof(offloads[0]))

static int ask(int fd, const char *card, struct ethtool_value *value)
{
	struct ifreq request = { .ifr_data = (void *)value };

	strncpy(request.ifr_name, card, IFNAMSIZ - 1);
	return ioctl(fd, SIOCETHTOOL, &request);
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned int on;

	if (argc < 3 || argc > 4 || fd < 0)
		return 2;
	on = !strcmp(argv[2], "on");
	for (unsigned int i = 0; i < COUNT; i++) {
		unsigned int n = on ? i : COUNT - 1 - i;

		if (argc == 4 && strcmp(argv[3], offloads[n].name))
			continue;
		if (ask(fd, argv[1], &(struct ethtool_value){ offloads[n].set, on }))
			perror(offloads[n].name);
	}
	for (unsigned int i = 0; i < COUNT; i++) {
		struct ethtool_value value = { .cmd = offloads[i].get };

		if (ask(fd, argv[1], &value))
			return 1;
		printf("%s%s %u", i ? " " : "", offloads[i].name, value.data != 0);
	}
	puts("");
	return 0;
}
