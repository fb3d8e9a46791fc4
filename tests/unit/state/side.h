/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A side is a VMM with a bridge. A test saves the state of one side and restores it in another; this
 * header also has the numbers that both use.
 */
#ifndef STCE_TESTS_STATE_SIDE_H
#define STCE_TESTS_STATE_SIDE_H

#include "unit/papr/firmware.h"

#define SIDE_MEMORY    7u
#define SIDE_CONTAINER 1u
#define SIDE_GROUP     2u
#define SIDE_LIOBN     (LIOBN + 7)     /* of a table that belongs to no bridge */

struct side {
	struct firmware f;
	struct stce_state *state;
};

/*
 * Starts a side on a machine of this platform. Page n of its RAM is filled with the n-th letter
 * from `letter` on; nothing is registered.
 */
void side_start(struct side *s, const char *platform, char letter);
void side_stop(struct side *s);

void side_register(struct side *s);
/* Puts the group on the bridge's bus. */
void side_join(struct side *s);
/* Makes a KVM-VFIO device that holds the group. */
void side_hold_group(struct side *s);
/* Makes SIDE_LIOBN, of 0x400 pages of 4K, which the container's default window follows. */
int side_link(struct side *s);

void side_put(struct side *s, uint64_t liobn, uint64_t ioba, uint64_t tce);
uint32_t side_liobn(const struct side *s, unsigned int n);
/* Returns the byte that the device of group 1 reads there: a letter, or '!' if the access fails. */
char side_byte(struct side *s, uint64_t ioba);
uint64_t side_mapped(const struct side *s);

#endif
