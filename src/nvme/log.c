/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log pages [NVMe 1.4 5.14]. Each is built in the scratch page when the host asks for it, from
 * counters that the other files keep. Nothing is stored here.
 */
#include "nvme/log.h"

#include <string.h>

#include "nvme/data.h"
#include "nvme/event.h"
#include "nvme/health.h"
#include "util/os.h"

#define NS_PER_MINUTE (60 * UINT64_C(1000000000))

struct log_page {
	uint8_t id;
	uint32_t size;             /* bytes, at most sizeof(nvme->page) */
	void (*build)(struct nvme *nvme, void *page);
};

static void set_counter(struct le64 counter[2], uint64_t value)
{
	counter[0] = le64_make(value);
}

/* The host expects the newest error first. */
static void build_error(struct nvme *nvme, void *page)
{
	const struct nvme_health *health = &nvme->health;
	struct nvme_error_entry *entry = page;

	for (uint64_t i = 0; i < NVME_ERROR_ENTRIES && i < health->errors; i++)
		entry[i] = health->error[(health->errors - 1 - i) % NVME_ERROR_ENTRIES];
}

/* A data unit is 1000 * 512 bytes; a part of one counts as a whole. */
static uint64_t data_units(uint64_t bytes)
{
	return (bytes + 511999) / 512000;
}

static void build_smart(struct nvme *nvme, void *page)
{
	const struct nvme_health *health = &nvme->health;
	struct nvme_smart_log *log = page;

	log->critical_warning = nvme_critical_warning(nvme);
	log->temperature[0] = NVME_TEMPERATURE_KELVIN & 0xff;
	log->temperature[1] = NVME_TEMPERATURE_KELVIN >> 8;
	log->spare = 100;
	log->spare_threshold = 10;
	set_counter(log->units_read, data_units(health->bytes_read));
	set_counter(log->units_written, data_units(health->bytes_written));
	set_counter(log->reads, health->reads);
	set_counter(log->writes, health->writes);
	set_counter(log->busy_minutes, health->busy_ns / NS_PER_MINUTE);
	set_counter(log->power_cycles, 1);
	set_counter(log->power_on_hours, (os_now_ns() - health->born_ns) / NS_PER_MINUTE / 60);
	set_counter(log->unsafe_shutdowns, health->unsafe_shutdowns);
	set_counter(log->media_errors, health->media_errors);
	set_counter(log->error_entries, health->errors);
}

static void build_firmware(struct nvme *nvme, void *page)
{
	struct nvme_firmware_log *log = page;

	log->active = 1;
	memcpy(log->revision[0], NVME_FIRMWARE, sizeof(log->revision[0]));
}

static void build_effects(struct nvme *nvme, void *page)
{
	struct nvme_effects_log *log = page;

	for (unsigned int i = 0; i < NVME_OPCODES; i++) {
		if (nvme->admin_opcodes[i].run)
			log->admin[i] = le32_make(NVME_EFFECT_SUPPORTED |
						  nvme->admin_opcodes[i].effects);
		if (nvme->io_opcodes[i].run)
			log->io[i] = le32_make(NVME_EFFECT_SUPPORTED |
					       nvme->io_opcodes[i].effects);
	}
}

static const struct log_page pages[] = {
	{ NVME_LOG_ERROR, NVME_ERROR_ENTRIES * sizeof(struct nvme_error_entry), build_error },
	{ NVME_LOG_SMART, sizeof(struct nvme_smart_log), build_smart },
	{ NVME_LOG_FIRMWARE, sizeof(struct nvme_firmware_log), build_firmware },
	{ NVME_LOG_EFFECTS, sizeof(struct nvme_effects_log), build_effects },
};

static const struct log_page *find_page(uint8_t id)
{
	for (size_t i = 0; i < ARRAY_COUNT(pages); i++)
		if (pages[i].id == id)
			return &pages[i];
	return NULL;
}

uint16_t nvme_get_log_page(struct nvme *nvme, struct nvme_request *request)
{
	const struct nvme_command *command = request->command;
	uint32_t cdw10 = le32_get(command->cdw10), nsid = le32_get(command->nsid);
	uint64_t dwords = (cdw10 >> 16 | (uint64_t)(le32_get(command->cdw11) & 0xffff) << 16) + 1;
	uint64_t offset = le32_get(command->cdw12) | (uint64_t)le32_get(command->cdw13) << 32;
	const struct log_page *page = find_page((uint8_t)cdw10);
	uint16_t status;

	if (!page)
		return NVME_REFUSED(NVME_INVALID_LOG_PAGE);
	if (nsid != 0 && nsid != NVME_NSID && nsid != NVME_NSID_ALL)
		return NVME_REFUSED(NVME_INVALID_NAMESPACE);
	if (!is_aligned(offset, 4) || offset >= page->size)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	memset(nvme->page, 0, sizeof(nvme->page));
	page->build(nvme, nvme->page);
	status = nvme_data_send(nvme, command, nvme->page + offset,
				min_u64(dwords * 4, page->size - offset));
	if (!status && !(cdw10 & NVME_LOG_RETAIN_EVENT))
		nvme_event_unmask(nvme, page->id);
	return status;
}
