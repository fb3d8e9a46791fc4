/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores the bytes of the MSI-X table; see msix_table.h. */
#include "dev/msix_table.h"

#include <string.h>

#include "util/range.h"

#define VECTOR_CONTROL 12
#define VECTOR_MASKED  1

void msix_table_reset(struct msix_table *table)
{
	memset(table, 0, sizeof(*table));
	for (unsigned int i = 0; i < MSIX_VECTORS_MAX; i++)
		table->bytes[i * MSIX_VECTOR_SIZE + VECTOR_CONTROL] = VECTOR_MASKED;
}

uint64_t msix_table_read(const struct msix_table *table, uint64_t offset, unsigned int size)
{
	uint64_t value = 0;

	if (range_contains(0, sizeof(table->bytes), offset, size))
		for (unsigned int i = 0; i < size; i++)
			value |= (uint64_t)table->bytes[offset + i] << 8 * i;
	return value;
}

void msix_table_write(struct msix_table *table, uint64_t offset, unsigned int size,
		      uint64_t value)
{
	if (range_contains(0, sizeof(table->bytes), offset, size))
		for (unsigned int i = 0; i < size; i++)
			table->bytes[offset + i] = (uint8_t)(value >> 8 * i);
}
