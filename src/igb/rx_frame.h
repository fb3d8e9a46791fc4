/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes received frames. Only the worker calls these. */
#ifndef STCE_IGB_RX_FRAME_H
#define STCE_IGB_RX_FRAME_H

#include "igb/filter.h"
#include "igb/rx_ring.h"

#define IGB_FRAME_ORDINARY 1518u     /* the longest, with FCS and without a tag, where long ones are not wanted */

struct igb_frame_form {
	bool keeps_fcs, strips_tag;
};

/* Returns whether the frame has a VLAN tag, of the type that VET says. */
bool igb_frame_is_tagged(const struct igb *igb, const uint8_t *frame, uint32_t length);
/* Returns whether the frame in igb->frame is longer than `most` with its FCS, for which a tag does not count. */
bool igb_frame_is_above(const struct igb *igb, uint32_t length, uint32_t most);
/* Returns the tag of a frame that has one. */
uint16_t igb_frame_tag(const uint8_t *frame);
/* Copies the parts of a frame that the card sends into igb->frame, and returns its length. */
uint32_t igb_frame_join(struct igb *igb, const struct iovec *part, unsigned int parts);
/* Brings the frame in igb->frame into its form, and says what its descriptor has. */
struct igb_received igb_frame_describe(struct igb *igb, uint32_t length, const struct igb_frame_form *form,
				       struct igb_hash *hash);

#endif
