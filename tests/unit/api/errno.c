/* SPDX-License-Identifier: BSD-2-Clause */
/* stce_ioctl() leaves errno alone, because the preload answers a program's ioctl(2) by it without saving errno. */
#include "testing.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "unit/vfio/client.h"
#include "util/alloc.h"

static struct client c;
static unsigned int allocations, keys, stacks;

/* These change errno although they succeed, as a function of the C library may. */
#define WRAP(type, name, counter, parameters, arguments) \
	type __wrap_##name parameters; \
	type __real_##name parameters; \
	type __wrap_##name parameters \
	{ \
		type r = __real_##name arguments; \
\
		__atomic_fetch_add(&(counter), 1, __ATOMIC_RELAXED); \
		errno = ENOMEM; \
		return r; \
	}

WRAP(void *, calloc, allocations, (size_t count, size_t size), (count, size))
WRAP(int, pthread_setspecific, keys, (pthread_key_t key, const void *value), (key, value))
WRAP(int, pthread_getattr_np, stacks, (pthread_t thread, pthread_attr_t *attributes), (thread, attributes))

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	allocations = keys = stacks = 0;
	errno = EXDEV;
	return 0;
}

static int stop(void **state)
{
	client_stop(&c);
	return 0;
}

static void a_call_that_allocates_leaves_errno_alone(void **state)
{
	assert_int_equal(create_window(c.container, 16, GIB, 1, NULL), 0);
	assert_int_not_equal(allocations, 0);
	assert_int_equal(errno, EXDEV);
}

static void so_does_one_that_is_refused(void **state)
{
	long r = -ENOMEM;

	/* Each allocation in turn is the one that fails. */
	for (int n = 0; r; n++) {
		alloc_fail_after(n);
		r = create_window(c.container, 16, GIB, 1, NULL);
		alloc_fail_after(-1);
		assert_true(!r || r == -ENOMEM);
		assert_int_equal(errno, EXDEV);
	}
	assert_int_not_equal(allocations, 0);
}

static void so_does_one_on_a_foreign_file(void **state)
{
	/* qemu-user knows no such request, and answers it before it looks at the descriptor. */
	assert_true(stce_ioctl(-1, VFIO_GET_API_VERSION, NULL) < 0);
	assert_int_equal(errno, EXDEV);
}

/* Returns errno behind a MAP, or NULL if that fails. */
static void *map_for_the_first_time(void *memory)
{
	errno = EXDEV;
	return map_dma(c.container, memory, 0, PAGE, RW) ? NULL : (void *)(uintptr_t)errno;
}

/* The thread gets its number and its record in the read lock, and the bounds of its stack are looked up, in this call. */
static void so_does_the_first_call_of_a_thread(void **state)
{
	char *memory = client_memory(&c, 1);
	pthread_t thread;
	void *left;

	assert_int_equal(map_dma(c.container, memory, 0, PAGE, RW), 0);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), 0);
	keys = stacks = 0;
	assert_int_equal(pthread_create(&thread, NULL, map_for_the_first_time, memory), 0);
	pthread_join(thread, &left);
	assert_int_equal((uintptr_t)left, EXDEV);
	assert_int_equal(keys, 2);
	assert_int_equal(stacks, 1);
	assert_int_equal(unmap_dma(c.container, 0, PAGE), 0);
	munmap(memory, PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_call_that_allocates_leaves_errno_alone, start, stop),
		cmocka_unit_test_setup_teardown(so_does_one_that_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(so_does_one_on_a_foreign_file, start, stop),
		cmocka_unit_test_setup_teardown(so_does_the_first_call_of_a_thread, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
