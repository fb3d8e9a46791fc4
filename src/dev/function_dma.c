/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA of a function. While its bus master bit is clear every access is a DMA fault, and never
 * reaches memory.
 */
#include "dev/function_dma.h"

#include <errno.h>

static int check_bus_master(struct function *fn, struct ioba ioba, uint64_t length)
{
	if (likely(pci_config_bus_master(&fn->config)))
		return 0;
	host_pe_fault(fn->pe, &(struct host_access){ .ioba = ioba, .length = length, .failed = ioba },
		      STCE_FAULT_BUS_MASTER_OFF);
	return -EFAULT;
}

int function_dma_read(struct function *fn, struct ioba ioba, void *buffer, size_t length)
{
	int r = check_bus_master(fn, ioba, length);

	return r ? r : dma_read(fn->pe, ioba, buffer, length);
}

int function_dma_write(struct function *fn, struct ioba ioba, const void *buffer, size_t length)
{
	int r = check_bus_master(fn, ioba, length);

	return r ? r : dma_write(fn->pe, ioba, buffer, length);
}

int function_dma_fill(struct function *fn, struct ioba ioba, uint8_t byte, uint64_t length)
{
	int r = check_bus_master(fn, ioba, length);

	return r ? r : dma_fill(fn->pe, ioba, byte, length);
}

int function_dma_copy(struct function *fn, struct ioba to, struct ioba from, uint64_t length)
{
	int r = check_bus_master(fn, from, length);

	return r ? r : dma_copy(fn->pe, to, from, length);
}

int function_dma_hold(struct function *fn, const struct dma_request *request, struct dma_hold *hold)
{
	int r = check_bus_master(fn, request->ranges[0].ioba, request->ranges[0].length);

	return r ? r : dma_hold(fn->pe, request, hold);
}
