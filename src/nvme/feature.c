/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features [NVMe 1.4 5.21]. Set Features stores most values for Get Features to return; a feature
 * with an effect has functions of its own. No feature can be saved across a reset.
 */
#include "nvme/feature.h"

#include <string.h>

#include "nvme/transfer.h"

#define SELECT(cdw10)      ((cdw10) >> 8 & 0x7)
#define SET_SAVE           bit64(31)
#define CAN_CHANGE         0x4u      /* this and the next are bits of the capabilities */
#define PER_NAMESPACE      0x2u

#define VECTOR_UNCOALESCED 0x10000u

struct feature {
	bool exists;
	bool per_namespace;
	uint32_t mask;             /* bits of dword 11 that are stored */
	uint32_t initial;
	/* If NULL, Set stores dword 11 and Get returns it. */
	uint16_t (*set)(struct nvme *nvme, uint32_t value, uint32_t *result);
	uint16_t (*get)(struct nvme *nvme, uint32_t selector, uint32_t *result);
};

static uint16_t set_power(struct nvme *nvme, uint32_t value, uint32_t *result)
{
	return value & 0x1f ? NVME_REFUSED(NVME_INVALID_FIELD) : NVME_OK;
}

/* Only the composite temperature (selector 0, or all) has thresholds. */
static uint16_t *threshold(struct nvme *nvme, uint32_t value)
{
	unsigned int sensor = value >> 16 & 0xf, type = value >> 20 & 0x3;

	if ((sensor != 0 && sensor != 0xf) || type > 1)
		return NULL;
	return type ? &nvme->features.too_cold : &nvme->features.too_hot;
}

static uint16_t set_temperature(struct nvme *nvme, uint32_t value, uint32_t *result)
{
	uint16_t *kelvin = threshold(nvme, value);

	if (!kelvin)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	*kelvin = (uint16_t)value;
	return NVME_OK;
}

static uint16_t get_temperature(struct nvme *nvme, uint32_t selector, uint32_t *result)
{
	const uint16_t *kelvin = threshold(nvme, selector);

	if (!kelvin || (selector >> 16 & 0xf) == 0xf)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	*result = *kelvin;
	return NVME_OK;
}

/* Flushes whenever the setting is written, so that disabling the cache loses no data. */
static uint16_t set_write_cache(struct nvme *nvme, uint32_t value, uint32_t *result)
{
	return nvme_backing_status(nvme, backing_flush(&nvme->backing), true);
}

static bool has_io_queues(const struct nvme *nvme)
{
	for (unsigned int i = 1; i < NVME_QUEUE_SLOTS; i++)
		if (nvme->sq[i].exists || nvme->cq[i].exists)
			return true;
	return false;
}

static uint16_t get_queues(struct nvme *nvme, uint32_t selector, uint32_t *result)
{
	const struct nvme_features *f = &nvme->features;

	*result = (f->sq_count - 1) | (f->cq_count - 1) << 16;
	return NVME_OK;
}

/* The counts in dword 11 are zero-based, and 0xffff is reserved. */
static uint16_t set_queues(struct nvme *nvme, uint32_t value, uint32_t *result)
{
	struct nvme_features *f = &nvme->features;
	uint32_t sq = value & 0xffff, cq = value >> 16;

	if (has_io_queues(nvme))
		return NVME_REFUSED(NVME_COMMAND_SEQUENCE_ERROR);
	if (sq == 0xffff || cq == 0xffff)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	f->sq_count = (unsigned int)min_u64(sq + 1, nvme->settings.queues);
	f->cq_count = (unsigned int)min_u64(cq + 1, nvme->settings.queues);
	return get_queues(nvme, 0, result);
}

static uint16_t get_vector(struct nvme *nvme, uint32_t selector, uint32_t *result)
{
	uint32_t vector = selector & 0xffff;

	if (vector > nvme->settings.queues)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	*result = vector | (nvme->features.uncoalesced[vector] ? VECTOR_UNCOALESCED : 0);
	return NVME_OK;
}

static uint16_t set_vector(struct nvme *nvme, uint32_t value, uint32_t *result)
{
	uint32_t vector = value & 0xffff;

	if (vector > nvme->settings.queues)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	nvme->features.uncoalesced[vector] = value & VECTOR_UNCOALESCED;
	return NVME_OK;
}

/*
 * Coalescing is stored but has no effect, because it is only a recommendation [NVMe 1.4 5.21.1.8].
 */
static const struct feature features[NVME_FEATURE_SLOTS] = {
	[NVME_FEATURE_ARBITRATION] = { true, false, 0xffffff07, 0x7, NULL, NULL },
	[NVME_FEATURE_POWER] = { true, false, 0xff, 0, set_power, NULL },
	[NVME_FEATURE_TEMPERATURE] = { true, false, 0, 0, set_temperature, get_temperature },
	[NVME_FEATURE_ERROR_RECOVERY] = { true, true, 0xffff, 0, NULL, NULL },
	[NVME_FEATURE_WRITE_CACHE] = { true, false, 0x1, 0x1, set_write_cache, NULL },
	[NVME_FEATURE_QUEUES] = { true, false, 0, 0, set_queues, get_queues },
	[NVME_FEATURE_COALESCING] = { true, false, 0xffff, 0, NULL, NULL },
	[NVME_FEATURE_VECTOR] = { true, false, 0, 0, set_vector, get_vector },
	[NVME_FEATURE_ATOMICITY] = { true, false, 0x1, 0, NULL, NULL },
	[NVME_FEATURE_EVENTS] = { true, false, 0xff, 0, NULL, NULL },
};

static const struct feature *find_feature(uint32_t cdw10)
{
	uint8_t id = (uint8_t)cdw10;

	return id < NVME_FEATURE_SLOTS && features[id].exists ? &features[id] : NULL;
}

void nvme_features_reset(struct nvme *nvme)
{
	struct nvme_features *f = &nvme->features;

	memset(f, 0, sizeof(*f));
	for (unsigned int i = 0; i < NVME_FEATURE_SLOTS; i++)
		f->value[i] = features[i].initial;
	f->too_hot = NVME_WARM_KELVIN;
	f->sq_count = f->cq_count = nvme->settings.queues;
}

static uint16_t check_namespace(const struct feature *feature, uint32_t nsid)
{
	if (nsid == NVME_NSID_ALL || (nsid == 0 && !feature->per_namespace))
		return NVME_OK;
	if (nsid != NVME_NSID)
		return NVME_REFUSED(NVME_INVALID_NAMESPACE);
	return feature->per_namespace ? NVME_OK : NVME_REFUSED(NVME_FEATURE_NOT_PER_NAMESPACE);
}

uint16_t nvme_set_features(struct nvme *nvme, struct nvme_request *request)
{
	uint32_t cdw10 = le32_get(request->command->cdw10);
	uint32_t value = le32_get(request->command->cdw11);
	const struct feature *feature = find_feature(cdw10);
	uint16_t status;

	if (!feature)
		return NVME_REFUSED(NVME_INVALID_FIELD);
	if (cdw10 & SET_SAVE)
		return NVME_REFUSED(NVME_FEATURE_NOT_SAVEABLE);
	status = check_namespace(feature, le32_get(request->command->nsid));
	if (!status && feature->set)
		status = feature->set(nvme, value, &request->result);
	if (!status)
		nvme->features.value[cdw10 & 0xff] = value & feature->mask;
	return status;
}

/* Answers Get Features for one value of its SELECT field. */
typedef uint16_t (*answer_fn)(struct nvme *nvme, const struct feature *feature,
			      const struct nvme_command *command, uint32_t *result);

static uint16_t answer_current(struct nvme *nvme, const struct feature *feature,
			       const struct nvme_command *command, uint32_t *result)
{
	*result = nvme->features.value[feature - features];
	return feature->get ? feature->get(nvme, le32_get(command->cdw11), result) : NVME_OK;
}

/* Resets the features, reads the default value, and puts the current values back. */
static uint16_t answer_default(struct nvme *nvme, const struct feature *feature,
			       const struct nvme_command *command, uint32_t *result)
{
	struct nvme_features saved = nvme->features;
	uint16_t status;

	nvme_features_reset(nvme);
	status = answer_current(nvme, feature, command, result);
	nvme->features = saved;
	return status;
}

static uint16_t answer_capabilities(struct nvme *nvme, const struct feature *feature,
				    const struct nvme_command *command, uint32_t *result)
{
	*result = CAN_CHANGE | (feature->per_namespace ? PER_NAMESPACE : 0);
	return NVME_OK;
}

/*
 * Rows are SELECT: current, default, saved, capabilities. The saved value is the default, as
 * nothing can be saved.
 */
static const answer_fn answers[] = {
	answer_current, answer_default, answer_default, answer_capabilities,
};

uint16_t nvme_get_features(struct nvme *nvme, struct nvme_request *request)
{
	uint32_t cdw10 = le32_get(request->command->cdw10);
	const struct feature *feature = find_feature(cdw10);

	if (!feature || SELECT(cdw10) >= ARRAY_COUNT(answers))
		return NVME_REFUSED(NVME_INVALID_FIELD);
	return answers[SELECT(cdw10)](nvme, feature, request->command, &request->result);
}
