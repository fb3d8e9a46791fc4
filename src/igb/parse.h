/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the headers of a received frame. */
#ifndef STCE_IGB_PARSE_H
#define STCE_IGB_PARSE_H

#include "util/types.h"

struct igb_headers {
	uint16_t type;             /* of the packet, as a receive descriptor has it: IGB_RX_TYPE_* */
	bool is_fragment;
	const uint8_t *ip;         /* NULL: neither IPv4 nor IPv6 with whole headers */
	uint32_t ip_size;          /* with options and extension headers */
	const uint8_t *l4;         /* NULL: a fragment, an unknown protocol or a header that is cut off */
	uint32_t l4_size;          /* header and data, as the IP header says */
	uint8_t protocol;
};

#define IGB_PROTOCOL_TCP  6
#define IGB_PROTOCOL_UDP  17
#define IGB_PROTOCOL_SCTP 132

/* `tag` is the EtherType of a VLAN tag, behind which the frame goes on. */
struct igb_headers igb_parse(const uint8_t *frame, uint32_t length, uint16_t tag);

/* Tell whether checksums are right: the IPv4 header's, and that of TCP, UDP or SCTP. */
bool igb_ip_is_right(const struct igb_headers *h);
bool igb_l4_is_right(const struct igb_headers *h);

#endif
