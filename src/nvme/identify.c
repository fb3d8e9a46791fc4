/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills the structures by which the controller describes itself and its one namespace
 * [NVMe 1.4 5.15]. data.c sends them to the host.
 */
#include "nvme/identify.h"

#include <stdio.h>
#include <string.h>

#include "nvme/data.h"

#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

static uint64_t hash(uint64_t h, const char *text)
{
	while (*text)
		h = (h ^ (uint8_t)*text++) * HASH_PRIME;
	return h;
}

/*
 * The UUID depends on serial number and PCI address only, so a disk keeps it from run to run [RFC
 * 9562 5.8].
 */
void nvme_identify_init(struct nvme *nvme)
{
	uint64_t high = hash(hash(HASH_START, nvme->settings.serial), nvme->fn.address);
	uint64_t low = hash(high, "spapr-tce");

	for (unsigned int i = 0; i < 8; i++) {
		nvme->uuid[i] = (uint8_t)(high >> 8 * i);
		nvme->uuid[8 + i] = (uint8_t)(low >> 8 * i);
	}
	nvme->uuid[6] = (uint8_t)((nvme->uuid[6] & 0x0f) | 0x80);
	nvme->uuid[8] = (uint8_t)((nvme->uuid[8] & 0x3f) | 0x80);
}

/* NVMe pads ASCII fields with spaces, and does not terminate them. */
static void set_text(char *field, size_t size, const char *text)
{
	size_t length = strlen(text);

	memset(field, ' ', size);
	memcpy(field, text, length < size ? length : size);
}

static void set_nqn(const struct nvme *nvme, char *nqn, size_t size)
{
	size_t used = (size_t)snprintf(nqn, size, "nqn.2014-08.org.nvmexpress:uuid:");

	for (unsigned int i = 0; i < 16; i++)
		used += (size_t)snprintf(nqn + used, size - used, "%s%02x",
					 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
					 nvme->uuid[i]);
}

static uint16_t describe_controller(struct nvme *nvme, uint32_t nsid, void *page)
{
	struct nvme_identify_controller *id = page;

	id->vid = id->ssvid = le16_make(NVME_PCI_VENDOR);
	set_text(id->sn, sizeof(id->sn), nvme->settings.serial);
	set_text(id->mn, sizeof(id->mn), "spapr-tce NVMe");
	set_text(id->fr, sizeof(id->fr), NVME_FIRMWARE);
	id->mdts = NVME_TRANSFER_SHIFT - NVME_PAGE_SHIFT_MIN;
	id->ver = le32_make(NVME_VERSION_1_4);
	id->cntrltype = NVME_CNTRLTYPE_IO;
	id->acl = 3;
	id->aerl = NVME_EVENTS_HELD_MAX - 1;
	id->frmw = NVME_FRMW_ONE_SLOT_RO;
	id->lpa = NVME_LPA_EFFECTS | NVME_LPA_EXTENDED;
	id->elpe = NVME_ERROR_ENTRIES - 1;
	id->wctemp = le16_make(NVME_WARM_KELVIN);
	id->cctemp = le16_make(NVME_HOT_KELVIN);
	id->tnvmcap[0] = le64_make(nvme->backing.size);
	id->sqes = NVME_SQE_SHIFT << 4 | NVME_SQE_SHIFT;
	id->cqes = NVME_CQE_SHIFT << 4 | NVME_CQE_SHIFT;
	id->nn = le32_make(NVME_NSID);
	id->oncs = le16_make(NVME_ONCS_COMPARE | NVME_ONCS_DSM | NVME_ONCS_WRITE_ZEROES);
	id->vwc = NVME_VWC_PRESENT | NVME_VWC_FLUSH_ALL;
	id->psd[0].max_power = le16_make(2500);
	set_nqn(nvme, id->subnqn, sizeof(id->subnqn));
	return NVME_OK;
}

static uint16_t describe_namespace(struct nvme *nvme, uint32_t nsid, void *page)
{
	struct nvme_identify_namespace *id = page;
	unsigned int shift = nvme->settings.block_shift;

	if (nsid != NVME_NSID)
		return NVME_REFUSED(NVME_INVALID_NAMESPACE);
	id->nsze = id->ncap = id->nuse = le64_make(nvme->block_count);
	id->nsfeat = NVME_NSFEAT_OPTPERF;
	id->dlfeat = NVME_DLFEAT_ZEROES | NVME_DLFEAT_WRITE_ZEROES;
	id->nvmcap[0] = le64_make(nvme->backing.size);
	/*
	 * The preferred unit for writes and deallocation is 4 KiB, as a zero-based count of blocks.
	 */
	id->npwg = id->npwa = id->npdg = id->npda = id->nows =
		le16_make((uint16_t)((4096 >> shift) - 1));
	id->nsattr = nvme->backing.readonly ? NVME_NSATTR_WRITE_PROTECTED : 0;
	id->lbaf[0] = le32_make(NVME_LBAF(shift));
	return NVME_OK;
}

/* Lists the namespaces above nsid: our one, or none. */
static uint16_t list_namespaces(struct nvme *nvme, uint32_t nsid, void *page)
{
	struct le32 *list = page;

	if (nsid >= NVME_NSID_ALL - 1)
		return NVME_REFUSED(NVME_INVALID_NAMESPACE);
	if (nsid < NVME_NSID)
		list[0] = le32_make(NVME_NSID);
	return NVME_OK;
}

static uint16_t describe_ids(struct nvme *nvme, uint32_t nsid, void *page)
{
	struct nvme_namespace_descriptor *descriptor = page;

	if (nsid != NVME_NSID)
		return NVME_REFUSED(NVME_INVALID_NAMESPACE);
	descriptor->type = NVME_NIDT_UUID;
	descriptor->length = sizeof(descriptor->id);
	memcpy(descriptor->id, nvme->uuid, sizeof(descriptor->id));
	return NVME_OK;
}

/* We lack all other structures: they belong to namespace management or to later revisions. */
static uint16_t (*const structures[])(struct nvme *nvme, uint32_t nsid, void *page) = {
	[NVME_CNS_NAMESPACE] = describe_namespace,
	[NVME_CNS_CONTROLLER] = describe_controller,
	[NVME_CNS_ACTIVE_NAMESPACES] = list_namespaces,
	[NVME_CNS_NAMESPACE_DESCRIPTORS] = describe_ids,
};

uint16_t nvme_identify(struct nvme *nvme, struct nvme_request *request)
{
	const struct nvme_command *command = request->command;
	uint8_t cns = (uint8_t)le32_get(command->cdw10);
	uint16_t status;

	if (cns >= ARRAY_COUNT(structures))
		return NVME_REFUSED(NVME_INVALID_FIELD);
	memset(nvme->page, 0, sizeof(nvme->page));
	status = structures[cns](nvme, le32_get(command->nsid), nvme->page);
	return status ? status : nvme_data_send(nvme, command, nvme->page, NVME_IDENTIFY_SIZE);
}
