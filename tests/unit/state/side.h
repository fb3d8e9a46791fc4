/* SPDX-License-Identifier: BSD-2-Clause */
/* One side of a journey: a VMM with a bridge, and the numbers that both sides use. */
#ifndef STCE_TESTS_STATE_SIDE_H
#define STCE_TESTS_STATE_SIDE_H

#include "unit/papr/firmware.h"

#define SIDE_MEMORY    7u
#define SIDE_CONTAINER 1u
#define SIDE_GROUP     2u
#define SIDE_LIOBN     (LIOBN + 7)     /* of a table that is no bridge's */

struct side {
	struct firmware f;
	struct stce_state *state;
};

/* On a machine of that platform. Page n of its RAM is full of the n-th letter from `letter` on; nothing is registered. */
void side_start(struct side *s, const char *platform, char letter);
void side_stop(struct side *s);

void side_register(struct side *s);
/* The group gets on the bridge's bus. */
void side_join(struct side *s);
/* A KVM-VFIO device that holds the group. */
void side_hold_group(struct side *s);
/* SIDE_LIOBN, of 0x400 pages of 4K, and the container's default window follows it. */
int side_link(struct side *s);

void side_put(struct side *s, uint64_t liobn, uint64_t ioba, uint64_t tce);
uint32_t side_liobn(const struct side *s, unsigned int n);
/* What the device of group 1 reads there: a letter of its side, or '!'. */
char side_byte(struct side *s, uint64_t ioba);
uint64_t side_mapped(const struct side *s);

#endif
