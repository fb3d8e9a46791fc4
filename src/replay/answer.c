/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares answers, and tells the first that differs, or all. */
#include "replay.h"

#include <string.h>

static void tell(const struct replay *replay, const struct recording_record *record)
{
	const uint64_t before = atomic_fetch_add(&replay->shared->differing, 1);

	if (!replay->is_all)
		atomic_store(&replay->shared->status, EXIT_DIFFERS);
	if (!before)
		printf(replay->is_all ? "answers that differ:\n" : "the first answer that differs:\n");
	printf("  ");
	replay_print(stdout, replay->process, record);
}

/* What has been told stands in the output before what another player tells. */
static bool told(const struct replay *replay)
{
	fflush(stdout);
	return replay->is_all;
}

bool replay_result(const struct replay *replay, const struct recording_record *record, long here)
{
	const long recorded = (long)record->field[RECORDING_RESULT];
	char a[RESULT_TEXT_SIZE], b[RESULT_TEXT_SIZE];

	if (recorded == here)
		return true;
	tell(replay, record);
	printf("  recorded %s, here %s\n", replay_text_of(recorded, a), replay_text_of(here, b));
	return told(replay);
}

bool replay_bytes(const struct replay *replay, const struct recording_record *record, const uint8_t *recorded,
		  const uint8_t *here, size_t size)
{
	size_t at = 0;

	while (at < size && recorded[at] == here[at])
		at++;
	if (at == size)
		return true;
	tell(replay, record);
	printf("  the result is the same, but the bytes that it writes differ from offset %zu on:\n  recorded", at);
	for (size_t i = align_down(at, 4); i < size && i < align_down(at, 4) + 16; i++)
		printf(" %02x", recorded[i]);
	printf("\n  here    ");
	for (size_t i = align_down(at, 4); i < size && i < align_down(at, 4) + 16; i++)
		printf(" %02x", here[i]);
	printf("\n");
	return told(replay);
}
