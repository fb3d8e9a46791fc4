/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MSI-X table in a BAR. It is plain storage that no function reads, because VFIO sets vectors
 * up by eventfds and leaves the meaning of the table to the program.
 */
#ifndef STCE_DEV_MSIX_TABLE_H
#define STCE_DEV_MSIX_TABLE_H

#include "util/types.h"

#define MSIX_VECTOR_SIZE 16
#define MSIX_VECTORS_MAX 65

struct msix_table {
	uint8_t bytes[MSIX_VECTORS_MAX * MSIX_VECTOR_SIZE];
};

/* Masks every vector and clears the rest [PCI 3.0 6.8.2.9]. */
void msix_table_reset(struct msix_table *table);
/* Beyond the table a read gives 0 and a write is dropped. */
uint64_t msix_table_read(const struct msix_table *table, uint64_t offset, unsigned int size);
void msix_table_write(struct msix_table *table, uint64_t offset, unsigned int size,
		      uint64_t value);

#endif
