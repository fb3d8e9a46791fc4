/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Implements host_filter.h by the card's registers. The last address filters are those of the virtual
 * functions' own addresses, one for each, and the others are for addresses that they add [linux igb
 * igb_set_vf_mac, igb_set_vf_mac_filter].
 */
#include "igb/host_filter.h"

#include <string.h>

#include "igb/frame.h"

#define ORDINARY_VMOLR  (IGB_VMOLR_STRCRC | IGB_VMOLR_BAM | IGB_VMOLR_AUPE)
#define FIRST_ADDED     1u                       /* 0 is the card's own */
#define FIRST_OWN       (IGB_RA_COUNT - IGB_VFS)

static unsigned int own_filter(unsigned int vf)
{
	return IGB_RA_COUNT - 1 - vf;
}

static void set_filter(struct igb *igb, unsigned int n, unsigned int vf, const uint8_t *mac)
{
	*igb_reg(igb, igb_filter_at(n)) = igb_ral(mac);
	*igb_reg(igb, igb_filter_at(n) + 4) = igb_rah(mac) | IGB_RAH_VALID | 1u << (IGB_RAH_POOL_SHIFT + vf);
}

static void clear_filter(struct igb *igb, unsigned int n)
{
	*igb_reg(igb, igb_filter_at(n)) = *igb_reg(igb, igb_filter_at(n) + 4) = 0;
}

static bool is_single(const uint8_t *mac)
{
	static const uint8_t none[IGB_MAC_SIZE];

	return !(mac[0] & 1) && memcmp(mac, none, sizeof(none));
}

/*
 * The address differs from the card's as their PCI addresses do. Only the bytes that a vendor gives to a single card
 * change, because the others say whether an address is local and whether it is one of a group.
 */
static void own_mac(const struct igb *igb, unsigned int vf, uint8_t mac[IGB_MAC_SIZE])
{
	const uint8_t *card = igb->settings.mac;
	uint32_t number = (uint32_t)card[3] << 16 | (uint32_t)card[4] << 8 | card[5];

	number += IGB_VF_OFFSET + IGB_VF_STRIDE * vf;
	memcpy(mac, card, 3);
	mac[3] = (uint8_t)(number >> 16);
	mac[4] = (uint8_t)(number >> 8);
	mac[5] = (uint8_t)number;
}

bool igb_host_filter_address(struct igb *igb, unsigned int vf, const uint8_t *mac)
{
	if (!is_single(mac))
		return false;
	memcpy(igb->host_vf[vf].mac, mac, IGB_MAC_SIZE);
	set_filter(igb, own_filter(vf), vf, mac);
	return true;
}

bool igb_host_filter_add(struct igb *igb, unsigned int vf, const uint8_t *mac)
{
	if (!is_single(mac))
		return false;
	for (unsigned int n = FIRST_ADDED; n < FIRST_OWN; n++) {
		if (igb_get(igb, igb_filter_at(n) + 4) & IGB_RAH_VALID)
			continue;
		set_filter(igb, n, vf, mac);
		return true;
	}
	return false;
}

void igb_host_filter_forget(struct igb *igb, unsigned int vf)
{
	for (unsigned int n = FIRST_ADDED; n < FIRST_OWN; n++)
		if (igb_get(igb, igb_filter_at(n) + 4) & 1u << (IGB_RAH_POOL_SHIFT + vf))
			clear_filter(igb, n);
}

/* Returns the VLAN's filter, a free one, or NULL. */
static uint32_t *find_vlan(struct igb *igb, uint32_t vlan)
{
	uint32_t *unused = NULL;

	for (unsigned int i = 0; i < IGB_VLVF_COUNT; i++) {
		uint32_t *filter = igb_reg(igb, IGB_VLVF(i));

		if (*filter & IGB_VLVF_ENABLE && (*filter & 0xfff) == vlan)
			return filter;
		if (!(*filter & IGB_VLVF_ENABLE) && !unused)
			unused = filter;
	}
	return unused;
}

static void leave_vlan(uint32_t *filter, unsigned int vf)
{
	*filter &= ~(1u << (IGB_VLVF_POOL_SHIFT + vf));
	if (!(*filter >> IGB_VLVF_POOL_SHIFT & ((1u << IGB_VFS) - 1)))
		*filter = 0;
}

bool igb_host_filter_vlan(struct igb *igb, unsigned int vf, uint32_t vlan, bool wanted)
{
	uint32_t *filter = find_vlan(igb, vlan);

	if (!filter)
		return !wanted;
	if (wanted)
		*filter = IGB_VLVF_ENABLE | vlan | (*filter & ~0xfffu) | 1u << (IGB_VLVF_POOL_SHIFT + vf);
	else
		leave_vlan(filter, vf);
	return true;
}

bool igb_host_filter_length(struct igb *igb, unsigned int vf, uint32_t length)
{
	uint32_t *vmolr = igb_reg(igb, IGB_VMOLR(vf));

	if (length > IGB_FRAME_MAX)
		return false;
	*vmolr = (*vmolr & ~IGB_VMOLR_LENGTH) | length | IGB_VMOLR_LPE;
	return true;
}

void igb_host_filter_multicast(struct igb *igb)
{
	memset(igb_reg(igb, IGB_MTA), 0, IGB_MTA_COUNT * 4);
	for (unsigned int vf = 0; vf < igb->vfs; vf++) {
		const struct igb_host_vf *host = &igb->host_vf[vf];
		uint32_t *vmolr = igb_reg(igb, IGB_VMOLR(vf));

		*vmolr &= ~(IGB_VMOLR_MPME | IGB_VMOLR_ROMPE);
		if (host->wants_multicast || host->hashes > IGB_HOST_HASHES)
			*vmolr |= IGB_VMOLR_MPME;
		else if (host->hashes)
			*vmolr |= IGB_VMOLR_ROMPE;
		for (unsigned int i = 0; i < host->hashes && i < IGB_HOST_HASHES; i++)
			*igb_reg(igb, IGB_MTA + 4 * (host->hash[i] >> 5 & (IGB_MTA_COUNT - 1))) |= 1u << (host->hash[i] & 31);
	}
}

void igb_host_filter_clear(struct igb *igb, unsigned int vf)
{
	igb->host_vf[vf].wants_multicast = false;
	igb->host_vf[vf].hashes = 0;
	*igb_reg(igb, IGB_VMOLR(vf)) = ORDINARY_VMOLR;
	for (unsigned int i = 0; i < IGB_VLVF_COUNT; i++)
		leave_vlan(igb_reg(igb, IGB_VLVF(i)), vf);
	igb_host_filter_forget(igb, vf);
	clear_filter(igb, own_filter(vf));
	igb_host_filter_multicast(igb);
}

/* A virtual function keeps the address that it has chosen until it is reset without mail. */
void igb_host_filter_reset(struct igb *igb, unsigned int vf)
{
	uint8_t mac[IGB_MAC_SIZE];

	igb_host_filter_clear(igb, vf);
	if (is_single(igb->host_vf[vf].mac))
		memcpy(mac, igb->host_vf[vf].mac, IGB_MAC_SIZE);
	else
		own_mac(igb, vf, mac);
	igb_host_filter_address(igb, vf, mac);
}
