/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each pool has a form of its own for its frames, and a length from which they are too long for it. Of its two
 * queues the hash chooses one if the pool wants that.
 */
#include "igb/rx_pool.h"

#include <string.h>

#include "igb/rx_frame.h"
#include "igb/statistics.h"

#define HEAD_SIZE 16u       /* the bytes that a tag's removal overwrites, which the next pool needs unchanged */

static bool is_too_long(const struct igb *igb, unsigned int pool, uint32_t length)
{
	uint32_t vmolr = igb_get(igb, IGB_VMOLR(pool));

	return igb_frame_is_above(igb, length, vmolr & IGB_VMOLR_LPE ? vmolr & IGB_VMOLR_LENGTH : IGB_FRAME_ORDINARY);
}

static enum igb_stored store(struct igb *igb, uint32_t length, unsigned int pool)
{
	uint32_t vmolr = igb_get(igb, IGB_VMOLR(pool));
	const struct igb_frame_form form = {
		.keeps_fcs = !(vmolr & IGB_VMOLR_STRCRC), .strips_tag = vmolr & IGB_VMOLR_STRVLAN,
	};
	struct igb_hash hash;
	struct igb_received r = igb_frame_describe(igb, length, &form, &hash);
	unsigned int queue = pool + (vmolr & IGB_VMOLR_RSSE ? 8 * (hash.queue & 1) : 0);
	uint32_t wire = length < IGB_FRAME_MIN ? IGB_FRAME_MIN : length;

	enum igb_stored result = igb_rx_store(igb, queue, &r);

	switch (result) {
	case IGB_STORED_IT:
		igb_count_received(igb, r.frame, wire);
		igb_count_vf_received(igb, pool, r.frame, wire);
		break;
	case IGB_NO_ROOM:
		igb_count(igb, IGB_RNBC);
		igb_count(igb, IGB_MPC);
		return IGB_DROPPED;
	case IGB_DROPPED:
		break;
	}
	return result;
}

enum igb_stored igb_pools_store(struct igb *igb, uint32_t length, uint32_t pools)
{
	enum igb_stored result = IGB_STORED_IT;
	uint8_t head[HEAD_SIZE];

	memcpy(head, igb->frame, HEAD_SIZE);
	for (unsigned int pool = 0; pool < IGB_POOLS; pool++) {
		if (!(pools & 1u << pool))
			continue;
		if (is_too_long(igb, pool, length)) {
			igb_count(igb, IGB_ROC);
			continue;
		}
		if (store(igb, length, pool) == IGB_DROPPED)
			result = IGB_DROPPED;
		memcpy(igb->frame, head, HEAD_SIZE);
	}
	return result;
}
