/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous events [NVMe 1.4 5.2], and the Abort command, which can abort only their requests.
 * Events are noted when they happen, and reported when the controller posts completions (serve.h).
 */
#ifndef STCE_NVME_EVENT_H
#define STCE_NVME_EVENT_H

#include "nvme/ctrl.h"

uint16_t nvme_async_event(struct nvme *nvme, struct nvme_request *request);
uint16_t nvme_abort(struct nvme *nvme, struct nvme_request *request);
/* Notes an event, unless one of its type is pending or masked. */
void nvme_event_report(struct nvme *nvme, enum nvme_event_type type, uint8_t info, uint8_t log);
/* Unmasks the events that name this log, because the host has read it. */
void nvme_event_unmask(struct nvme *nvme, uint8_t log);
/* Completes aborted event requests, and one request for each pending event, while there is room. */
void nvme_events_tell(struct nvme *nvme);

#endif
