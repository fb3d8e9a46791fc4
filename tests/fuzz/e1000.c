/* SPDX-License-Identifier: BSD-2-Clause */
/* The 82545GM, whose descriptors are older, and which has one queue. */
#include "card.h"

#include "abi/e1000.h"
#include "abi/igb.h"

const struct fuzz_card fuzz_card = {
	.type = "e1000",
	.tx_queue = IGB_TX_OLD,
	.rx_queue = IGB_RX_OLD,
	.queues = 1,
	.context = IGB_TX_DEXT | E1000_TX_CONTEXT | E1000_TX_TCP | E1000_TX_IPV4,
	.data = IGB_TX_DEXT | E1000_TX_DATA,
	.segments = E1000_TX_TSE,
};
