/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of a card. */
#include "igb/settings.h"

#include <stdio.h>
#include <string.h>

#include "dev/options.h"

#define COMMON_OPTIONS \
	{ "net", "SPEC", "the far end: peer:GROUP, unix:PATH, tap:NAME, source:SIZE[@RATE] or sink (sink)" }, \
	{ "mac", "ADDRESS", "the card's address, as 02:00:00:00:00:01 (from the PCI address)" }, \
	{ "pcap", "PATH", "a file that gets a copy of every frame" }

/* The machine reads vfs=. */
const struct function_option_help igb_options[] = {
	COMMON_OPTIONS,
	{ "vfs", "N", "so many virtual functions, up to 8, are there from the start (0)" },
	{ NULL, NULL, NULL },
};

const struct function_option_help e1000_options[] = { COMMON_OPTIONS, { NULL, NULL, NULL } };

/* The second bit of the first byte marks an address that no vendor has given [IEEE 802]. */
static void default_mac(const char *address, uint8_t mac[IGB_MAC_SIZE])
{
	unsigned int domain = 0, bus = 0, device = 0, number = 0;

	sscanf(address, "%x:%x:%x.%x", &domain, &bus, &device, &number);
	mac[0] = 0x02;
	mac[1] = 0x82;
	mac[2] = (uint8_t)(domain >> 8);
	mac[3] = (uint8_t)domain;
	mac[4] = (uint8_t)bus;
	mac[5] = (uint8_t)(device << 3 | number);
}

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	int n = at ? (int)(at - digits) : -1;

	return n < 16 ? n : n - 6;
}

static bool parse_mac(const char *text, uint8_t mac[IGB_MAC_SIZE])
{
	for (unsigned int i = 0; i < IGB_MAC_SIZE; i++, text += 3) {
		int high = digit_of(text[0]), low = high < 0 ? -1 : digit_of(text[1]);

		if (low < 0 || text[2] != (i + 1 < IGB_MAC_SIZE ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void read_mac(struct options *options, uint8_t mac[IGB_MAC_SIZE])
{
	static const uint8_t none[IGB_MAC_SIZE];
	const char *text = options_text(options, "mac", NULL);

	if (!text)
		default_mac(options->init->address, mac);
	else if (!parse_mac(text, mac))
		options_refuse(options, "mac=%s is not six bytes with colons between them", text);
	else if (mac[0] & 1 || !memcmp(mac, none, sizeof(none)))
		options_refuse(options, "mac=%s is no address of a single card", text);
}

static void read_text(struct options *options, const char *name, const char *otherwise, char *to, size_t size)
{
	const char *text = options_text(options, name, otherwise);

	if (text && strlen(text) >= size)
		options_refuse(options, "%s= is longer than %zu characters", name, size - 1);
	else
		snprintf(to, size, "%s", text ? text : "");
}

int igb_settings_read(const struct function_type *type, const struct function_init *init,
		      struct igb_settings *settings, char *why)
{
	struct options o = options_begin(type, init, why);

	memset(settings, 0, sizeof(*settings));
	read_text(&o, "net", "sink", settings->spec, sizeof(settings->spec));
	read_text(&o, "pcap", NULL, settings->pcap, sizeof(settings->pcap));
	read_mac(&o, settings->mac);
	return o.error;
}
