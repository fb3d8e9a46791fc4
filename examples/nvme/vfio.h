/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a driver needs of VFIO with the sPAPR v2 IOMMU: a device's registers, and memory that the device
 * can reach. vfio.c opens container, group and device; dma.c owns the memory and its window. Each
 * function that fails has printed why.
 */
#ifndef EXAMPLE_NVME_VFIO_H
#define EXAMPLE_NVME_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct vfio {
	int container, group, device;    /* -1 while closed */
	off_t config;                    /* of config space in the device's file */
	off_t bar_offset;                /* of BAR 0 there */
	size_t bar_size;
	char *bar;                       /* BAR 0 as mapped; NULL: pread(2) and pwrite(2) reach it */

	char *memory;                    /* what the device can reach */
	size_t memory_size;
	uint64_t iova;                   /* the bus address of `memory` */
	bool is_registered, is_mapped;
	bool has_window;                 /* a window of our own, beside the default one */
	uint64_t window;
};

/* Opens the container and the device's group. `address` is like 0000:01:00.0. */
bool vfio_open(struct vfio *v, const char *address);

/*
 * Opens the device, if it has this PCI class code, and enables its registers and its DMA. The registers are
 * mapped, unless by_calls is true.
 */
bool vfio_open_device(struct vfio *v, const char *address, uint32_t class_code, bool by_calls);

/*
 * Gives the device `size` bytes of zeroed memory: v->memory for the program, v->iova for the device. `low`
 * asks for the default window, for a device that cannot send 64 address bits.
 */
bool dma_map(struct vfio *v, size_t size, bool low);
void dma_unmap(struct vfio *v);

/* Undoes everything in reverse order, also after one of the calls above has failed. */
void vfio_close(struct vfio *v);

/*
 * Registers are little-endian and 32 bits wide. A write happens after all earlier accesses to memory, and a
 * read before all later ones.
 */
uint32_t vfio_read32(const struct vfio *v, size_t offset);
void vfio_write32(const struct vfio *v, size_t offset, uint32_t value);

#endif
