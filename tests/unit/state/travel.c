/* SPDX-License-Identifier: BSD-2-Clause */
/* The state that was saved on one machine is there on another, at other addresses. */
#include "testing.h"

#include <endian.h>
#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "side.h"
#include "store.h"
#include "stats_of.h"

#define PART UINT64_C(0x2000)          /* entries that tables hold together */

static struct side from, to;
static struct store store;

static int start_on(const char *platform)
{
	memset(&store, 0, sizeof(store));
	side_start(&from, platform, 'A');
	side_start(&to, platform, 'a');
	return 0;
}

static int start(void **state)
{
	return start_on("power9");
}

static int start_in_partition(void **state)
{
	return start_on("pseries");
}

static int stop(void **state)
{
	side_stop(&from);
	side_stop(&to);
	store_fini(&store);
	return 0;
}

static void begin(void)
{
	assert_int_equal(stce_state_save_begin(from.state, store_write, &store), 0);
}

static void end(void)
{
	assert_int_equal(stce_state_save_end(from.state), 0);
}

static void restore(void)
{
	int r = store_restore(&store, to.state);

	if (r)
		fail_msg("restore: %d, %s", r, stce_last_reason());
	assert_int_equal(store.at, store.pack.size);
}

/* (S2) No eight bytes of the stream are an address in the guest's memory. */
static void has_no_address(const struct store *stream)
{
	uint64_t start = (uintptr_t)from.f.v.ram, value;

	for (size_t at = 0; at + sizeof(value) <= stream->pack.size; at++) {
		memcpy(&value, (const char *)stream->pack.bytes + at, sizeof(value));
		if (value - start < RAM_PAGES * PAGE || be64toh(value) - start < RAM_PAGES * PAGE)
			fail_msg("byte %zu of the stream begins an address", at);
	}
}

static void travel(void)
{
	begin();
	end();
	has_no_address(&store);
	restore();
}

static void windows_of_a_bridge_travel_with_their_entries(void **state)
{
	side_register(&from);
	side_join(&from);
	side_join(&to);
	assert_int_equal(create(&from.f, 16, 32), STCE_RTAS_SUCCESS);
	side_put(&from, side_liobn(&from, 0), 0x3000, (GPA + 5 * PAGE) | 3);
	side_put(&from, side_liobn(&from, 0), 0x9000, (GPA + 6 * PAGE) | 1);
	side_put(&from, side_liobn(&from, 1), HIGH + 0x40000, GPA | 3);
	travel();
	assert_int_equal(h_get(&to.f.v, side_liobn(&to, 0), 0x3000), (GPA + 5 * PAGE) | 3);
	assert_int_equal(h_get(&to.f.v, side_liobn(&to, 1), HIGH + 0x40000), GPA | 3);
	assert_int_equal(side_byte(&from, 0x3000), 'F');
	assert_int_equal(side_byte(&to, 0x3000), 'f');
	assert_int_equal(side_byte(&to, HIGH + 0x40000 + 3 * PAGE), 'd');
	assert_int_equal(side_byte(&to, 0x4000), '!');
	assert_int_equal(device_write(&to.f.v.c, 0x9000, "x", 1), -EFAULT);
	assert_int_equal(side_mapped(&to), side_mapped(&from));
	assert_int_equal(windows_left(&to.f), 0);
	/* The guest continues. */
	side_put(&to, side_liobn(&to, 1), HIGH, (GPA + PAGE_64K) | 3);
	assert_int_equal(side_byte(&to, HIGH), 'q');
	assert_int_equal(remove_liobn(&to.f, side_liobn(&to, 1)), STCE_RTAS_SUCCESS);
	assert_int_equal(side_byte(&to, 0x3000), 'f');
}

static void a_bridge_without_its_default_window_travels(void **state)
{
	side_register(&from);
	side_join(&from);
	side_join(&to);
	assert_int_equal(create(&from.f, 16, 32), STCE_RTAS_SUCCESS);
	assert_int_equal(remove_liobn(&from.f, side_liobn(&from, 0)), STCE_RTAS_SUCCESS);
	side_put(&from, side_liobn(&from, 1), HIGH, GPA | 3);
	travel();
	assert_int_equal(side_byte(&to, HIGH + PAGE), 'b');
	assert_false(has_table(&to.f, side_liobn(&to, 0), 0));
	assert_int_equal(windows_left(&to.f), 1);
	assert_int_equal(remove_window(to.f.v.c.container, 0), -EINVAL);
	/* Here, too, removing the last window brings the default one back. */
	assert_int_equal(remove_liobn(&to.f, side_liobn(&to, 1)), STCE_RTAS_SUCCESS);
	assert_true(has_table(&to.f, side_liobn(&to, 0), 0));
}

static void a_window_in_the_default_ones_place_travels(void **state)
{
	assert_int_equal(remove_liobn(&from.f, side_liobn(&from, 0)), STCE_RTAS_SUCCESS);
	assert_int_equal(create(&from.f, 16, 26), STCE_RTAS_SUCCESS);
	side_put(&from, side_liobn(&from, 0), 0x30000, GPA | 3);
	travel();
	assert_int_equal(h_get(&to.f.v, side_liobn(&to, 0), 0x30000), GPA | 3);
	assert_int_equal(remove_liobn(&to.f, side_liobn(&to, 0)), STCE_RTAS_SUCCESS);
	assert_true(has_table(&to.f, side_liobn(&to, 0), GIB - PAGE));
}

static void a_bridge_without_windows_travels(void **state)
{
	assert_int_equal(remove_liobn(&from.f, side_liobn(&from, 0)), STCE_RTAS_SUCCESS);
	travel();
	assert_int_equal(windows_left(&to.f), 2);
}

static void limited_mode_travels(void **state)
{
	assert_int_equal(reset_mode(&from.f, 1), STCE_RTAS_SUCCESS);
	travel();
	assert_int_equal(windows_left(&to.f), 0);
}

static void a_table_and_its_link_are_made(void **state)
{
	uint64_t *entry;
	int table, made;

	side_register(&from);
	table = side_link(&from);
	side_put(&from, SIDE_LIOBN, 0x7000, (GPA + 3 * PAGE) | 3);
	side_hold_group(&to);
	travel();
	assert_int_equal(side_byte(&to, 0x7000), 'd');
	made = stce_state_table(to.state, SIDE_LIOBN);
	assert_true(made >= 0);
	assert_int_equal(stce_state_table(to.state, SIDE_LIOBN), -ENOENT);
	assert_int_equal(stce_mmap(made, NULL, OWN_PAGE, PROT_READ, MAP_SHARED, 0, (void **)&entry), 0);
	assert_int_equal(entry[7], (GPA + 3 * PAGE) | 3);
	munmap(entry, OWN_PAGE);
	/* The link ends with the group's membership, as any other does. */
	stce_close(to.f.v.device);
	to.f.v.device = -1;
	side_put(&to, SIDE_LIOBN, 0x7000, 0);
	assert_int_equal(side_byte(&to, 0x7000), 'd');
	stce_close(made);
	stce_close(table);
}

static void a_table_that_is_there_is_filled(void **state)
{
	int table, other;

	side_register(&from);
	table = side_link(&from);
	other = side_link(&to);
	side_put(&from, SIDE_LIOBN, 0x7000, (GPA + 3 * PAGE) | 3);
	travel();
	assert_int_equal(side_byte(&to, 0x7000), 'd');
	assert_int_equal(stce_state_table(to.state, SIDE_LIOBN), -ENOENT);
	stce_close(other);
	stce_close(table);
}

static void a_table_that_nobody_fetches_goes_with_the_state(void **state)
{
	int table = make_table(&from.f.v, SIDE_LIOBN, 12, 0, 0x400);
	uint64_t before = locked(&to.f);

	travel();
	assert_true(has_table(&to.f, SIDE_LIOBN, 0));
	stce_state_free(to.state);
	to.state = NULL;
	assert_false(has_table(&to.f, SIDE_LIOBN, 0));
	assert_int_equal(locked(&to.f), before);
	stce_close(table);
}

static void raw_entries_of_a_table_without_link_travel_as_they_are(void **state)
{
	int table = make_table(&from.f.v, SIDE_LIOBN, 12, 0, 0x400), made;
	uint64_t *entry;

	assert_int_equal(stce_mmap(table, NULL, OWN_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0,
				   (void **)&entry), 0);
	entry[1] = 0x5000;
	entry[2] = UINT64_MAX;
	travel();
	assert_int_equal(h_get(&to.f.v, SIDE_LIOBN, PAGE), 0x5000);
	assert_true(h_get(&to.f.v, SIDE_LIOBN, 2 * PAGE) == UINT64_MAX);
	munmap(entry, OWN_PAGE);
	made = stce_state_table(to.state, SIDE_LIOBN);
	stce_close(made);
	stce_close(table);
}

static void windows_and_mappings_without_link_travel(void **state)
{
	uint64_t high;

	side_register(&from);
	assert_int_equal(create_window(from.f.v.c.container, 16, GIB, 2, &high), 0);
	assert_int_equal(map_dma(from.f.v.c.container, from.f.v.ram + 2 * PAGE, 0x10000, 3 * PAGE, RW), 0);
	assert_int_equal(map_dma(from.f.v.c.container, from.f.v.ram + 9 * PAGE, 0x80000, PAGE,
				 VFIO_DMA_MAP_FLAG_READ), 0);
	travel();
	assert_int_equal(side_byte(&to, 0x11000), 'd');
	assert_int_equal(side_byte(&to, 0x80000), 'j');
	assert_int_equal(side_byte(&to, 0x81000), '!');
	assert_int_equal(device_write(&to.f.v.c, 0x80000, "x", 1), -EFAULT);
	assert_int_equal(side_mapped(&to), 4);
	assert_int_equal(remove_window(to.f.v.c.container, high), 0);
	assert_int_equal(unmap_dma(to.f.v.c.container, 0, GIB), 0);
	assert_int_equal(unregister_memory(to.f.v.c.container, to.f.v.ram, RAM_PAGES * PAGE), 0);
}

/* Returns the bytes that tables do not need, because they hold parts together. */
static uint64_t spared_bytes(const struct side *s)
{
	const struct stce_stats stats = stats_of(s->f.v.c.machine);

	return stats.table_bytes_unshared - stats.table_bytes;
}

/* Makes a guest table of one part, which the window at `start` follows, and maps the RAM in it again and again. */
static int fill_part(struct side *s, uint64_t liobn, uint64_t start)
{
	const int table = make_table(&s->f.v, liobn, 12, start / PAGE, PART);

	assert_true(table >= 0);
	assert_int_equal(set_spapr_tce(&s->f.v, s->f.v.c.group, table), 0);
	for (uint64_t i = 0; i < PART; i++)
		side_put(s, liobn, start + i * PAGE, (GPA + i % RAM_PAGES * PAGE) | 3);
	return table;
}

/* A restore writes the windows without a hypercall, which would scan for equal parts. */
static void parts_that_were_held_together_are_so_again(void **state)
{
	uint64_t high;
	int table[2];

	side_register(&from);
	side_hold_group(&from);
	side_hold_group(&to);
	assert_int_equal(create_window(from.f.v.c.container, 12, GIB, 1, &high), 0);
	table[0] = fill_part(&from, SIDE_LIOBN, 0);
	table[1] = fill_part(&from, SIDE_LIOBN + 1, high);
	assert_int_equal(spared_bytes(&from), PART * 8);
	assert_int_equal(spared_bytes(&to), 0);
	travel();
	assert_int_equal(spared_bytes(&to), PART * 8);
	/* Each window still has entries of its own. */
	side_put(&to, SIDE_LIOBN, 0, 0);
	assert_int_equal(side_byte(&to, 0), '!');
	assert_int_equal(side_byte(&to, high), 'a');
	assert_int_equal(spared_bytes(&to), 0);
	stce_close(table[0]);
	stce_close(table[1]);
}

static void a_container_with_the_high_window_alone_travels(void **state)
{
	uint64_t high;

	assert_int_equal(create_window(from.f.v.c.container, 16, GIB, 1, &high), 0);
	assert_int_equal(remove_window(from.f.v.c.container, 0), 0);
	travel();
	assert_int_equal(remove_window(to.f.v.c.container, 0), -EINVAL);
	assert_int_equal(remove_window(to.f.v.c.container, high), 0);
}

static void the_high_window_of_a_partition_travels_in_its_place(void **state)
{
	uint64_t high;

	assert_int_equal(remove_window(from.f.v.c.container, 0), 0);
	assert_int_equal(create_window(from.f.v.c.container, 16, GIB, 1, &high), 0);
	travel();
	/* The high window is in slot 0, as on the other side: in slot 1 the answer would be -EPERM. */
	assert_int_equal(create_window(to.f.v.c.container, 16, GIB, 1, NULL), -ENODEV);
	assert_int_equal(remove_window(to.f.v.c.container, high), 0);
}

static void a_range_that_is_registered_here_already_stays_so(void **state)
{
	side_register(&from);
	side_register(&to);
	travel();
	assert_int_equal(stats_of(to.f.v.c.machine).registered_bytes, RAM_PAGES * PAGE);
}

static void hypercalls_that_are_on_travel(void **state)
{
	assert_int_equal(stce_vm_enable_hcall(from.f.v.vm, STCE_H_STUFF_TCE, true), 0);
	assert_int_equal(h_stuff(&to.f.v, side_liobn(&to, 0), 0, 0, 4), STCE_H_TOO_HARD);
	travel();
	assert_int_equal(h_stuff(&to.f.v, side_liobn(&to, 0), 0, 0, 4), STCE_H_SUCCESS);
}

static void the_last_word_of_several_passes_counts(void **state)
{
	const uint64_t low = side_liobn(&from, 0);
	long first, second;

	side_put(&from, low, 0x1000, GPA | 3);
	side_put(&from, low, 0x2000, GPA | 3);
	side_put(&from, low, 0x900000, GPA | 3);
	begin();
	first = stce_state_save_pass(from.state);
	assert_true(first > 0);
	assert_int_equal(stce_state_save_pass(from.state), 0);
	side_put(&from, low, 0x1000, (GPA + PAGE) | 3);
	side_put(&from, low, 0x2000, 0);
	side_put(&from, low, 0x30000000, (GPA + PAGE) | 3);
	second = stce_state_save_pass(from.state);
	assert_true(second > 0);
	side_put(&from, low, 0x3000, (GPA + 2 * PAGE) | 3);
	end();
	restore();
	assert_int_equal(h_get(&to.f.v, low, 0x1000), (GPA + PAGE) | 3);
	assert_int_equal(h_get(&to.f.v, low, 0x2000), 0);
	assert_int_equal(h_get(&to.f.v, low, 0x3000), (GPA + 2 * PAGE) | 3);
	assert_int_equal(h_get(&to.f.v, low, 0x900000), GPA | 3);
	assert_int_equal(h_get(&to.f.v, low, 0x30000000), (GPA + PAGE) | 3);
}

static void a_window_that_was_made_again_between_passes_has_its_new_entries(void **state)
{
	assert_int_equal(create(&from.f, 16, 32), STCE_RTAS_SUCCESS);
	side_put(&from, side_liobn(&from, 1), HIGH, GPA | 3);
	begin();
	assert_true(stce_state_save_pass(from.state) > 0);
	assert_int_equal(remove_liobn(&from.f, side_liobn(&from, 1)), STCE_RTAS_SUCCESS);
	assert_int_equal(create(&from.f, 12, 20), STCE_RTAS_SUCCESS);
	side_put(&from, side_liobn(&from, 1), HIGH + PAGE, (GPA + PAGE) | 3);
	end();
	restore();
	assert_int_equal(h_get(&to.f.v, side_liobn(&to, 1), HIGH), 0);
	assert_int_equal(h_get(&to.f.v, side_liobn(&to, 1), HIGH + PAGE), (GPA + PAGE) | 3);
	assert_int_equal(h_put(&to.f.v, side_liobn(&to, 1), HIGH + MIB, 0), STCE_H_PARAMETER);
}

/* Random puts and clears between passes; the seed is printed. */
static void random_entries_travel(void **state)
{
	const uint64_t low = side_liobn(&from, 0);
	unsigned int seed = (unsigned int)getpid();

	print_message("# seed %u\n", seed);
	begin();
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t ioba = (uint64_t)rand_r(&seed) % 4096 * PAGE;
		uint64_t tce = (GPA + (uint64_t)rand_r(&seed) % RAM_PAGES * PAGE) | (rand_r(&seed) & 3);

		side_put(&from, low, ioba, rand_r(&seed) & 1 ? tce : 0);
		if (i % 3000 == 2999)
			assert_true(stce_state_save_pass(from.state) > 0);
	}
	end();
	store.most = 977;
	restore();
	for (uint64_t ioba = 0; ioba < 4100 * PAGE; ioba += PAGE)
		assert_int_equal(h_get(&to.f.v, low, ioba), h_get(&from.f.v, low, ioba));
}

static void an_empty_window_of_64_gib_costs_a_few_bytes(void **state)
{
	int table = make_table(&from.f.v, SIDE_LIOBN, 12, 0, 64 * GIB / PAGE);

	assert_true(table >= 0);
	begin();
	end();
	print_message("# %zu bytes\n", store.pack.size);
	assert_true(store.pack.size < 1024);
	restore();
	stce_close(table);
}

/* Maps the whole guest memory in a direct window, as Linux does. */
static void a_window_of_64_gib_that_maps_memory_directly_costs_a_few_bytes(void **state)
{
	const uint64_t count = 64 * GIB / PAGE_64K;
	int table = make_table(&from.f.v, SIDE_LIOBN, 16, 0, count);
	uint64_t *entry;

	assert_int_equal(stce_mmap(table, NULL, count * 8, PROT_READ | PROT_WRITE, MAP_SHARED, 0,
				   (void **)&entry), 0);
	for (uint64_t i = 0; i < count; i++)
		entry[i] = i * PAGE_64K | 3;
	begin();
	end();
	munmap(entry, count * 8);
	print_message("# %zu bytes\n", store.pack.size);
	assert_true(store.pack.size < 1024);
	restore();
	assert_int_equal(h_get(&to.f.v, SIDE_LIOBN, 64 * GIB - PAGE_64K), (64 * GIB - PAGE_64K) | 3);
	stce_close(table);
}

static void a_vm_is_saved_by_one_at_a_time(void **state)
{
	struct stce_state *other;

	assert_int_equal(stce_state_new(from.f.v.vm, &other), 0);
	begin();
	assert_int_equal(stce_state_save_begin(from.state, store_write, &store), -EBUSY);
	assert_int_equal(stce_state_save_begin(other, store_write, &store), -EBUSY);
	assert_int_equal(stce_state_save_pass(other), -EINVAL);
	assert_int_equal(stce_state_save_end(other), -EINVAL);
	end();
	assert_int_equal(stce_state_save_end(from.state), -EINVAL);
	assert_int_equal(stce_state_save_begin(other, store_write, &store), 0);
	stce_state_free(other);
	assert_int_equal(stce_state_save_begin(from.state, store_write, &store), 0);
}

static int full(void *context, const void *bytes, size_t size)
{
	return -ENOSPC;
}

static void what_the_sink_answers_ends_the_save(void **state)
{
	assert_int_equal(stce_state_save_begin(from.state, full, NULL), -ENOSPC);
	begin();
	end();
}

static void what_has_no_number_is_not_saved(void **state)
{
	struct stce_state *poor;

	side_register(&from);
	assert_int_equal(stce_state_new(from.f.v.vm, &poor), 0);
	assert_int_equal(stce_state_add_file(poor, SIDE_CONTAINER, from.f.v.c.container), 0);
	assert_int_equal(stce_state_save_begin(poor, store_write, &store), 0);
	assert_int_equal(stce_state_save_end(poor), -ENOENT);
	stce_state_free(poor);
}

static void what_cannot_be_named_is_refused(void **state)
{
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(stce_state_add_file(from.state, 9, -1), -EBADF);
	assert_int_equal(stce_state_add_file(from.state, 9, pipes[0]), -EINVAL);
	assert_int_equal(stce_state_add_file(from.state, 9, from.f.v.c.group), -EEXIST);
	assert_int_equal(stce_state_add_memory(from.state, SIDE_MEMORY, &pipes, 1), -EEXIST);
	assert_int_equal(stce_state_add_memory(from.state, 9, from.f.v.ram + PAGE, 1), -EINVAL);
	assert_int_equal(stce_state_add_memory(from.state, 9, from.f.v.ram, 0), -EINVAL);
	close(pipes[0]);
	close(pipes[1]);
}

static void a_stream_goes_through_a_pipe(void **state)
{
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	side_put(&from, side_liobn(&from, 0), 0x3000, (GPA + 5 * PAGE) | 3);
	assert_int_equal(stce_state_save_begin(from.state, stce_state_write_fd, &pipes[1]), 0);
	end();
	close(pipes[1]);
	assert_int_equal(stce_state_restore(to.state, stce_state_read_fd, &pipes[0]), 0);
	assert_int_equal(h_get(&to.f.v, side_liobn(&to, 0), 0x3000), (GPA + 5 * PAGE) | 3);
	close(pipes[0]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(windows_of_a_bridge_travel_with_their_entries),
		T(a_bridge_without_its_default_window_travels),
		T(a_window_in_the_default_ones_place_travels),
		T(a_bridge_without_windows_travels),
		T(limited_mode_travels),
		T(a_table_and_its_link_are_made),
		T(a_table_that_is_there_is_filled),
		T(a_table_that_nobody_fetches_goes_with_the_state),
		T(raw_entries_of_a_table_without_link_travel_as_they_are),
		T(windows_and_mappings_without_link_travel),
		T(parts_that_were_held_together_are_so_again),
		T(a_container_with_the_high_window_alone_travels),
		cmocka_unit_test_setup_teardown(a_container_with_the_high_window_alone_travels, start_in_partition, stop),
		cmocka_unit_test_setup_teardown(the_high_window_of_a_partition_travels_in_its_place,
						start_in_partition, stop),
		T(a_range_that_is_registered_here_already_stays_so),
		T(hypercalls_that_are_on_travel),
		T(the_last_word_of_several_passes_counts),
		T(a_window_that_was_made_again_between_passes_has_its_new_entries),
		T(random_entries_travel),
		T(an_empty_window_of_64_gib_costs_a_few_bytes),
		T(a_window_of_64_gib_that_maps_memory_directly_costs_a_few_bytes),
		T(a_vm_is_saved_by_one_at_a_time),
		T(what_the_sink_answers_ends_the_save),
		T(what_has_no_number_is_not_saved),
		T(what_cannot_be_named_is_refused),
		T(a_stream_goes_through_a_pipe),
	};

	return cmocka_run_group_tests_name("state that travels", tests, NULL, NULL);
}
