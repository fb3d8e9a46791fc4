/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What another thread does in the middle of memory's leaving. The linker's --wrap stops threads at
 * two places: between counting and writing a MAP, and before the clearing of a run of entries that
 * was found.
 */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/uio.h>

#include "client.h"
#include "host/update.h"
#include "mem/count.h"

static struct client c;
static char *p, *other;
static sem_t reached;
static bool stops_map, stops_clear;
static pthread_t thread;
static long answer;

bool __real_mem_region_try_get(struct mem_region *region, uint64_t n);
bool __wrap_mem_region_try_get(struct mem_region *region, uint64_t n);
void __real_host_update_clear_range(struct host_window *window, struct tce_index index, uint64_t count);
void __wrap_host_update_clear_range(struct host_window *window, struct tce_index index, uint64_t count);

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	p = client_memory(&c, OWN_PAGES);
	other = client_memory(&c, OWN_PAGES);
	sem_init(&reached, 0, 0);
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	sem_destroy(&reached);
	drop_pages(p, OWN_PAGES);
	drop_pages(other, OWN_PAGES);
	return 0;
}

/* Takes p from devices. */
static void leave(void)
{
	struct iovec range = { p, OWN_PAGE };

	stce_machine_unmap_end(c.machine, stce_machine_unmap_begin(c.machine, &range, 1));
}

static void *map(void *address)
{
	answer = map_dma(c.container, address, 0, OWN_PAGE, RW);
	return NULL;
}

bool __wrap_mem_region_try_get(struct mem_region *region, uint64_t n)
{
	bool r = __real_mem_region_try_get(region, n);

	if (stops_map) {
		stops_map = false;
		sem_post(&reached);
		/* The other thread does not get past this one, however long it has. */
		usleep(100000);
	}
	return r;
}

/* (J1) It is written before anybody looks for it, whether threads count by themselves or together. */
static void a_map_that_has_counted_is_waited_for(void **state)
{
	char *many = get_pages(MEM_COUNT_COLUMNS * OWN_PAGES), byte = 'x';

	for (unsigned int together = 0; together < 2; together++) {
		/* The regions before it take all columns of numbers. */
		assert_int_equal(unregister_memory(c.container, p, OWN_PAGE), 0);
		for (unsigned int i = 0; i < MEM_COUNT_COLUMNS && together; i++)
			assert_int_equal(register_memory(c.container, many + i * OWN_PAGE, OWN_PAGE), 0);
		assert_int_equal(register_memory(c.container, p, OWN_PAGE), 0);
		/* The default window is there, so that nothing but the MAP is stopped. */
		assert_int_equal(unmap_dma(c.container, 0, OWN_PAGE), 0);
		stops_map = true;
		pthread_create(&thread, NULL, map, p);
		sem_wait(&reached);
		leave();
		pthread_join(thread, NULL);
		assert_int_equal(answer, 0);
		assert_int_equal(device_write(&c, 0, &byte, 1), -EFAULT);
	}
	drop_pages(many, MEM_COUNT_COLUMNS * OWN_PAGES);
}

void __wrap_host_update_clear_range(struct host_window *window, struct tce_index index, uint64_t count)
{
	if (stops_clear) {
		stops_clear = false;
		pthread_create(&thread, NULL, map, other);
		usleep(100000);
	}
	__real_host_update_clear_range(window, index, count);
}

/* (H2) Only what points into the range is cleared. */
static void an_entry_that_is_written_again_stays(void **state)
{
	char byte = 'x';

	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, RW), 0);
	stops_clear = true;
	leave();
	pthread_join(thread, NULL);
	assert_int_equal(answer, 0);
	assert_int_equal(device_write(&c, 0, &byte, 1), 0);
	assert_int_equal(*other, 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_map_that_has_counted_is_waited_for, start, stop),
		cmocka_unit_test_setup_teardown(an_entry_that_is_written_again_stays, start, stop),
	};

	return cmocka_run_group_tests_name("unmaps_between", tests, NULL, NULL);
}
