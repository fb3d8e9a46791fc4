/* SPDX-License-Identifier: BSD-2-Clause */
/* The MSI capability, as the conformance cases I08 to I08b found it on Linux 6.12. */
#include "testing.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "dev/pci_config.h"
#include "dev/pci_msi.h"

static struct pci_config config;
static unsigned int msi;

static int setup(void **state)
{
	pci_config_init(&config, &(struct pci_identity){ .vendor = 1, .device = 2, .has_msi = true });
	msi = config.msi_offset;
	return 0;
}

static uint32_t get(unsigned int offset, unsigned int size)
{
	uint32_t value = 0;

	assert_int_equal(pci_config_read(&config, offset, &value, size), 0);
	return value;
}

static void set(unsigned int offset, unsigned int size, uint32_t value, bool is_set_up)
{
	assert_int_equal(pci_config_write(&config, offset, &value, size), 0);
	pci_msi_settle(&config, offset, size, is_set_up);
}

static void the_chain_leads_to_it(void **state)
{
	unsigned int at = get(PCI_CAPABILITY_LIST, 1), last = 0;

	while (at) {
		last = at;
		at = get(at + PCI_CAP_LIST_NEXT, 1);
	}
	assert_int_equal(last, msi);
	assert_int_equal(get(msi, 1), PCI_CAP_ID_MSI);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x180);
}

static void a_function_without_it_has_no_such_bytes(void **state)
{
	uint8_t before[PCI_CONFIG_SIZE];

	pci_config_init(&config, &(struct pci_identity){ .vendor = 1, .device = 2 });
	assert_int_equal(config.msi_offset, 0);
	assert_int_equal(get(config.express_offset + PCI_CAP_LIST_NEXT, 1), 0);
	memcpy(before, config.value, sizeof(before));
	before[PCI_COMMAND] ^= PCI_COMMAND_MASTER;
	pci_msi_settle(&config, PCI_MSI_FLAGS, 2, false);
	pci_msi_keep(&config, before);
	assert_false(pci_msi_is_kept(&config, 0));
	before[PCI_COMMAND] ^= PCI_COMMAND_MASTER;
	assert_memory_equal(config.value, before, sizeof(before));
}

static void ones_are_kept_where_linux_keeps_them(void **state)
{
	set(msi + PCI_MSI_FLAGS, 2, 0xffff, false);
	set(msi + PCI_MSI_ADDRESS_LO, 4, 0xffffffff, false);
	set(msi + PCI_MSI_ADDRESS_HI, 4, 0xffffffff, false);
	set(msi + PCI_MSI_DATA_64, 2, 0xffff, false);
	set(msi + PCI_MSI_MASK_64, 4, 0xffffffff, false);
	set(msi + PCI_MSI_PENDING_64, 4, 0xffffffff, false);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x18e);
	assert_int_equal(get(msi + PCI_MSI_ADDRESS_LO, 4), 0xffffffff);
	assert_int_equal(get(msi + PCI_MSI_ADDRESS_HI, 4), 0xffffffff);
	assert_int_equal(get(msi + PCI_MSI_DATA_64, 4), 0xffff);
	assert_int_equal(get(msi + PCI_MSI_MASK_64, 4), 1);
	assert_int_equal(get(msi + PCI_MSI_PENDING_64, 4), 0);
}

static void the_enable_bit_needs_msi_that_is_set_up(void **state)
{
	set(msi + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE, false);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x100);
	set(msi + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | 0x70, true);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x101);
	/* It stays until it is written again. */
	set(msi + PCI_MSI_DATA_64, 2, 7, false);
	set(msi, 2, 0, false);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x101);
	set(msi, 4, (uint32_t)PCI_MSI_FLAGS_ENABLE << 16, false);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x100);
}

static void linux_keeps_a_copy_of_all_but_the_mask(void **state)
{
	uint32_t value;

	set(msi + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_64BIT, true);
	set(msi + PCI_MSI_ADDRESS_LO, 4, 0x12345678, true);
	set(msi + PCI_MSI_ADDRESS_HI, 4, 0x9abcdef0, true);
	set(msi + PCI_MSI_DATA_64, 2, 0x4321, true);
	set(msi + PCI_MSI_MASK_64, 4, 1, true);
	assert_int_equal(pci_config_read_frozen(&config, msi + PCI_MSI_DATA_64, &value, 4), 0);
	assert_int_equal(value, 0x4321);
	assert_int_equal(pci_config_read_frozen(&config, msi + PCI_MSI_MASK_64, &value, 4), 0);
	assert_int_equal(value, 0xffffffff);
	pci_config_bus_reset(&config);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x181);
	assert_int_equal(get(msi + PCI_MSI_ADDRESS_LO, 4), 0x12345678);
	assert_int_equal(get(msi + PCI_MSI_ADDRESS_HI, 4), 0x9abcdef0);
	assert_int_equal(get(msi + PCI_MSI_DATA_64, 2), 0x4321);
	assert_int_equal(get(msi + PCI_MSI_MASK_64, 4), 0);
	pci_config_reset(&config);
	assert_int_equal(get(msi + PCI_MSI_FLAGS, 2), 0x180);
	assert_int_equal(get(msi + PCI_MSI_ADDRESS_LO, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_chain_leads_to_it, setup),
		cmocka_unit_test_setup(a_function_without_it_has_no_such_bytes, setup),
		cmocka_unit_test_setup(ones_are_kept_where_linux_keeps_them, setup),
		cmocka_unit_test_setup(the_enable_bit_needs_msi_that_is_set_up, setup),
		cmocka_unit_test_setup(linux_keeps_a_copy_of_all_but_the_mask, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
