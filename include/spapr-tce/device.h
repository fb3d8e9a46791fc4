/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * DOC: the device's side
 *
 * A device's view of memory: reads, writes and copies by bus address, through
 * the windows of its PE. Tests of drivers and VMMs use these calls, and
 * embedders whose devices are their own. A fault ends a transfer; the bytes
 * before it have been moved.
 *
 * Thread rule: any thread.
 *
 * @group: number of the VFIO group to which the device belongs.
 * @length: bytes; 0 moves nothing and succeeds.
 */
#ifndef SPAPR_TCE_DEVICE_H
#define SPAPR_TCE_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include <spapr-tce/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/**
 * stce_dma_read() - the device of @group reads @length bytes at bus address
 * @ioba into @buffer. A fault ends the transfer; the bytes before it have been
 * moved.
 *
 * Return: 0; -EFAULT a DMA fault, counted with its cause; -ENODEV no such group.
 */
int stce_dma_read(struct stce_machine *machine, int group, uint64_t ioba,
		  void *buffer, size_t length);
/**
 * stce_dma_write() - the device of @group writes @length bytes from @buffer to
 * bus address @ioba. A fault ends the transfer; the bytes before it have been
 * moved.
 *
 * Return: 0; -EFAULT a DMA fault, counted with its cause; -ENODEV no such group.
 */
int stce_dma_write(struct stce_machine *machine, int group, uint64_t ioba,
		   const void *buffer, size_t length);
/**
 * stce_dma_copy() - the device of @group copies @length bytes from bus address
 * @from to bus address @to. A fault ends the transfer; the bytes before it have
 * been moved.
 *
 * Return: 0; -EFAULT a DMA fault, counted with its cause; -ENODEV no such group.
 */
int stce_dma_copy(struct stce_machine *machine, int group, uint64_t to,
		  uint64_t from, size_t length);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
