/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills in a configuration with the policies of bridges that exist; the table of bridges is the
 * only data. The VMM may change every field before it makes a bridge.
 */
#include "papr/bridge.h"

#include <errno.h>
#include <string.h>

#include "util/reason.h"

#define BUID_BASE  UINT64_C(0x800000020000000)
#define LIOBN_PCI  UINT32_C(0x80000000)
#define PAGES_IODA (bit64(12) | bit64(16))

static const struct {
	const char *name;
	uint64_t page_sizes;
	uint64_t limited_start[STCE_PHB_WINDOWS];
} bridges[] = {
	{ "power8", PAGES_IODA | bit64(24) | bit64(28), { 0, STCE_PHB_NOWHERE } },
	{ "power9", PAGES_IODA | bit64(21), { 0, STCE_PHB_NOWHERE } },
	{ "power10", PAGES_IODA | bit64(21), { 0, STCE_PHB_NOWHERE } },
	/* PowerVM's bridge has a low place for the second window in limited-address mode, too. */
	{ "powervm", PAGES_IODA | bit64(21) | bit64(24), { 0, 4 * GIB } },
};

int stce_phb_config_init(struct stce_phb_config *config, const char *name, unsigned int index)
{
	for (unsigned int i = 0; i < ARRAY_COUNT(bridges); i++) {
		if (strcmp(bridges[i].name, name))
			continue;
		*config = (struct stce_phb_config){
			.buid = BUID_BASE + index,
			.liobn = { LIOBN_PCI | index << 8, LIOBN_PCI | index << 8 | 1 },
			.default_size = GIB,
			.page_sizes = bridges[i].page_sizes,
			.window_count = STCE_PHB_WINDOWS,
			.start = { 0, HOST_HIGH_START },
			.limited_start = { bridges[i].limited_start[0], bridges[i].limited_start[1] },
		};
		return 0;
	}
	return REASON(-ENOENT, "no bridge is called '%s'", name);
}
