/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers that an embedder maps: the library's own handlers make the accesses and pass other faults
 * on, and the calls that change mappings leave everything as it was when they fail.
 */
#include "testing.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "spapr-tce/dmatest.h"
#include "stats_of.h"
#include "util/alloc.h"
#include "util/guard.h"
#include "vfio/bar_map.h"

#define CONFIG ((off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)

static struct client c;
static int device;
static char *bar;

static void set_command(uint16_t command)
{
	assert_int_equal(stce_pwrite(device, &command, 2, CONFIG + PCI_COMMAND), 2);
}

static char *map(int prot)
{
	void *p = NULL;

	assert_int_equal(stce_mmap(device, NULL, OWN_PAGE, prot, MAP_SHARED, 0, &p), 0);
	return p;
}

static void unmap(char *p)
{
	const struct iovec range = { p, OWN_PAGE };
	unsigned int number = stce_machine_unmap_begin(c.machine, &range, 1);

	assert_int_equal(munmap(p, OWN_PAGE), 0);
	stce_machine_unmap_end(c.machine, number);
}

static sigjmp_buf out;
static volatile int caught;

static void jump(int number)
{
	caught = number;
	siglongjmp(out, 1);
}

/* cmocka takes the signals for each test. The program's handlers are set first, and ours after them. */
static void take_signals(void)
{
	signal(SIGSEGV, jump);
	signal(SIGBUS, jump);
	assert_int_equal(guard_install(), 0);
}

static int start(void **state)
{
	client_start(&c, NULL);
	client_open(&c, VFIO_SPAPR_TCE_v2_IOMMU);
	device = (int)get_device(c.group, FIRST);
	assert_true(device >= 0);
	set_command(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	bar = map(PROT_READ | PROT_WRITE);
	return 0;
}

static int stop(void **state)
{
	if (bar)
		unmap(bar);
	if (device >= 0)
		stce_close(device);
	client_stop(&c);
	return 0;
}

static uint32_t load(const char *at)
{
	return *(const volatile uint32_t *)at;
}

static __attribute__((noinline)) int signal_at(const char *at)
{
	caught = 0;
	if (!sigsetjmp(out, 1))
		load(at);
	return caught;
}

static void loads_and_stores_are_counted_as_register_accesses(void **state)
{
	struct stce_stats before = stats_of(c.machine), after;

	take_signals();
	assert_int_equal(load(bar), STCE_DMATEST_MAGIC_VALUE);
	*(volatile uint64_t *)(bar + STCE_DMATEST_SOURCE) = 0x123456789a;
	assert_int_equal(load(bar + STCE_DMATEST_SOURCE + 4), 0x12);
	after = stats_of(c.machine);
	assert_int_equal(after.mmio_reads - before.mmio_reads, 2);
	assert_int_equal(after.mmio_writes - before.mmio_writes, 1);
}

static void what_lies_behind_a_bar_in_its_page_reads_as_all_ones(void **state)
{
	take_signals();
	assert_int_equal(load(bar + STCE_DMATEST_BAR_SIZE - 4), 0);
	for (size_t at = STCE_DMATEST_BAR_SIZE; at < OWN_PAGE; at += STCE_DMATEST_BAR_SIZE) {
		*(volatile uint32_t *)(bar + at) = 1;
		assert_int_equal(load(bar + at), UINT32_MAX);
	}
}

static void other_faults_are_the_program_s(void **state)
{
	char *nothing = mmap(NULL, OWN_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	take_signals();
	assert_int_equal(signal_at(nothing), SIGSEGV);
	set_command(0);
	assert_int_equal(signal_at(bar), SIGBUS);
	set_command(PCI_COMMAND_MEMORY);
	assert_int_equal(load(bar), STCE_DMATEST_MAGIC_VALUE);
	munmap(nothing, OWN_PAGE);
}

static void a_register_that_does_not_answer_ends_a_program_without_handler(void **state)
{
	pid_t child = fork();
	int status;

	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (guard_install())
			_exit(1);
		load(bar);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

static void an_unmapped_register_is_not_there(void **state)
{
	char *second = map(PROT_READ);

	take_signals();
	assert_int_equal(load(second), STCE_DMATEST_MAGIC_VALUE);
	unmap(second);
	assert_int_equal(signal_at(second), SIGSEGV);
	assert_int_equal(load(bar), STCE_DMATEST_MAGIC_VALUE);
}

static void without_memory_nothing_is_mapped_moved_or_protected(void **state)
{
	void *p = NULL;

	take_signals();
	for (int n = 0; n < 2; n++) {
		alloc_fail_after(n);
		if (n == 0) {
			assert_int_equal(stce_mmap(device, NULL, OWN_PAGE, PROT_READ, MAP_SHARED, 0, &p), -ENOMEM);
			alloc_fail_after(0);
			assert_int_equal(stce_mprotect(bar, OWN_PAGE, PROT_NONE), -ENOMEM);
			alloc_fail_after(0);
		}
		assert_int_equal(stce_mremap(c.machine, bar, OWN_PAGE, OWN_PAGE, MREMAP_MAYMOVE, NULL, &p), -ENOMEM);
		alloc_fail_after(-1);
		assert_int_equal(load(bar), STCE_DMATEST_MAGIC_VALUE);
	}
}

/* (X1) The thread's instruction is repeated once, also if the change was over before the thread looked. */
static void a_fault_from_before_a_change_is_tried_again(void **state)
{
	unmap(map(PROT_READ));
	assert_true(bar_map_has_changed());
	assert_false(bar_map_has_changed());
	bar_map_begin();
	assert_true(bar_map_has_changed() && bar_map_has_changed());
	bar_map_end();
	assert_true(bar_map_has_changed());
	assert_false(bar_map_has_changed());
}

/* The registers are then at an address where nothing is mapped, until something is. */
static void without_memory_munmap_leaves_no_damage(void **state)
{
	char *second = map(PROT_READ);
	void *p;

	take_signals();
	alloc_fail_after(0);
	unmap(second);
	alloc_fail_after(-1);
	assert_int_equal(load(second), STCE_DMATEST_MAGIC_VALUE);
	assert_int_equal(stce_mmap(device, second, OWN_PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, 0, &p), 0);
	assert_ptr_equal(p, second);
	unmap(second);
	assert_int_equal(signal_at(second), SIGSEGV);
}

static void what_cannot_be_moved_stays(void **state)
{
	void *p = NULL;

	take_signals();
	assert_int_equal(stce_mremap(c.machine, bar, OWN_PAGE, 2 * OWN_PAGE, MREMAP_MAYMOVE, NULL, &p), -EFAULT);
	assert_int_equal(stce_mremap(c.machine, bar, OWN_PAGE, OWN_PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL, &p), -EINVAL);
	assert_int_equal(stce_mremap(c.machine, bar + 4, OWN_PAGE, OWN_PAGE, 0, NULL, &p), -EINVAL);
	/* The kernel refuses an overlap. */
	assert_int_equal(stce_mremap(c.machine, bar, OWN_PAGE, OWN_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, bar, &p), -EINVAL);
	assert_int_equal(load(bar), STCE_DMATEST_MAGIC_VALUE);
	assert_int_equal(stce_mremap(c.machine, &p, OWN_PAGE, OWN_PAGE, 0, NULL, &p), STCE_NOT_OURS);
	assert_int_equal(stce_mprotect(bar + 4, 8, PROT_READ), STCE_NOT_OURS);
	assert_int_equal(stce_mprotect(&p, 8, PROT_READ), STCE_NOT_OURS);
}

/* Registered memory at the new place is taken from devices. */
static void a_mapping_moves_over_registered_memory(void **state)
{
	char *p = client_memory(&c, OWN_PAGES);
	void *moved = NULL;

	take_signals();
	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, RW), 0);
	assert_int_equal(stce_mremap(c.machine, bar, OWN_PAGE, OWN_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p, &moved), 0);
	bar = moved;
	assert_ptr_equal(bar, p);
	assert_int_equal(load(bar), STCE_DMATEST_MAGIC_VALUE);
	assert_int_equal(device_write(&c, 0, "x", 1), -EFAULT);
}

/* The store of a command makes the function write memory that is gone, while our frame is on the alternate stack. */
static void dma_that_faults_meanwhile_harms_no_alternate_stack(void **state)
{
	char *p = client_memory(&c, OWN_PAGES);
	stack_t ours = { .ss_sp = malloc(65536), .ss_size = 65536 }, none = { .ss_flags = SS_DISABLE }, after;

	take_signals();
	assert_int_equal(stce_machine_set_direct_dma(c.machine, true), 0);
	assert_int_equal(map_dma(c.container, p, 0, OWN_PAGE, RW), 0);
	assert_int_equal(mprotect(p, OWN_PAGE, PROT_NONE), 0);
	assert_int_equal(sigaltstack(&ours, NULL), 0);
	*(volatile uint64_t *)(bar + STCE_DMATEST_TARGET) = 64;
	*(volatile uint64_t *)(bar + STCE_DMATEST_LENGTH) = 64;
	*(volatile uint32_t *)(bar + STCE_DMATEST_COMMAND) = STCE_DMATEST_FILL;
	assert_int_equal(load(bar + STCE_DMATEST_STATUS), STCE_DMATEST_FAULTED);
	assert_int_equal(sigaltstack(&none, &after), 0);
	assert_ptr_equal(after.ss_sp, ours.ss_sp);
	free(ours.ss_sp);
}

/* A device cannot reach registers by DMA, as on Linux, which pins no such page. */
static void registers_cannot_be_registered_as_memory(void **state)
{
	assert_true(register_memory(c.container, bar, OWN_PAGE) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(loads_and_stores_are_counted_as_register_accesses, start, stop),
		cmocka_unit_test_setup_teardown(what_lies_behind_a_bar_in_its_page_reads_as_all_ones, start, stop),
		cmocka_unit_test_setup_teardown(other_faults_are_the_program_s, start, stop),
		cmocka_unit_test_setup_teardown(a_register_that_does_not_answer_ends_a_program_without_handler, start, stop),
		cmocka_unit_test_setup_teardown(an_unmapped_register_is_not_there, start, stop),
		cmocka_unit_test_setup_teardown(a_fault_from_before_a_change_is_tried_again, start, stop),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_mapped_moved_or_protected, start, stop),
		cmocka_unit_test_setup_teardown(without_memory_munmap_leaves_no_damage, start, stop),
		cmocka_unit_test_setup_teardown(what_cannot_be_moved_stays, start, stop),
		cmocka_unit_test_setup_teardown(a_mapping_moves_over_registered_memory, start, stop),
		cmocka_unit_test_setup_teardown(dma_that_faults_meanwhile_harms_no_alternate_stack, start, stop),
		cmocka_unit_test_setup_teardown(registers_cannot_be_registered_as_memory, start, stop),
	};

	return cmocka_run_group_tests_name("bars", tests, NULL, NULL);
}
