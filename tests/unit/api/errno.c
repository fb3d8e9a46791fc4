/* SPDX-License-Identifier: BSD-2-Clause */
/* stce_ioctl() leaves errno alone, because the preload answers a program's ioctl(2) by it without saving errno. */
#include "testing.h"

#include <errno.h>
#include <stdlib.h>

#include "unit/vfio/client.h"
#include "util/alloc.h"

static struct client c;
static unsigned int allocations;

void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);

/* Changes errno although it succeeds, as a function of the C library may. */
void *__wrap_calloc(size_t count, size_t size)
{
	void *memory = __real_calloc(count, size);

	allocations++;
	errno = ENOMEM;
	return memory;
}

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	allocations = 0;
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
	assert_int_equal(stce_ioctl(-1, VFIO_GET_API_VERSION, NULL), -EBADF);
	assert_int_equal(errno, EXDEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_call_that_allocates_leaves_errno_alone, start, stop),
		cmocka_unit_test_setup_teardown(so_does_one_that_is_refused, start, stop),
		cmocka_unit_test_setup_teardown(so_does_one_on_a_foreign_file, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
