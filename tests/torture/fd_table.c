/* SPDX-License-Identifier: BSD-2-Clause */
/* The guarantee of file/fd_table.h. */
#include "torture.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../unit/vfio/client.h"
#include "util/os.h"

struct arena {
	struct client client;
	_Atomic(uint64_t) opened, called;
	_Atomic(int) newest;         /* a number that was just in use */
};

static void open_and_close(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int fd = open_container(&a->client);

		TORTURE_CHECK(fd >= 0);
		TORTURE_CHECK(stce_is_ours(fd));
		atomic_store(&a->newest, fd);
		TORTURE_CHECK(stce_ioctl(fd, VFIO_GET_API_VERSION, NULL) == 0);
		if (torture_chance(self, 4)) {
			int copy = (int)syscall(SYS_dup, fd);   /* TSAN's own dup() would miss that we close the copy */

			stce_duplicated(fd, copy);
			TORTURE_CHECK(stce_ioctl(copy, VFIO_GET_API_VERSION, NULL) == 0);
			stce_close(copy);
		}
		TORTURE_CHECK(stce_close(fd) == 0);
		atomic_fetch_add(&a->opened, 1);
	}
}

/* (F1) A number that the kernel has just given to another file is not ours. */
static void open_other_files(struct torture_thread *self)
{
	while (torture_goes_on()) {
		int fd = os_open("/dev/null", O_RDWR | O_CLOEXEC, 0);

		TORTURE_CHECK(fd >= 0);
		TORTURE_CHECK(!stce_is_ours(fd));
		TORTURE_CHECK(stce_ioctl(fd, VFIO_GET_API_VERSION, NULL) < 0);
		os_close(fd);
	}
}

/* The number may belong to any file. The call ends on the file on which it started. */
static void call_whatever_there_is(struct torture_thread *self)
{
	struct arena *a = self->context;

	while (torture_goes_on()) {
		int fd = atomic_load(&a->newest) + (int)torture_below(self, 3) - 1;
		long r = stce_ioctl(fd, VFIO_CHECK_EXTENSION, (void *)VFIO_SPAPR_TCE_v2_IOMMU);

		TORTURE_CHECK(r == 1 || r < 0);
		atomic_fetch_add(&a->called, r == 1);
	}
}

static void f1_a_number_leaves_the_table_before_the_kernel_reuses_it(void **state)
{
	static struct arena a;

	client_start(&a.client, NULL);
	TORTURE_WANTS(a.opened);
	torture_run(&a, open_and_close, 3u, open_other_files, 2u, call_whatever_there_is, 1u, NULL);
	client_stop(&a.client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(f1_a_number_leaves_the_table_before_the_kernel_reuses_it),
	};

	return cmocka_run_group_tests_name("fd_table", tests, NULL, NULL);
}
