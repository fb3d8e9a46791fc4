/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous events: the controller holds the host's event requests, and each event completes one
 * of them. After an event is reported, its type is masked until the host reads the log page that
 * the event names [NVMe 1.4 5.2].
 */
#include "nvme/event.h"

#include <string.h>

#include "nvme/health.h"
#include "nvme/queue.h"

#define ABORT_FAILED 1u   /* dword 0: the command was not aborted */

uint16_t nvme_async_event(struct nvme *nvme, struct nvme_request *request)
{
	struct nvme_events *events = &nvme->events;

	if (events->held_count == NVME_EVENTS_HELD_MAX)
		return NVME_REFUSED(NVME_EVENT_LIMIT_EXCEEDED);
	events->held[events->held_count++] = le16_get(request->command->cid);
	return NVME_HELD;
}

static uint16_t take_held(struct nvme_events *events, unsigned int i)
{
	uint16_t cid = events->held[i];

	events->held_count--;
	memmove(&events->held[i], &events->held[i + 1],
		(events->held_count - i) * sizeof(events->held[0]));
	return cid;
}

/*
 * Only event requests can be aborted, because every other command ends before an Abort that names
 * it can be fetched. nvme_events_tell() completes the aborted request when the completion queue has
 * room.
 */
uint16_t nvme_abort(struct nvme *nvme, struct nvme_request *request)
{
	struct nvme_events *events = &nvme->events;
	uint32_t what = le32_get(request->command->cdw10);

	request->result = ABORT_FAILED;
	for (unsigned int i = 0; i < events->held_count && !(what & 0xffff); i++) {
		if (events->held[i] != what >> 16 ||
		    events->aborted_count == NVME_EVENTS_HELD_MAX)
			continue;
		events->aborted[events->aborted_count++] = take_held(events, i);
		request->result = 0;
		break;
	}
	return NVME_OK;
}

void nvme_event_report(struct nvme *nvme, enum nvme_event_type type, uint8_t info, uint8_t log)
{
	struct nvme_event *event = &nvme->events.type[type];

	if (event->pending || event->masked)
		return;
	*event = (struct nvme_event){ .pending = true, .info = info, .log = log };
}

void nvme_event_unmask(struct nvme *nvme, uint8_t log)
{
	for (unsigned int i = 0; i < NVME_EVENT_TYPE_COUNT; i++)
		if (nvme->events.type[i].masked && nvme->events.type[i].log == log)
			nvme->events.type[i].masked = false;
}

/*
 * Reports a health event again after it is unmasked, as long as its cause lasts and the host
 * enables it.
 */
static void look_at_health(struct nvme *nvme)
{
	uint32_t wanted = nvme->features.value[NVME_FEATURE_EVENTS];

	if (nvme_critical_warning(nvme) & wanted & NVME_SMART_TEMPERATURE)
		nvme_event_report(nvme, NVME_EVENT_HEALTH, NVME_EVENT_TEMPERATURE, NVME_LOG_SMART);
}

static bool has_room(const struct nvme *nvme)
{
	return nvme_is_ready(nvme) && nvme_cq_room(&nvme->cq[0]);
}

static void tell(struct nvme *nvme, struct nvme_event *event, enum nvme_event_type type)
{
	uint32_t result = type | (uint32_t)event->info << 8 | (uint32_t)event->log << 16;

	event->pending = false;
	event->masked = true;
	nvme_complete(nvme, &nvme->sq[0], take_held(&nvme->events, 0), NVME_OK, result);
}

void nvme_events_tell(struct nvme *nvme)
{
	struct nvme_events *events = &nvme->events;

	while (events->aborted_count && has_room(nvme))
		nvme_complete(nvme, &nvme->sq[0], events->aborted[--events->aborted_count],
			      NVME_ABORT_REQUESTED, 0);
	look_at_health(nvme);
	for (unsigned int i = 0; i < NVME_EVENT_TYPE_COUNT; i++)
		if (events->type[i].pending && events->held_count && has_room(nvme))
			tell(nvme, &events->type[i], i);
}
