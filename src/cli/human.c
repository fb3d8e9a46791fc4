/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formats sizes for people, with a letter for the power of 1024. A size that is not exact gets one
 * decimal.
 */
#include "cli.h"

#include <inttypes.h>
#include <stdio.h>

const char *human_size(uint64_t bytes, char *buffer)
{
	static const char letters[] = { 'K', 'M', 'G', 'T', 'P', 'E' };
	size_t unit = 0;
	uint64_t one = 1024;

	if (bytes < 1024) {
		snprintf(buffer, HUMAN_SIZE, "%" PRIu64, bytes);
		return buffer;
	}
	while (unit + 1 < sizeof(letters) && bytes / one >= 1024) {
		one <<= 10;
		unit++;
	}
	if (bytes % one)
		snprintf(buffer, HUMAN_SIZE, "%.1f%c", (double)bytes / (double)one, letters[unit]);
	else
		snprintf(buffer, HUMAN_SIZE, "%" PRIu64 "%c", bytes / one, letters[unit]);
	return buffer;
}
