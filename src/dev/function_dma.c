/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA of a function. While its bus master bit is clear every access is a DMA fault, and never
 * reaches memory.
 */
#include "dev/function_dma.h"

#include <errno.h>

#include "recording/record.h"
#include "util/trace.h"

/* This has a function of its own, or else the compiler loads what it needs for each access, behind the stores of it. */
static __attribute__((cold, noinline)) int refuse(struct function *fn, struct ioba ioba, uint64_t length)
{
	host_pe_fault(fn->pe, &(struct host_access){ .ioba = ioba, .length = length, .failed = ioba },
		      STCE_FAULT_BUS_MASTER_OFF);
	return -EFAULT;
}

static int check_bus_master(struct function *fn, struct ioba ioba, uint64_t length)
{
	return likely(pci_config_bus_master(&fn->config)) ? 0 : refuse(fn, ioba, length);
}

/* Returns when a DMA begins if its event is on, or 0. */
static uint64_t begins(enum trace_event event)
{
	return unlikely(trace_is_on[event]) ? os_now_ns() : 0;
}

static struct trace_scope scope_of(const struct function *fn, uint64_t since)
{
	struct trace_scope scope = trace_of_group(fn->pe->group);

	scope.since = since;
	return scope;
}

static int note_read(const struct function *fn, struct ioba ioba, uint64_t length, uint64_t since, int r)
{
	if (recording_is_on())
		recording_add_dma(false, fn->address, ioba.value, length, r);
	TRACE_IN(scope_of(fn, since), dma_read, fn->address, ioba.value, length, r);
	return r;
}

static int note_write(const struct function *fn, struct ioba ioba, uint64_t length, uint64_t since, int r)
{
	if (recording_is_on())
		recording_add_dma(true, fn->address, ioba.value, length, r);
	TRACE_IN(scope_of(fn, since), dma_write, fn->address, ioba.value, length, r);
	return r;
}

int function_dma_read(struct function *fn, struct ioba ioba, void *buffer, size_t length)
{
	uint64_t since = begins(TRACE_dma_read);
	int r = check_bus_master(fn, ioba, length);

	return note_read(fn, ioba, length, since, r ? r : dma_read(fn->pe, ioba, buffer, length));
}

int function_dma_write(struct function *fn, struct ioba ioba, const void *buffer, size_t length)
{
	uint64_t since = begins(TRACE_dma_write);
	int r = check_bus_master(fn, ioba, length);

	return note_write(fn, ioba, length, since, r ? r : dma_write(fn->pe, ioba, buffer, length));
}

int function_dma_fill(struct function *fn, struct ioba ioba, uint8_t byte, uint64_t length)
{
	uint64_t since = begins(TRACE_dma_write);
	int r = check_bus_master(fn, ioba, length);

	return note_write(fn, ioba, length, since, r ? r : dma_fill(fn->pe, ioba, byte, length));
}

int function_dma_copy(struct function *fn, struct ioba to, struct ioba from, uint64_t length)
{
	uint64_t since = begins(TRACE_dma_write);
	int r = check_bus_master(fn, from, length);

	r = r ? r : dma_copy(fn->pe, to, from, length);
	note_read(fn, from, length, since, r);
	return note_write(fn, to, length, since, r);
}

/* A hold that would have to wait has done nothing, and comes again. */
static void note_hold(const struct function *fn, const struct dma_request *request, uint64_t since, int r)
{
	for (unsigned int i = 0; i < request->count && r != SLOWER; i++) {
		if (request->permission & TCE_READ)
			note_read(fn, request->ranges[i].ioba, request->ranges[i].length, since, r);
		if (request->permission & TCE_WRITE)
			note_write(fn, request->ranges[i].ioba, request->ranges[i].length, since, r);
	}
}

int function_dma_hold(struct function *fn, const struct dma_request *request, struct dma_hold *hold)
{
	uint64_t since = begins(request->permission & TCE_READ ? TRACE_dma_read : TRACE_dma_write);
	int r = check_bus_master(fn, request->ranges[0].ioba, request->ranges[0].length);

	r = r ? r : dma_hold(fn->pe, request, hold);
	if (recording_keeps_data() && !r && request->permission & TCE_READ)
		recording_add_data(hold->iov, hold->iov_count);
	note_hold(fn, request, since, r);
	return r;
}
