/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints records for people, one in each line. */
#include "replay.h"

#include <inttypes.h>
#include <string.h>

#include "recording/calls.h"

static const char *const kinds[RECORDING_KINDS] = {
	[RECORDING_PROCESS] = "process", [RECORDING_EXIT] = "exit", [RECORDING_OPEN] = "open",
	[RECORDING_CLOSE] = "close", [RECORDING_DUP] = "dup", [RECORDING_IOCTL] = "ioctl", [RECORDING_MMAP] = "mmap",
	[RECORDING_UNMAP] = "munmap", [RECORDING_READ] = "pread", [RECORDING_WRITE] = "pwrite",
	[RECORDING_LOAD] = "load", [RECORDING_STORE] = "store", [RECORDING_DMA_READ] = "dma_read",
	[RECORDING_DMA_WRITE] = "dma_write", [RECORDING_ARRIVED] = "arrived",
	[RECORDING_WATCHES] = "watches", [RECORDING_DATA] = "data",
};

static void print_bytes(FILE *to, const uint8_t *bytes, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++)
		fprintf(to, "%s%02x", i % 4 ? "" : " ", bytes[i]);
}

static void print_ioctl(FILE *to, const struct recording_record *record)
{
	const struct recording_call *call = recording_call(record->field[RECORDING_CALL]);

	if (call)
		fprintf(to, "%s fd=%" PRId64, call->name, record->field[RECORDING_FD]);
	else
		fprintf(to, "ioctl fd=%" PRId64 " request=0x%" PRIx64, record->field[RECORDING_FD],
			record->field[RECORDING_REQUEST]);
	if (call && call->argument == RECORDING_STRING)
		fprintf(to, " \"%.*s\"", (int)record->field[RECORDING_IN], (const char *)record->in);
	else if (record->field[RECORDING_IN])
		print_bytes(to, record->in, record->field[RECORDING_IN]);
	else
		fprintf(to, " 0x%" PRIx64, record->field[RECORDING_NUMBER]);
}

const char *replay_text_of(long result, char text[RESULT_TEXT_SIZE])
{
	const char *name = result < 0 && result > -4096 ? strerrorname_np((int)-result) : NULL;

	snprintf(text, RESULT_TEXT_SIZE, "%ld", result);
	return name ? name : text;
}

static void print_access(FILE *to, const struct recording_record *record)
{
	fprintf(to, "%s address=0x%" PRIx64, kinds[record->kind], record->field[RECORDING_ADDRESS]);
	print_bytes(to, record->kind == RECORDING_LOAD ? record->out : record->in,
		    record->field[record->kind == RECORDING_LOAD ? RECORDING_OUT : RECORDING_IN]);
}

static void print_dma(FILE *to, const struct recording_record *record)
{
	const uint64_t function = record->field[RECORDING_FUNCTION];

	fprintf(to, "%s %04x:%02x:%02x.%u ioba=0x%" PRIx64 " size=0x%" PRIx64, kinds[record->kind],
		(unsigned int)(function >> 16), (unsigned int)(function >> 8 & 0xff), (unsigned int)(function >> 3 & 0x1f),
		(unsigned int)(function & 7), record->field[RECORDING_OFFSET], record->field[RECORDING_LENGTH]);
}

static void print_call(FILE *to, const struct recording_record *record)
{
	fprintf(to, "%s fd=%" PRId64, kinds[record->kind], record->field[RECORDING_FD]);
	if (record->kind == RECORDING_OPEN)
		fprintf(to, " \"%.*s\" flags=0x%" PRIx64, (int)record->field[RECORDING_IN], (const char *)record->in,
			record->field[RECORDING_FLAGS]);
	else if (record->kind == RECORDING_DUP)
		fprintf(to, " copy=%" PRId64, record->field[RECORDING_COPY]);
	else if (record->kind == RECORDING_READ || record->kind == RECORDING_WRITE || record->kind == RECORDING_MMAP)
		fprintf(to, " offset=0x%" PRIx64 " size=0x%" PRIx64, record->field[RECORDING_OFFSET],
			record->field[RECORDING_LENGTH]);
	if (record->kind == RECORDING_READ || record->kind == RECORDING_WRITE) {
		print_bytes(to, record->in, record->field[RECORDING_IN]);
		print_bytes(to, record->out, record->field[RECORDING_OUT]);
	}
}

void replay_print(FILE *to, uint32_t process, const struct recording_record *record)
{
	char text[RESULT_TEXT_SIZE];

	fprintf(to, "%" PRIu64 " %u/%" PRIu64 " ", record->number, process, record->field[RECORDING_THREAD]);
	switch (record->kind) {
	case RECORDING_IOCTL:
		print_ioctl(to, record);
		break;
	case RECORDING_LOAD:
	case RECORDING_STORE:
	case RECORDING_DATA:
		print_access(to, record);
		break;
	case RECORDING_DMA_READ:
	case RECORDING_DMA_WRITE:
		print_dma(to, record);
		break;
	case RECORDING_PROCESS:
		fprintf(to, "process parent=%" PRIu64 "\n", record->field[RECORDING_PARENT]);
		return;
	case RECORDING_EXIT:
	case RECORDING_WATCHES:
		fprintf(to, "%s\n", kinds[record->kind]);
		return;
	case RECORDING_UNMAP:
		fprintf(to, "munmap address=0x%" PRIx64 " size=0x%" PRIx64, record->field[RECORDING_ADDRESS],
			record->field[RECORDING_LENGTH]);
		break;
	default:
		print_call(to, record);
	}
	fprintf(to, " = %s\n", replay_text_of((long)record->field[RECORDING_RESULT], text));
}

int replay_list(struct recording *recording)
{
	const struct recording_record *record;
	uint32_t process;

	while ((record = recording_next(recording, &process)))
		replay_print(stdout, process, record);
	return fflush(stdout) ? EXIT_REPLAY : EXIT_EQUAL;
}
