/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recording with data keeps the bytes that a device has read. The linker wraps os_copy_from(), behind which a program
 * that writes the same memory meanwhile does so here.
 */
#include "testing.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../torture/world.h"
#include "recording/file.h"
#include "recording/reader.h"
#include "recording/record.h"
#include "util/os_copy.h"

#define PATH  "dma-recorded-test"
#define START 0x800u                 /* in the first page, so that the pieces differ in length */
#define SIZE  (PAGE + 0x700)   /* to the end of the second entry's page, less 0x100 */

static struct world w;
static struct recording_shared shared;
static char *pages[2];
static uint8_t file_bytes[1 << 16];
static char before[SIZE];

ssize_t __real_os_copy_from(const struct iovec *local, unsigned long local_count, const struct iovec *remote,
			    unsigned long remote_count);
ssize_t __wrap_os_copy_from(const struct iovec *local, unsigned long local_count, const struct iovec *remote,
			    unsigned long remote_count);
ssize_t __wrap_os_copy_from(const struct iovec *local, unsigned long local_count, const struct iovec *remote,
			    unsigned long remote_count)
{
	ssize_t n = __real_os_copy_from(local, local_count, remote, remote_count);

	memset(pages[0], 0xee, PAGE);
	memset(pages[1], 0xee, PAGE);
	return n;
}

static void begin_recording(void)
{
	assert_int_equal(recording_file_set(PATH), 0);
	assert_int_equal(recording_file_create("device dmatest\n"), 0);
	recording_begin(&shared);
	recording_keep_data(true);
}

static void end_recording(struct recording *recording)
{
	struct recording_block last = { .kind = RECORDING_END, .first = shared.number };
	char why[RECORDING_WHY_SIZE];
	size_t size;
	FILE *file;

	recording_keep_data(false);
	recording_stop(&shared);
	recording_file_put(&last);
	recording_file_close();
	file = fopen(PATH, "re");
	assert_non_null(file);
	size = fread(file_bytes, 1, sizeof(file_bytes), file);
	fclose(file);
	unlink(PATH);
	if (recording_parse(recording, file_bytes, size, false, why))
		fail_msg("%s", why);
}

/* Where a byte of the access lies: entry 0 leads to the second page, and entry 1 to the first. */
static const char *place_of(size_t at)
{
	return at + START < PAGE ? pages[1] + START + at : pages[0] + START + at - PAGE;
}

static void expect_data(struct recording *recording)
{
	const struct recording_record *record;
	uint32_t process;
	size_t done = 0;

	while ((record = recording_next(recording, &process))) {
		if (record->kind != RECORDING_DATA)
			continue;
		assert_in_range(done + record->field[RECORDING_IN], 1, SIZE);
		assert_int_equal(record->field[RECORDING_ADDRESS], (uintptr_t)place_of(done));
		assert_memory_equal(record->in, before + done, record->field[RECORDING_IN]);
		done += record->field[RECORDING_IN];
	}
	assert_int_equal(done, SIZE);
}

/* Symptom: the memory was read a second time for the recording, when the program had stored other bytes there. */
static void a_recording_has_the_bytes_that_were_read(void **state)
{
	struct host_window *window = world_window(&w, 0, 16 * MIB, 1);
	char *memory = world_pages(2), seen[SIZE];
	struct mem_region *region = world_register(&w, memory, 2);
	struct recording recording;

	pages[0] = memory;
	pages[1] = memory + PAGE;
	host_pe_set_window(&w.pe, window);
	assert_int_equal(world_map(window, 0, 1, pages[1], TCE_READ), 0);
	assert_int_equal(world_map(window, 1, 1, pages[0], TCE_READ), 0);
	for (unsigned int i = 0; i < 2 * PAGE; i++)
		memory[i] = (char)(i * 7 + i / 256);
	for (size_t i = 0; i < SIZE; i++)
		before[i] = *place_of(i);
	begin_recording();
	assert_int_equal(dma_read(&w.pe, (struct ioba){ START }, seen, SIZE), 0);
	end_recording(&recording);
	assert_memory_equal(seen, before, SIZE);
	expect_data(&recording);
	recording_fini(&recording);
	host_pe_unset_window(&w.pe, 0);
	world_unmap(window, 0, 2);
	host_window_free(window);
	assert_int_equal(mem_region_unregister(region), 0);
	world_pages_free(memory, 2);
}

static int start(void **state)
{
	world_init(&w);
	return 0;
}

static int stop(void **state)
{
	world_fini(&w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_recording_has_the_bytes_that_were_read, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
