/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The public calls for DMA by an embedder's own device: they find the PE of a group and call dma/.
 */
#include "spapr-tce/device.h"

#include <errno.h>

#include "dma/access.h"
#include "machine/machine.h"
#include "util/reason.h"

int stce_dma_read(struct stce_machine *machine, int group, uint64_t ioba, void *buffer,
		  size_t length)
{
	struct host_pe *pe = machine_pe(machine, group);

	return pe ? dma_read(pe, to_ioba(ioba), buffer, length) : REASON(-ENODEV, "no group %d", group);
}

int stce_dma_write(struct stce_machine *machine, int group, uint64_t ioba, const void *buffer,
		   size_t length)
{
	struct host_pe *pe = machine_pe(machine, group);

	return pe ? dma_write(pe, to_ioba(ioba), buffer, length) : REASON(-ENODEV, "no group %d", group);
}

int stce_dma_copy(struct stce_machine *machine, int group, uint64_t to, uint64_t from,
		  size_t length)
{
	struct host_pe *pe = machine_pe(machine, group);

	return pe ? dma_copy(pe, to_ioba(to), to_ioba(from), length) : REASON(-ENODEV, "no group %d", group);
}
