/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements host.h: sets the card up for its virtual functions and answers a request of one as soon as it is
 * made. A virtual function may ask for nothing before it has reset itself by mail. host_filter.c owns the
 * filters. The words of mail are those of Linux's igb and igbvf [linux igb/e1000_mbx.h]; addresses in them have the
 * byte order of this host [DIFF-77].
 */
#include "igb/host.h"

#include <string.h>

#include "igb/bar.h"
#include "igb/bell.h"
#include "igb/host_filter.h"
#include "igb/mailbox.h"
#include "igb/worker.h"

#define MAIL_WORDS      16u

#define MAIL_ACK        0x80000000u
#define MAIL_NACK       0x40000000u
#define MAIL_CLEAR      0x20000000u     /* the virtual function may ask */
#define MAIL_INFO_SHIFT 16
#define MAIL_INFO       0x00ff0000u
#define MAIL_KIND       0x0000ffffu
#define MAIL_CONTROL    0x00000100u     /* of the host: look at the link */

enum { MAIL_RESET = 1, MAIL_SET_MAC, MAIL_SET_MULTICAST, MAIL_SET_VLAN, MAIL_SET_LENGTH, MAIL_SET_PROMISCUOUS };

#define ADDRESS_FORGET  1u              /* what SET_MAC does beside setting the address */
#define ADDRESS_ADD     2u
#define PROMISC_MULTICAST 2u

struct mail {
	uint32_t word[MAIL_WORDS];
};

static unsigned int info_of(const struct mail *mail)
{
	return (mail->word[0] & MAIL_INFO) >> MAIL_INFO_SHIFT;
}

/* The host has no queues, so there is no default pool: with eight virtual functions it would be one of theirs. */
static void host_reset(struct igb *igb)
{
	igb_register_write(igb, IGB_CTRL, igb_get(igb, IGB_CTRL) | IGB_CTRL_SLU);
	*igb_reg(igb, IGB_MRQC) = IGB_MRQC_VMDQ;
	*igb_reg(igb, IGB_VT_CTL) = IGB_VT_CTL_NO_DEFAULT;
	*igb_reg(igb, IGB_DTXSWC) = IGB_DTXSWC_LOOPBACK;
	for (unsigned int vf = 0; vf < igb->vfs; vf++)
		*igb_reg(igb, IGB_DTXSWC) |= IGB_DTXSWC_SPOOF(vf);
	/* The card takes long frames, and VMOLR says which pool does [linux igb_setup_rctl]. */
	*igb_reg(igb, IGB_RCTL) = IGB_RCTL_EN | IGB_RCTL_LPE | IGB_RCTL_SECRC | IGB_RCTL_VFE;
	*igb_reg(igb, IGB_TCTL) = IGB_TCTL_EN | IGB_TCTL_PSP;
	igb_ctrl_ext_write(igb, IGB_CTRL_EXT, IGB_CTRL_EXT_PFRSTD);
}

/*
 * Leaves the mailbox alone while the virtual function has it. The message is unread from when it is sent until the
 * virtual function acknowledges it.
 */
static bool send(struct igb *igb, unsigned int vf, const struct mail *mail, unsigned int words)
{
	igb_p2vmailbox_write(igb, IGB_P2VMAILBOX(vf), IGB_MAILBOX_PFU);
	if (!(igb_get(igb, IGB_P2VMAILBOX(vf)) & IGB_MAILBOX_PFU))
		return false;
	memcpy(igb_reg(igb, IGB_VMBMEM(vf)), mail->word, words * sizeof(mail->word[0]));
	igb_p2vmailbox_write(igb, IGB_P2VMAILBOX(vf), IGB_P2VMAILBOX_STS);
	igb->host_vf[vf].has_unread = true;
	return true;
}

static void answer_reset(struct igb *igb, unsigned int vf)
{
	struct mail mail = { { MAIL_RESET | MAIL_ACK } };

	igb_worker_start(igb);
	igb_host_filter_reset(igb, vf);
	*igb_reg(igb, IGB_VFRE) |= 1u << vf;
	*igb_reg(igb, IGB_VFTE) |= 1u << vf;
	igb->host_vf[vf].may_ask = true;
	memcpy(&mail.word[1], igb->host_vf[vf].mac, IGB_MAC_SIZE);
	send(igb, vf, &mail, 3);
	igb_ring_bell(igb);
}

static bool set_mac(struct igb *igb, unsigned int vf, const struct mail *mail)
{
	const uint8_t *mac = (const uint8_t *)&mail->word[1];

	switch (info_of(mail)) {
	case 0:
		return igb_host_filter_address(igb, vf, mac);
	case ADDRESS_FORGET:
		igb_host_filter_forget(igb, vf);
		return true;
	case ADDRESS_ADD:
		return igb_host_filter_add(igb, vf, mac);
	default:
		return false;
	}
}

static bool set_promiscuous(struct igb *igb, unsigned int vf, const struct mail *mail)
{
	igb->host_vf[vf].wants_multicast = info_of(mail) & PROMISC_MULTICAST;
	igb_host_filter_multicast(igb);
	return !(info_of(mail) & ~PROMISC_MULTICAST);
}

static bool set_multicast(struct igb *igb, unsigned int vf, const struct mail *mail)
{
	struct igb_host_vf *host = &igb->host_vf[vf];

	/* A larger number is one of addresses for which there was no room; it asks for all. */
	host->hashes = info_of(mail);
	memcpy(host->hash, &mail->word[1], sizeof(host->hash));
	igb_host_filter_multicast(igb);
	return true;
}

static bool obey(struct igb *igb, unsigned int vf, const struct mail *mail)
{
	switch (mail->word[0] & MAIL_KIND) {
	case MAIL_SET_MAC:
		return set_mac(igb, vf, mail);
	case MAIL_SET_MULTICAST:
		return set_multicast(igb, vf, mail);
	case MAIL_SET_VLAN:
		return igb_host_filter_vlan(igb, vf, mail->word[1] & 0xfff, info_of(mail));
	case MAIL_SET_LENGTH:
		return igb_host_filter_length(igb, vf, mail->word[1]);
	case MAIL_SET_PROMISCUOUS:
		return set_promiscuous(igb, vf, mail);
	default:
		return false;
	}
}

static void answer(struct igb *igb, unsigned int vf, struct mail *mail)
{
	if (igb->host_vf[vf].may_ask)
		mail->word[0] = (mail->word[0] | MAIL_CLEAR) | (obey(igb, vf, mail) ? MAIL_ACK : MAIL_NACK);
	else
		mail->word[0] |= MAIL_NACK;
	send(igb, vf, mail, 1);
}

/* Mail that is itself an answer is no request. */
static void read_mail(struct igb *igb, unsigned int vf)
{
	struct mail mail;

	memcpy(mail.word, igb_reg(igb, IGB_VMBMEM(vf)), sizeof(mail.word));
	igb_p2vmailbox_write(igb, IGB_P2VMAILBOX(vf), IGB_P2VMAILBOX_ACK);
	if (mail.word[0] & (MAIL_ACK | MAIL_NACK))
		return;
	if (mail.word[0] == MAIL_RESET)
		answer_reset(igb, vf);
	else
		answer(igb, vf, &mail);
}

/*
 * Tells a virtual function of the link as soon as it has read what is in its mailbox. igb does not wait for that, and
 * so its news can take the place of an answer [linux igb_ping_all_vfs].
 */
static void tell_link(struct igb *igb, unsigned int vf)
{
	struct igb_host_vf *host = &igb->host_vf[vf];
	const struct mail mail = { { MAIL_CONTROL | (host->may_ask ? MAIL_CLEAR : 0) } };

	if (host->owes_link && !host->has_unread && send(igb, vf, &mail, 1))
		host->owes_link = false;
}

static void host_mail(struct igb *igb, unsigned int vf)
{
	uint32_t *causes = igb_reg(igb, IGB_MBVFICR), *resets = igb_reg(igb, IGB_VFLRE);
	bool has_mail = *causes & IGB_MBVFICR_REQ(vf), has_read = *causes & IGB_MBVFICR_ACK(vf);

	*causes &= ~(IGB_MBVFICR_REQ(vf) | IGB_MBVFICR_ACK(vf));
	if (*resets & 1u << vf) {
		*resets &= ~(1u << vf);
		memset(&igb->host_vf[vf], 0, sizeof(igb->host_vf[vf]));
		igb_host_filter_clear(igb, vf);
	}
	if (has_mail || has_read)
		igb->host_vf[vf].has_unread = false;
	if (has_mail && vf < igb->vfs)
		read_mail(igb, vf);
	tell_link(igb, vf);
}

static void host_link(struct igb *igb)
{
	for (unsigned int vf = 0; vf < igb->vfs; vf++) {
		igb->host_vf[vf].owes_link = true;
		tell_link(igb, vf);
	}
}

const struct igb_host_ops igb_host_ops = { .reset = host_reset, .mail = host_mail, .link = host_link };
