/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RTAS calls as situations. Each prints one line, with the outputs of a successful call:
 *
 *	rtas.NAME STATUS OUTPUT...
 */
#ifndef RTAS_H
#define RTAS_H

#include "platform.h"
#include "situation.h"

#define QUERY  "ibm,query-pe-dma-window"
#define CREATE "ibm,create-pe-dma-window"
#define REMOVE "ibm,remove-pe-dma-window"
#define RESET  "ibm,reset-pe-dma-window"

/* The bridge's BUID, and configuration address 0, by which the bridge itself stands for its PE. */
#define BUID    0x08000000, 0x20000000
#define NO_BUID 0x08000000, 0x2000ffff
#define THE_PE  0, BUID
#define NO_PE   0, NO_BUID

struct rtas_situation {
	const char *name, *function;
	uint8_t inputs, outputs;
	uint32_t input[RTAS_ARGUMENTS];
	enum danger danger;
};

void rtas_try(const struct rtas_situation *situations, unsigned count);

#define TRY_RTAS(...)                                                                        \
	do {                                                                                 \
		static const struct rtas_situation situations[] = { __VA_ARGS__ };           \
		rtas_try(situations, sizeof(situations) / sizeof(situations[0]));            \
	} while (0)

#endif
