/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints a recording whose checksums are right: its options are the first argument, and each further argument is a path
 * that process 1 opens.
 */
#include <stdio.h>

#include "unit/recording/build.h"

static struct built built;

static void build_opens(char *const *paths, uint32_t count)
{
	struct recording_block block = { .kind = RECORDING_BLOCK, .first = 1, .process = 1, .count = count };
	static struct codec codec;
	uint8_t records[8192];

	codec_begin(&codec, 1);
	for (uint32_t i = 0; i < count; i++) {
		struct recording_record record = { .kind = RECORDING_OPEN, .number = 1 + i };

		record.field[RECORDING_RESULT] = record.field[RECORDING_FD] = 3;
		record.field[RECORDING_IN] = strlen(paths[i]) + 1;
		memcpy(record.in, paths[i], strlen(paths[i]));
		block.size += (uint32_t)codec_encode(&codec, &record, records + block.size);
	}
	build_block(&built, block, records);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	build_header(&built, argv[1], strlen(argv[1]));
	if (argc > 2)
		build_opens(argv + 2, (uint32_t)argc - 2);
	build_end(&built, (uint64_t)argc - 2);
	return fwrite(built.bytes, 1, built.size, stdout) != built.size;
}
