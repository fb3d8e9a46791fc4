/* SPDX-License-Identifier: BSD-2-Clause */
/* The card that a target of card.c drives. */
#ifndef STCE_TESTS_FUZZ_CARD_H
#define STCE_TESTS_FUZZ_CARD_H

#include <stdint.h>

struct fuzz_card {
	const char *type;
	uint32_t tx_queue, rx_queue;       /* where the registers of queue 0 are */
	unsigned int queues;               /* at most 3 */
	/* Transmit descriptors: a context, data, and data that is cut into segments. */
	uint32_t context, data, segments;
};

extern const struct fuzz_card fuzz_card;

#endif
