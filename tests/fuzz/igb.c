/* SPDX-License-Identifier: BSD-2-Clause */
/* The 82576. */
#include "card.h"

#include "abi/igb.h"

const struct fuzz_card fuzz_card = {
	.type = "igb",
	.tx_queue = IGB_TX_QUEUE(0),
	.rx_queue = IGB_RX_QUEUE(0),
	.queues = 3,
	.context = IGB_TX_DEXT | IGB_TX_CONTEXT,
	.data = IGB_TX_DEXT | IGB_TX_DATA,
	.segments = IGB_TX_TSE,
};
