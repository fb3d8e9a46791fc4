/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks the arguments of the commands that create and delete I/O queues, in the way that
 * [NVMe 1.4 5.3 to 5.6] prescribes. A refused command changes nothing. queue.c does the work.
 */
#include "nvme/admin_queue.h"

#include "nvme/queue.h"

/* Arguments of a create command, from dwords 10 and 11 and PRP 1. */
struct queue_wish {
	uint16_t id;
	uint32_t size;
	uint32_t flags;
	uint16_t other;     /* interrupt vector of a CQ, or completion queue of an SQ */
	uint64_t base;
};

static struct queue_wish wish_of(const struct nvme_command *command)
{
	uint32_t cdw10 = le32_get(command->cdw10), cdw11 = le32_get(command->cdw11);

	return (struct queue_wish){
		.id = (uint16_t)cdw10,
		.size = (cdw10 >> 16) + 1,
		.flags = cdw11 & 0xffff,
		.other = (uint16_t)(cdw11 >> 16),
		.base = le64_get(command->prp1),
	};
}

static uint16_t check_shape(const struct nvme *nvme, const struct queue_wish *wish,
			    uint32_t entry_shift, uint32_t supported_shift)
{
	if (wish->size < 2 || wish->size > NVME_QUEUE_ENTRIES || entry_shift != supported_shift)
		return NVME_REFUSED(NVME_INVALID_QUEUE_SIZE);
	if (!(wish->flags & NVME_QUEUE_CONTIGUOUS))
		return NVME_REFUSED(NVME_INVALID_FIELD);
	if (!is_aligned(wish->base, nvme_page_size(nvme)))
		return NVME_REFUSED(NVME_INVALID_PRP_OFFSET);
	return NVME_OK;
}

uint16_t nvme_create_cq(struct nvme *nvme, struct nvme_request *request)
{
	struct queue_wish wish = wish_of(request->command);
	uint16_t status;

	if (!wish.id || wish.id > nvme->features.cq_count || nvme->cq[wish.id].exists)
		return NVME_REFUSED(NVME_INVALID_QUEUE_ID);
	status = check_shape(nvme, &wish, NVME_CC_IOCQES(nvme->cc), NVME_CQE_SHIFT);
	if (status)
		return status;
	if (wish.other > nvme->settings.queues)
		return NVME_REFUSED(NVME_INVALID_VECTOR);
	nvme_cq_create(nvme, wish.id, wish.base, wish.size, wish.other,
		       wish.flags & NVME_CQ_INTERRUPTS);
	return NVME_OK;
}

uint16_t nvme_create_sq(struct nvme *nvme, struct nvme_request *request)
{
	struct queue_wish wish = wish_of(request->command);
	uint16_t status;

	if (!wish.id || wish.id > nvme->features.sq_count || nvme->sq[wish.id].exists ||
	    !wish.other || wish.other > nvme->features.cq_count)
		return NVME_REFUSED(NVME_INVALID_QUEUE_ID);
	if (!nvme->cq[wish.other].exists)
		return NVME_REFUSED(NVME_INVALID_CQ);
	status = check_shape(nvme, &wish, NVME_CC_IOSQES(nvme->cc), NVME_SQE_SHIFT);
	if (status)
		return status;
	nvme_sq_create(nvme, wish.id, wish.base, wish.size, wish.other);
	return NVME_OK;
}

uint16_t nvme_delete_cq(struct nvme *nvme, struct nvme_request *request)
{
	uint16_t id = (uint16_t)le32_get(request->command->cdw10);

	if (!id || id >= NVME_QUEUE_SLOTS || !nvme->cq[id].exists)
		return NVME_REFUSED(NVME_INVALID_QUEUE_ID);
	if (nvme->cq[id].users)
		return NVME_REFUSED(NVME_INVALID_QUEUE_DELETION);
	nvme_cq_remove(nvme, id);
	return NVME_OK;
}

uint16_t nvme_delete_sq(struct nvme *nvme, struct nvme_request *request)
{
	uint16_t id = (uint16_t)le32_get(request->command->cdw10);

	if (!id || id >= NVME_QUEUE_SLOTS || !nvme->sq[id].exists)
		return NVME_REFUSED(NVME_INVALID_QUEUE_ID);
	nvme_sq_remove(nvme, id);
	return NVME_OK;
}
