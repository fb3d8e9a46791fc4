/* SPDX-License-Identifier: BSD-2-Clause */
/* Eventfds of a function: they are set up all or none, and an INTx signal masks INTx. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <string.h>
#include <unistd.h>

#include "bus.h"
#include "dev/irq_intx.h"
#include "dev/irq_setup.h"
#include "dev/irq_unmask.h"
#include "util/alloc.h"
#include "util/os.h"

static const unsigned int counts[IRQ_INDEX_COUNT] = {
	[IRQ_INTX] = 1, [IRQ_MSIX] = 4, [IRQ_ERR] = 1, [IRQ_REQ] = 1,
};

static struct counters counters;
static struct irq_set set;

static int setup(void **state)
{
	memset(&counters, 0, sizeof(counters));
	return irq_set_init(&set, counts, counters_stats(&counters));
}

static int teardown(void **state)
{
	irq_set_fini(&set);
	return 0;
}

static void a_raised_vector_signals_its_eventfd_once(void **state)
{
	int fds[2] = { bus_eventfd(), bus_eventfd() };

	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 1, 2, fds), 0);
	irq_raise(&set, IRQ_MSIX, 2);
	assert_int_equal(bus_signals(fds[0]), 0);
	assert_int_equal(bus_signals(fds[1]), 1);
	assert_int_equal(COUNTED(&counters, interrupts), 1);
	close(fds[0]);
	close(fds[1]);
}

static void a_vector_outlives_the_programs_descriptor(void **state)
{
	int fd = bus_eventfd(), copy = dup(fd);

	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 1, &fd), 0);
	close(fd);
	irq_raise(&set, IRQ_MSIX, 0);
	assert_int_equal(bus_signals(copy), 1);
	close(copy);
}

static void vectors_that_are_not_set_up_stay_silent(void **state)
{
	int fds[2] = { -1, bus_eventfd() };

	irq_raise(&set, IRQ_MSIX, 0);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 2, fds), 0);
	irq_raise(&set, IRQ_MSIX, 0);
	irq_raise(&set, IRQ_MSIX, 3);
	irq_raise(&set, IRQ_MSIX, 77);
	assert_int_equal(COUNTED(&counters, interrupts), 0);
	close(fds[1]);
}

static void a_set_up_out_of_range_is_refused(void **state)
{
	int fds[5] = { -1, -1, -1, -1, -1 };

	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 5, fds), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 4, 1, fds), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 0, fds), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 1, UINT32_MAX, fds), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSI, 0, 1, fds), -EINVAL);
	assert_false(irq_is_enabled(&set, IRQ_MSIX));
}

static unsigned int count_descriptors(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void one_bad_descriptor_leaves_the_old_set_up(void **state)
{
	int old = bus_eventfd(), fresh = bus_eventfd();
	int bad[3] = { fresh, fresh, 9999 };
	unsigned int before;

	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 1, &old), 0);
	before = count_descriptors();
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 3, bad), -EBADF);
	/* The duplicates made until then are closed. */
	assert_int_equal(count_descriptors(), before);
	irq_raise(&set, IRQ_MSIX, 0);
	assert_int_equal(bus_signals(old), 1);
	assert_int_equal(bus_signals(fresh), 0);
	close(old);
	close(fresh);
}

static void a_descriptor_that_is_no_eventfd_is_refused(void **state)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 1, &fds[1]), -EINVAL);
	close(fds[0]);
	close(fds[1]);
}

static void disabling_silences_every_vector(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 3, 1, &fd), 0);
	assert_true(irq_is_enabled(&set, IRQ_MSIX));
	irq_disable(&set, IRQ_MSIX);
	assert_false(irq_is_enabled(&set, IRQ_MSIX));
	irq_raise(&set, IRQ_MSIX, 3);
	assert_int_equal(bus_signals(fd), 0);
	close(fd);
}

static void intx_masks_itself_and_tells_again_when_unmasked(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	irq_set_intx(&set, true);
	irq_set_intx(&set, true);
	assert_int_equal(bus_signals(fd), 1);
	assert_int_equal(irq_mask(&set, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fd), 1);
	irq_set_intx(&set, false);
	assert_int_equal(irq_mask(&set, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fd), 0);
	irq_set_intx(&set, true);
	assert_int_equal(bus_signals(fd), 1);
	close(fd);
}

static void a_masked_intx_waits_for_its_unmasking(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	assert_int_equal(irq_mask(&set, IRQ_INTX, true), 0);
	irq_set_intx(&set, true);
	assert_int_equal(bus_signals(fd), 0);
	assert_int_equal(irq_mask(&set, IRQ_INTX, false), 0);
	assert_int_equal(bus_signals(fd), 1);
	close(fd);
}

static void signal_fd(int fd)
{
	uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

static void wait_for(int fd)
{
	struct pollfd told = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&told, 1, -1), 1);
}

static void an_eventfd_unmasks_intx(void **state)
{
	int fd = bus_eventfd(), unmask = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	assert_int_equal(irq_set_unmask_eventfd(&set, unmask), 0);
	irq_set_intx(&set, true);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(bus_signals(fd), 1);
		signal_fd(unmask);
		wait_for(fd);
		assert_int_equal(bus_signals(unmask), 0);
	}
	close(fd);
	close(unmask);
}

static void a_signal_from_before_unmasks_as_well(void **state)
{
	int fd = bus_eventfd(), unmask = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	irq_mask(&set, IRQ_INTX, true);
	irq_set_intx(&set, true);
	assert_int_equal(bus_signals(fd), 0);
	signal_fd(unmask);
	assert_int_equal(irq_set_unmask_eventfd(&set, unmask), 0);
	wait_for(fd);
	close(fd);
	close(unmask);
}

static void one_eventfd_unmasks_until_it_is_cleared(void **state)
{
	int fd = bus_eventfd(), unmask = bus_eventfd();

	assert_int_equal(irq_set_unmask_eventfd(&set, unmask), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	assert_int_equal(irq_set_unmask_eventfd(&set, unmask), 0);
	assert_int_equal(irq_set_unmask_eventfd(&set, unmask), -EBUSY);
	assert_int_equal(irq_set_unmask_eventfd(&set, 9999), -EBADF);
	assert_int_equal(irq_set_unmask_eventfd(&set, STDOUT_FILENO), -EINVAL);
	irq_clear_unmask_eventfd(&set);
	irq_clear_unmask_eventfd(&set);
	signal_fd(unmask);
	assert_int_equal(bus_signals(unmask), 1);
	assert_int_equal(irq_set_unmask_eventfd(&set, unmask), 0);
	irq_disable(&set, IRQ_INTX);
	signal_fd(unmask);
	assert_int_equal(bus_signals(unmask), 1);
	close(fd);
	close(unmask);
}

static void an_intx_that_is_asserted_already_is_told_when_set_up(void **state)
{
	int fd = bus_eventfd();

	irq_set_intx(&set, true);
	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	assert_int_equal(bus_signals(fd), 1);
	close(fd);
}

/*
 * Symptom: a guest with pci=nomsi reported "irq 18: nobody cared". It had handled a completion
 * before QEMU read the eventfd; then QEMU raised a line that nothing lowered.
 */
static void a_signal_that_nobody_read_is_taken_back_with_its_level(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);   /* a blocking one */
	uint64_t count = 5;

	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	irq_set_intx(&set, true);
	irq_set_intx(&set, false);
	assert_int_equal(os_read_nowait(fd, &count, sizeof(count)), -EAGAIN);
	/* A signal that nobody received does not mask. */
	irq_set_intx(&set, true);
	assert_int_equal(bus_signals(fd), 1);
	/* A received signal does, and lowering the line does not wait. */
	irq_set_intx(&set, false);
	irq_set_intx(&set, true);
	assert_int_equal(os_read_nowait(fd, &count, sizeof(count)), -EAGAIN);
	/* The values that others wrote to the eventfd stay. */
	assert_int_equal(irq_mask(&set, IRQ_INTX, false), 0);
	count = 2;
	assert_int_equal(os_write(fd, &count, sizeof(count)), sizeof(count));
	irq_set_intx(&set, false);
	assert_int_equal(bus_signals(fd), 2);
	close(fd);
}

static void a_mask_of_the_programs_own_stays(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	irq_set_intx(&set, true);
	assert_int_equal(irq_mask(&set, IRQ_INTX, true), 0);
	irq_set_intx(&set, false);
	assert_int_equal(bus_signals(fd), 1);
	irq_set_intx(&set, true);
	assert_int_equal(bus_signals(fd), 0);
	close(fd);
}

static void only_an_intx_that_is_set_up_can_be_masked(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_mask(&set, IRQ_INTX, true), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 1, &fd), 0);
	assert_int_equal(irq_mask(&set, IRQ_MSIX, true), -EINVAL);
	close(fd);
}

static void a_loopback_trigger_signals(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_trigger(&set, IRQ_REQ, 0), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_REQ, 0, 1, &fd), 0);
	assert_int_equal(irq_trigger(&set, IRQ_REQ, 0), 0);
	assert_int_equal(irq_trigger(&set, IRQ_REQ, 1), -EINVAL);
	assert_int_equal(bus_signals(fd), 1);
	close(fd);
}

static void only_one_kind_of_interrupt_is_set_up_at_a_time(void **state)
{
	int fd = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), 0);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 1, &fd), -EINVAL);
	assert_int_equal(irq_set_eventfds(&set, IRQ_REQ, 0, 1, &fd), 0);
	irq_disable(&set, IRQ_INTX);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 1, &fd), 0);
	assert_int_equal(irq_set_eventfds(&set, IRQ_INTX, 0, 1, &fd), -EINVAL);
	irq_set_intx(&set, true);
	assert_int_equal(bus_signals(fd), 0);
	close(fd);
}

static void running_out_of_memory_leaks_nothing(void **state)
{
	struct irq_set other;
	int fd = bus_eventfd();

	for (int n = 0; n < 4; n++) {
		alloc_fail_after(n);
		assert_int_equal(irq_set_init(&other, counts, counters_stats(&counters)), -ENOMEM);
	}
	alloc_fail_after(0);
	assert_int_equal(irq_set_eventfds(&set, IRQ_MSIX, 0, 1, &fd), -ENOMEM);
	alloc_fail_after(-1);
	assert_false(irq_is_enabled(&set, IRQ_MSIX));
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_raised_vector_signals_its_eventfd_once),
		TEST(a_vector_outlives_the_programs_descriptor),
		TEST(vectors_that_are_not_set_up_stay_silent),
		TEST(a_set_up_out_of_range_is_refused),
		TEST(one_bad_descriptor_leaves_the_old_set_up),
		TEST(a_descriptor_that_is_no_eventfd_is_refused),
		TEST(disabling_silences_every_vector),
		TEST(intx_masks_itself_and_tells_again_when_unmasked),
		TEST(a_masked_intx_waits_for_its_unmasking),
		TEST(an_eventfd_unmasks_intx),
		TEST(a_signal_from_before_unmasks_as_well),
		TEST(one_eventfd_unmasks_until_it_is_cleared),
		TEST(an_intx_that_is_asserted_already_is_told_when_set_up),
		TEST(a_signal_that_nobody_read_is_taken_back_with_its_level),
		TEST(a_mask_of_the_programs_own_stays),
		TEST(only_an_intx_that_is_set_up_can_be_masked),
		TEST(a_loopback_trigger_signals),
		TEST(only_one_kind_of_interrupt_is_set_up_at_a_time),
		TEST(running_out_of_memory_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
