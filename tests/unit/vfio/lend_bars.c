/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A child maps the registers of a device that its parent drives. An embedder has one malloc() for its own code and for the
 * library, so a load that interrupts it must not call it.
 */
#include "testing.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "client.h"
#include "spapr-tce/dmatest.h"
#include "util/guard.h"

#define CONFIG ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *p);

/* What is allocated and freed by this process, in any thread. */
static atomic_uint allocations;

void *__wrap_malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __real_calloc(count, size);
}

void __wrap_free(void *p)
{
	atomic_fetch_add(&allocations, 1);
	__real_free(p);
}

static struct client c;
static int device;

static int start(void **state)
{
	const uint16_t command = PCI_COMMAND_MEMORY;

	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device = (int)get_device(c.group, FIRST);
	assert_int_equal(stce_pwrite(device, &command, 2, CONFIG + PCI_COMMAND), 2);
	stce_lend(c.machine, -1);
	return 0;
}

static int stop(void **state)
{
	stce_close(device);
	client_stop(&c);
	return 0;
}

static bool is_offered(int fd)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_BAR0_REGION_INDEX };

	return !stce_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region) && region.flags & VFIO_REGION_INFO_FLAG_MMAP;
}

static char *map(int fd)
{
	void *bar = NULL;

	return stce_mmap(fd, NULL, OWN_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &bar) ? NULL : bar;
}

static uint32_t load(const char *at)
{
	return *(const volatile uint32_t *)at;
}

static int wrong_maps(void)
{
	int fd = (int)get_device(c.group, FIRST), wrong = !is_offered(fd);
	void *bar = NULL;
	char *mapped;

	wrong += stce_mmap(fd, NULL, OWN_PAGE, PROT_READ, MAP_PRIVATE, 0, &bar) != -EINVAL;
	mapped = map(fd);
	if (wrong || !mapped)
		return 100 + wrong;
	*(volatile uint32_t *)(mapped + STCE_DMATEST_PATTERN) = 0x12345678;
	return load(mapped) != STCE_DMATEST_MAGIC_VALUE || load(mapped + STCE_DMATEST_PATTERN) != 0x12345678;
}

static void a_child_maps_registers_of_its_parents_device(void **state)
{
	uint32_t pattern = 0;

	run_in_a_child(wrong_maps);
	assert_int_equal(stce_pread(device, &pattern, 4, STCE_DMATEST_PATTERN), 4);
	assert_int_equal(pattern, 0x12345678);
}

static void wrote(void *context, void *address, size_t length)
{
}

static int wrong_maps_with_guests(void)
{
	int fd;

	stce_machine_on_device_write(c.machine, wrote, NULL);
	fd = (int)get_device(c.group, FIRST);
	return fd < 0 || is_offered(fd) || map(fd);
}

/* The parent, which offers the mapping, does not know that the child runs guests. */
static void a_child_that_runs_guests_maps_no_registers(void **state)
{
	run_in_a_child(wrong_maps_with_guests);
}

static sigjmp_buf out;

static void jump(int number)
{
	siglongjmp(out, number);
}

static int wrong_allocations(void)
{
	unsigned int before;
	char *bar;
	int fd;

	/* cmocka takes the signal for each test. The program's handler is set first, and ours after it. */
	signal(SIGBUS, jump);
	guard_install();
	fd = (int)get_device(c.group, FIRST);
	bar = fd < 0 ? NULL : map(fd);
	before = atomic_load(&allocations);
	if (!bar || !before)
		return 1;
	if (load(bar) != STCE_DMATEST_MAGIC_VALUE || atomic_load(&allocations) != before)
		return 2;
	/* The connection is one of the library's descriptors. */
	syscall(SYS_close_range, fd + 1, ~0U, 0);
	if (!sigsetjmp(out, 1))
		load(bar);
	else
		return atomic_load(&allocations) == before ? 0 : 3;
	return 4;
}

/* (Z4) */
static void a_load_neither_allocates_nor_frees_not_even_when_the_connection_is_lost(void **state)
{
	run_in_a_child(wrong_allocations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_child_maps_registers_of_its_parents_device, start, stop),
		cmocka_unit_test_setup_teardown(a_child_that_runs_guests_maps_no_registers, start, stop),
		cmocka_unit_test_setup_teardown(a_load_neither_allocates_nor_frees_not_even_when_the_connection_is_lost, start, stop),
	};

	return cmocka_run_group_tests_name("lend_bars", tests, NULL, NULL);
}
