/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a virtual function must leave alone, whatever its driver does: the card's own registers, and those of the other
 * virtual functions. The worker changes none of these.
 */
#ifndef STCE_TESTS_FUZZ_IGBVF_OTHERS_H
#define STCE_TESTS_FUZZ_IGBVF_OTHERS_H

#include "igb/card.h"

struct others {
	unsigned int count;
	uint32_t word[2048];
};

/* Notes what is not virtual function n's. */
void others_note(struct others *others, const struct igb *igb, unsigned int n);
/* Ends the program if one of these has changed. */
void others_check(const struct others *before, const struct igb *igb, unsigned int n);

#endif
