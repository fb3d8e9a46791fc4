/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Describes platforms to VMMs. All of it follows from the row of host/platform.c; the longest
 * window is found by asking the platform's own arithmetic, so that both cannot differ.
 */
#include "spapr-tce/machine.h"

#include <errno.h>

#include "host/platform.h"
#include "machine/machine.h"
#include "tce/geometry.h"
#include "util/os.h"
#include "util/reason.h"
#include "util/sized.h"

static bool can_be(const struct host_platform *p, unsigned int page_shift, uint64_t size, unsigned int host_page_shift)
{
	struct tce_geometry geometry;

	for (unsigned int levels = 1; levels <= p->levels; levels++)
		if (!p->windows->geometry(&geometry, page_shift, size, levels, host_page_shift) &&
		    !p->windows->check_limits(&geometry))
			return true;
	return false;
}

/*
 * Returns the length of the longest window that the platform can make with any IOMMU page. A high
 * window cannot be longer than the addresses that choose its slot.
 */
static uint64_t longest_window(const struct host_platform *p, unsigned int host_page_shift)
{
	for (unsigned int shift = log2_of(HOST_HIGH_START); p->window_count && shift; shift--)
		for (uint64_t sizes = p->page_sizes; sizes; sizes &= sizes - 1)
			if (can_be(p, (unsigned int)__builtin_ctzll(sizes), bit64(shift), host_page_shift))
				return bit64(shift);
	return 0;
}

static void describe(const struct host_platform *p, const struct host_dma32 *dma32, unsigned int host_page_shift,
		     struct stce_platform *to, size_t size)
{
	const uint64_t bus_offset = p->window_count ? HOST_HIGH_START : STCE_PLATFORM_NO_OFFSET;
	const struct stce_platform known = {
		.name = p->name,
		.bridge = p->phb_name,
		.page_sizes = p->page_sizes,
		.default_start = dma32->start,
		.default_size = dma32->size,
		.bus_offset_min = bus_offset,
		.bus_offset_max = bus_offset,
		.window_size_max = longest_window(p, host_page_shift),
		.window_count = p->window_count,
		.levels = p->levels,
		.has_eeh = p->has_eeh,
		.has_bypass = p->has_bypass,
	};

	sized_give(to, size, &known, sizeof(known));
}

int stce_platform(unsigned int n, struct stce_platform *platform, size_t size)
{
	const struct host_platform *p = host_platform_nth(n);
	struct host_dma32 dma32 = { 0 };

	if (!p)
		return REASON(-ENOENT, "there is no platform number %u", n);
	p->assign_dma32(0, 1, &dma32);
	describe(p, &dma32, os_page_shift(), platform, size);
	return 0;
}

void stce_machine_platform(struct stce_machine *machine, struct stce_platform *platform, size_t size)
{
	const struct stce_config *config = machine->config;
	struct machine_parts *parts = machine_parts(machine);
	struct host_dma32 dma32 = { 0 };

	if (parts && parts->pes)
		dma32 = parts->pes->pe.dma32;
	else
		config->platform->assign_dma32(0, 1, &dma32);
	describe(config->platform, &dma32, config->page_shift, platform, size);
}
