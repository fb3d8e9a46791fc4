/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 82576 as a whole: its options, its creation, reset and end, and its PCI identity. The options
 * are checked completely before anything is made. registers.c takes the host's accesses.
 *
 * Every program of a run builds the card, and only the one whose driver writes to it starts its
 * thread and plugs its port in. A reset of the function unplugs it until the next such write.
 */
#include "igb/igb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/options.h"
#include "igb/nvm.h"
#include "igb/phy.h"
#include "igb/registers.h"
#include "igb/state.h"
#include "igb/worker.h"
#include "util/alloc.h"

static const struct function_option_help igb_options[] = {
	{ "net", "SPEC", "the far end: peer:GROUP, unix:PATH, tap:NAME, source:SIZE[@RATE] or sink (sink)" },
	{ "mac", "ADDRESS", "the card's address, as 02:00:00:00:00:01 (from the PCI address)" },
	{ "pcap", "PATH", "a file that gets a copy of every frame" },
	{ NULL, NULL, NULL },
};

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

static int read_settings(const struct function_init *init, struct igb_settings *settings, char *why)
{
	struct options o = options_begin(&igb_function_type, init, why);

	memset(settings, 0, sizeof(*settings));
	read_text(&o, "net", "sink", settings->spec, sizeof(settings->spec));
	read_text(&o, "pcap", NULL, settings->pcap, sizeof(settings->pcap));
	read_mac(&o, settings->mac);
	return o.error;
}

/* While options are only checked there is no PE yet. */
static struct net_port_init port_init(const struct function_init *init, const struct igb_settings *settings)
{
	return (struct net_port_init){
		.spec = settings->spec,
		.group = init->pe ? init->pe->group : -1,
		.shared_directory = init->shared_directory,
		.pcap = settings->pcap[0] ? settings->pcap : NULL,
	};
}

static int igb_check(const struct function_init *init, char *why)
{
	struct igb_settings settings;
	int r = read_settings(init, &settings, why);
	char text[NET_WHY_SIZE];
	struct net_port_init port;

	if (r)
		return r;
	port = port_init(init, &settings);
	r = net_port_check(&port, text);
	return r ? function_refuse(why, r, "igb: %.*s", FUNCTION_WHY_SIZE - 8, text) : 0;
}

/* The worker goes on after a reset, with a port that is unplugged until the driver writes again. */
static void igb_reset(struct function *fn)
{
	struct igb *igb = igb_of(fn);

	net_port_stop(igb->port);
	igb->link = false;
	igb->is_started = false;
	igb_registers_reset(igb);
	igb_phy_reset(igb);
	msix_table_reset(&igb->msix);
	igb->clock = (struct igb_clock){ 0 };
}

static void igb_free(struct function *fn)
{
	struct igb *igb = igb_of(fn);

	igb_worker_fini(igb);
	net_port_close(igb->port);
	function_fini(fn);
	free(igb);
}

static const struct function_ops igb_ops = {
	.bar_read = igb_bar_read,
	.bar_write = igb_bar_write,
	.quiesce = igb_quiesce,
	.reset = igb_reset,
	.save = igb_save,
	.judge = igb_judge,
	.apply = igb_apply,
	.free = igb_free,
};

static int init_common(struct igb *igb, const struct function_init *init, char *why)
{
	const struct pci_identity identity = {
		.vendor = IGB_VENDOR,
		.device = IGB_DEVICE,
		.subsystem_vendor = IGB_VENDOR,
		.subsystem = IGB_SUBSYSTEM,
		.class_code = IGB_CLASS_CODE,
		.revision = 1,
		.bar = { [0] = { IGB_REGISTER_SPACE, false }, [IGB_BAR_MSIX] = { IGB_BAR_MSIX_SIZE, false } },
		.msix_vectors = IGB_VECTORS,
		.msix_bar = IGB_BAR_MSIX,
		.msix_pba_offset = IGB_MSIX_PBA,
		.has_intx = true,
	};
	int r = function_init(&igb->fn, &igb_function_type, &igb_ops, init, &identity);

	return r ? function_refuse(why, r, "igb: out of memory") : 0;
}

static int igb_create(const struct function_init *init, struct function **fn, char *why)
{
	struct net_port_init port;
	struct igb *igb = ALLOC(struct igb);
	char text[NET_WHY_SIZE];
	int r;

	if (!igb)
		return function_refuse(why, -ENOMEM, "igb: out of memory");
	r = read_settings(init, &igb->settings, why);
	if (r)
		goto free_igb;
	port = port_init(init, &igb->settings);
	r = net_port_open(&port, &igb_port_handler, igb, &igb->port, text);
	if (r) {
		r = function_refuse(why, r, "igb: %.*s", FUNCTION_WHY_SIZE - 8, text);
		goto free_igb;
	}
	r = init_common(igb, init, why);
	if (r)
		goto close_port;
	igb_worker_init(igb);
	igb_registers_init(igb);
	igb_nvm_init(igb);
	igb_reset(&igb->fn);
	*fn = &igb->fn;
	return 0;

close_port:
	net_port_close(igb->port);
free_igb:
	free(igb);
	return r;
}

const struct function_type igb_function_type = {
	.name = "igb",
	.text = "an Intel 82576 gigabit network card with 16 queues",
	.options = igb_options,
	.check = igb_check,
	.create = igb_create,
};
