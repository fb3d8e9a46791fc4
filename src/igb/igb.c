/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The card as a whole: its creation, reset and end. The options are checked completely before anything
 * is made. bar.c takes the host's accesses.
 *
 * Every program of a run builds the card, and only the one whose driver writes to it starts its
 * thread and plugs its port in. A reset of the function unplugs it until the next such write.
 */
#include "igb/igb.h"

#include <errno.h>
#include <stdlib.h>

#include "igb/bar.h"
#include "igb/model.h"
#include "igb/nvm.h"
#include "igb/phy.h"
#include "igb/registers.h"
#include "igb/settings.h"
#include "igb/state.h"
#include "igb/vf.h"
#include "igb/worker.h"
#include "util/alloc.h"

/*
 * Linux resets a card whose transmit queue does not move for five seconds [linux dev_watchdog], though
 * the card is paused. Such a card is the far end of this one, if the two are peers.
 */
#define HOLD_NS UINT64_C(2000000000)

/* While options are only checked there is no PE yet. */
static struct net_port_init port_init(const struct function_init *init, const struct igb_settings *settings)
{
	return (struct net_port_init){
		.spec = settings->spec,
		.function = init->address,
		.group = init->pe ? init->pe->group : -1,
		.shared_directory = init->shared_directory,
		.pcap = settings->pcap[0] ? settings->pcap : NULL,
	};
}

static int check(const struct function_type *type, const struct function_init *init, char *why)
{
	struct igb_settings settings;
	int r = igb_settings_read(type, init, &settings, why);
	char text[NET_WHY_SIZE];
	struct net_port_init port;

	if (r)
		return r;
	port = port_init(init, &settings);
	r = net_port_check(&port, text);
	return r ? function_refuse(why, r, "%s: %.*s", type->name, FUNCTION_WHY_SIZE - 8, text) : 0;
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
	if (igb->host)
		igb->host->reset(igb);
}

static void igb_free(struct function *fn)
{
	struct igb *igb = igb_of(fn);

	igb_worker_fini(igb);
	igb_vfs_forget(igb);
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
	.set_vfs = igb_set_vfs,
	.free = igb_free,
};

static int create(const struct function_type *type, const struct igb_model *model, const struct function_init *init,
		  struct function **fn, char *why)
{
	struct net_port_init port;
	struct igb *igb = ALLOC(struct igb);
	char text[NET_WHY_SIZE];
	int r;

	if (!igb)
		return function_refuse(why, -ENOMEM, "%s: out of memory", type->name);
	igb->model = model;
	r = igb_settings_read(type, init, &igb->settings, why);
	if (r)
		goto free_igb;
	port = port_init(init, &igb->settings);
	r = net_port_open(&port, &igb_port_handler, igb, &igb->port, text);
	if (r) {
		r = function_refuse(why, r, "%s: %.*s", type->name, FUNCTION_WHY_SIZE - 8, text);
		goto free_igb;
	}
	r = function_init(&igb->fn, type, &igb_ops, init, &model->identity);
	if (r) {
		function_refuse(why, r, "%s: out of memory", type->name);
		goto close_port;
	}
	igb->fn.copies_much = true;
	igb->hold_ns = HOLD_NS;
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

static int check_igb(const struct function_init *init, char *why)
{
	return check(&igb_function_type, init, why);
}

static int create_igb(const struct function_init *init, struct function **fn, char *why)
{
	return create(&igb_function_type, &igb_82576, init, fn, why);
}

const struct function_type igb_function_type = {
	.name = "igb",
	.text = "an Intel 82576 gigabit network card with 16 queues",
	.options = igb_options,
	.check = check_igb,
	.create = create_igb,
	.virtual_type = &igb_vf_function_type,
	.sriov = &igb_sriov,
};

static int check_e1000(const struct function_init *init, char *why)
{
	return check(&e1000_function_type, init, why);
}

static int create_e1000(const struct function_init *init, struct function **fn, char *why)
{
	return create(&e1000_function_type, &igb_82545gm, init, fn, why);
}

const struct function_type e1000_function_type = {
	.name = "e1000",
	.text = "an Intel 82545GM gigabit network card, which has 32-bit addresses",
	.options = e1000_options,
	.check = check_e1000,
	.create = create_e1000,
};
