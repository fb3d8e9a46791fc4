/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saves and restores the controller as it is between two register writes: then no completion is
 * staged, and the controller holds no commands but event requests. A restored state is one that
 * register writes and commands could have produced. The blocks of the disk are not part of it.
 */
#include "nvme/state.h"

#include <errno.h>
#include <string.h>

#include "nvme/queue.h"
#include "nvme/worker.h"
#include "util/alloc.h"
#include "util/os.h"
#include "util/reason.h"

#define VERSION 1u
#define CSTS_KNOWN (NVME_CSTS_RDY | NVME_CSTS_CFS | NVME_CSTS_SHST_MASK)
#define ADMIN_ENTRIES 4096u

/* All of struct nvme that is restored. The scratch of a command is not. */
struct nvme_state {
	char serial[NVME_SERIAL_SIZE];
	uint8_t uuid[16];
	struct msix_table msix;
	uint32_t intms, cc, csts, aqa;
	uint64_t asq, acq;
	struct nvme_sq sq[NVME_QUEUE_SLOTS];
	struct nvme_cq cq[NVME_QUEUE_SLOTS];
	struct nvme_events events;
	struct nvme_features features;
	struct nvme_health health;
};

static void save_queues(const struct nvme *nvme, struct pack *to)
{
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++) {
		const struct nvme_cq *cq = &nvme->cq[i];

		pack_u32(to, cq->exists ? cq->size : 0);
		if (!cq->exists)
			continue;
		pack_u16(to, cq->vector);
		pack_u16(to, (uint16_t)(cq->interrupts | cq->phase << 1));
		pack_u32(to, cq->head);
		pack_u32(to, cq->tail);
		pack_u64(to, cq->base);
	}
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++) {
		const struct nvme_sq *sq = &nvme->sq[i];

		pack_u32(to, sq->exists ? sq->size : 0);
		if (!sq->exists)
			continue;
		pack_u16(to, sq->cq_id);
		pack_u32(to, sq->head);
		pack_u32(to, sq->tail);
		pack_u64(to, sq->base);
	}
}

static void save_cids(const uint16_t *cid, unsigned int count, struct pack *to)
{
	pack_u16(to, (uint16_t)count);
	for (unsigned int i = 0; i < count; i++)
		pack_u16(to, cid[i]);
}

static void save_events(const struct nvme_events *events, struct pack *to)
{
	save_cids(events->held, events->held_count, to);
	save_cids(events->aborted, events->aborted_count, to);
	for (unsigned int i = 0; i < NVME_EVENT_TYPE_COUNT; i++) {
		const struct nvme_event *e = &events->type[i];

		pack_u16(to, (uint16_t)(e->pending | e->masked << 1));
		pack_u16(to, (uint16_t)(e->info | e->log << 8));
	}
}

static void save_features(const struct nvme_features *features, struct pack *to)
{
	for (unsigned int i = 0; i < NVME_FEATURE_SLOTS; i++)
		pack_u32(to, features->value[i]);
	pack_u16(to, features->too_hot);
	pack_u16(to, features->too_cold);
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++)
		pack_u16(to, features->uncoalesced[i]);
	pack_u32(to, features->sq_count);
	pack_u32(to, features->cq_count);
}

static void save_health(const struct nvme_health *health, struct pack *to)
{
	pack_u64(to, health->bytes_read);
	pack_u64(to, health->bytes_written);
	pack_u64(to, health->reads);
	pack_u64(to, health->writes);
	pack_u64(to, health->busy_ns);
	pack_u64(to, os_now_ns() - health->born_ns);
	pack_u64(to, health->unsafe_shutdowns);
	pack_u64(to, health->media_errors);
	pack_u64(to, health->errors);
	/* The entries are already little-endian, because the host reads them so. */
	pack_bytes(to, health->error, sizeof(health->error));
}

void nvme_save(struct function *fn, struct pack *to)
{
	struct nvme *nvme = nvme_of(fn);

	nvme_worker_finish(nvme);
	pack_u32(to, VERSION);
	pack_u32(to, nvme->settings.queues);
	pack_u32(to, nvme->settings.block_shift);
	pack_u64(to, nvme->block_count);
	pack_bytes(to, nvme->settings.serial, NVME_SERIAL_SIZE);
	pack_bytes(to, nvme->uuid, sizeof(nvme->uuid));
	pack_bytes(to, nvme->msix.bytes, sizeof(nvme->msix.bytes));
	pack_u32(to, nvme->intms);
	pack_u32(to, nvme->cc);
	pack_u32(to, nvme->csts);
	pack_u32(to, nvme->aqa);
	pack_u64(to, nvme->asq);
	pack_u64(to, nvme->acq);
	save_queues(nvme, to);
	save_events(&nvme->events, to);
	save_features(&nvme->features, to);
	save_health(&nvme->health, to);
}

static int judge_disk(const struct nvme *nvme, struct unpack *from)
{
	uint32_t version = unpack_u32(from), queues = unpack_u32(from), shift = unpack_u32(from);
	uint64_t blocks = unpack_u64(from);

	if (version != VERSION)
		return REASON(-EPROTONOSUPPORT, "%s: the controller's state has version %u, and only %u is known",
			      nvme->fn.address, version, VERSION);
	if (queues != nvme->settings.queues || shift != nvme->settings.block_shift ||
	    blocks != nvme->block_count)
		return REASON(-EINVAL, "%s: unlike ours, the saved disk has %llu blocks of 2^%u bytes and %u queues",
			      nvme->fn.address, (unsigned long long)blocks, shift, queues);
	return 0;
}

static void load(struct unpack *from, void *to, size_t size)
{
	const void *bytes = unpack_bytes(from, size);

	if (bytes)
		memcpy(to, bytes, size);
}

static void load_registers(struct nvme_state *s, struct unpack *from)
{
	load(from, s->serial, sizeof(s->serial));
	load(from, s->uuid, sizeof(s->uuid));
	load(from, s->msix.bytes, sizeof(s->msix.bytes));
	s->intms = unpack_u32(from);
	s->cc = unpack_u32(from);
	s->csts = unpack_u32(from);
	s->aqa = unpack_u32(from);
	s->asq = unpack_u64(from);
	s->acq = unpack_u64(from);
}

static void load_cq(struct nvme_cq *cq, uint16_t id, struct unpack *from)
{
	uint16_t flags;

	cq->size = unpack_u32(from);
	cq->exists = cq->size;
	if (!cq->exists)
		return;
	cq->id = id;
	cq->vector = unpack_u16(from);
	flags = unpack_u16(from);
	cq->interrupts = flags & 1;
	cq->phase = flags >> 1 & 1;
	cq->head = unpack_u32(from);
	cq->tail = unpack_u32(from);
	cq->base = unpack_u64(from);
}

static void load_sq(struct nvme_sq *sq, uint16_t id, struct unpack *from)
{
	sq->size = unpack_u32(from);
	sq->exists = sq->size;
	if (!sq->exists)
		return;
	sq->id = id;
	sq->cq_id = unpack_u16(from);
	sq->head = unpack_u32(from);
	sq->tail = unpack_u32(from);
	sq->base = unpack_u64(from);
}

/* Returns false if there are more ids than the controller can hold. */
static bool load_cids(uint16_t *cid, unsigned int *count, struct unpack *from)
{
	*count = unpack_u16(from);
	for (unsigned int i = 0; *count <= NVME_EVENTS_HELD_MAX && i < *count; i++)
		cid[i] = unpack_u16(from);
	return *count <= NVME_EVENTS_HELD_MAX;
}

static bool load_events(struct nvme_events *events, struct unpack *from)
{
	if (!load_cids(events->held, &events->held_count, from) ||
	    !load_cids(events->aborted, &events->aborted_count, from))
		return false;
	for (unsigned int i = 0; i < NVME_EVENT_TYPE_COUNT; i++) {
		struct nvme_event *e = &events->type[i];
		uint16_t flags = unpack_u16(from), what = unpack_u16(from);

		e->pending = flags & 1;
		e->masked = flags >> 1 & 1;
		e->info = (uint8_t)what;
		e->log = (uint8_t)(what >> 8);
	}
	return true;
}

static void load_features(struct nvme_features *features, struct unpack *from)
{
	for (unsigned int i = 0; i < NVME_FEATURE_SLOTS; i++)
		features->value[i] = unpack_u32(from);
	features->too_hot = unpack_u16(from);
	features->too_cold = unpack_u16(from);
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++)
		features->uncoalesced[i] = unpack_u16(from);
	features->sq_count = unpack_u32(from);
	features->cq_count = unpack_u32(from);
}

static void load_health(struct nvme_health *health, struct unpack *from)
{
	health->bytes_read = unpack_u64(from);
	health->bytes_written = unpack_u64(from);
	health->reads = unpack_u64(from);
	health->writes = unpack_u64(from);
	health->busy_ns = unpack_u64(from);
	health->born_ns = os_now_ns() - unpack_u64(from);
	health->unsafe_shutdowns = unpack_u64(from);
	health->media_errors = unpack_u64(from);
	health->errors = unpack_u64(from);
	load(from, health->error, sizeof(health->error));
}

static bool is_good_queue(uint32_t size, uint32_t head, uint32_t tail, uint64_t base, unsigned int id,
			  unsigned int page_shift)
{
	return size >= 2 && size <= (id ? NVME_QUEUE_ENTRIES : ADMIN_ENTRIES) && head < size &&
	       tail < size && is_aligned(base, bit64(page_shift));
}

/*
 * A state that register writes could not produce might let the device reach memory that no command
 * can.
 */
static bool is_possible(const struct nvme *nvme, struct nvme_state *s)
{
	unsigned int page_shift = NVME_CC_MPS_SHIFT(s->cc), limit = nvme->settings.queues;
	bool is_ready = s->csts & NVME_CSTS_RDY;

	if (s->cc & ~NVME_CC_WRITABLE || s->csts & ~CSTS_KNOWN || s->aqa & ~NVME_AQA_WRITABLE ||
	    (is_ready && (page_shift > NVME_PAGE_SHIFT_MAX || !(s->cc & NVME_CC_EN))) ||
	    is_ready != s->cq[0].exists || is_ready != s->sq[0].exists ||
	    !s->features.sq_count || s->features.sq_count > limit ||
	    !s->features.cq_count || s->features.cq_count > limit)
		return false;
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++) {
		const struct nvme_cq *cq = &s->cq[i];

		if (cq->exists && (!is_ready || i > limit || cq->vector > limit ||
				   !is_good_queue(cq->size, cq->head, cq->tail, cq->base, i, page_shift)))
			return false;
	}
	for (unsigned int i = 0; i < NVME_QUEUE_SLOTS; i++) {
		const struct nvme_sq *sq = &s->sq[i];

		if (!sq->exists)
			continue;
		if (!is_ready || i > limit || sq->cq_id > limit || !s->cq[sq->cq_id].exists ||
		    !i != !sq->cq_id ||
		    !is_good_queue(sq->size, sq->head, sq->tail, sq->base, i, page_shift))
			return false;
		s->cq[sq->cq_id].users++;
	}
	return true;
}

int nvme_judge(struct function *fn, struct unpack *from, void **state)
{
	const struct nvme *nvme = nvme_of(fn);
	struct nvme_state *s;
	int r = judge_disk(nvme, from);
	bool is_good;

	if (r)
		return r;
	s = ALLOC(struct nvme_state);
	if (!s)
		return REASON(-ENOMEM, "no memory for a controller's state");
	*state = s;
	load_registers(s, from);
	for (uint16_t i = 0; i < NVME_QUEUE_SLOTS; i++)
		load_cq(&s->cq[i], i, from);
	for (uint16_t i = 0; i < NVME_QUEUE_SLOTS; i++)
		load_sq(&s->sq[i], i, from);
	is_good = load_events(&s->events, from);
	load_features(&s->features, from);
	load_health(&s->health, from);
	if (!is_good || from->has_failed || !is_possible(nvme, s))
		return REASON(-EPROTO, "%s: no controller can be in this state", fn->address);
	return 0;
}

void nvme_apply(struct function *fn, const void *state)
{
	struct nvme *nvme = nvme_of(fn);
	const struct nvme_state *s = state;

	nvme_quiesce(fn);
	memcpy(nvme->settings.serial, s->serial, sizeof(s->serial));
	memcpy(nvme->uuid, s->uuid, sizeof(s->uuid));
	nvme->msix = s->msix;
	nvme->intms = s->intms;
	nvme->cc = s->cc;
	nvme->csts = s->csts;
	nvme->aqa = s->aqa;
	nvme->asq = s->asq;
	nvme->acq = s->acq;
	nvme->page_shift = NVME_CC_MPS_SHIFT(s->cc);
	memcpy(nvme->sq, s->sq, sizeof(s->sq));
	memcpy(nvme->cq, s->cq, sizeof(s->cq));
	nvme->events = s->events;
	nvme->features = s->features;
	nvme->health = s->health;
	nvme->staged.count = 0;
	nvme_update_intx(nvme);
}
