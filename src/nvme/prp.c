/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical region pages. PRP 1 may start anywhere in a page. All further entries name whole pages:
 * PRP 2 is one, or it points to a list of them. If the data needs more entries than fit in a page
 * of the list, the last entry there points to the next page of the list [NVMe 1.4 4.3].
 */
#include "nvme/prp.h"

#define ENTRY_SIZE sizeof(struct le64)

/* Extends the last range if the new one follows it, else appends a range. */
static void add_range(struct nvme *nvme, uint64_t ioba, uint64_t length)
{
	struct nvme_transfer *t = nvme_transfer_in_hand(nvme);
	struct dma_range *last = t->range_count ? &t->range[t->range_count - 1] : NULL;

	if (last && last->ioba.value + last->length == ioba && ioba)
		last->length += length;
	else
		t->range[t->range_count++] = (struct dma_range){ to_ioba(ioba), length };
}

/* Adds the pages of `entries` list entries, and subtracts their length from *left. */
static uint16_t add_pages(struct nvme *nvme, const struct le64 *list, uint64_t entries,
			  uint64_t *left)
{
	uint64_t page = nvme_page_size(nvme);

	for (uint64_t i = 0; i < entries; i++) {
		uint64_t ioba = le64_get(list[i]);
		uint64_t length = min_u64(*left, page);

		if (!is_aligned(ioba, page))
			return NVME_REFUSED(NVME_INVALID_PRP_OFFSET);
		add_range(nvme, ioba, length);
		*left -= length;
	}
	return NVME_OK;
}

/*
 * Adds the entries in one page of the list. If more follow, *list becomes the address of the next
 * page.
 */
static uint16_t add_list_page(struct nvme *nvme, uint64_t *list, uint64_t *left)
{
	uint64_t page = nvme_page_size(nvme);
	uint64_t slots = (page - (*list & (page - 1))) / ENTRY_SIZE;
	uint64_t needed = (*left + page - 1) >> nvme->page_shift;
	bool chained = needed > slots;
	uint64_t entries = chained ? slots : needed;
	uint16_t status;

	/* prp_list is large enough for NVME_TRANSFER_SIZE in the smallest pages. */
	if (function_dma_read(&nvme->fn, to_ioba(*list), nvme->prp_list, entries * ENTRY_SIZE))
		return NVME_DATA_TRANSFER_ERROR;
	if (!chained)
		return add_pages(nvme, nvme->prp_list, entries, left);
	status = add_pages(nvme, nvme->prp_list, entries - 1, left);
	*list = le64_get(nvme->prp_list[entries - 1]);
	if (!status && !is_aligned(*list, page))
		status = NVME_REFUSED(NVME_INVALID_PRP_OFFSET);
	return status;
}

static uint16_t add_list(struct nvme *nvme, uint64_t list, uint64_t left)
{
	uint16_t status = NVME_OK;

	if (!is_aligned(list, ENTRY_SIZE))
		return NVME_REFUSED(NVME_INVALID_PRP_OFFSET);
	while (left && !status)
		status = add_list_page(nvme, &list, &left);
	return status;
}

uint16_t nvme_map_prps(struct nvme *nvme, const struct nvme_command *command, uint64_t length)
{
	uint64_t page = nvme_page_size(nvme);
	uint64_t prp1 = le64_get(command->prp1);
	uint64_t first = min_u64(length, page - (prp1 & (page - 1)));
	uint64_t left = length - first;

	nvme_transfer_in_hand(nvme)->range_count = 0;
	if (!is_aligned(prp1, 4))
		return NVME_REFUSED(NVME_INVALID_PRP_OFFSET);
	add_range(nvme, prp1, first);
	if (!left)
		return NVME_OK;
	if (left <= page)
		return add_pages(nvme, &command->prp2, 1, &left);
	return add_list(nvme, le64_get(command->prp2), left);
}
