/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the last errors in a ring that survives every reset, and computes the critical warning
 * [NVMe 1.4 5.14.1]. log.c lays both out for the host.
 */
#include "nvme/health.h"

uint8_t nvme_critical_warning(const struct nvme *nvme)
{
	const struct nvme_features *f = &nvme->features;
	uint8_t warning = 0;

	if (NVME_TEMPERATURE_KELVIN >= f->too_hot || NVME_TEMPERATURE_KELVIN <= f->too_cold)
		warning |= NVME_SMART_TEMPERATURE;
	if (nvme->backing.readonly)
		warning |= NVME_SMART_READ_ONLY;
	return warning;
}

void nvme_log_error(struct nvme *nvme, const struct nvme_request *request, uint16_t status)
{
	struct nvme_health *health = &nvme->health;
	const struct nvme_command *command = request->command;
	struct nvme_error_entry *entry = &health->error[health->errors % NVME_ERROR_ENTRIES];
	bool is_io = request->sq->id;

	*entry = (struct nvme_error_entry){
		.count = le64_make(++health->errors),
		.sq_id = le16_make(request->sq->id),
		.cid = command->cid,
		.status = le16_make((uint16_t)(status << 1)),
		.parameter = le16_make(0xffff),
		.lba = le64_make(is_io ? le32_get(command->cdw10) |
				 (uint64_t)le32_get(command->cdw11) << 32 : 0),
		.nsid = command->nsid,
	};
}
