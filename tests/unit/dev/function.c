/* SPDX-License-Identifier: BSD-2-Clause */
/* Config space and the common part of functions, as a presenter sees them. */
#include "testing.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "bus.h"
#include "dev/irq_setup.h"
#include "host/eeh_op.h"
#include "spapr-tce/dmatest.h"

static struct bus bus;
static struct function *fn;

static int setup(void **state)
{
	bus_init(&bus);
	fn = bus_function(&bus, "nvme", "size=1M,queues=4");
	return 0;
}

static int teardown(void **state)
{
	function_free(fn);
	bus_fini(&bus);
	return 0;
}

static uint32_t config_read(unsigned int offset, unsigned int size)
{
	uint32_t value = 0;

	assert_int_equal(function_config_read(fn, offset, &value, size), 0);
	return value;
}

static void config_write(unsigned int offset, unsigned int size, uint32_t value)
{
	assert_int_equal(function_config_write(fn, offset, &value, size), 0);
}

static unsigned int find_capability(uint8_t id)
{
	unsigned int at = config_read(PCI_CAPABILITY_LIST, 1);

	while (at && config_read(at, 1) != id)
		at = config_read(at + PCI_CAP_LIST_NEXT, 1);
	return at;
}

static void a_bar_tells_its_size_when_written_with_ones(void **state)
{
	config_write(PCI_BASE_ADDRESS_0, 4, 0xffffffff);
	config_write(PCI_BASE_ADDRESS_1, 4, 0xffffffff);
	assert_int_equal(config_read(PCI_BASE_ADDRESS_0, 4), 0xffffc004);
	assert_int_equal(config_read(PCI_BASE_ADDRESS_1, 4), 0xffffffff);
	assert_int_equal(fn->bar_size[0], 0x4000);
	config_write(PCI_BASE_ADDRESS_2, 4, 0xffffffff);
	assert_int_equal(config_read(PCI_BASE_ADDRESS_2, 4), 0);
	assert_int_equal(fn->bar_size[2], 0);
}

static void the_header_says_what_the_function_is(void **state)
{
	assert_int_equal(config_read(PCI_CLASS_REVISION, 4) >> 8, 0x010802);
	assert_int_equal(config_read(PCI_HEADER_TYPE, 1), 0);
	assert_int_equal(config_read(PCI_INTERRUPT_PIN, 1), 1);
	assert_int_equal(config_read(PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, PCI_STATUS_CAP_LIST);
	assert_int_equal(config_read(PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
	config_write(PCI_VENDOR_ID, 4, 0);
	assert_int_not_equal(config_read(PCI_VENDOR_ID, 2), 0);
	config_write(PCI_INTERRUPT_LINE, 1, 0x2a);
	assert_int_equal(config_read(PCI_INTERRUPT_LINE, 1), 0x2a);
}

static void the_capability_list_is_sane(void **state)
{
	unsigned int msix = find_capability(PCI_CAP_ID_MSIX);
	unsigned int express = find_capability(PCI_CAP_ID_EXP);
	uint32_t table = config_read(msix + PCI_MSIX_TABLE, 4);

	assert_true(find_capability(PCI_CAP_ID_PM) && msix && express);
	assert_int_equal(find_capability(PCI_CAP_ID_MSI), 0);
	assert_int_equal(config_read(msix + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE, 4);
	assert_int_equal(table & PCI_MSIX_TABLE_BIR, 0);
	assert_true((table & PCI_MSIX_TABLE_OFFSET) + 5 * 16 <= fn->bar_size[0]);
	assert_true((config_read(msix + PCI_MSIX_PBA, 4) & PCI_MSIX_PBA_OFFSET) < fn->bar_size[0]);
	assert_true(config_read(express + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR);
	assert_int_equal(config_read(express + PCI_EXP_FLAGS, 2), 2);
	/* There are no extended capabilities. */
	assert_int_equal(config_read(0x100, 4), 0);
}

static void msix_enable_follows_the_eventfds(void **state)
{
	unsigned int flags = find_capability(PCI_CAP_ID_MSIX) + PCI_MSIX_FLAGS;
	int fd = bus_eventfd();

	config_write(flags, 2, PCI_MSIX_FLAGS_ENABLE);
	assert_int_equal(config_read(flags, 2) & PCI_MSIX_FLAGS_ENABLE, 0);
	assert_int_equal(irq_set_eventfds(&fn->irqs, IRQ_MSIX, 0, 1, &fd), 0);
	assert_int_equal(config_read(flags, 2) & PCI_MSIX_FLAGS_ENABLE, PCI_MSIX_FLAGS_ENABLE);
}

static void the_msix_table_keeps_what_is_written(void **state)
{
	assert_int_equal(bus_read32(fn, 0x2000 + 12), 1);
	bus_write32(fn, 0x2000, 0xfee00000);
	bus_write64(fn, 0x2000 + 72, 0x1122334455667788);
	assert_int_equal(bus_read32(fn, 0x2000), 0xfee00000);
	assert_true(bus_read64(fn, 0x2000 + 72) == 0x1122334455667788);
	assert_int_equal(bus_read32(fn, 0x3000), 0);
}

static void config_accesses_outside_are_refused(void **state)
{
	uint32_t value = 0;

	assert_int_equal(function_config_read(fn, 4096, &value, 1), -EINVAL);
	assert_int_equal(function_config_read(fn, 4094, &value, 4), -EINVAL);
	assert_int_equal(function_config_write(fn, UINT64_MAX, &value, 4), -EINVAL);
}

static void bar_accesses_outside_or_misshapen_are_refused(void **state)
{
	uint64_t value;

	assert_int_equal(function_bar_read(fn, 0, 0x4000, 4, &value), -EINVAL);
	assert_int_equal(function_bar_read(fn, 0, 0x3ffc, 8, &value), -EINVAL);
	assert_int_equal(function_bar_read(fn, 0, 2, 4, &value), -EINVAL);
	assert_int_equal(function_bar_read(fn, 0, 0, 3, &value), -EINVAL);
	assert_int_equal(function_bar_read(fn, 0, 0, 16, &value), -EINVAL);
	assert_int_equal(function_bar_read(fn, 0, 0, 0, &value), -EINVAL);
	assert_int_equal(function_bar_read(fn, 2, 0, 4, &value), -EINVAL);
	assert_int_equal(function_bar_read(fn, 6, 0, 4, &value), -EINVAL);
	assert_int_equal(function_bar_write(fn, 1, 0, 4, 0), -EINVAL);
}

static void registers_are_gone_while_decoding_is_off(void **state)
{
	uint64_t value = 0;

	config_write(PCI_COMMAND, 2, 0);
	assert_int_equal(function_bar_read(fn, 0, 8, 4, &value), -EIO);
	assert_int_equal(value, 0xffffffff);
	assert_int_equal(function_bar_write(fn, 0, 0x24, 4, 0x00010001), -EIO);
	config_write(PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_int_equal(bus_read32(fn, 0x24), 0);
}

static void registers_are_gone_in_d3hot(void **state)
{
	unsigned int control = find_capability(PCI_CAP_ID_PM) + PCI_PM_CTRL;
	uint64_t value;

	bus_write32(fn, 0x24, 0x00010001);
	config_write(control, 2, 3);
	assert_int_equal(function_bar_read(fn, 0, 8, 4, &value), -EIO);
	config_write(control, 2, 0);
	assert_int_equal(bus_read32(fn, 0x24), 0x00010001);
	/* D1 does not exist, so the function stays in D0. */
	config_write(control, 2, 1);
	assert_int_equal(config_read(control, 2) & PCI_PM_CTRL_STATE_MASK, 0);
}

static void a_frozen_pe_reads_ones_and_drops_writes(void **state)
{
	host_eeh_force_freeze(&bus.pe);
	assert_int_equal(bus_read32(fn, 8), 0xffffffff);
	assert_true(bus_read64(fn, 0) == UINT64_MAX);
	bus_write32(fn, 0x24, 0x00010001);
	host_eeh_force_thaw(&bus.pe);
	assert_int_equal(bus_read32(fn, 8), 0x00010400);
	assert_int_equal(bus_read32(fn, 0x24), 0);
	assert_int_equal(COUNTED(&bus.counters, mmio_reads), 4);
	assert_int_equal(COUNTED(&bus.counters, mmio_writes), 1);
}

static void config_space_of_a_frozen_pe_reads_ones_and_drops_writes(void **state)
{
	unsigned int control = find_capability(PCI_CAP_ID_EXP) + PCI_EXP_DEVCTL;
	uint32_t value = 0;

	bus_enable(fn);
	bus_write32(fn, 0x24, 0x00010001);
	host_eeh_force_freeze(&bus.pe);
	assert_int_equal(config_read(PCI_CLASS_REVISION, 4), 0xffffffff);
	assert_int_equal(config_read(PCI_CONFIG_SIZE - 1, 1), 0xff);
	assert_int_equal(function_config_read(fn, PCI_CONFIG_SIZE - 1, &value, 2), -EINVAL);
	assert_int_equal(function_config_write(fn, PCI_CONFIG_SIZE - 1, &value, 2), -EINVAL);
	config_write(PCI_COMMAND, 2, 0);
	/* Not even a reset reaches the function. */
	config_write(control, 2, PCI_EXP_DEVCTL_BCR_FLR);
	assert_int_equal(host_eeh_unfreeze(&bus.pe, HOST_EEH_MMIO_FROZEN), 0);
	assert_int_equal(config_read(PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	assert_int_equal(bus_read32(fn, 0x24), 0x00010001);
	host_eeh_force_thaw(&bus.pe);
}

/*
 * A VMM reads the interrupt pin when its guest turns MSI-X off, which a guest does while it recovers a PE. QEMU 7.2
 * ended at an assertion when it read ones there.
 */
static void linux_has_copies_of_some_registers_of_a_frozen_pe(void **state)
{
	static const unsigned int copied[] = {
		PCI_VENDOR_ID, PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_5, PCI_ROM_ADDRESS,
	};
	uint32_t value[ARRAY_COUNT(copied)], pin = config_read(PCI_INTERRUPT_PIN, 1);
	uint32_t first = config_read(PCI_CAPABILITY_LIST, 1), next = config_read(first + PCI_CAP_LIST_NEXT, 1);

	for (unsigned int i = 0; i < ARRAY_COUNT(copied); i++)
		value[i] = config_read(copied[i], 4);
	host_eeh_force_freeze(&bus.pe);
	for (unsigned int i = 0; i < ARRAY_COUNT(copied); i++)
		assert_int_equal(config_read(copied[i], 4), value[i]);
	assert_int_equal(config_read(PCI_INTERRUPT_LINE, 4), pin << 8 | 0xffff0000);
	assert_int_equal(config_read(PCI_CAPABILITY_LIST, 1), first);
	assert_int_equal(config_read(first, 2), next << 8 | 0xff);
	/* The bits for INTx and the list of capabilities are copies, the others are not. */
	assert_int_equal(config_read(PCI_COMMAND, 4), 0xffff0000 | (0xffff & ~PCI_COMMAND_INTX_DISABLE));
	host_eeh_force_thaw(&bus.pe);
}

static void an_asserted_reset_hides_the_function(void **state)
{
	assert_int_equal(host_eeh_assert_reset(&bus.pe), 0);
	assert_int_equal(host_eeh_unfreeze(&bus.pe, HOST_EEH_MMIO_FROZEN), 0);
	assert_int_equal(config_read(PCI_CLASS_REVISION, 4), 0xffffffff);
	assert_int_equal(bus_read32(fn, 8), 0xffffffff);
	assert_int_equal(host_eeh_deassert_reset(&bus.pe), 0);
	assert_int_equal(bus_read32(fn, 8), 0x00010400);
}

/* The host restores what the program cannot know; a driver must set up the rest again. */
static void a_bus_reset_keeps_bars_and_loses_bus_mastering(void **state)
{
	unsigned int control = find_capability(PCI_CAP_ID_PM) + PCI_PM_CTRL;

	bus_enable(fn);
	config_write(PCI_BASE_ADDRESS_0, 4, 0x80000000);
	config_write(PCI_INTERRUPT_LINE, 1, 0x2a);
	config_write(PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_SERR | PCI_COMMAND_PARITY |
			     PCI_COMMAND_INTX_DISABLE);
	bus_write32(fn, 0x24, 0x00010001);
	config_write(control, 2, 3);
	assert_int_equal(host_eeh_assert_reset(&bus.pe), 0);
	assert_int_equal(host_eeh_deassert_reset(&bus.pe), 0);
	assert_int_equal(config_read(PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_SERR | PCI_COMMAND_PARITY);
	assert_int_equal(config_read(PCI_BASE_ADDRESS_0, 4), 0x80000004);
	assert_int_equal(config_read(PCI_INTERRUPT_LINE, 1), 0x2a);
	assert_int_equal(config_read(control, 2) & PCI_PM_CTRL_STATE_MASK, 0);
	assert_int_equal(bus_read32(fn, 0x24), 0);
}

/* A message is a write of the device and is lost; a level is there still when the PE is thawed. */
static void a_frozen_pe_loses_messages_and_holds_a_level(void **state)
{
	int fd = bus_eventfd();

	bus_enable(fn);
	assert_int_equal(irq_set_eventfds(&fn->irqs, IRQ_MSIX, 0, 1, &fd), 0);
	host_eeh_force_freeze(&bus.pe);
	irq_raise(&fn->irqs, IRQ_MSIX, 0);
	assert_int_equal(host_eeh_unfreeze(&bus.pe, HOST_EEH_MMIO_FROZEN), 0);
	irq_raise(&fn->irqs, IRQ_MSIX, 0);
	assert_int_equal(host_eeh_unfreeze(&bus.pe, HOST_EEH_DMA_FROZEN), 0);
	assert_int_equal(bus_signals(fd), 0);
	/* The program's own test of the path is not the device's. */
	host_eeh_force_freeze(&bus.pe);
	assert_int_equal(irq_trigger(&fn->irqs, IRQ_MSIX, 0), 0);
	assert_int_equal(bus_signals(fd), 1);
	irq_disable(&fn->irqs, IRQ_MSIX);
	/* Nor is the host's request to give the device back. */
	assert_int_equal(irq_set_eventfds(&fn->irqs, IRQ_REQ, 0, 1, &fd), 0);
	irq_raise(&fn->irqs, IRQ_REQ, 0);
	assert_int_equal(bus_signals(fd), 1);
	irq_disable(&fn->irqs, IRQ_REQ);
	host_eeh_force_thaw(&bus.pe);

	assert_int_equal(irq_set_eventfds(&fn->irqs, IRQ_INTX, 0, 1, &fd), 0);
	host_eeh_force_freeze(&bus.pe);
	pthread_mutex_lock(&fn->lock);
	function_set_intx(fn, true);
	pthread_mutex_unlock(&fn->lock);
	assert_int_equal(bus_signals(fd), 0);
	assert_int_equal(host_eeh_unfreeze(&bus.pe, HOST_EEH_MMIO_FROZEN), 0);
	assert_int_equal(bus_signals(fd), 0);
	assert_int_equal(host_eeh_unfreeze(&bus.pe, HOST_EEH_DMA_FROZEN), 0);
	assert_int_equal(bus_signals(fd), 1);
	close(fd);
}

static void a_function_level_reset_keeps_config_space(void **state)
{
	unsigned int control = find_capability(PCI_CAP_ID_EXP) + PCI_EXP_DEVCTL;

	bus_enable(fn);
	bus_write32(fn, 0x24, 0x00010001);
	config_write(control, 2, config_read(control, 2) | PCI_EXP_DEVCTL_BCR_FLR);
	assert_int_equal(config_read(control, 2) & PCI_EXP_DEVCTL_BCR_FLR, 0);
	assert_int_equal(bus_read32(fn, 0x24), 0);
	assert_int_equal(config_read(PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void a_reset_by_the_presenter_does_the_same(void **state)
{
	bus_enable(fn);
	bus_write32(fn, 0x24, 0x00010001);
	function_reset(fn);
	assert_int_equal(bus_read32(fn, 0x24), 0);
	assert_true(config_read(PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
}

static void a_power_cycle_brings_config_space_back(void **state)
{
	bus_enable(fn);
	config_write(PCI_BASE_ADDRESS_0, 4, 0x80000000);
	bus_write32(fn, 0x24, 0x00010001);
	function_power_cycle(fn);
	assert_int_equal(config_read(PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
	assert_int_equal(config_read(PCI_BASE_ADDRESS_0, 4), 4);
	assert_int_equal(bus_read32(fn, 0x24), 0);
}

static void the_command_register_can_disable_intx(void **state)
{
	struct function *test = bus_function(&bus, "dmatest", "");
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE, status;
	int fd = bus_eventfd();

	assert_int_equal(irq_set_eventfds(&test->irqs, IRQ_INTX, 0, 1, &fd), 0);
	assert_int_equal(function_config_write(test, PCI_COMMAND, &command, 2), 0);
	bus_write32(test, STCE_DMATEST_COMMAND, STCE_DMATEST_RAISE);
	assert_int_equal(bus_signals(fd), 0);
	assert_int_equal(function_config_read(test, PCI_STATUS, &status, 2), 0);
	assert_true(status & PCI_STATUS_INTERRUPT);
	command = PCI_COMMAND_MEMORY;
	assert_int_equal(function_config_write(test, PCI_COMMAND, &command, 2), 0);
	assert_int_equal(bus_signals(fd), 1);
	function_free(test);
}

static void types_are_found_by_name_and_by_number(void **state)
{
	assert_string_equal(function_type_nth(0)->name, "nvme");
	assert_string_equal(function_type_nth(1)->name, "igb");
	assert_string_equal(function_type_nth(2)->name, "igbvf");
	assert_string_equal(function_type_nth(3)->name, "e1000");
	assert_string_equal(function_type_nth(4)->name, "dmatest");
	assert_null(function_type_nth(5));
	assert_ptr_equal(function_type_find("dmatest"), function_type_nth(4));
	assert_null(function_type_find("floppy"));
	function_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bar_tells_its_size_when_written_with_ones),
		TEST(the_header_says_what_the_function_is),
		TEST(the_capability_list_is_sane),
		TEST(msix_enable_follows_the_eventfds),
		TEST(the_msix_table_keeps_what_is_written),
		TEST(config_accesses_outside_are_refused),
		TEST(bar_accesses_outside_or_misshapen_are_refused),
		TEST(registers_are_gone_while_decoding_is_off),
		TEST(registers_are_gone_in_d3hot),
		TEST(a_frozen_pe_reads_ones_and_drops_writes),
		TEST(config_space_of_a_frozen_pe_reads_ones_and_drops_writes),
		TEST(linux_has_copies_of_some_registers_of_a_frozen_pe),
		TEST(an_asserted_reset_hides_the_function),
		TEST(a_bus_reset_keeps_bars_and_loses_bus_mastering),
		TEST(a_frozen_pe_loses_messages_and_holds_a_level),
		TEST(a_function_level_reset_keeps_config_space),
		TEST(a_reset_by_the_presenter_does_the_same),
		TEST(a_power_cycle_brings_config_space_back),
		TEST(the_command_register_can_disable_intx),
		TEST(types_are_found_by_name_and_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
